"""What a planned fault does to the process it strikes."""

import contextlib
import json
import os
import resource
import signal
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

from ares_desktop.engine.adapters.brokers.paper import protocol
from ares_desktop.engine.adapters.brokers.paper.wire import Wire
from ares_desktop.engine.adapters.stores.journal_writer import JournalWriter
from ares_desktop.engine.runtime.clocks import WallClock
from ares_desktop.paths import Profile
from tests.faults.points import Fault


class Told:
    """What a person was told, kept line by line in a file that outlives the process."""

    def __init__(self, path: Path) -> None:
        self._descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)

    def say(self, what: str, **details: Any) -> None:
        """Note something; it may not be taken back."""
        # A limit on files that a fault has set shall not hit the witness.
        with _free():
            os.write(self._descriptor, json.dumps({"what": what, **details}).encode() + b"\n")


@contextlib.contextmanager
def _free() -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


class Strikes:
    """Carries out faults in the application's process."""

    def __init__(self, profile: Profile, told: Told) -> None:
        self._profile = profile
        self._told = told
        self._shift = timedelta()

    def take_the_clock(self) -> None:
        """Let the wall clock be set from here; the monotonic one stays what it is."""
        now, now_ns = WallClock.now, WallClock.now_ns
        WallClock.now = lambda clock: now(clock) + self._shift  # type: ignore[method-assign, assignment]
        WallClock.now_ns = lambda clock: now_ns(clock) + self._shift // timedelta(microseconds=1) * 1000  # type: ignore[method-assign, assignment]

    def strike(self, fault: Fault, arguments: tuple[Any, ...]) -> None:
        """Do what a fault says."""
        self._told.say("fault", kind=fault.kind, at=fault.at)
        if fault.at == "half-sent":
            _send_half(*arguments)
        getattr(self, fault.kind)(fault.amount)

    def kill(self, _: float) -> None:
        """End the process at once."""
        os.kill(os.getpid(), signal.SIGKILL)
        time.sleep(60)  # where the signal reaches another thread first, this one goes no further

    def clock(self, hours: float) -> None:
        """Set the wall clock."""
        self._shift += timedelta(hours=hours)

    def stall(self, seconds: float) -> None:
        """Hang."""
        time.sleep(seconds)

    def journal_locked(self, seconds: float) -> None:
        """Let another connection hold the journal longer than a commit waits for it."""
        threading.Thread(target=_hold, args=(self._profile.journal, 3 * seconds), daemon=True).start()

    def journal_slow(self, seconds: float) -> None:
        """Let every commit take long for a while."""
        self._while_writing(seconds, lambda: time.sleep(seconds / 4))

    def journal_error(self, seconds: float) -> None:
        """Let every commit fail for a while."""

        def fail() -> None:
            raise sqlite3.OperationalError("disk I/O error")

        self._while_writing(seconds, fail)

    def _while_writing(self, seconds: float, do: Callable[[], None]) -> None:
        write, until = JournalWriter._write, time.monotonic() + seconds

        def troubled(writer: JournalWriter, rows: list[tuple[Any, ...]]) -> None:
            if rows and time.monotonic() < until:
                do()
            write(writer, rows)

        JournalWriter._write = troubled  # type: ignore[method-assign, assignment]

    def journal_full(self, seconds: float) -> None:
        """Let no file grow beyond the size of the journal's log, as on a full disk."""
        wal = self._profile.journal.with_name(self._profile.journal.name + "-wal")
        _limit(resource.RLIMIT_FSIZE, wal.stat().st_size if wal.exists() else 0, seconds)

    def no_descriptors(self, seconds: float) -> None:
        """Let no file or socket be opened for a while."""
        _limit(resource.RLIMIT_NOFILE, max(int(entry.name) for entry in Path("/proc/self/fd").iterdir()) + 1, seconds)

    def broker_dies(self, _: float) -> None:
        """End the paper broker's process at once."""
        kill_broker(self._profile)


def kill_broker(profile: Profile) -> None:
    """End the paper broker's process as a power cut does."""
    with contextlib.suppress(OSError, ValueError):
        os.kill(int((profile.paper / "server.pid").read_text()), signal.SIGKILL)


def _limit(what: int, limit: int, seconds: float) -> None:
    soft, hard = resource.getrlimit(what)
    resource.setrlimit(what, (min(limit, hard) if hard >= 0 else limit, hard))

    def lift() -> None:
        time.sleep(seconds)
        resource.setrlimit(what, (soft, hard))

    threading.Thread(target=lift, daemon=True).start()


def _hold(journal: Path, seconds: float) -> None:
    with contextlib.suppress(sqlite3.Error):
        connection = sqlite3.connect(journal, isolation_level=None, timeout=2.0)
        connection.execute("BEGIN IMMEDIATE")
        time.sleep(seconds)
        connection.execute("ROLLBACK")
        connection.close()


def _send_half(wire: Wire, message: Any) -> None:
    frame = protocol.frame(message)
    assert wire._transport is not None
    connection = wire._transport.get_extra_info("socket")
    os.write(connection.fileno(), frame[: len(frame) // 2])
