"""Questions to the journal that may take long: each is asked off the loop and can be ended."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Protocol

from ares_desktop.domain.audit import AuditPage, AuditQuery, JournalProof
from ares_desktop.domain.events import JournalEvent
from ares_desktop.domain.ids import ClientOrderId

Canceled = Callable[[], bool]
"""Says whether nobody waits for the answer any more."""


class JournalSearch(Protocol):
    """Reads the journal beside its writer.

    Every method blocks, so it belongs to a thread of its own, and raises StorageError when the journal can't be read.
    """

    def page(self, query: AuditQuery, canceled: Canceled) -> AuditPage:
        """Return one page of what matches, newest first."""

    def related(self, order: ClientOrderId, canceled: Canceled) -> tuple[JournalEvent, ...]:
        """Return the events of an order and its family, what led to them and what they led to, oldest first."""

    def verify(self, report: Callable[[JournalProof], None], canceled: Canceled) -> JournalProof:
        """Follow the hash chain from the first event to the last."""

    def lines(self, since: datetime, canceled: Canceled) -> Iterator[bytes]:
        """Yield events since a time as lines of JSON that hold what their hashes are computed from, oldest first."""
