"""What a strategy holds of an order it made."""

from collections.abc import Callable
from decimal import Decimal
from typing import Protocol

from ares_desktop.domain.ids import ClientOrderId, InstrumentId
from ares_desktop.domain.money import ZERO
from ares_desktop.domain.orders import FINAL_STATES, Order, OrderIntent, OrderState, Side


class OrderRecord(Protocol):
    """The events of one order, out of which its state can be told."""

    def upto(self, count: int) -> Order:
        """Return the order as its first ``count`` events made it."""


class OrderHandle:
    """An order of this instance; it follows the order's state by itself.

    Attributes:
        intent: what was asked for.
        booked: quantity of its fills that the position has taken in.
    """

    __slots__ = ("__weakref__", "_cancel", "_heard", "_order", "_record", "_refusal", "booked", "intent")

    def __init__(self, intent: OrderIntent, cancel: Callable[[ClientOrderId], None], *, refusal: str = "") -> None:
        self.intent = intent
        self._order: Order | None = None
        self._record: OrderRecord | None = None
        self._heard = 0
        self.booked = ZERO
        self._cancel = cancel
        self._refusal = refusal

    def __repr__(self) -> str:
        intent = self.intent
        return f"<{intent.client_order_id} {intent.side} {intent.quantity} {intent.instrument} {self.state}>"

    @property
    def order(self) -> Order | None:
        """The newest state, None until the engine has answered."""
        if self._record is not None:
            self._order = self._record.upto(self._heard)
            self._record = None
        return self._order

    @order.setter
    def order(self, order: Order) -> None:
        self._order = order
        self._record = None

    def follow(self, record: OrderRecord, heard: int) -> None:
        """Take the state from ``record`` once somebody looks: of its events, this instance heard of so many."""
        self._record = record
        self._heard = heard

    @property
    def id(self) -> ClientOrderId:
        """The client order id."""
        return self.intent.client_order_id

    @property
    def instrument(self) -> InstrumentId:
        """What it trades."""
        return self.intent.instrument

    @property
    def side(self) -> Side:
        """BUY or SELL."""
        return self.intent.side

    @property
    def quantity(self) -> Decimal:
        """What was asked for, positive."""
        return self.intent.quantity

    @property
    def state(self) -> OrderState:
        """INITIALIZED until the engine has answered."""
        if self.order is not None:
            return self.order.state
        return OrderState.DENIED if self._refusal else OrderState.INITIALIZED

    @property
    def filled(self) -> Decimal:
        """Executed quantity."""
        return self.booked if self.order is None else max(self.booked, self.order.filled)

    @property
    def remaining(self) -> Decimal:
        """Quantity that may still execute."""
        return ZERO if self.is_final else self.quantity - self.filled

    @property
    def average_price(self) -> Decimal | None:
        """Of the executed part, None before the first fill."""
        return None if self.order is None else self.order.average_price

    @property
    def unbooked(self) -> Decimal:
        """What the position may still gain by it: an order and its fill may be told in either order."""
        if self.is_final:
            return self.filled - self.booked
        return self.quantity - self.booked

    @property
    def is_final(self) -> bool:
        """Nothing more is expected of it."""
        return self.state in FINAL_STATES

    @property
    def reason(self) -> str:
        """Why it was denied, rejected or canceled; empty otherwise."""
        return self._refusal if self.order is None else self.order.reason or self.order.reason_code

    def cancel(self) -> None:
        """Ask for its cancel; the answer comes through ``on_order``."""
        if not self.is_final:
            self._cancel(self.id)
