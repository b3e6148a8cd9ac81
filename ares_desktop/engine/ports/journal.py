"""The append-only journal of events."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from typing import NamedTuple, Protocol

from ares_desktop.domain.events import EventDraft, JournalEvent


class FirstAppend(NamedTuple):
    """An append that went ahead of all others.

    Attributes:
        durable: set by the writer's thread once the events are on the disk, before they were folded; never when they
            could not be made durable.
        committed: the same as an ordinary append returns or raises, once the events were folded.
    """

    durable: threading.Event
    committed: "asyncio.Future[tuple[JournalEvent, ...]]"


class EventJournal(Protocol):
    """Keeps events durably and in order."""

    def on_commit(self, fold: Callable[[JournalEvent], None]) -> None:
        """Call ``fold`` on the loop for every committed event, in order, before the appender resumes."""

    async def append(self, *drafts: EventDraft) -> tuple[JournalEvent, ...]:
        """Commit the drafts in one transaction and return them once they are durable.

        A draft whose id the journal already holds is left out of the result: delivering it twice changes nothing.

        Raises:
            StorageError: when they could not be made durable; then none of them is.
        """

    def append_first(self, *drafts: EventDraft) -> FirstAppend:
        """Commit the drafts ahead of everything that waits, in a transaction of their own; returns at once.

        Raises:
            StorageError: when the journal is not open.
        """

    def read(self, after: int = 0) -> Iterator[JournalEvent]:
        """Yield committed events with a sequence greater than ``after``, in order.

        Raises:
            JournalCorruptError: at the first row whose hash does not follow from the one before.
        """

    def save_snapshot(self, sequence: int, state: bytes) -> None:
        """Keep a folded state that includes every event up to ``sequence``."""

    def load_snapshot(self) -> tuple[int, bytes] | None:
        """Return the newest folded state and its sequence, None when there is none that can be trusted."""

    async def close(self) -> None:
        """Commit what waits and close; idempotent."""
