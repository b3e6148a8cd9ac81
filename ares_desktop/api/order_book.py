"""The orders of one instance: numbering, handles and what still works."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Final
from weakref import WeakValueDictionary

import msgspec

from ares_desktop.api.desk import Desk
from ares_desktop.api.orders import OrderHandle
from ares_desktop.domain.fills import Fill
from ares_desktop.domain.ids import ClientOrderId, InstrumentId, client_order_id
from ares_desktop.domain.market import from_ns
from ares_desktop.domain.money import ZERO
from ares_desktop.domain.orders import Order, OrderIntent, OrderType, Side
from ares_desktop.domain.strategies import StrategyInstance

_TOWARDS_TARGET: Final = (OrderType.MARKET, OrderType.LIMIT)
_NOBODY: Final = ClientOrderId("")


class OrderBook:
    """Makes intents and keeps their handles; a final order is forgotten unless the strategy holds its handle."""

    def __init__(self, instance: StrategyInstance, next_sequence: int, desk: Desk) -> None:
        self._instance = instance
        self._sequence = next_sequence
        self._desk = desk
        self._working: dict[ClientOrderId, OrderHandle] = {}
        self._known: WeakValueDictionary[ClientOrderId, OrderHandle] = WeakValueDictionary()

    def __iter__(self) -> Iterator[OrderHandle]:
        return (handle for handle in tuple(self._working.values()) if not handle.is_final)

    def submit(self, template: OrderIntent, *, refusal: str) -> OrderHandle:
        """Number an intent and pass it on; one with a ``refusal`` goes nowhere."""
        if refusal:
            return OrderHandle(template, self._desk.cancel, refusal=refusal)
        order = client_order_id(self._instance.name, self._sequence)
        self._sequence += 1
        intent = msgspec.structs.replace(template, client_order_id=order)
        handle = OrderHandle(intent, self._desk.cancel)
        self._working[order] = self._known[order] = handle
        self._desk.submit(intent)
        return handle

    def template(self, instrument: InstrumentId, side: Side, quantity: Decimal) -> OrderIntent:
        """Return a market order without a number."""
        return OrderIntent(
            client_order_id=_NOBODY,
            strategy=self._instance.name,
            account=self._instance.account,
            instrument=instrument,
            side=side,
            quantity=quantity,
            created_at=from_ns(self._desk.now_ns()),
        )

    def take(self, order: Order) -> None:
        """Follow a change.

        One that is not known yet, from before a restart or an exit that the engine placed for a bracket, gets a handle
        of its own; the position has its fills so far.
        """
        handle = self._known.get(order.id)
        if handle is None:
            handle = self._known[order.id] = OrderHandle(order.intent, self._desk.cancel)
            handle.booked = order.filled
        handle.order = order
        self._keep(handle)

    def book(self, fill: Fill) -> None:
        """Note that the position has an execution."""
        handle = self._known.get(fill.client_order_id)
        if handle is not None:
            handle.booked += fill.quantity
            self._keep(handle)

    def _keep(self, handle: OrderHandle) -> None:
        if handle.is_final and handle.unbooked <= 0:
            self._working.pop(handle.id, None)
        else:
            self._working[handle.id] = handle

    def pending(self, instrument: InstrumentId) -> Decimal:
        """Return the signed quantity of working orders that lead to a target.

        Stops, trailing stops and the exits of brackets and OCO groups protect what is held; they don't count.
        """
        total = ZERO
        for handle in self._working.values():
            intent = handle.intent
            if intent.instrument != instrument or intent.type not in _TOWARDS_TARGET:
                continue
            if intent.parent is None and not intent.oco_group:
                total += handle.unbooked * intent.side.sign
        return total
