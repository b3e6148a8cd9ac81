"""What happened to an order, told step by step."""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import Any, Final

from ares_desktop.domain import events as e
from ares_desktop.domain.decisions import DecisionStep
from ares_desktop.domain.fills import Fill
from ares_desktop.domain.ids import ClientOrderId
from ares_desktop.domain.orders import Order, OrderIntent, OrderState

APPROVED: Final = "approved"


def order_of(payload: e.Payload) -> ClientOrderId | None:
    """Return the order that an event concerns, None for one that concerns none."""
    if isinstance(payload, e.OrderSubmitted | e.OrderDenied):
        return payload.intent.client_order_id
    if isinstance(payload, e.OrderFilled | e.CommissionReported):
        return payload.fill.client_order_id
    return getattr(payload, "client_order_id", None)


def steps_of(events: Iterable[e.JournalEvent]) -> tuple[DecisionStep, ...]:
    """Return the steps of one order's events, in the journal's order."""
    return tuple(step for event in events for step in _steps(event.payload, event.sequence))


def known_steps(order: Order, fills: Iterable[Fill]) -> tuple[DecisionStep, ...]:
    """Return the steps that an order and its fills tell by themselves, without the journal."""
    steps = [*_decided(order.intent, gate_result(order), 0)]
    steps += [DecisionStep(at=fill.at, what="fill", detail=fill_text(fill)) for fill in fills]
    if order.state not in {OrderState.DENIED, OrderState.FILLED, OrderState.PARTIALLY_FILLED}:
        steps.append(DecisionStep(at=order.updated_at, what=str(order.state).lower(), detail=order.reason))
    return tuple(steps)


def gate_result(order: Order) -> str:
    """Return the deny code and its text, or ``approved``."""
    return APPROVED if order.state is not OrderState.DENIED else f"{order.reason_code}: {order.reason}"


def intent_text(intent: OrderIntent) -> str:
    """Return what was wanted, such as ``BUY 10 AAPL.SMART LIMIT at 99.5, GTC, reduce-only``."""
    parts = [f"{intent.side} {intent.quantity} {intent.instrument} {intent.type}"]
    for name, price in (("at", intent.limit_price), ("stop", intent.stop_price), ("trail", intent.trail)):
        if price is not None:
            parts[0] += f" {name} {price}"
    parts.append(str(intent.tif))
    if intent.reduce_only:
        parts.append("reduce-only")
    if intent.bracket is not None:
        parts.append(f"bracket stop {intent.bracket.stop}, target {intent.bracket.target}")
    return ", ".join(parts) + (f": {intent.reason}" if intent.reason else "")


def fill_text(fill: Fill) -> str:
    """Return quantity, price and commission of an execution."""
    return f"{fill.quantity} at {fill.price}, commission {fill.commission} {fill.currency}"


def _decided(intent: OrderIntent, gate: str, sequence: int) -> Iterator[DecisionStep]:
    at = intent.created_at
    yield DecisionStep(at=at, what="intent", detail=intent_text(intent), sequence=sequence)
    yield DecisionStep(at=at, what="gate", detail=gate, sequence=sequence)


def _steps(payload: Any, sequence: int) -> Iterator[DecisionStep]:  # noqa: ANN401 - any order event
    if isinstance(payload, e.OrderDenied):
        yield from _decided(payload.intent, f"{payload.reason.value}: {payload.detail}", sequence)
        return
    if isinstance(payload, e.OrderSubmitted):
        yield from _decided(payload.intent, APPROVED, sequence)
    told = _TOLD.get(type(payload))
    if told is not None:
        what, detail = told
        yield DecisionStep(at=_time(payload), what=what, detail=detail(payload), sequence=sequence)


def _time(payload: Any) -> datetime:  # noqa: ANN401 - any order event
    at: datetime = payload.fill.at if isinstance(payload, e.OrderFilled) else payload.at
    return at


def _reason(payload: Any) -> str:  # noqa: ANN401 - any order event
    return str(payload.reason)


def _changes(payload: e.UpdateRequested | e.OrderUpdated) -> str:
    named = {"quantity": payload.quantity, "limit": payload.limit_price, "stop": payload.stop_price}
    return ", ".join(f"{name} {value}" for name, value in named.items() if value is not None)


def _nothing(_: object) -> str:
    return ""


_TOLD: Final[dict[type, tuple[str, Callable[[Any], str]]]] = {
    e.OrderSubmitted: ("submitted", _nothing),
    e.OrderAccepted: ("accepted", lambda it: f"order {it.venue_order_id} of the venue"),
    e.OrderRejected: ("rejected", _reason),
    e.OrderTriggered: ("triggered", _nothing),
    e.OrderFilled: ("fill", lambda it: fill_text(it.fill)),
    e.CommissionReported: ("commission", lambda it: f"{it.commission} {it.fill.currency} for trade {it.fill.trade_id}"),
    e.CancelRequested: ("cancel requested", _reason),
    e.CancelRejected: ("cancel rejected", _reason),
    e.OrderCanceled: ("canceled", _reason),
    e.OrderExpired: ("expired", _nothing),
    e.UpdateRequested: ("change requested", _changes),
    e.OrderUpdated: ("changed", _changes),
    e.UpdateRejected: ("change rejected", _reason),
    e.OrderOutcomeUnknown: ("unknown", _reason),
}
