"""The journal's writer thread: whatever waits while one commit runs goes into the next."""

import asyncio
import sqlite3
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from itertools import islice
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, Final, NamedTuple

import structlog

from ares_desktop.domain.errors import StorageError
from ares_desktop.domain.events import EventDraft, JournalEvent
from ares_desktop.domain.ids import EventId
from ares_desktop.engine.adapters.stores import journal_codec
from ares_desktop.engine.adapters.stores.journal_codec import Row, to_microseconds
from ares_desktop.engine.adapters.stores.journal_mirror import JournalMirror
from ares_desktop.engine.adapters.stores.journal_schema import open_writer

_MOST_PER_COMMIT: Final = 256
"""Bounds how long the loop folds one batch; a single append may be larger."""
_COLUMNS: Final = 9
_STATEMENTS: Final = {
    size: "INSERT INTO events VALUES " + ",".join(["(" + ",".join("?" * _COLUMNS) + ")"] * size)  # noqa: S608 - only question marks are put in
    for size in (256, 128, 64, 32, 16, 8, 4, 2, 1)
}
"""One statement inserts many rows: every call into SQLite costs a turn of the interpreter lock."""

_log = structlog.get_logger(__name__)


class Encoded(NamedTuple):
    """A draft whose payload is already bytes."""

    draft: EventDraft
    kind: str
    version: int
    payload: bytes


class Append(NamedTuple):
    """What one appender waits for; ``durable`` is set by the thread itself, ahead of the loop."""

    drafts: Sequence[Encoded]
    waiter: "asyncio.Future[tuple[JournalEvent, ...]]"
    durable: threading.Event | None = None


class Outcome(NamedTuple):
    """A batch after its commit: the events of each append, or the error that all of them get."""

    batch: Sequence[Append]
    events: Sequence[tuple[JournalEvent, ...]]
    error: StorageError | None


class JournalWriter:
    """Owns the only connection that writes, on a thread of its own."""

    def __init__(
        self,
        path: Path,
        *,
        busy_timeout_s: float,
        now: Callable[[], datetime],
        deliver: Callable[[Outcome], None],
    ) -> None:
        self._path = path
        self._now = now
        self._deliver = deliver
        self._connection = open_writer(path, busy_timeout_s=busy_timeout_s)
        self._mirror = JournalMirror(path)
        self._head: tuple[int, bytes] | None = None
        self._queue: SimpleQueue[tuple[asyncio.AbstractEventLoop, Append | asyncio.Future[None] | None]] = SimpleQueue()
        self._first: deque[tuple[asyncio.AbstractEventLoop, Append]] = deque()
        self._thread = threading.Thread(target=self._run, name="journal", daemon=True)
        self._thread.start()

    def put(self, loop: asyncio.AbstractEventLoop, append: Append) -> None:
        """Queue an append; its outcome is delivered on ``loop``."""
        self._queue.put((loop, append))

    def put_first(self, loop: asyncio.AbstractEventLoop, append: Append) -> None:
        """Queue an append ahead of all others, to be committed alone."""
        self._first.append((loop, append))
        # Wakes the thread where nothing else waits.
        self._queue.put((loop, None))

    async def close(self) -> None:
        """Commit what waits, close the connection and end the thread; idempotent."""
        if not self._thread.is_alive():
            return
        loop = asyncio.get_running_loop()
        closed: asyncio.Future[None] = loop.create_future()
        self._queue.put((loop, closed))
        await closed
        self._thread.join()

    def _run(self) -> None:
        try:
            for loop, batch, closed in self._batches():
                if batch:
                    outcome = self._commit(batch)
                    if outcome.error is None:
                        _tell_durable(batch)
                    loop.call_soon_threadsafe(self._deliver, outcome)
                if closed is not None:
                    self._connection.close()
                    loop.call_soon_threadsafe(_resolve, closed)
                    return
        except RuntimeError:
            _log.warning("journal_loop_closed_before_journal", path=str(self._path))
        finally:
            self._connection.close()
            self._mirror.close()

    def _batches(self) -> Iterator[tuple[asyncio.AbstractEventLoop, list[Append], "asyncio.Future[None] | None"]]:
        while True:
            loop, item = self._queue.get()
            yield from self._ahead()
            batch: list[Append] = []
            waiting = 0
            while item is None or isinstance(item, Append):
                if item is not None:
                    batch.append(item)
                    waiting += len(item.drafts)
                if waiting >= _MOST_PER_COMMIT or self._first:
                    break
                try:
                    loop, item = self._queue.get_nowait()
                except Empty:
                    break
            yield from self._ahead()
            yield loop, batch, None if item is None or isinstance(item, Append) else item

    def _ahead(self) -> Iterator[tuple[asyncio.AbstractEventLoop, list[Append], None]]:
        while self._first:
            loop, append = self._first.popleft()
            yield loop, [append], None

    def _commit(self, batch: Sequence[Append]) -> Outcome:
        try:
            committed = self._insert(batch)
        except Exception as error:  # noqa: BLE001 - thread boundary: every appender must hear of the failure
            self._head = None
            self._roll_back()
            _log.error("journal_commit_failed", path=str(self._path), appends=len(batch), error=str(error))
            failure = StorageError(f"the journal {self._path} could not be written: {error}")
            failure.__cause__ = error
            return Outcome(batch, (), failure)
        return Outcome(batch, committed, None)

    def _roll_back(self) -> None:
        if not self._connection.in_transaction:
            return
        try:
            self._connection.execute("ROLLBACK")
        except sqlite3.Error as error:
            _log.warning("journal_rollback_failed", path=str(self._path), error=str(error))

    def _insert(self, batch: Sequence[Append]) -> list[tuple[JournalEvent, ...]]:
        seen: set[str] = set()
        while True:
            rows, events, head = self._chain(batch, seen)
            try:
                self._write(rows)
            except sqlite3.IntegrityError:
                self._roll_back()
                known = self._known(batch) - seen
                if not known:
                    raise
                seen |= known
                continue
            self._mirror.add(rows)
            self._head = head
            return events

    def _chain(
        self,
        batch: Sequence[Append],
        known: set[str],
    ) -> tuple[list[tuple[Any, ...]], list[tuple[JournalEvent, ...]], tuple[int, bytes]]:
        """Number and chain every draft that is not ``known``; nothing of the writer changes."""
        at = self._now()
        microseconds = to_microseconds(at)
        sequence, digest = self._head or self._read_head()
        taken = set(known)
        rows: list[tuple[Any, ...]] = []
        results: list[tuple[JournalEvent, ...]] = []
        for append in batch:
            events: list[JournalEvent] = []
            for draft, kind, version, payload in append.drafts:
                if draft.id and draft.id in taken:
                    continue
                taken.add(draft.id)
                sequence += 1
                name = draft.id or EventId(f"#{sequence}")
                row: Row = (sequence, name, microseconds, kind, version, draft.cause, draft.correlation, payload)
                digest = journal_codec.chain(digest, row)
                rows.append((*row, digest))
                events.append(
                    JournalEvent(
                        sequence=sequence,
                        id=name,
                        at=at,
                        cause=draft.cause,
                        correlation=draft.correlation,
                        payload=draft.payload,
                    ),
                )
            results.append(tuple(events))
        return rows, results, (sequence, digest)

    def _write(self, rows: list[tuple[Any, ...]]) -> None:
        if not rows:
            return
        if len(rows) in _STATEMENTS:
            # One statement commits by itself, which saves the turns of BEGIN and COMMIT.
            self._connection.execute(_STATEMENTS[len(rows)], [value for row in rows for value in row])
            return
        self._connection.execute("BEGIN IMMEDIATE")
        remaining = iter(rows)
        left = len(rows)
        for size, statement in _STATEMENTS.items():
            while left >= size:
                self._connection.execute(statement, [value for row in islice(remaining, size) for value in row])
                left -= size
        self._connection.execute("COMMIT")

    def _known(self, batch: Sequence[Append]) -> set[str]:
        ids = [encoded.draft.id for append in batch for encoded in append.drafts if encoded.draft.id]
        select = "SELECT id FROM events WHERE id = ?"
        return {name for name in ids if self._connection.execute(select, (name,)).fetchone()}

    def _read_head(self) -> tuple[int, bytes]:
        row = self._connection.execute("SELECT sequence, hash FROM events ORDER BY sequence DESC LIMIT 1").fetchone()
        return row or (0, journal_codec.GENESIS)


def _resolve(waiter: "asyncio.Future[None]") -> None:
    if not waiter.done():
        waiter.set_result(None)


def _tell_durable(batch: Sequence[Append]) -> None:
    for append in batch:
        if append.durable is not None:
            append.durable.set()
