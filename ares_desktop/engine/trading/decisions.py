"""Why orders were made: decisions found, explained and told from what the journal holds."""

import asyncio
import time
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final

from msgspec.structs import replace

from ares_desktop.domain.decisions import Decision, DecisionQuery
from ares_desktop.domain.errors import Finding, UsageError
from ares_desktop.domain.events import JournalEvent
from ares_desktop.domain.ids import ClientOrderId, InstrumentId, StrategyId
from ares_desktop.domain.money import ZERO
from ares_desktop.domain.orders import Order, OrderPurpose, OrderState
from ares_desktop.engine.ports.journal import EventJournal
from ares_desktop.engine.trading.decision_export import check_file, write
from ares_desktop.engine.trading.decision_steps import gate_result, known_steps, order_of, steps_of
from ares_desktop.engine.trading.fill_index import FillIndex
from ares_desktop.engine.trading.fold import Fold
from ares_desktop.engine.trading.ledger import PositionKey

_SOURCES: Final = {
    OrderPurpose.STRATEGY: "",
    OrderPurpose.MANUAL: "placed by the trader",
    OrderPurpose.PROTECTIVE: "protects a position",
    OrderPurpose.FLATTEN: "flatten",
    OrderPurpose.KILL_SWITCH: "kill switch",
    OrderPurpose.VENUE: "placed by the venue",
}
_A_SLICE: Final = 200
_PAUSE_S: Final = 0.0005
"""A search goes through so many orders, then leaves the loop its turn."""
_FORECAST: Final = "forecast"


class Decisions:
    """One decision for each order there ever was, denied ones too.

    Orders, fills and profits are those of the fold, so decisions of any age are found in memory; each step of an
    order's life is read from the journal when somebody wants to know it. What takes long runs in a thread.
    """

    def __init__(self, fold: Fold, journal: EventJournal) -> None:
        self._fold = fold
        self._journal = journal
        self._fills = FillIndex(fold)

    async def prepare(self) -> None:
        """Get ready to find fills at once, however many there are."""
        await asyncio.to_thread(self._fills.catch_up)

    def decision(self, order: ClientOrderId) -> Decision:
        """Return a decision with the steps that need no look into the journal, whose ``sequence`` is 0.

        Raises:
            UsageError: when there is no order of that id.
        """
        return self._decision(self._order(order))

    async def explain(self, order: ClientOrderId) -> Decision:
        """Return a decision with every step that the journal holds.

        Raises:
            UsageError: when there is no order of that id.
            JournalCorruptError, StorageError: when the journal can't be read.
        """
        found = self.decision(order)
        (whole,) = await asyncio.to_thread(self._explained, (found,))
        return whole

    async def search(self, query: DecisionQuery) -> tuple[Decision, ...]:
        """Return what matches, newest first; the steps are those of :meth:`decision`."""
        return await asyncio.to_thread(self._search, query)

    def of_position(self, strategy: StrategyId, instrument: InstrumentId) -> tuple[Decision, ...]:
        """Return the decisions whose fills led to what a strategy holds now, oldest first; none when it is flat."""
        orders = [
            order
            for book in self._fold.ledger.holders(instrument)
            if book.strategy == strategy
            for order in self._fold.attribution.orders(PositionKey(book.account, strategy, instrument))
        ]
        found = (self._fold.registry.get(order) for order in orders)
        return tuple(self._decision(order) for order in found if order is not None)

    async def export(self, query: DecisionQuery, file: Path) -> int:
        """Write what matches, as CSV or as JSON with every step, by the file's name; return how many they were.

        Raises:
            UsageError: when the name is of neither, or the file can't be written.
            JournalCorruptError, StorageError: when the journal can't be read.
        """
        check_file(file)
        return await asyncio.to_thread(self._export, query, file)

    def _export(self, query: DecisionQuery, file: Path) -> int:
        found = self._search(query)
        if file.suffix.lower() == ".json":
            found = self._explained(found)
        write(found, file)
        return len(found)

    def _order(self, order: ClientOrderId) -> Order:
        found = self._fold.registry.get(order)
        if found is None:
            remedy = "List the orders to see which there are."
            raise UsageError(Finding(place="order", value=order, problem="is not known", remedy=remedy))
        return found

    def _search(self, query: DecisionQuery) -> tuple[Decision, ...]:
        self._fills.catch_up()
        return tuple(self._decision(order) for order in self._matching(query))

    def _matching(self, query: DecisionQuery) -> Iterator[Order]:
        registry, left = self._fold.registry, query.limit
        place = len(registry)
        while place and left > 0:
            place -= 1
            if not place % _A_SLICE:
                time.sleep(_PAUSE_S)
            order = registry.order_at(place)
            if _matches(order, query):
                left -= 1
                yield order

    def _decision(self, order: Order) -> Decision:
        intent, fills = order.intent, self._fills.fills(order)
        reason, inputs = intent.reason or _SOURCES[intent.purpose], intent.inputs
        parent = self._fold.registry.get(intent.parent) if intent.parent is not None else None
        if parent is not None:
            # Who decided the entry decided its exits: they stand on the same values.
            reason = f"{reason} of {parent.id}" + (f": {parent.intent.reason}" if parent.intent.reason else "")
            inputs = inputs or parent.intent.inputs
        return Decision(
            order=order,
            at=intent.created_at,
            inputs=dict(inputs),
            forecast=_forecast(inputs),
            reason=reason,
            approved=order.state is not OrderState.DENIED,
            gate=gate_result(order),
            steps=known_steps(order, fills),
            fills=fills,
            realized=self._fold.attribution.realized(order.id),
            commission=sum((fill.commission for fill in fills), ZERO),
            currency=fills[-1].currency if fills else "USD",
            parent=intent.parent,
        )

    def _explained(self, decisions: Iterable[Decision]) -> tuple[Decision, ...]:
        """Read the journal where the events of these decisions lie, each stretch of it once."""
        found = tuple(decisions)
        spans = [span for item in found if (span := self._fold.registry.span(item.id)) is not None]
        events: dict[ClientOrderId, list[JournalEvent]] = {item.id: [] for item in found}
        for first, last in _joined(spans):
            self._collect(first, last, events)
        return tuple(replace(item, steps=steps_of(events[item.id]) or item.steps) for item in found)

    def _collect(self, first: int, last: int, events: Mapping[ClientOrderId, list[JournalEvent]]) -> None:
        for event in self._journal.read(after=first - 1):
            if event.sequence > last:
                return
            order = order_of(event.payload)
            if order is not None and order in events:
                events[order].append(event)


def _joined(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    joined: list[tuple[int, int]] = []
    for first, last in sorted(spans):
        if joined and first <= joined[-1][1] + 1:
            joined[-1] = (joined[-1][0], max(last, joined[-1][1]))
        else:
            joined.append((first, last))
    return joined


def _matches(order: Order, query: DecisionQuery) -> bool:
    intent = order.intent
    if query.strategy is not None and intent.strategy != query.strategy:
        return False
    if query.instrument is not None and intent.instrument != query.instrument:
        return False
    if query.approved is not None and query.approved is (order.state is OrderState.DENIED):
        return False
    if query.since is not None and intent.created_at < query.since:
        return False
    if query.until is not None and intent.created_at > query.until:
        return False
    return not query.text or _has_text(order, query.text.casefold())


def _has_text(order: Order, text: str) -> bool:
    intent = order.intent
    texts = (intent.reason or _SOURCES[intent.purpose], intent.instrument, gate_result(order), *intent.inputs)
    return any(text in item.casefold() for item in texts)


def _forecast(inputs: Mapping[str, float]) -> str:
    """Return the opinions among the inputs: what was recorded as ``forecast`` or ``forecast.`` and a name."""
    found = ((name.partition(".")[::2], value) for name, value in inputs.items())
    return ", ".join(f"{rest} {value:g}".strip() for (head, rest), value in found if head == _FORECAST)
