"""What holdings and debts earn and cost over time."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ares_desktop.domain.accounts import BrokerAccount
from ares_desktop.domain.events import CarryBooked, CashFlowRecorded, OrderFilled, OrderUpdated, PositionSplit
from ares_desktop.domain.ids import UNASSIGNED, AccountId, InstrumentId, StrategyId
from ares_desktop.domain.instruments import AssetClass
from ares_desktop.domain.market import from_ns
from ares_desktop.domain.market_actions import ActionKind, MarketAction
from ares_desktop.domain.orders import OrderState, Side, TimeInForce
from ares_desktop.engine.ports.broker import BrokerEvent
from ares_desktop.engine.trading.ledger import Ledger
from tests.engine.simulation.builders import DAY, OPEN_NS, SPY, Desk, a_bar, an_instrument, only, plain

D = Decimal
OTHER = StrategyId("other")
SESSION = 390
"""Minutes of a session."""
A_DAY = 24 * 60


def a_day(number: int, open_: float = 100.0, close: float | None = None, *, name: InstrumentId = SPY) -> Any:
    prices = [open_, open_ if close is None else close]
    return a_bar(number * A_DAY, open_, max(prices), min(prices), prices[1], length=SESSION * 60_000_000_000, name=name)


def an_action(day: int, kind: ActionKind, value: float, name: InstrumentId = SPY) -> MarketAction:
    return MarketAction(name, OPEN_NS + day * DAY, kind, value)


def a_dividend(day: int, value: float) -> MarketAction:
    return an_action(day, ActionKind.DIVIDEND, value)


def a_split(day: int, value: float) -> MarketAction:
    return an_action(day, ActionKind.SPLIT, value)


def a_holder(quantity: int, price: float = 100.0, **settings: Any) -> Desk:
    """Return a desk that holds so many shares, bought on day 1 at ``price``."""
    desk = Desk(plain(**settings))
    desk.market(a_day(0, price))
    (desk.buy if quantity > 0 else desk.sell)(abs(quantity))
    desk.market(a_day(1, price))
    return desk


def cash(desk: Desk) -> Decimal:
    return desk.broker.balance().cash["USD"]


def equity(desk: Desk) -> Decimal:
    found = desk.broker.balance().equity
    assert found is not None
    return found


@pytest.mark.parametrize(("quantity", "amount"), [(10, D("12.5")), (-10, D("-12.5"))])
def test_a_dividend_is_received_by_a_long_and_paid_by_a_short_position(quantity: int, amount: Decimal) -> None:
    desk = a_holder(quantity)
    desk.broker.schedule([a_dividend(2, 1.25)])
    before = cash(desk)
    [booked] = only(desk.market(a_day(2, 98.75)), CarryBooked)
    assert (booked.kind, booked.amount, booked.strategy, booked.instrument) == ("dividend", amount, "trend", SPY)
    assert booked.at == from_ns(OPEN_NS + 2 * DAY)
    assert cash(desk) == before + amount


def test_who_buys_on_the_ex_date_gets_no_dividend() -> None:
    desk = Desk()
    desk.broker.schedule([a_dividend(1, 1.25)])
    desk.market(a_day(0))
    desk.buy(10)
    events = desk.market(a_day(1))
    assert only(events, OrderFilled)
    assert not only(events, CarryBooked)


def test_a_dividend_waits_for_the_next_event_of_its_own_instrument() -> None:
    qqq = InstrumentId("QQQ.ARCX")
    desk = Desk(plain(), an_instrument(), an_instrument(qqq))
    desk.market(a_day(0))
    desk.buy(10)
    desk.market(a_day(1))
    desk.broker.schedule([a_dividend(2, 1.0)])
    assert desk.broker.wake_ns == OPEN_NS + 2 * DAY
    assert not only(desk.market(a_day(2, name=qqq)), CarryBooked)
    assert desk.broker.wake_ns == OPEN_NS + 2 * DAY
    assert only(desk.market(a_day(3)), CarryBooked)
    assert desk.broker.wake_ns > OPEN_NS + 100 * DAY


def test_a_split_leaves_the_value_and_changes_the_units() -> None:
    desk = a_holder(10, 300)
    before = equity(desk)
    desk.broker.schedule([a_split(2, 3.0)])
    [split] = only(desk.market(a_day(2, 100)), PositionSplit)
    assert (split.before, split.after, split.cash) == (D(10), D(30), D(0))
    assert desk.position == D(30)
    assert desk.broker.positions()[0].average_price == D(100)
    assert equity(desk) == before


def test_a_fraction_of_a_share_is_paid_out_at_the_price_after_the_split() -> None:
    desk = a_holder(7, 50)
    desk.broker.schedule([a_split(2, 0.33333333)])
    [split] = only(desk.market(a_day(2, 150)), PositionSplit)
    assert (split.numerator, split.denominator) == (1, 3)
    assert (split.after, split.price, split.cash) == (D(2), D(150), D("50"))
    assert equity(desk) == D(1_000_000)


def test_working_orders_get_the_units_and_prices_of_after_the_split() -> None:
    desk = a_holder(10, 300)
    target = desk.sell(10, limit_price="330.01", reduce_only=True)
    lower = desk.buy(5, limit_price="290.05", tif=TimeInForce.GTC)
    desk.broker.schedule([a_split(2, 2.0)])
    changed = {event.client_order_id: event for event in only(desk.market(a_day(2, 150)), OrderUpdated)}
    assert (changed[target].quantity, changed[target].limit_price) == (D(20), D("165.01"))
    assert (changed[lower].quantity, changed[lower].limit_price) == (D(10), D("145.02"))
    desk.market(a_day(3, 150, 166))
    assert desk.fills(target) == [(D(20), D("165.01"))]
    assert not desk.position


def test_an_exit_of_a_bracket_still_covers_the_whole_position_after_a_split() -> None:
    desk = Desk()
    desk.market(a_day(0, 300))
    _, stop, target = desk.bracket(10, 270, 360)
    desk.market(a_day(1, 300))
    desk.broker.schedule([a_split(2, 2.0)])
    desk.market(a_day(2, 150))
    desk.market(a_day(3, 150, 130))
    assert desk.fills(stop) == [(D(20), D(135))]
    assert desk.state(target) is OrderState.CANCELED
    assert not desk.position


def test_an_order_that_a_reverse_split_leaves_nothing_of_ends() -> None:
    desk = a_holder(100, 10)
    order = desk.sell(4, limit_price=12)
    desk.broker.schedule([a_split(2, 0.1)])
    desk.market(a_day(2, 100))
    assert desk.state(order) is OrderState.CANCELED
    assert "less than one lot" in desk.reason(order)


def test_longs_pay_shorts_when_the_funding_rate_is_positive() -> None:
    desk = a_holder(10)
    desk.broker.schedule([an_action(2, ActionKind.FUNDING, 0.0001)])
    [booked] = only(desk.market(a_day(2, 120)), CarryBooked)
    assert (booked.kind, booked.amount) == ("funding", D("-0.1"))


def test_a_short_position_costs_its_borrow_fee_for_every_night() -> None:
    desk = a_holder(-100, borrow_rate=0.36)
    [booked] = only(desk.market(a_day(4)), CarryBooked)
    assert (booked.kind, booked.amount, booked.instrument) == ("borrow", D("-30"), SPY)
    assert not only(desk.market(a_bar(4 * A_DAY + SESSION, 100)), CarryBooked)


def test_the_night_before_a_split_is_charged_on_units_and_price_of_before_it() -> None:
    desk = a_holder(-100, borrow_rate=0.36)
    desk.broker.schedule([a_split(2, 4.0)])
    [booked] = only(desk.market(a_day(2, 25)), CarryBooked)
    assert (booked.kind, booked.amount) == ("borrow", D("-10"))


def test_two_strategies_that_net_to_nothing_borrow_nothing() -> None:
    desk = Desk(plain(borrow_rate=0.36))
    desk.market(a_day(0))
    desk.buy(100)
    desk.sell(100, strategy=OTHER)
    desk.market(a_day(1))
    assert not only(desk.market(a_day(2)), CarryBooked)


def test_borrowed_cash_costs_interest_which_those_who_bought_with_it_bear() -> None:
    desk = Desk(plain(interest_rate=0.36, starting_cash=D(10_000)))
    desk.market(a_day(0))
    desk.buy(150)
    desk.buy(50, strategy=OTHER)
    desk.market(a_day(1))
    booked = only(desk.market(a_day(2)), CarryBooked)
    assert [(item.strategy, item.kind, item.amount) for item in booked] == [
        ("other", "interest", D("-2.5")),
        ("trend", "interest", D("-7.5")),
    ]


def test_a_position_in_futures_is_no_debt() -> None:
    future = an_instrument(asset_class=AssetClass.FUTURE, multiplier=D(50), margin_rate=D("0.1"))
    desk = Desk(plain(interest_rate=0.36, starting_cash=D(10_000)), future)
    desk.market(a_day(0))
    desk.buy(10)
    desk.market(a_day(1))
    assert desk.position == D(10)
    assert cash(desk) < 0
    assert not only(desk.market(a_day(2)), CarryBooked)
    booked = only([*desk.market(a_day(3, 60)), *desk.market(a_day(4, 60))], CarryBooked)
    assert [(item.strategy, item.amount) for item in booked] == [(UNASSIGNED, D("-10"))]


def test_what_is_booked_is_followed_by_the_account_and_the_moved_position() -> None:
    desk = a_holder(10)
    desk.broker.schedule([a_split(2, 2.0), a_dividend(2, 1.0)])
    events = desk.market(a_day(2, 50))
    assert [report.cash for report in only(events, BrokerAccount)] == [{"USD": cash(desk)}]
    assert [type(event).__name__ for event in events] == [
        "CarryBooked",
        "PositionSplit",
        "NetPosition",
        "BrokerAccount",
    ]


def test_changes_to_be_saved_include_what_was_booked() -> None:
    settings = plain()
    desk = Desk(settings, broker=type(Desk().broker)(settings, saved=True))
    desk.market(a_day(0))
    desk.buy(10)
    desk.market(a_day(1))
    desk.broker.take_changes()
    assert not desk.broker.take_changes()
    desk.broker.schedule([a_dividend(2, 1.0)])
    desk.market(a_day(2))
    changes = desk.broker.take_changes()
    assert changes
    assert changes.cash["USD"] == D(1_000_000) - 1000 + 10
    assert not desk.broker.take_changes()


actions = st.lists(
    st.one_of(
        st.builds(a_dividend, st.integers(1, 12), st.sampled_from([0.1, 0.333, 2.0])),
        st.builds(a_split, st.integers(1, 12), st.sampled_from([2.0, 3.0, 1.5, 0.5, 1 / 3, 0.1])),
        st.builds(an_action, st.integers(1, 12), st.just(ActionKind.FUNDING), st.sampled_from([0.0001, -0.0003, 0.01])),
    ),
    max_size=8,
)
trades = st.lists(
    st.tuples(st.sampled_from(Side), st.integers(1, 50), st.sampled_from([StrategyId("trend"), OTHER])),
    min_size=1,
    max_size=12,
)


def _booked(events: Sequence[BrokerEvent]) -> Ledger:
    """Return a ledger that knows what the broker reported and the starting cash."""
    ledger = Ledger()
    start = plain().starting_cash
    ledger.post_flow(
        CashFlowRecorded(
            account=AccountId("PAPER"),
            strategy=UNASSIGNED,
            currency="USD",
            amount=start,
            kind="deposit",
            at=from_ns(0),
        )
    )
    for event in events:
        match event:
            case OrderFilled(fill=fill):
                ledger.post_fill(fill)
            case CarryBooked():
                ledger.post_carry(event)
            case PositionSplit():
                ledger.post_split(event)
            case _:
                pass
    return ledger


@given(actions, trades)
def test_the_books_of_the_strategies_add_up_to_the_account_whatever_happens(
    actions: list[MarketAction], trades: list[tuple[Side, int, StrategyId]]
) -> None:
    desk = Desk(plain(borrow_rate=0.05, interest_rate=0.07, costs="retail"))
    desk.broker.schedule(actions)
    desk.market(a_day(0))
    for day, (side, quantity, strategy) in enumerate(trades, start=1):
        (desk.buy if side is Side.BUY else desk.sell)(quantity, strategy=strategy)
        desk.market(a_day(day, 90 + day % 3))
        ledger = _booked(desk.events)
        assert ledger.check()
        assert ledger.account_cash(AccountId("PAPER")) == cash(desk)
        assert ledger.net(AccountId("PAPER"), SPY) == desk.position


@given(st.integers(1, 10_000), st.sampled_from([2.0, 3.0, 1.5, 0.5, 0.25, 1 / 3, 1 / 7]), st.booleans())
def test_no_split_changes_what_an_account_is_worth(quantity: int, ratio: float, short: bool) -> None:
    desk = a_holder(-quantity if short else quantity, 42.0, starting_cash=D(10_000_000))
    before = equity(desk)
    desk.broker.schedule([a_split(2, ratio)])
    desk.market(a_day(2, 42.0 / ratio))
    assert abs(equity(desk) - before) < D("0.0001")


@given(st.integers(1, 500), st.sampled_from([ActionKind.DIVIDEND, ActionKind.FUNDING]), st.floats(-0.5, 2.0))
def test_what_one_side_receives_the_other_pays(quantity: int, kind: ActionKind, value: float) -> None:
    desk = Desk()
    desk.market(a_day(0))
    desk.buy(quantity)
    desk.sell(quantity, strategy=OTHER)
    desk.market(a_day(1))
    before = cash(desk)
    desk.broker.schedule([an_action(2, kind, value)])
    assert sum(item.amount for item in only(desk.market(a_day(2)), CarryBooked)) == 0
    assert cash(desk) == before
