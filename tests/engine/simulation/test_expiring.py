"""Contracts that expire: rolled to the next one, or settled."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from ares_desktop.domain.events import OrderAccepted, OrderFilled, OrderSubmitted
from ares_desktop.domain.ids import InstrumentId, StrategyId
from ares_desktop.domain.instruments import AssetClass, Instrument
from ares_desktop.domain.market import Bar, to_ns
from ares_desktop.domain.orders import OrderPurpose, OrderState, Side
from ares_desktop.domain.simulation import SlippageModel
from tests.engine.simulation.builders import Desk, only, plain

D = Decimal
MARCH, JUNE = InstrumentId("ESH24.SIM"), InstrumentId("ESM24.SIM")
OTHER = StrategyId("other")
MONDAY = datetime(2024, 3, 4, tzinfo=UTC)


def a_future(name: InstrumentId, end: datetime, **changes: Any) -> Instrument:
    fields = {
        "id": name,
        "asset_class": AssetClass.FUTURE,
        "multiplier": D(50),
        "tick_size": D("0.25"),
        "margin_rate": D("0.1"),
        "calendar": "24/5",
        "root": "ES",
        "expiry": end,
    }
    return Instrument(**{**fields, **changes})


def a_day(number: int, price: float, name: InstrumentId = MARCH) -> Bar:
    start = to_ns(MONDAY + timedelta(days=number))
    return Bar(name, start, start + 86_400_000_000_000, price, price, price, price, float("nan"))


def a_desk(**settings: Any) -> Desk:
    """Return a desk with a contract that ends with Friday the 15th, and its successor."""
    march = a_future(MARCH, datetime(2024, 3, 16, tzinfo=UTC))
    june = a_future(JUNE, datetime(2024, 6, 22, tzinfo=UTC))
    return Desk(plain(**settings), march, june)


def quantities(desk: Desk) -> dict[InstrumentId, Decimal]:
    return {position.instrument: position.quantity for position in desk.broker.positions()}


def test_a_position_is_settled_at_the_last_price_when_trading_ends() -> None:
    desk = a_desk(costs="retail")
    desk.market(a_day(0, 5000))
    desk.buy(2, instrument=MARCH)
    desk.market(a_day(1, 5000), a_day(11, 5100))
    assert desk.position == 2
    events = desk.market(a_day(14, 5110, JUNE))
    [submitted], [fill] = only(events, OrderSubmitted), only(events, OrderFilled)
    assert (submitted.intent.purpose, submitted.intent.reason) == (OrderPurpose.VENUE, "settled at expiry")
    assert submitted.intent.client_order_id == "venue-000001"
    assert [type(event) for event in events[:3]] == [OrderSubmitted, OrderAccepted, OrderFilled]
    assert (fill.fill.price, fill.fill.side, fill.fill.commission) == (D(5100), Side.SELL, D(0))
    assert fill.fill.at == datetime(2024, 3, 16, tzinfo=UTC)
    assert desk.broker.balance().equity == D(1_000_000) + 2 * 50 * 100 - D("1.70")


def test_an_order_for_a_contract_that_has_expired_is_refused() -> None:
    desk = a_desk()
    desk.market(a_day(0, 5000), a_day(0, 5010, JUNE), a_day(14, 5110, JUNE))
    order = desk.buy(1, instrument=MARCH)
    assert "expired at 2024-03-16" in desk.reason(order)
    assert desk.state(desk.buy(1, instrument=JUNE)) is OrderState.ACCEPTED


def test_working_orders_end_with_their_contract() -> None:
    desk = a_desk()
    desk.market(a_day(0, 5000))
    order = desk.buy(1, instrument=MARCH, limit_price=4000)
    desk.market(a_day(14, 5110, JUNE))
    assert desk.state(order) is OrderState.EXPIRED


def test_a_position_rolls_so_many_sessions_before_its_contract_ends() -> None:
    desk = a_desk(roll_days=3, costs="retail", slippage_model=SlippageModel.BPS, slippage=1.0)
    desk.market(a_day(0, 5000))
    desk.buy(2, instrument=MARCH)
    desk.market(a_day(1, 5000), a_day(1, 5040, JUNE))
    stop = desk.sell(2, instrument=MARCH, stop_price=4800, reduce_only=True)
    desk.market(a_day(8, 5000), a_day(8, 5040, JUNE))
    assert quantities(desk) == {MARCH: D(2)}
    # Tuesday the 12th ends three sessions before Friday the 15th does.
    events = desk.market(a_day(9, 5010), a_day(9, 5050, JUNE))
    assert quantities(desk) == {JUNE: D(2)}
    closed, opened = (event.fill for event in only(events, OrderFilled))
    assert (closed.instrument, closed.side, closed.price) == (MARCH, Side.SELL, D("4999.5"))
    assert (opened.instrument, opened.side, opened.price) == (JUNE, Side.BUY, D("5040.505"))
    assert closed.commission == opened.commission == D("1.70")
    assert {event.intent.reason for event in only(events, OrderSubmitted)} == {"rolled from ESH24.SIM to ESM24.SIM"}
    assert (desk.state(stop), desk.reason(stop)) == (OrderState.CANCELED, "its contract was rolled to ESM24.SIM")
    assert not only(desk.market(a_day(20, 5100, JUNE)), OrderFilled)


def test_a_roll_waits_for_the_price_of_the_next_contract() -> None:
    desk = a_desk(roll_days=3)
    desk.market(a_day(0, 5000))
    desk.buy(2, instrument=MARCH)
    desk.market(a_day(1, 5000), a_day(9, 5010))
    assert quantities(desk) == {MARCH: D(2)}
    desk.market(a_day(9, 5050, JUNE), a_day(10, 5020))
    assert quantities(desk) == {JUNE: D(2)}


def test_the_last_contract_of_a_chain_is_settled() -> None:
    desk = Desk(plain(roll_days=3), a_future(MARCH, datetime(2024, 3, 16, tzinfo=UTC)))
    desk.market(a_day(0, 5000))
    desk.buy(2, instrument=MARCH)
    desk.market(a_day(1, 5000), a_day(11, 5100), a_day(14, 1.0))
    assert not desk.position
    assert desk.last_fill.price == D(5100)


def test_the_venue_is_woken_for_a_roll_and_for_an_end() -> None:
    desk = a_desk(roll_days=3)
    assert desk.broker.wake_ns == to_ns(datetime(2024, 3, 13, tzinfo=UTC))
    assert a_desk().broker.wake_ns == to_ns(datetime(2024, 3, 16, tzinfo=UTC))


@given(st.lists(st.tuples(st.sampled_from(Side), st.integers(1, 20), st.booleans()), min_size=1, max_size=6))
def test_a_roll_keeps_what_every_strategy_holds(trades: list[tuple[Side, int, bool]]) -> None:
    desk = a_desk(roll_days=3, starting_cash=D(100_000_000))
    desk.market(a_day(0, 5000), a_day(0, 5050, JUNE))
    for side, quantity, own in trades:
        strategy = StrategyId("trend") if own else OTHER
        (desk.buy if side is Side.BUY else desk.sell)(quantity, instrument=MARCH, strategy=strategy)
    desk.market(a_day(1, 5000), a_day(1, 5050, JUNE))
    before = quantities(desk).get(MARCH, D(0))
    equity = desk.broker.balance().equity
    events = desk.market(a_day(9, 5000), a_day(9, 5050, JUNE))
    assert quantities(desk).get(JUNE, D(0)) == before
    assert MARCH not in quantities(desk)
    assert desk.broker.balance().equity == equity
    held: dict[tuple[StrategyId, InstrumentId], Decimal] = {}
    for fill in (event.fill for event in only(events, OrderFilled)):
        book = (fill.strategy, fill.instrument)
        held[book] = held.get(book, D(0)) + fill.signed_quantity
    for key in (StrategyId("trend"), OTHER):
        assert held.get((key, JUNE), D(0)) == -held.get((key, MARCH), D(0))
