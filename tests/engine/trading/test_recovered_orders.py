"""What a look at the broker makes of orders that the journal lost, or that were in doubt more than once."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from ares_desktop.domain.accounts import BrokerAccount
from ares_desktop.domain.events import OrderAccepted, OrderCanceled, OrderFilled, OrderRejected, OrderSubmitted
from ares_desktop.domain.fills import Fill
from ares_desktop.domain.ids import AccountId, ClientOrderId, InstrumentId, StrategyId, TradeId, VenueOrderId
from ares_desktop.domain.orders import Order, OrderIntent, OrderState, Side
from ares_desktop.engine.ports.broker import OrderReport
from ares_desktop.engine.trading.reconcile import BrokerView, Known, missing_events

AT = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
ACCOUNT = AccountId("PAPER")
OURS = Known(owners=frozenset({"a"}))


def intent(name: str = "a-000007") -> OrderIntent:
    return OrderIntent(
        client_order_id=ClientOrderId(name),
        strategy=StrategyId("a"),
        account=ACCOUNT,
        instrument=InstrumentId("ACME.SIM"),
        side=Side.BUY,
        quantity=Decimal(5),
        created_at=AT,
    )


def report(state: OrderState, name: str = "a-000007", filled: str = "0") -> OrderReport:
    later = AT + timedelta(seconds=5)
    return OrderReport(
        intent=intent(name), state=state, venue_order_id=VenueOrderId("V-7"), filled=Decimal(filled), updated_at=later
    )


def fill() -> Fill:
    return Fill(
        trade_id=TradeId("T-1"),
        client_order_id=ClientOrderId("a-000007"),
        strategy=StrategyId("a"),
        account=ACCOUNT,
        instrument=InstrumentId("ACME.SIM"),
        side=Side.BUY,
        quantity=Decimal(2),
        price=Decimal(100),
        commission=Decimal(1),
        currency="USD",
        at=AT + timedelta(seconds=1),
    )


def view(*orders: OrderReport, fills: tuple[Fill, ...] = (), absent: str = "") -> BrokerView:
    balance = BrokerAccount(account=ACCOUNT, cash={}, buying_power=Decimal(0), equity=None)
    gone = frozenset({ClientOrderId(absent)}) if absent else frozenset()
    return BrokerView(orders=orders, fills=fills, positions=(), balance=balance, absent=gone)


def kinds(ours: list[Order], seen: BrokerView, known: Known = OURS) -> list[type]:
    return [type(draft.payload) for draft in missing_events(ours, seen, known)]


def test_an_order_of_ours_that_the_journal_lost_is_taken_over() -> None:
    assert kinds([], view(report(OrderState.ACCEPTED))) == [OrderSubmitted, OrderAccepted]


def test_it_begins_before_its_trades_and_ends_as_it_ended() -> None:
    found = missing_events([], view(report(OrderState.CANCELED, filled="2"), fills=(fill(),)), OURS)
    once = list({draft.id: type(draft.payload) for draft in found}.values())
    assert once == [OrderSubmitted, OrderAccepted, OrderFilled, OrderCanceled]


def test_an_order_of_somebody_else_is_left_to_the_person() -> None:
    assert kinds([], view(report(OrderState.ACCEPTED, name="tws-000001"))) == []


def test_an_order_that_is_in_doubt_again_is_settled_again() -> None:
    first = Order(intent=intent(), state=OrderState.UNKNOWN, updated_at=AT)
    second = Order(intent=intent(), state=OrderState.UNKNOWN, updated_at=AT + timedelta(seconds=9))
    known = Known(orders=frozenset({"a-000007"}), owners=frozenset({"a"}))
    ids = [
        draft.id
        for order in (first, second, second)
        for draft in missing_events([order], view(report(OrderState.ACCEPTED)), known)
    ]
    assert len(ids) == 3
    assert len(set(ids)) == 2, "each doubt has an id of its own, the same one however often it is looked at"


def test_that_an_order_never_arrived_does_not_hide_a_later_rejection() -> None:
    order = Order(intent=intent(), state=OrderState.SUBMITTED, updated_at=AT)
    known = Known(orders=frozenset({"a-000007"}))
    (absent,) = missing_events([order], view(absent="a-000007"), known)
    (rejected,) = missing_events([order], view(report(OrderState.REJECTED)), known)
    assert isinstance(absent.payload, OrderRejected)
    assert absent.id != rejected.id
