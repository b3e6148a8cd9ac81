"""A whole act: latch, then every account at the same time, again and again until nothing is left."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Final

from ares_desktop.domain.errors import BrokerError
from ares_desktop.domain.ids import AccountId
from ares_desktop.domain.risk import Residue, StepState
from ares_desktop.domain.sentinel import ActState, GuardedAccount, SentinelAct
from ares_desktop.engine.adapters.sentinel.files import SentinelFiles
from ares_desktop.engine.runtime.tasks import TaskSet
from ares_desktop.paths import Profile
from ares_desktop.sentinel.account_act import AccountAct
from ares_desktop.sentinel.books import Books
from ares_desktop.sentinel.brokers import session
from ares_desktop.sentinel.record import ActRecord

_log = logging.getLogger(__name__)

_FIRST_PAUSE_S: Final = 1.0
_LAST_PAUSE_S: Final = 30.0


class Act:
    """One act on its way; what it does survives its process, and it may be begun again at any point.

    Args:
        act: a new one, or one that was cut off.
        replayed: orders carry the broker's newest time instead of the wall's.
        fenced: waits until an application that may still live can't send any more.

    Attributes:
        ended: set once a first pass is over, whatever is left.
    """

    def __init__(
        self,
        act: SentinelAct,
        profile: Profile,
        files: SentinelFiles,
        *,
        replayed: bool,
        fenced: Callable[[], Awaitable[None]],
        wall: Callable[[], datetime],
    ) -> None:
        self._record = ActRecord(act, files.keep_act)
        self._profile = profile
        self._replayed = replayed
        self._fenced = fenced
        self._wall = wall
        self._tasks = TaskSet("act")
        self._books: asyncio.Task[Books] | None = None
        self.ended = asyncio.Event()

    @property
    def act(self) -> SentinelAct:
        """As it is now."""
        return self._record.act

    def add_reason(self, reason: str) -> None:
        """Note that somebody else wanted the same."""
        self._record.update(further_reasons=(*self.act.report.further_reasons, reason))
        self._record.keep()

    async def run(self) -> None:
        """Act until nothing is left."""
        record = self._record
        record.begin("latch")
        if record.keep():
            record.update(latched_ms=record.elapsed_ms())
            record.end("latch", "on disk")
        else:
            # Money first: a disk that can't be written must not keep positions open.
            record.end("latch", f"not on disk: {record.failure}", state=StepState.FAILED)
        _log.warning("act_began id=%s reason=%s", self.act.id, self.act.report.reason)
        self._books = self._tasks.spawn(asyncio.to_thread(Books.read, self._profile.journal), "books")
        parts, missing = self._parts()
        record.end("stop strategies", "without the application they reach no broker", state=StepState.SKIPPED)
        pause_s = _FIRST_PAUSE_S
        try:
            while True:
                left = [
                    *missing,
                    *(item for part in await asyncio.gather(*(one.run() for one in parts)) for item in part),
                ]
                self._conclude(tuple(left))
                if not left:
                    return
                await asyncio.sleep(pause_s)
                pause_s = min(pause_s * 2, _LAST_PAUSE_S)
        finally:
            for part in parts:
                await part.close()
            await self._tasks.close()

    def _conclude(self, left: tuple[Residue, ...]) -> None:
        record = self._record
        if not left and any(guarded.policy.mode == "flatten" for guarded in self.act.accounts):
            record.update(flat_ms=record.act.report.flat_ms or record.elapsed_ms())
        record.conclude(left)
        _log.warning("act_ended id=%s state=%s left=%s", self.act.id, self.act.state, len(left))
        self.ended.set()

    def _parts(self) -> tuple[list[AccountAct], list[Residue]]:
        parts: list[AccountAct] = []
        missing: list[Residue] = []
        for guarded in self.act.accounts:
            try:
                parts.append(self._part(guarded))
            except BrokerError as error:
                for name in ("cancel", "confirm", "flatten", "verify"):
                    self._record.part(name, guarded.account, str(error), ok=False)
                action = "close it at the broker's own window, then start the application"
                missing.append(Residue(item=guarded.account, detail=str(error), next_action=action))
        return parts, missing

    def _part(self, guarded: GuardedAccount) -> AccountAct:
        return AccountAct(
            guarded,
            session(self._profile, guarded),
            self._record,
            scope=self.act.report.scope,
            books=self._read_books,
            fenced=self._fenced,
            now=None if self._replayed else self._wall,
            wall=self._wall,
        )

    async def _read_books(self) -> Books:
        assert self._books is not None  # noqa: S101 - run() begins with it
        return await asyncio.shield(self._books)


def chosen(accounts: tuple[GuardedAccount, ...], scope: str) -> tuple[GuardedAccount, ...]:
    """Return the accounts that a scope may concern and for which something was chosen."""
    kind, _, name = scope.partition(":")
    return tuple(
        guarded
        for guarded in accounts
        if guarded.policy.mode is not None and (kind != "account" or guarded.account == AccountId(name))
    )


def is_unfinished(act: SentinelAct) -> bool:
    """Say whether an act was cut off, or left something."""
    return act.state in {ActState.ACTING, ActState.RESIDUE}
