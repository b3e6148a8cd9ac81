"""A copy of the application on a temporary profile: real processes and a paper broker of its own."""

import asyncio
import contextlib
import os
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from ares_desktop.domain.errors import AresError, StorageError
from ares_desktop.domain.events import JournalEvent, OrderFilled, OrderSubmitted, Reconciled, SessionStarted
from ares_desktop.engine.adapters.stores.journal import SqliteJournal
from ares_desktop.engine.runtime.waiting import until
from ares_desktop.paths import Profile

_PROGRAM: Final = (sys.executable, "-m", "ares_desktop")
_LOOK_EVERY_S: Final = 0.1
_UP_WITHIN_S: Final = 60.0
_TRADES_WITHIN_S: Final = 20.0
_ENDS_WITHIN_S: Final = 60.0
_ERROR_CHARS: Final = 500


class CopyError(AresError):
    """The copy did not do what it must."""


class ApplicationCopy:
    """Starts, ends and looks at the copy.

    Args:
        root: its profile's folder.
        feed: the market it trades in.
    """

    def __init__(self, root: Path, feed: str) -> None:
        self.profile = Profile.at(root)
        self._feed = feed
        self._process: Process | None = None

    async def launch(self) -> None:
        """Start it and return at once."""
        words = ("--profile", str(self.profile.root), "run", "--headless", "--feed", self._feed)
        settings = ("--set", "sentinel.enabled=false")
        self._process = await asyncio.create_subprocess_exec(
            *_PROGRAM, *words, *settings, stdin=DEVNULL, stdout=DEVNULL, stderr=DEVNULL, start_new_session=True
        )

    async def until_reconciled(self) -> None:
        """Return once the newest start has compared its books with the broker's.

        Raises:
            CopyError: when it ended, or did not get so far.
        """
        if not await until(self._is_reconciled, within_s=_UP_WITHIN_S, every_s=_LOOK_EVERY_S):
            msg = f"it did not compare its books within {_UP_WITHIN_S:g} s"
            raise CopyError(msg)

    def _is_reconciled(self) -> bool:
        if self._process is not None and self._process.returncode is not None:
            msg = f"it ended by itself with exit code {self._process.returncode}"
            raise CopyError(msg)
        news = self._of_newest_start()
        return any(isinstance(event.payload, Reconciled) for event in news)

    def _of_newest_start(self) -> list[JournalEvent]:
        """Return what the journal holds of the process that runs now."""
        events = self.events()
        pid = self._process.pid if self._process is not None else 0
        for place in range(len(events) - 1, -1, -1):
            payload = events[place].payload
            if isinstance(payload, SessionStarted):
                return events[place:] if payload.pid == pid else []
        return []

    async def until_it_trades(self, orders: int) -> None:
        """Return once the newest start placed so many orders, or after a while in a market where it finds none."""
        await until(
            lambda: sum(isinstance(item.payload, OrderSubmitted) for item in self._of_newest_start()) >= orders,
            within_s=_TRADES_WITHIN_S,
            every_s=_LOOK_EVERY_S,
        )

    def kill(self) -> None:
        """End it as a crash does."""
        if self._process is not None and self._process.returncode is None:
            self._process.send_signal(signal.SIGKILL)

    async def gone(self) -> None:
        """Return once its process has ended.

        Raises:
            CopyError: when it does not.
        """
        if self._process is None:
            return
        try:
            async with asyncio.timeout(_ENDS_WITHIN_S):
                await self._process.wait()
        except TimeoutError:
            msg = f"it did not end within {_ENDS_WITHIN_S:g} s"
            raise CopyError(msg) from None

    def ask_to_stop(self) -> None:
        """Ask it to end in order."""
        if self._process is not None and self._process.returncode is None:
            self._process.send_signal(signal.SIGTERM)

    async def engage_kill_switch(self) -> None:
        """Engage its kill switch by the command line."""
        words = ("--profile", str(self.profile.root), "kill", "--reason", "restart rehearsal")
        command = await asyncio.create_subprocess_exec(*_PROGRAM, *words, stdin=DEVNULL, stdout=DEVNULL, stderr=PIPE)
        try:
            async with asyncio.timeout(_ENDS_WITHIN_S):
                _, errors = await command.communicate()
        except TimeoutError:
            command.kill()
            raise CopyError("its kill switch did not answer") from None
        if command.returncode not in {0, 1}:
            raise CopyError(errors.decode(errors="replace")[-_ERROR_CHARS:] or "its kill switch could not be engaged")

    def kill_broker(self) -> None:
        """End its paper broker as a power cut does."""
        with contextlib.suppress(OSError, ValueError):
            os.kill(int((self.profile.paper / "server.pid").read_text()), signal.SIGKILL)

    async def close(self) -> None:
        """End everything of it."""
        self.kill()
        with contextlib.suppress(CopyError):
            await self.gone()
        self.kill_broker()

    def events(self) -> list[JournalEvent]:
        """Return its journal, each row checked against the one before.

        Raises:
            JournalCorruptError: when its chain is broken.
        """
        try:
            return list(SqliteJournal(self.profile.journal).read())
        except StorageError:
            if self.profile.journal.exists():
                raise
            return []


def count(events: Sequence[JournalEvent]) -> tuple[int, int]:
    """Return how many orders and executions a journal holds."""
    orders = sum(isinstance(event.payload, OrderSubmitted) for event in events)
    return orders, sum(isinstance(event.payload, OrderFilled) for event in events)
