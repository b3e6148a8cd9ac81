"""How quotes and prints fill orders."""

from decimal import Decimal
from math import nan

from ares_desktop.domain.events import OrderTriggered
from ares_desktop.domain.orders import OrderState, TimeInForce
from ares_desktop.domain.simulation import LimitPolicy
from tests.engine.simulation.builders import Desk, a_quote, a_trade, only, plain

D = Decimal


def a_desk(**settings: object) -> Desk:
    desk = Desk(plain(**settings))
    desk.market(a_quote(0, 100, 100.1))
    return desk


def test_a_market_order_crosses_the_spread() -> None:
    desk = a_desk()
    desk.buy(10)
    desk.sell(4)
    desk.market(a_quote(1, 100, 100.2))
    assert desk.fills() == [(D(10), D("100.2")), (D(4), D(100))]


def test_a_market_order_waits_for_its_latency() -> None:
    desk = a_desk(latency_ms=5)
    desk.buy(10)
    desk.market(a_quote(4.9, 100, 100.1))
    assert desk.fills() == []
    desk.market(a_quote(5, 100, 100.3))
    assert desk.fills() == [(D(10), D("100.3"))]


def test_the_displayed_size_bounds_what_all_orders_get() -> None:
    desk = a_desk()
    first, second = desk.buy(30), desk.buy(30)
    desk.market(a_quote(1, 100, 100.1, ask_size=50))
    assert (desk.fills(first), desk.fills(second)) == ([(D(30), D("100.1"))], [(D(20), D("100.1"))])
    desk.market(a_quote(2, 100, 100.2, ask_size=5), a_quote(3, 100, 100.3, ask_size=500))
    assert desk.fills(second)[1:] == [(D(5), D("100.2")), (D(5), D("100.3"))]


def test_a_marketable_limit_takes_the_ask_and_a_resting_one_gets_its_limit() -> None:
    desk = a_desk()
    taker, maker = desk.buy(10, limit_price=101), desk.buy(10, limit_price=99)
    desk.market(a_quote(1, 100, 100.1), a_quote(2, 98, 98.5))
    assert desk.fills(taker) == [(D(10), D("100.1"))]
    assert desk.fills(maker) == [(D(10), D(99))]


def test_a_side_without_a_quote_fills_nothing() -> None:
    desk = a_desk()
    desk.buy(10)
    desk.market(a_quote(1, 100, nan), a_quote(2, 100, 0))
    assert desk.fills() == []


def test_a_stop_triggers_on_the_side_it_trades_against() -> None:
    desk = a_desk()
    order = desk.sell(10, stop_price=99)
    desk.market(a_quote(1, 99.01, 99.1))
    assert desk.state(order) is OrderState.ACCEPTED
    events = desk.market(a_quote(2, 98.9, 99.2))
    assert len(only(events, OrderTriggered)) == 1
    assert desk.fills() == [(D(10), D("98.9"))]


def test_a_stop_limit_may_fill_on_the_tick_that_triggers_it() -> None:
    desk = a_desk()
    order = desk.buy(10, stop_price=101, limit_price=101.5)
    desk.market(a_quote(1, 101.5, 101.6))
    assert desk.state(order) is OrderState.TRIGGERED
    desk.market(a_quote(2, 101.2, 101.4))
    assert desk.fills() == [(D(10), D("101.5"))]


def test_a_trailing_stop_follows_the_bid() -> None:
    desk = a_desk()
    order = desk.sell(10, trail=1)
    desk.market(a_quote(1, 100, 100.1), a_quote(2, 102, 102.1), a_quote(3, 101.1, 101.2))
    assert desk.state(order) is OrderState.ACCEPTED
    desk.market(a_quote(4, 100.9, 101))
    assert desk.fills() == [(D(10), D("100.9"))]


def test_prints_fill_market_orders_stops_and_limits_up_to_their_size() -> None:
    desk = a_desk()
    market, limit, stop = desk.buy(10), desk.buy(10, limit_price=99), desk.sell(10, stop_price=98)
    desk.market(a_trade(1, 100.05, 4), a_trade(2, 100.06, 100))
    assert desk.fills(market) == [(D(4), D("100.05")), (D(6), D("100.06"))]
    desk.market(a_trade(3, 99, 100))
    assert desk.fills(limit) == [(D(10), D(99))]
    desk.market(a_trade(4, 97.5, 100))
    assert desk.fills(stop) == [(D(10), D("97.5"))]


def test_by_the_through_policy_a_print_at_a_resting_limit_is_not_enough() -> None:
    desk = a_desk(limit_policy=LimitPolicy.THROUGH)
    order = desk.buy(10, limit_price=99)
    desk.market(a_trade(1, 99.5), a_trade(2, 99))
    assert desk.state(order) is OrderState.ACCEPTED
    desk.market(a_trade(3, 98.99))
    assert desk.fills() == [(D(10), D(99))]


def test_immediate_or_cancel_and_fill_or_kill_meet_the_market_once() -> None:
    desk = a_desk()
    some = desk.buy(30, limit_price=101, tif=TimeInForce.IOC)
    none = desk.buy(30, limit_price=101, tif=TimeInForce.FOK)
    far = desk.buy(30, limit_price=99, tif=TimeInForce.IOC)
    desk.market(a_quote(1, 100, 100.1, ask_size=20))
    assert desk.fills() == [(D(20), D("100.1"))]
    assert [desk.state(order) for order in (some, none, far)] == [OrderState.CANCELED] * 3


def test_data_older_than_the_newest_is_left_out() -> None:
    desk = a_desk()
    desk.market(a_quote(10, 100, 100.1))
    desk.buy(10)
    desk.market(a_quote(5, 90, 90.1))
    assert desk.fills() == []
