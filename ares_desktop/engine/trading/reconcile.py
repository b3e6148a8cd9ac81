"""Compares our books with a broker's, as a pure function."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Final

import msgspec

from ares_desktop.domain.accounts import BrokerAccount
from ares_desktop.domain.events import (
    CarryBooked,
    EventDraft,
    OrderAccepted,
    OrderCanceled,
    OrderExpired,
    OrderFilled,
    OrderRejected,
    OrderSubmitted,
    OrderTriggered,
    PositionSplit,
)
from ares_desktop.domain.fills import Fill
from ares_desktop.domain.ids import AccountId, ClientOrderId, CorrelationId, EventId, InstrumentId
from ares_desktop.domain.money import ZERO
from ares_desktop.domain.orders import Order, OrderState
from ares_desktop.domain.positions import Discrepancy, NetPosition
from ares_desktop.engine.ports.broker import BrokerBooking, BrokerOrderEvent, OrderReport

NEVER_ARRIVED = "the broker never received it"


class BrokerView(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that a broker answered, from one look.

    Attributes:
        absent: working orders of ours that the broker, asked one by one, is sure never to have had.
    """

    orders: Sequence[OrderReport]
    fills: Sequence[Fill]
    positions: Sequence[NetPosition]
    balance: BrokerAccount
    absent: frozenset[ClientOrderId] = frozenset()


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
    if isinstance(payload, CarryBooked | PositionSplit):
        return EventId(f"booking:{payload.account}:{payload.key}")
    if isinstance(payload, OrderSubmitted):
        return EventId(f"submitted:{payload.intent.client_order_id}")
    kind = _SAID_ONCE.get(type(payload))
    return EventId(f"{kind}:{payload.client_order_id}" if kind else "")


def draft(payload: BrokerOrderEvent | BrokerBooking, order: ClientOrderId | None = None) -> EventDraft:
    """Return a broker's news, of an order or of none, as a draft that changes nothing when it is delivered twice."""
    return EventDraft(payload=payload, id=event_id(payload), correlation=CorrelationId(order or ""))


def missing_events(ours: Iterable[Order], view: BrokerView, known_trades: frozenset[str]) -> list[EventDraft]:
    """Return what happened at the broker that our journal lacks, fills first, since the venue's trades are facts."""
    drafts = [
        draft(OrderFilled(fill=fill), fill.client_order_id) for fill in view.fills if fill.trade_id not in known_trades
    ]
    reports = {report.intent.client_order_id: report for report in view.orders}
    for order in ours:
        if order.is_final:
            continue
        report = reports.get(order.id)
        if report is not None:
            drafts += [draft(payload, order.id) for payload in _news(order, report)]
        elif order.id in view.absent:
            payload = OrderRejected(client_order_id=order.id, reason=NEVER_ARRIVED, at=order.updated_at)
            drafts.append(draft(payload, order.id))
    return drafts


def _news(order: Order, report: OrderReport) -> list[BrokerOrderEvent]:
    at, ours = report.updated_at, order.id
    news: list[BrokerOrderEvent] = []
    unseen = order.state in {OrderState.SUBMITTED, OrderState.UNKNOWN}
    if unseen and report.state is not OrderState.REJECTED:
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


def differences(
    account: AccountId,
    *,
    ours: Mapping[InstrumentId, Decimal],
    our_cash: Mapping[str, Decimal],
    known_orders: frozenset[ClientOrderId],
    view: BrokerView,
    at: datetime,
) -> list[Discrepancy]:
    """Return where our books, after every missing event was added, still differ from the broker's."""
    found: list[Discrepancy] = []
    theirs = {position.instrument: position.quantity for position in view.positions}
    for instrument in sorted(ours.keys() | theirs.keys()):
        mine, broker = ours.get(instrument, ZERO), theirs.get(instrument, ZERO)
        if mine != broker:
            found.append(_differs(account, "position", instrument, mine, broker, at))
    for currency in sorted(our_cash.keys() | view.balance.cash.keys()):
        mine, broker = our_cash.get(currency, ZERO), view.balance.cash.get(currency, ZERO)
        if mine != broker:
            found.append(_differs(account, "cash", currency, mine, broker, at))
    for report in view.orders:
        order = report.intent.client_order_id
        if order not in known_orders and report.state in {
            OrderState.ACCEPTED,
            OrderState.TRIGGERED,
            OrderState.PARTIALLY_FILLED,
        }:
            found.append(
                Discrepancy(
                    id=f"{account}:order:{order}",
                    account=account,
                    kind="order",
                    item=order,
                    ours="none",
                    broker=f"{report.intent.side} {report.intent.quantity} {report.intent.instrument}",
                    detail="an order works at the broker that this profile did not place",
                    at=at,
                ),
            )
    return found


def _differs(account: AccountId, kind: str, item: str, mine: Decimal, broker: Decimal, at: datetime) -> Discrepancy:
    return Discrepancy(
        id=f"{account}:{kind}:{item}",
        account=account,
        kind=kind,
        item=item,
        ours=str(mine),
        broker=str(broker),
        detail=f"books and broker differ by {broker - mine}",
        at=at,
    )
