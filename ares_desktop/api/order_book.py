"""The orders of one instance: numbering, handles and what still works."""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import Final
from weakref import WeakValueDictionary

from ares_desktop.api.desk import Desk
from ares_desktop.api.orders import OrderHandle, OrderRecord
from ares_desktop.domain.fills import Fill
from ares_desktop.domain.ids import ClientOrderId, InstrumentId, client_order_id
from ares_desktop.domain.market import from_ns
from ares_desktop.domain.money import ZERO
from ares_desktop.domain.orders import Order, OrderIntent, OrderState, OrderType
from ares_desktop.domain.strategies import StrategyInstance

_TOWARDS_TARGET: Final = (OrderType.MARKET, OrderType.LIMIT)


class OrderBook:
    """Makes intents and keeps their handles; a final order is forgotten unless the strategy holds its handle."""

    def __init__(self, instance: StrategyInstance, next_sequence: int, desk: Desk) -> None:
        self._name = instance.name
        self._sequence = next_sequence
        self._desk = desk
        self._working: dict[ClientOrderId, OrderHandle] = {}
        self._ended: WeakValueDictionary[ClientOrderId, OrderHandle] = WeakValueDictionary()
        self._now_ns = -1
        self._now = from_ns(0)

    def __iter__(self) -> Iterator[OrderHandle]:
        return (handle for handle in tuple(self._working.values()) if not handle.is_final)

    def next_id(self) -> ClientOrderId:
        """Return the number of the next order."""
        order = client_order_id(self._name, self._sequence)
        self._sequence += 1
        return order

    def in_flight(self) -> tuple[int, tuple[OrderIntent, ...]]:
        """Return the number of the next order, and the intents that nothing has been heard of yet."""
        unheard = (item.intent for item in self._working.values() if item.state is OrderState.INITIALIZED)
        return self._sequence, tuple(unheard)

    def now(self) -> datetime:
        """Return the time of the clock in force."""
        ns = self._desk.now_ns()
        if ns != self._now_ns:
            self._now_ns, self._now = ns, from_ns(ns)
        return self._now

    def submit(self, intent: OrderIntent) -> OrderHandle:
        """Pass a numbered intent on and keep its handle."""
        handle = OrderHandle(intent, self._desk.cancel)
        self._working[intent.client_order_id] = handle
        self._desk.submit(intent)
        return handle

    def refused(self, intent: OrderIntent, refusal: str) -> OrderHandle:
        """Return the handle of an intent that goes nowhere."""
        return OrderHandle(intent, self._desk.cancel, refusal=refusal)

    def follow(self, order: ClientOrderId, record: OrderRecord, heard: int) -> bool:
        """Note that an order moved on and is not final; False when it is not among those that work."""
        handle = self._working.get(order)
        if handle is None:
            return False
        handle.follow(record, heard)
        return True

    def complete(self, order: ClientOrderId, quantity: Decimal, record: OrderRecord, heard: int) -> None:
        """Note that an order was filled whole, and that the position has it."""
        handle = self._working.pop(order, None)
        if handle is not None:
            handle.booked += quantity
            handle.follow(record, heard)

    def take(self, order: Order) -> None:
        """Follow a change.

        One that is not known yet, from before a restart or an exit that the engine placed for a bracket, gets a handle
        of its own; the position has its fills so far.
        """
        handle = self._find(order.id)
        if handle is None:
            handle = OrderHandle(order.intent, self._desk.cancel)
            handle.booked = order.filled
        handle.order = order
        self._keep(handle)

    def book(self, fill: Fill) -> None:
        """Note that the position has an execution."""
        handle = self._find(fill.client_order_id)
        if handle is not None:
            handle.booked += fill.quantity
            self._keep(handle)

    def _find(self, order: ClientOrderId) -> OrderHandle | None:
        return self._working.get(order) or self._ended.get(order)

    def _keep(self, handle: OrderHandle) -> None:
        if handle.is_final and handle.unbooked <= 0:
            self._working.pop(handle.id, None)
            self._ended[handle.id] = handle
        else:
            self._working[handle.id] = handle
            self._ended.pop(handle.id, None)

    def pending(self, instrument: InstrumentId) -> Decimal:
        """Return the signed quantity of working orders that lead to a target.

        Stops, trailing stops and the exits of brackets and OCO groups protect what is held; they don't count.
        """
        if not self._working:
            return ZERO
        total = ZERO
        for handle in self._working.values():
            intent = handle.intent
            if intent.instrument != instrument or intent.type not in _TOWARDS_TARGET:
                continue
            if intent.parent is None and not intent.oco_group:
                total += handle.unbooked * intent.side.sign
        return total
