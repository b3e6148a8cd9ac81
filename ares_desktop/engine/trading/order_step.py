"""What one event makes of an order, as a pure function of both."""

from decimal import Decimal
from typing import Any, Final

from msgspec.structs import replace

from ares_desktop.domain import events as e
from ares_desktop.domain.fills import Fill
from ares_desktop.domain.order_table import Stage, advance
from ares_desktop.domain.orders import Order, OrderIntent

_WITH_REASON: Final = frozenset(
    {e.OrderCanceled, e.OrderRejected, e.CancelRejected, e.UpdateRejected, e.OrderOutcomeUnknown},
)


def step(order: Order, stage: Stage, payload: Any) -> tuple[Order, Stage] | None:  # noqa: ANN401 - any order event
    """Return the order and its stage after an event, None where the state table has no row for it.

    A fill counts whatever the table says: the venue is the authority on what traded.
    """
    kind = type(payload)
    if kind is e.OrderFilled:
        return _filled(order, stage, payload.fill)
    changes: dict[str, Any] = {}
    if kind is e.OrderAccepted:
        changes["venue_order_id"] = payload.venue_order_id
    elif kind is e.OrderUpdated:
        changes["intent"] = changed(order.intent, payload)
    elif kind in _WITH_REASON and payload.reason:
        changes["reason"] = payload.reason
    intent = changes.get("intent", order.intent)
    after = advance(stage, kind, filled=order.filled, quantity=intent.quantity)
    if after is None:
        return None
    return replace(order, state=after.state, updated_at=payload.at, **changes), after


def _filled(order: Order, stage: Stage, fill: Fill) -> tuple[Order, Stage]:
    filled = order.filled + fill.quantity
    after = advance(stage, e.OrderFilled, filled=filled, quantity=order.intent.quantity) or stage
    changed_order = replace(
        order,
        state=after.state,
        updated_at=fill.at,
        filled=filled,
        average_price=average(order, fill, filled),
        commission=order.commission + fill.commission,
    )
    return changed_order, after


def average(order: Order, fill: Fill, filled: Decimal) -> Decimal:
    """Return the average price of an order with one more execution; ``filled`` is the quantity with it."""
    if order.average_price is None:
        return fill.price
    return (order.average_price * order.filled + fill.price * fill.quantity) / filled


def changed(intent: OrderIntent, payload: e.OrderUpdated) -> OrderIntent:
    """Return an intent with what the broker changed of it."""
    new = {
        "quantity": payload.quantity,
        "limit_price": payload.limit_price,
        "stop_price": payload.stop_price,
    }
    return replace(intent, **{name: value for name, value in new.items() if value is not None})
