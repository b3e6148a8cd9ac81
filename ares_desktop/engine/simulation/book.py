"""The working orders of the simulated venue, by id and by instrument, with their brackets and OCO groups."""

from collections.abc import Callable, Iterator
from typing import TypeVar

from ares_desktop.domain.ids import ClientOrderId, InstrumentId, StrategyId
from ares_desktop.domain.orders import FINAL_STATES
from ares_desktop.engine.simulation.working import WorkingOrder

Archive = Callable[[ClientOrderId], WorkingOrder | None]
"""Finds an order that ended long ago."""
Orders = dict[ClientOrderId, WorkingOrder]
"""Orders by our id."""
Drifts = dict[ClientOrderId, tuple[object, ...]]
"""Where the market carried the prices of working orders."""
Key = TypeVar("Key")

KEEP_ENDED = 2000
"""Orders that have ended stay reachable until this many more have ended after them."""


class OrderBook:
    """Finds orders quickly where the market moves and where people ask.

    Args:
        archive: finds an order that ended too long ago to be kept here.

    Attributes:
        by_instrument: what works, in the order of arrival; instruments without working orders are left out.
    """

    def __init__(self, archive: Archive | None = None) -> None:
        self._orders: Orders = {}
        self._ended: dict[ClientOrderId, None] = {}
        self.by_instrument: dict[InstrumentId, Orders] = {}
        self._groups: dict[tuple[StrategyId, str], Orders] = {}
        self._children: dict[ClientOrderId, Orders] = {}
        self._exits: dict[InstrumentId, Orders] = {}
        self._archive = archive

    def find(self, order: ClientOrderId) -> WorkingOrder | None:
        """Return an order by our id, None when it was never here."""
        found = self._orders.get(order)
        return self._archive(order) if found is None and self._archive is not None else found

    def add(self, order: WorkingOrder) -> None:
        """Take an order in; one that has ended already is only remembered."""
        intent = order.intent
        self._orders[intent.client_order_id] = order
        if order.state in FINAL_STATES:
            self._remember(intent.client_order_id)
            return
        orders = self.by_instrument.get(intent.instrument)
        if orders is None:
            orders = self.by_instrument[intent.instrument] = {}
        orders[intent.client_order_id] = order
        if intent.reduce_only or intent.parent is not None:
            self._exits.setdefault(intent.instrument, {})[intent.client_order_id] = order
        if intent.oco_group:
            self._groups.setdefault((intent.strategy, intent.oco_group), {})[intent.client_order_id] = order
        if intent.parent is not None:
            self._children.setdefault(intent.parent, {})[intent.client_order_id] = order

    def end(self, order: WorkingOrder) -> None:
        """Stop matching an order that has ended."""
        intent = order.intent
        name = intent.client_order_id
        orders = self.by_instrument.get(intent.instrument)
        if orders is not None and name in orders:
            del orders[name]
            if not orders:
                del self.by_instrument[intent.instrument]
        if intent.reduce_only or intent.parent is not None:
            _drop(self._exits, intent.instrument, name)
        if intent.oco_group:
            _drop(self._groups, (intent.strategy, intent.oco_group), name)
        if intent.parent is not None:
            _drop(self._children, intent.parent, name)
        self._remember(name)

    def _remember(self, order: ClientOrderId) -> None:
        ended = self._ended
        ended[order] = None
        if len(ended) > KEEP_ENDED:
            oldest = next(iter(ended))
            del ended[oldest], self._orders[oldest]

    @property
    def alone(self) -> bool:
        """Whether no working order depends on another one: none has a parent, a group or may only reduce."""
        return not (self._exits or self._groups or self._children)

    def has_work(self, instrument: InstrumentId) -> bool:
        """Say whether any order of the instrument works."""
        return instrument in self.by_instrument

    def working(self, instrument: InstrumentId) -> list[WorkingOrder]:
        """Return the instrument's working orders in the order of their arrival."""
        return list(self.by_instrument[instrument].values()) if instrument in self.by_instrument else []

    def all_working(self) -> Iterator[WorkingOrder]:
        """Yield every working order."""
        for orders in self.by_instrument.values():
            yield from orders.values()

    def drifted(self, before: Drifts) -> tuple[Drifts, list[WorkingOrder]]:
        """Return where the market carried working orders, and those it moved since ``before``."""
        drifts = {order.intent.client_order_id: order.drift for order in self.all_working()}
        moved = [order for order in self.all_working() if before.get(order.intent.client_order_id) != order.drift]
        return drifts, moved

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
