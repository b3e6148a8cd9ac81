"""Where our books differ from a broker's answers, and which answers can't be believed, as pure functions."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Final, NamedTuple

from ares_desktop.domain.ids import AccountId, ClientOrderId, InstrumentId
from ares_desktop.domain.money import ZERO
from ares_desktop.domain.orders import Order, OrderState
from ares_desktop.domain.positions import Discrepancy, Remedy
from ares_desktop.engine.ports.broker import OrderReport
from ares_desktop.engine.trading.reconcile import BrokerView

CENT: Final = Decimal("0.01")
_WORKING: Final = frozenset({OrderState.ACCEPTED, OrderState.TRIGGERED, OrderState.PARTIALLY_FILLED})
_NO_STEPS: Final[Mapping[InstrumentId, Decimal]] = {}
_MONEY_CAME: Final = (Remedy.DEPOSIT, Remedy.DIVIDEND, Remedy.INTEREST, Remedy.ASK_AGAIN)
_MONEY_WENT: Final = (Remedy.WITHDRAWAL, Remedy.FEE, Remedy.INTEREST, Remedy.ASK_AGAIN)


class Doubt(NamedTuple):
    """Why a look can't be believed; empty when it can.

    Attributes:
        certain: the answers contradict each other, so that the same ones again would be as wrong.
    """

    why: str = ""
    certain: bool = False


def doubt(view: BrokerView, *, holds: bool, works: bool) -> Doubt:
    """Say why a broker's answers can't be believed at the first look.

    An empty answer is what a broker that has just come up gives, too. An account without cash of any currency is
    none; no positions beside an equity that is not the cash contradict each other; and where our books hold
    positions, or acknowledged orders work, an answer without any must be given twice, with nothing that happened
    at the broker in between.
    """
    if not view.balance.cash:
        return Doubt("it told no cash of any currency", certain=True)
    if not view.positions and holds:
        (currency, cash), *others = view.balance.cash.items()
        equity = view.balance.equity
        if equity is not None and not others and currency == view.balance.currency and abs(equity - cash) >= CENT:
            return Doubt(f"it told no positions, but an equity of {equity:f} beside {cash:f} in cash", certain=True)
        return Doubt("it told no positions although the books hold some")
    if not view.orders and works:
        return Doubt("it told no orders although some work")
    return Doubt()


def same(one: BrokerView, other: BrokerView) -> bool:
    """Say whether two looks in a row saw the same: nothing happened at the broker between them."""
    return (
        one.balance.sequence == other.balance.sequence
        and one.balance.cash == other.balance.cash
        and list(one.positions) == list(other.positions)
        and {report.intent.client_order_id: report.state for report in one.orders}
        == {report.intent.client_order_id: report.state for report in other.orders}
        and one.absent == other.absent
    )


def differences(
    account: AccountId,
    *,
    ours: Mapping[InstrumentId, Decimal],
    our_cash: Mapping[str, Decimal],
    known_orders: frozenset[ClientOrderId],
    view: BrokerView,
    at: datetime,
    steps: Mapping[InstrumentId, Decimal] = _NO_STEPS,
    working: Mapping[ClientOrderId, Order] | None = None,
) -> list[Discrepancy]:
    """Return where our books, after every missing event was added, still differ from the broker's.

    What differs by less than half of the smallest quantity, in ``steps`` by instrument, is equal. One of our orders in
    ``working`` that the broker acknowledged and no longer knows is a difference.
    """
    theirs = {position.instrument: position.quantity for position in view.positions}
    found = [
        _difference(account, "position", item, ours.get(item, ZERO), theirs.get(item, ZERO), at)
        for item in sorted(ours.keys() | theirs.keys())
        if _differ(ours.get(item, ZERO), theirs.get(item, ZERO), steps.get(item, ZERO))
    ]
    cash = view.balance.cash
    found += [
        _difference(account, "cash", currency, our_cash.get(currency, ZERO), cash.get(currency, ZERO), at)
        for currency in sorted(our_cash.keys() | cash.keys())
        if _differ(our_cash.get(currency, ZERO), cash.get(currency, ZERO), CENT)
    ]
    found += [
        _foreign(account, report, at)
        for report in view.orders
        if report.intent.client_order_id not in known_orders and report.state in _WORKING
    ]
    lost = (order for name, order in (working or {}).items() if name in view.absent and order.venue_order_id)
    return found + [_lost(account, order, at) for order in lost]


def unexplained(account: AccountId, order: Order, filled: Decimal, at: datetime) -> Discrepancy:
    """Return the difference of an order whose broker says more was filled than any execution tells."""
    return Discrepancy(
        id=f"{account}:fill:{order.id}",
        account=account,
        kind="fill",
        item=order.id,
        ours=f"{order.filled:f} filled",
        broker=f"{filled:f} filled",
        detail="the broker's report of the order counts more than its executions, and the position does not say which",
        at=at,
        remedies=(Remedy.ASK_AGAIN,),
    )


def _differ(mine: Decimal, broker: Decimal, step: Decimal) -> bool:
    return mine != broker and 2 * abs(mine - broker) >= step


def _difference(account: AccountId, kind: str, item: str, mine: Decimal, broker: Decimal, at: datetime) -> Discrepancy:
    money = _MONEY_CAME if broker > mine else _MONEY_WENT
    remedies = (Remedy.ADOPT, Remedy.ASK_AGAIN) if kind == "position" else money
    return Discrepancy(
        id=f"{account}:{kind}:{item}",
        account=account,
        kind=kind,
        item=item,
        ours=str(mine),
        broker=str(broker),
        detail=f"books and broker differ by {broker - mine}",
        at=at,
        remedies=remedies,
    )


def _foreign(account: AccountId, report: OrderReport, at: datetime) -> Discrepancy:
    intent = report.intent
    return Discrepancy(
        id=f"{account}:order:{intent.client_order_id}",
        account=account,
        kind="order",
        item=intent.client_order_id,
        ours="none",
        broker=f"{intent.side} {intent.quantity} {intent.instrument}",
        detail="an order works at the broker that this profile did not place",
        at=at,
        remedies=(Remedy.CANCEL, Remedy.ASK_AGAIN),
    )


def _lost(account: AccountId, order: Order, at: datetime) -> Discrepancy:
    intent = order.intent
    return Discrepancy(
        id=f"{account}:order:{order.id}",
        account=account,
        kind="order",
        item=order.id,
        ours=f"{intent.side} {intent.quantity} {intent.instrument}",
        broker="none",
        detail="the broker acknowledged this order and does not know it any more",
        at=at,
        remedies=(Remedy.ASK_AGAIN, Remedy.FORGET),
    )
