"""The working orders of the simulated venue, by id and by instrument, with their brackets and OCO groups."""

from collections.abc import Callable, Iterator
from typing import TypeVar

from ares_desktop.domain.ids import ClientOrderId, InstrumentId, StrategyId
from ares_desktop.engine.simulation.working import WorkingOrder

Key = TypeVar("Key")

KEEP_ENDED = 2000
"""Orders that have ended stay reachable until this many more have ended after them."""


class OrderBook:
    """Finds orders quickly where the market moves and where people ask.

    Args:
        archive: finds an order that ended too long ago to be kept here.
    """

    def __init__(self, archive: Callable[[ClientOrderId], WorkingOrder | None] = lambda _: None) -> None:
        self._orders: dict[ClientOrderId, WorkingOrder] = {}
        self._ended: dict[ClientOrderId, None] = {}
        self._working: dict[InstrumentId, dict[ClientOrderId, WorkingOrder]] = {}
        self._groups: dict[tuple[StrategyId, str], dict[ClientOrderId, WorkingOrder]] = {}
        self._children: dict[ClientOrderId, dict[ClientOrderId, WorkingOrder]] = {}
        self._exits: dict[InstrumentId, dict[ClientOrderId, WorkingOrder]] = {}
        self._archive = archive

    def find(self, order: ClientOrderId) -> WorkingOrder | None:
        """Return an order by our id, None when it was never here."""
        return self._orders.get(order) or self._archive(order)

    def add(self, order: WorkingOrder) -> None:
        """Take an order in; one that has ended already is only remembered."""
        intent = order.intent
        self._orders[intent.client_order_id] = order
        if not order.is_live:
            self._remember(intent.client_order_id)
            return
        orders = self._working.get(intent.instrument)
        if orders is None:
            orders = self._working[intent.instrument] = {}
        orders[intent.client_order_id] = order
        if order.only_reduces:
            self._exits.setdefault(intent.instrument, {})[intent.client_order_id] = order
        if intent.oco_group:
            self._groups.setdefault((intent.strategy, intent.oco_group), {})[intent.client_order_id] = order
        if intent.parent is not None:
            self._children.setdefault(intent.parent, {})[intent.client_order_id] = order

    def end(self, order: WorkingOrder) -> None:
        """Stop matching an order that has ended."""
        intent = order.intent
        _drop(self._working, intent.instrument, intent.client_order_id)
        if order.only_reduces:
            _drop(self._exits, intent.instrument, intent.client_order_id)
        if intent.oco_group:
            _drop(self._groups, (intent.strategy, intent.oco_group), intent.client_order_id)
        if intent.parent is not None:
            _drop(self._children, intent.parent, intent.client_order_id)
        self._remember(intent.client_order_id)

    def _remember(self, order: ClientOrderId) -> None:
        self._ended[order] = None
        if len(self._ended) > KEEP_ENDED:
            oldest = next(iter(self._ended))
            del self._ended[oldest], self._orders[oldest]

    @property
    def alone(self) -> bool:
        """Whether no working order depends on another one: none has a parent, a group or may only reduce."""
        return not (self._exits or self._groups or self._children)

    def has_work(self, instrument: InstrumentId) -> bool:
        """Say whether any order of the instrument works."""
        return instrument in self._working

    def working(self, instrument: InstrumentId) -> list[WorkingOrder]:
        """Return the instrument's working orders in the order of their arrival."""
        return list(self._working[instrument].values()) if instrument in self._working else []

    def all_working(self) -> Iterator[WorkingOrder]:
        """Yield every working order."""
        for orders in self._working.values():
            yield from orders.values()

    def all(self) -> Iterator[WorkingOrder]:
        """Yield working orders and those that ended lately, in the order of their arrival."""
        yield from self._orders.values()

    def exits(self, instrument: InstrumentId) -> list[WorkingOrder]:
        """Return the instrument's working orders that may only reduce."""
        orders = self._exits.get(instrument)
        return [] if orders is None else list(orders.values())

    def children(self, parent: ClientOrderId) -> list[WorkingOrder]:
        """Return the working exits of an entry."""
        return list(self._children.get(parent, {}).values())

    def partners(self, order: WorkingOrder) -> list[WorkingOrder]:
        """Return the other working orders of its OCO group."""
        if not order.intent.oco_group:
            return []
        group = self._groups.get((order.intent.strategy, order.intent.oco_group), {})
        return [partner for partner in group.values() if partner is not order]


def _drop(index: dict[Key, dict[ClientOrderId, WorkingOrder]], key: Key, order: ClientOrderId) -> None:
    orders = index.get(key)
    if orders is not None:
        orders.pop(order, None)
        if not orders:
            del index[key]
