"""Writes events to the journal, folds them, and only then tells the others."""

import asyncio
from collections.abc import Callable
from typing import Final

import structlog

from ares_desktop.domain.errors import StorageError
from ares_desktop.domain.events import EventDraft, JournalEvent, OrderSubmitted, Payload
from ares_desktop.domain.ids import CorrelationId, EventId
from ares_desktop.domain.orders import OrderPurpose
from ares_desktop.engine.ports.journal import EventJournal, FirstAppend
from ares_desktop.engine.trading.fold import Applied, Fold
from ares_desktop.engine.trading.provenance import first_draft, traced

_log = structlog.get_logger(__name__)

_NONE: Final = EventId("")
_ALONE: Final = CorrelationId("")
Listener = Callable[[JournalEvent, Applied], None]


class Recorder:
    """The one way into the journal.

    Attributes:
        fold: the state that follows from every committed event.
        failure: why the last append failed, empty while the journal works.
        broken: why memory no longer follows from the journal, empty while it does. From then on until a restart no
            order is recorded, so none is sent, but those of the kill switch.
    """

    def __init__(self, journal: EventJournal, fold: Fold) -> None:
        self._journal = journal
        self.fold = fold
        self.failure = self.broken = ""
        self._listeners: list[Listener] = []
        self._on_health: Callable[[str], None] | None = None
        journal.on_commit(self._committed)

    def subscribe(self, listener: Listener) -> None:
        """Call ``listener`` for every committed event and what it changed, after it was folded."""
        self._listeners.append(listener)

    def on_health(self, listener: Callable[[str], None]) -> None:
        """Call ``listener`` with the failure when the journal begins to fail, with an empty text when it works."""
        self._on_health = listener

    def _committed(self, event: JournalEvent) -> None:
        try:
            applied = self.fold.apply(event)
        except Exception as error:
            self.broken = f"journal event {event.sequence} could not be understood: {error!r}"
            self._health(self.broken)
            raise
        for listener in self._listeners:
            listener(event, applied)

    async def record(
        self,
        *payloads: Payload,
        cause: EventId = _NONE,
        correlation: CorrelationId = _ALONE,
    ) -> tuple[JournalEvent, ...]:
        """Commit facts that can't be delivered twice.

        Raises:
            StorageError: none of them was committed.
        """
        drafts = [EventDraft(payload=payload, cause=cause, correlation=correlation) for payload in payloads]
        return await self.append(*drafts)

    async def append(self, *drafts: EventDraft) -> tuple[JournalEvent, ...]:
        """Commit drafts in one transaction, each with what led to it.

        Raises:
            StorageError: none of them was committed.
        """
        if self.broken and any(_begins_order(draft.payload) for draft in drafts):
            msg = f"{self.broken}; restart the application"
            raise StorageError(msg)
        orders = self.fold.registry
        try:
            events = await self._journal.append(*(traced(draft, orders) for draft in drafts))
        except StorageError as error:
            self._health(str(error))
            raise
        self._health("")
        return events

    def record_first(self, *payloads: Payload) -> FirstAppend:
        """Commit facts ahead of everything that waits; returns at once.

        Raises:
            StorageError: when the journal is not open.
        """
        first = self._journal.append_first(*map(first_draft, payloads))
        first.committed.add_done_callback(self._first_done)
        return first

    def _first_done(self, committed: "asyncio.Future[tuple[JournalEvent, ...]]") -> None:
        if not committed.cancelled():
            error = committed.exception()
            self._health("" if error is None else str(error))

    def _health(self, failure: str) -> None:
        failure = failure or self.broken
        if failure == self.failure:
            return
        if failure:
            _log.error("journal_failed", error=failure)
        else:
            _log.info("journal_recovered")
        self.failure = failure
        if self._on_health is not None:
            self._on_health(failure)


def _begins_order(payload: Payload) -> bool:
    return isinstance(payload, OrderSubmitted) and payload.intent.purpose not in _ALWAYS


_ALWAYS: Final = frozenset({OrderPurpose.KILL_SWITCH, OrderPurpose.VENUE})
"""What ends risk must go out although the books may be wrong, and what a venue did has happened."""
