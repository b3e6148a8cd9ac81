"""The append-only journal of events."""

from collections.abc import Callable, Iterator
from typing import Protocol

from ares_desktop.domain.events import EventDraft, JournalEvent


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
