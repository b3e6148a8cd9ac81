"""The orders of a replay by their events; what they amount to is told when somebody looks."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from ares_desktop.domain.events import OrderAccepted, OrderDenied, OrderFilled
from ares_desktop.domain.ids import ClientOrderId
from ares_desktop.domain.order_table import Stage
from ares_desktop.domain.orders import Order, OrderIntent, OrderState
from ares_desktop.domain.risk import Denied
from ares_desktop.engine.trading.order_step import step

_SUBMITTED = Stage(OrderState.SUBMITTED, OrderState.SUBMITTED)


class OrderEntry:
    """One order that was sent, and everything that happened to it; its submission is the first event.

    Attributes:
        intent: as it was sent.
        events: after the submission.
    """

    __slots__ = ("_at", "_folded", "_order", "_stage", "events", "intent")

    def __init__(self, intent: OrderIntent, at: datetime) -> None:
        self.intent = intent
        self.events: list[Any] = []
        self._at = at
        self._order: Order | None = None
        self._stage = _SUBMITTED
        self._folded = 0

    def __len__(self) -> int:
        return 1 + len(self.events)

    def upto(self, count: int) -> Order:
        """Return the order as its first ``count`` events made it."""
        events = self.events
        if self._order is None and count == 3 == len(events) + 1:  # noqa: PLR2004 - sent, accepted, filled
            whole = self._whole(events[0], events[1])
            if whole is not None:
                return whole
        order, stage, begin = self._order, self._stage, self._folded
        if order is None or begin > count:
            order = Order(intent=self.intent, state=OrderState.SUBMITTED, updated_at=self._at)
            stage, begin = _SUBMITTED, 1
        for payload in events[begin - 1 : count - 1]:
            found = step(order, stage, payload)
            if found is not None:
                order, stage = found
        self._order, self._stage, self._folded = order, stage, count
        return order

    def _whole(self, accepted: Any, filled: Any) -> Order | None:  # noqa: ANN401 - any order event
        """Return what an order is that was accepted and then filled in one piece, as nearly all are."""
        if type(accepted) is not OrderAccepted or type(filled) is not OrderFilled:
            return None
        fill = filled.fill
        if fill.quantity != self.intent.quantity:
            return None
        return Order(
            intent=self.intent,
            state=OrderState.FILLED,
            updated_at=fill.at,
            venue_order_id=accepted.venue_order_id,
            filled=fill.quantity,
            average_price=fill.price,
            commission=fill.commission,
        )


class ReplayedOrders:
    """All orders by client order id, denied ones too, in the order in which they were made."""

    def __init__(self) -> None:
        self._entries: dict[ClientOrderId, OrderEntry | Order] = {}
        self._denials: list[Denied] = []
        self._working: dict[ClientOrderId, OrderEntry] = {}

    def knows(self, order: ClientOrderId) -> bool:
        """Say whether an id was used."""
        return order in self._entries

    def submit(self, intent: OrderIntent, at: datetime) -> OrderEntry:
        """Write down an order that is sent; an id that is known keeps its order."""
        order = intent.client_order_id
        known = self._entries.get(order)
        if isinstance(known, OrderEntry):
            return known
        entry = self._entries[order] = self._working[order] = OrderEntry(intent, at)
        return entry

    def complete(self, intent: OrderIntent, at: datetime, accepted: OrderAccepted, filled: OrderFilled) -> OrderEntry:
        """Write down the whole life of an order that was accepted and then filled in one piece; its id is new."""
        entry = self._entries[intent.client_order_id] = OrderEntry(intent, at)
        entry.events = [accepted, filled]
        return entry

    def deny(self, payload: OrderDenied) -> Order | None:
        """Write down a refusal; return the order that never was, None when its id belongs to another one."""
        intent = payload.intent
        self._denials.append(
            Denied(
                client_order_id=intent.client_order_id,
                strategy=intent.strategy,
                instrument=intent.instrument,
                reason=payload.reason,
                detail=payload.detail,
                at=payload.at,
            ),
        )
        if intent.client_order_id in self._entries:
            return None
        order = self._entries[intent.client_order_id] = Order(
            intent=intent,
            state=OrderState.DENIED,
            updated_at=payload.at,
            reason_code=payload.reason.value,
            reason=payload.detail,
        )
        return order

    def entry(self, order: ClientOrderId) -> OrderEntry | None:
        """Return an order that was sent."""
        found = self._entries.get(order)
        return found if isinstance(found, OrderEntry) else None

    def add(self, entry: OrderEntry, payload: Any) -> Order:  # noqa: ANN401 - any order event
        """Add what happened and return the order as it is now."""
        entry.events.append(payload)
        order = entry.upto(len(entry))
        if order.is_working:
            self._working[order.id] = entry
        else:
            self._working.pop(order.id, None)
        return order

    def add_accepted(self, entry: OrderEntry, payload: OrderAccepted) -> None:
        """Add that the venue has an order that was just sent."""
        entry.events.append(payload)

    def add_whole(self, entry: OrderEntry, payload: OrderFilled) -> None:
        """Add the one fill of a whole order."""
        entry.events.append(payload)
        self._working.pop(entry.intent.client_order_id, None)

    def get(self, order: ClientOrderId) -> Order | None:
        """Return an order, None when there is none of that id."""
        found = self._entries.get(order)
        return found.upto(len(found)) if isinstance(found, OrderEntry) else found

    def working(self) -> tuple[Order, ...]:
        """Return orders that are, or may be, live."""
        return tuple(entry.upto(len(entry)) for entry in self._working.values())

    def orders(self) -> tuple[Order, ...]:
        """Return all orders."""
        return tuple(self._all())

    def _all(self) -> Iterator[Order]:
        for found in self._entries.values():
            yield found.upto(len(found)) if isinstance(found, OrderEntry) else found

    def denials(self) -> tuple[Denied, ...]:
        """Return all that the gate refused."""
        return tuple(self._denials)
