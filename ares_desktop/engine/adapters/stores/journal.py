"""The journal in an SQLite file: append-only, hash-chained, committed in groups, durable before an append returns."""

import asyncio
import threading
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from ares_desktop.domain.errors import JournalCorruptError, StorageError
from ares_desktop.domain.events import EventDraft, JournalEvent
from ares_desktop.engine.adapters.stores.journal_codec import EventCodec
from ares_desktop.engine.adapters.stores.journal_mending import mend
from ares_desktop.engine.adapters.stores.journal_reader import hash_of, read_rows
from ares_desktop.engine.adapters.stores.journal_writer import Append, Encoded, JournalWriter, Outcome
from ares_desktop.engine.adapters.stores.state_file import read_labeled_state, write_state
from ares_desktop.engine.ports.journal import FirstAppend


def _wall_time() -> datetime:
    return datetime.now(UTC)


class SqliteJournal:
    """Implements :class:`~ares_desktop.engine.ports.journal.EventJournal` on one SQLite file.

    The constructor touches nothing; :meth:`open` must come before the first append. Reading needs no open journal.
    Snapshots are kept beside it in ``NAME.snapshot``, so that writing a large one never delays a commit.

    Attributes:
        path: of the database file.
        mended: what :meth:`open` put in order, for people to read; empty when nothing was damaged.
    """

    def __init__(
        self,
        path: Path,
        *,
        now: Callable[[], datetime] = _wall_time,
        codec: EventCodec | None = None,
        busy_timeout_s: float = 2.0,
    ) -> None:
        self.path = path
        self.mended = ""
        self._now = now
        self._codec = codec or EventCodec()
        self._busy_timeout_s = busy_timeout_s
        self._folds: list[Callable[[JournalEvent], None]] = []
        self._writer: JournalWriter | None = None

    def open(self) -> None:
        """Open or create the file and start the writer thread; without effect when it is open.

        A torn or damaged end is put back from the copy of the newest rows first.

        Raises:
            StorageError: when the file can't be used for writing.
        """
        if self._writer is None:
            self.mended = mend(self.path, busy_timeout_s=self._busy_timeout_s)
            self._writer = JournalWriter(
                self.path,
                busy_timeout_s=self._busy_timeout_s,
                now=self._now,
                deliver=self._deliver,
            )

    def on_commit(self, fold: Callable[[JournalEvent], None]) -> None:
        """Call ``fold`` on the loop for every committed event, in order, before the appender resumes."""
        self._folds.append(fold)

    async def append(self, *drafts: EventDraft) -> tuple[JournalEvent, ...]:
        """Commit the drafts in one transaction and return them once they are on the disk.

        A draft whose id the journal already holds is left out of the result.

        Raises:
            StorageError: when they could not be made durable; then none of them is.
        """
        writer = self._open_writer()
        if not drafts:
            return ()
        loop = asyncio.get_running_loop()
        waiter: asyncio.Future[tuple[JournalEvent, ...]] = loop.create_future()
        writer.put(loop, Append(self._encoded(drafts), waiter))
        return await waiter

    def append_first(self, *drafts: EventDraft) -> FirstAppend:
        """Commit the drafts ahead of everything that waits, in a transaction of their own; returns at once.

        They are folded in the order of their sequence like all others, so after what was committed before them.

        Raises:
            StorageError: when the journal is not open.
        """
        writer, loop = self._open_writer(), asyncio.get_running_loop()
        first = FirstAppend(threading.Event(), loop.create_future())
        writer.put_first(loop, Append(self._encoded(drafts), first.committed, first.durable))
        return first

    def _open_writer(self) -> JournalWriter:
        if self._writer is None:
            msg = f"the journal {self.path} is not open"
            raise StorageError(msg)
        return self._writer

    def _encoded(self, drafts: Sequence[EventDraft]) -> list[Encoded]:
        encode = self._codec.encode
        return [Encoded(draft, *encode(draft.payload)) for draft in drafts]

    def _deliver(self, outcome: Outcome) -> None:
        for events in outcome.events:
            for event in events:
                self._fold(event)
        if outcome.error is not None:
            for append in outcome.batch:
                if not append.waiter.done():
                    append.waiter.set_exception(outcome.error)
            return
        for append, events in zip(outcome.batch, outcome.events, strict=True):
            if not append.waiter.done():
                append.waiter.set_result(events)

    def _fold(self, event: JournalEvent) -> None:
        for fold in self._folds:
            try:
                fold(event)
            except Exception as error:  # noqa: BLE001 - task boundary: one faulty fold must not leave appenders waiting
                context = {"message": f"fold of journal event {event.sequence} failed", "exception": error}
                asyncio.get_running_loop().call_exception_handler(context)

    def read(self, after: int = 0) -> Iterator[JournalEvent]:
        """Yield committed events with a sequence greater than ``after``, in order.

        Raises:
            JournalCorruptError: at the first row that can't be read or whose hash does not follow.
            StorageError: when there is no readable journal, or a newer program wrote it.
        """
        for row in read_rows(self.path, after):
            try:
                yield self._codec.event(row)
            except msgspec.MsgspecError as error:
                raise JournalCorruptError(row[0], f"its payload is no {row[3]}: {error}") from error

    def save_snapshot(self, sequence: int, state: bytes) -> None:
        """Keep a folded state that includes every event up to ``sequence``; a large one is best saved off the loop.

        Raises:
            StorageError: when it can't be written, or there is no such event.
        """
        digest = hash_of(self.path, sequence)
        if digest is None:
            msg = f"the journal {self.path} has no event {sequence} to keep a snapshot of"
            raise StorageError(msg)
        write_state(self._snapshot_path, state, label=sequence.to_bytes(8, "big") + digest)

    def load_snapshot(self) -> tuple[int, bytes] | None:
        """Return the newest folded state and its sequence, None when there is none or it is not of this journal."""
        found = read_labeled_state(self._snapshot_path)
        if found is None:
            return None
        sequence, digest = int.from_bytes(found.label[:8], "big"), found.label[8:]
        return (sequence, found.state) if hash_of(self.path, sequence) == digest else None

    async def close(self) -> None:
        """Commit what waits and close; idempotent."""
        writer, self._writer = self._writer, None
        if writer is not None:
            await writer.close()

    @property
    def _snapshot_path(self) -> Path:
        return self.path.with_name(self.path.name + ".snapshot")
