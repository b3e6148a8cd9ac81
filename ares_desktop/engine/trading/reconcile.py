"""Compares our books with a broker's, as a pure function."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from heapq import merge
from typing import Final

import msgspec

from ares_desktop.domain.accounts import BrokerAccount
from ares_desktop.domain.events import (
    EventDraft,
    OrderAccepted,
    OrderCanceled,
    OrderExpired,
    OrderFilled,
    OrderRejected,
    OrderSubmitted,
    OrderTriggered,
    OrderUpdated,
)
from ares_desktop.domain.fills import Fill
from ares_desktop.domain.ids import AccountId, ClientOrderId, CorrelationId, EventId, order_owner
from ares_desktop.domain.money import ZERO
from ares_desktop.domain.orders import Order, OrderPurpose, OrderState
from ares_desktop.domain.positions import NetPosition
from ares_desktop.engine.ports.broker import BrokerBooking, BrokerOrderEvent, OrderReport, booking_key

NEVER_ARRIVED = "the broker never received it"
_UNSEEN: Final = frozenset({OrderState.SUBMITTED, OrderState.UNKNOWN})
_LIVE: Final = frozenset({OrderState.ACCEPTED, OrderState.TRIGGERED, OrderState.PARTIALLY_FILLED})


class BrokerView(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that a broker answered, from one look.

    Attributes:
        absent: working orders of ours that the broker, asked one by one, is sure never to have had.
        overdue: working orders of ours that wait for an answer which can't be on its way any more.
    """

    orders: Sequence[OrderReport]
    fills: Sequence[Fill]
    bookings: Sequence[BrokerBooking] = ()
    positions: Sequence[NetPosition]
    balance: BrokerAccount
    absent: frozenset[ClientOrderId] = frozenset()
    overdue: frozenset[ClientOrderId] = frozenset()

    @classmethod
    def of_orders(cls, orders: Sequence[OrderReport], overdue: frozenset[ClientOrderId]) -> "BrokerView":
        """Return a look at orders alone; it says nothing of fills, positions or cash."""
        nothing = BrokerAccount(account=AccountId(""), cash={}, buying_power=ZERO, equity=None)
        return cls(orders=orders, fills=(), positions=(), balance=nothing, overdue=overdue)


class Known(msgspec.Struct, frozen=True):
    """What of a broker's answers our journal holds already; it may hold more bookings than are named.

    Attributes:
        owners: what the ids of orders begin with that this profile places: an order of theirs that the journal lacks,
            since its end was lost or a backup was put in its place, is taken over and never left an orphan.
    """

    trades: frozenset[str] = frozenset()
    orders: frozenset[str] = frozenset()
    bookings: frozenset[str] = frozenset()
    owners: frozenset[str] = frozenset()


_SAID_ONCE: Final[dict[type, str]] = {
    OrderAccepted: "accepted",
    OrderRejected: "rejected",
    OrderTriggered: "triggered",
    OrderCanceled: "canceled",
    OrderExpired: "expired",
}


def event_id(payload: BrokerOrderEvent | BrokerBooking) -> EventId:
    """Return the id of what a broker says, equal however often it says it; empty for what may happen again."""
    if isinstance(payload, OrderFilled):
        return EventId(f"fill:{payload.fill.account}:{payload.fill.trade_id}")
    if isinstance(payload, BrokerBooking):
        return EventId(f"booking:{payload.account}:{booking_key(payload)}")
    if isinstance(payload, OrderSubmitted):
        return EventId(f"submitted:{payload.intent.client_order_id}")
    kind = _SAID_ONCE.get(type(payload))
    return EventId(f"{kind}:{payload.client_order_id}" if kind else "")


def draft(payload: BrokerOrderEvent | BrokerBooking, order: ClientOrderId | None = None) -> EventDraft:
    """Return a broker's news, of an order or of none, as a draft that changes nothing when it is delivered twice."""
    return EventDraft(payload=payload, id=event_id(payload), correlation=CorrelationId(order or ""))


def missing_events(ours: Iterable[Order], view: BrokerView, known: Known) -> list[EventDraft]:
    """Return what happened at the broker that our journal lacks, facts first: trades and bookings by their time.

    A booking is later than a trade of its own time, since it concerns what is held after it. Orders that a split
    changed are changed before any of it, since their trades are of the new units.
    """
    reports = {report.intent.client_order_id: report for report in view.orders}
    ours = [order for order in ours if not order.is_final and not _went_back(order, reports.get(order.id))]
    drafts = [draft(_changed(reports[order.id]), order.id) for order in ours if _differs(order, reports.get(order.id))]
    drafts += _facts(view, known, reports)
    for order in ours:
        report = reports.get(order.id)
        if report is not None:
            drafts += [_found(payload, order) for payload in _news(order, report)]
            if order.state is OrderState.PENDING_UPDATE and order.id in view.overdue and report.state in _LIVE:
                drafts.append(draft(_changed(report), order.id))
        elif order.id in view.absent and not order.venue_order_id:
            payload = OrderRejected(client_order_id=order.id, reason=NEVER_ARRIVED, at=order.updated_at)
            drafts.append(
                EventDraft(payload=payload, id=_in_doubt(payload, order), correlation=CorrelationId(order.id))
            )
    return drafts + _adopted(view, known)


def _found(payload: BrokerOrderEvent, order: Order) -> EventDraft:
    """Return news of an order; where its outcome was unknown they count although the journal holds the same already."""
    found = draft(payload, order.id)
    return msgspec.structs.replace(found, id=_in_doubt(payload, order)) if order.state is OrderState.UNKNOWN else found


def _in_doubt(payload: BrokerOrderEvent, order: Order) -> EventId:
    """Return an id of its own for each time that an order was in doubt."""
    return EventId(f"found:{type(payload).__name__}:{order.id}:{order.updated_at.isoformat()}")


def _is_lost(report: OrderReport, known: Known) -> bool:
    """Say whether a report is of an order that this profile placed and its journal lacks."""
    intent = report.intent
    return (
        intent.client_order_id not in known.orders
        and intent.purpose is not OrderPurpose.VENUE
        and order_owner(intent.client_order_id) in known.owners
    )


def _adopted(view: BrokerView, known: Known) -> list[EventDraft]:
    """Return how lost orders began, unless one of their trades says it, and what became of them."""
    drafts: list[EventDraft] = []
    for report in view.orders:
        if not _is_lost(report, known):
            continue
        name = report.intent.client_order_id
        drafts += [draft(payload, name) for payload in _placed(report)]
        order = Order(intent=report.intent, state=OrderState.ACCEPTED, updated_at=report.intent.created_at)
        drafts += [draft(payload, name) for payload in _news(order, report)]
    return drafts


def _facts(view: BrokerView, known: Known, reports: Mapping[ClientOrderId, OrderReport]) -> list[EventDraft]:
    trades = (OrderFilled(fill=fill) for fill in view.fills if fill.trade_id not in known.trades)
    bookings = (booking for booking in view.bookings if booking_key(booking) not in known.bookings)
    placed = set(known.orders)
    drafts: list[EventDraft] = []
    for fact in merge(trades, bookings, key=_time):
        if not isinstance(fact, OrderFilled):
            drafts.append(draft(fact))
            continue
        name = fact.fill.client_order_id
        report = reports.get(name)
        begins = report is not None and (report.intent.purpose is OrderPurpose.VENUE or _is_lost(report, known))
        if report is not None and begins and name not in placed:
            placed.add(name)
            drafts += [draft(payload, name) for payload in _placed(report)]
        drafts.append(draft(fact, name))
    return drafts


def _went_back(order: Order, report: OrderReport | None) -> bool:
    """Say whether a report is older than what we know: it counts less than was filled, and changes nothing."""
    return report is not None and report.filled < order.filled


def _differs(order: Order, report: OrderReport | None) -> bool:
    """Say whether a broker changed an order later than we know of."""
    if report is None or order.state in _UNSEEN or report.updated_at <= order.updated_at:
        return False
    ours, theirs = order.intent, report.intent
    return (ours.quantity, ours.limit_price, ours.stop_price) != (
        theirs.quantity,
        theirs.limit_price,
        theirs.stop_price,
    )


def _changed(report: OrderReport) -> OrderUpdated:
    intent = report.intent
    return OrderUpdated(
        client_order_id=intent.client_order_id,
        at=report.updated_at,
        quantity=intent.quantity,
        limit_price=intent.limit_price,
        stop_price=intent.stop_price,
    )


def _time(fact: OrderFilled | BrokerBooking) -> datetime:
    return fact.fill.at if isinstance(fact, OrderFilled) else fact.at


def _placed(report: OrderReport) -> tuple[BrokerOrderEvent, ...]:
    """Return how an order of the venue's own began."""
    intent = report.intent
    order, at = intent.client_order_id, intent.created_at
    accepted = OrderAccepted(client_order_id=order, venue_order_id=report.venue_order_id, at=at)
    return OrderSubmitted(intent=intent, at=at), accepted


def _news(order: Order, report: OrderReport) -> list[BrokerOrderEvent]:
    at, ours = report.updated_at, order.id
    news: list[BrokerOrderEvent] = []
    if order.state in _UNSEEN and report.state is not OrderState.REJECTED:
        news.append(OrderAccepted(client_order_id=ours, venue_order_id=report.venue_order_id, at=at))
    match report.state:
        case OrderState.TRIGGERED if order.state is not OrderState.TRIGGERED:
            news.append(OrderTriggered(client_order_id=ours, at=at))
        case OrderState.CANCELED:
            news.append(OrderCanceled(client_order_id=ours, at=at, reason=report.reason))
        case OrderState.EXPIRED:
            news.append(OrderExpired(client_order_id=ours, at=at))
        case OrderState.REJECTED:
            news.append(OrderRejected(client_order_id=ours, reason=report.reason, at=at))
        case _:
            pass
    return news
