"""Brackets, OCO groups and orders that may only reduce."""

from decimal import Decimal

from ares_desktop.domain.events import OrderCanceled, OrderRejected, OrderUpdated
from ares_desktop.domain.ids import ClientOrderId, StrategyId
from ares_desktop.domain.orders import OrderPurpose, OrderState, OrderType, Side
from tests.engine.simulation.builders import Desk, a_bar, a_quote, only, plain

D = Decimal


def a_desk() -> Desk:
    desk = Desk(plain(volume_share=0.1))
    desk.market(a_bar(0, 100))
    return desk


def test_exits_wait_until_their_entry_fills() -> None:
    desk = a_desk()
    entry, stop, target = desk.bracket(10, stop=95, target=105, limit_price=98)
    desk.market(a_bar(1, 100, 110, 99))
    assert [desk.state(order) for order in (entry, stop, target)] == [OrderState.ACCEPTED] * 3
    desk.market(a_bar(2, 98, 99, 97), a_bar(3, 98, 105, 97))
    assert desk.fills(target) == [(D(10), D(105))]


def test_exits_end_with_an_entry_that_never_filled() -> None:
    desk = a_desk()
    entry, stop, target = desk.bracket(10, stop=95, target=105, limit_price=90)
    events = desk.broker.cancel([entry], desk.broker.clock_ns)
    assert [event.client_order_id for event in only(events, OrderCanceled)] == [entry, stop, target]


def test_exits_follow_the_quantity_that_their_entry_filled() -> None:
    desk = a_desk()
    entry, stop, target = desk.bracket(100, stop=95, target=105)
    desk.market(a_bar(1, 100, volume=400))
    resized = {event.client_order_id: event.quantity for event in only(desk.events, OrderUpdated)}
    assert resized == {stop: D(40), target: D(40)}
    desk.market(a_bar(2, 100))
    resized = {event.client_order_id: event.quantity for event in only(desk.events, OrderUpdated)}
    assert resized == {stop: D(100), target: D(100)}
    assert desk.state(entry) is OrderState.FILLED


def test_exits_keep_what_their_entry_had_filled_when_its_rest_is_canceled() -> None:
    desk = a_desk()
    entry, stop, _ = desk.bracket(100, stop=95, target=105)
    desk.market(a_bar(1, 100, volume=400))
    desk.broker.cancel([entry], desk.broker.clock_ns)
    desk.market(a_bar(2, 94))
    assert desk.fills(stop) == [(D(40), D(94))]
    assert desk.position == 0


def test_an_exit_that_fills_ends_the_rest_of_its_entry() -> None:
    desk = a_desk()
    entry, stop, target = desk.bracket(100, stop=95, target=105, limit_price=100)
    desk.market(a_bar(1, 100, volume=400), a_bar(2, 101, 101, 94, 94))
    assert desk.state(entry) is OrderState.CANCELED
    assert desk.fills(stop) == [(D(40), D(95))]
    assert desk.state(target) is OrderState.CANCELED
    assert desk.position == 0


def test_an_exit_that_comes_after_the_fill_of_its_entry_works_at_once() -> None:
    desk = a_desk()
    entry = desk.buy(10)
    desk.market(a_bar(1, 100))
    stop = desk.sell(10, stop_price=95, parent=entry, reduce_only=True)
    desk.market(a_bar(2, 94))
    assert desk.fills(stop) == [(D(10), D(94))]


def test_an_exit_of_an_unknown_or_dead_entry_is_rejected() -> None:
    desk = a_desk()
    lost = desk.sell(10, stop_price=95, parent=ClientOrderId("gone"))
    assert "gone" in desk.reason(lost)
    entry = desk.buy(10, limit_price=90)
    desk.broker.cancel([entry], desk.broker.clock_ns)
    late = desk.sell(10, stop_price=95, parent=entry)
    assert desk.state(late) is OrderState.REJECTED


def test_a_partial_fill_reduces_its_partners_and_a_full_one_cancels_them() -> None:
    desk = a_desk()
    upper = desk.buy(100, stop_price=105, oco_group="breakout")
    lower = desk.buy(100, limit_price=95, oco_group="breakout")
    other = desk.buy(100, limit_price=95, oco_group="breakout", strategy=StrategyId("another"))
    desk.market(a_bar(1, 106, volume=400))
    assert desk.fills(upper) == [(D(40), D(106))]
    assert [(event.client_order_id, event.quantity) for event in only(desk.events, OrderUpdated)] == [(lower, D(60))]
    desk.market(a_bar(2, 106))
    assert desk.state(lower) is OrderState.CANCELED
    assert desk.state(other) is OrderState.ACCEPTED


def test_a_canceled_order_leaves_its_partners_alone() -> None:
    desk = a_desk()
    upper = desk.buy(10, stop_price=105, oco_group="breakout")
    lower = desk.buy(10, limit_price=95, oco_group="breakout")
    desk.broker.cancel([upper], desk.broker.clock_ns)
    assert desk.state(lower) is OrderState.ACCEPTED


def test_a_reduce_only_order_is_clipped_to_the_position_and_its_rest_canceled() -> None:
    desk = a_desk()
    desk.buy(10)
    desk.market(a_bar(1, 100))
    order = desk.sell(25, reduce_only=True)
    desk.market(a_bar(2, 101))
    assert desk.fills(order) == [(D(10), D(101))]
    assert desk.state(order) is OrderState.CANCELED
    assert desk.position == 0


def test_a_reduce_only_order_without_a_position_is_rejected() -> None:
    desk = a_desk()
    order = desk.sell(10, reduce_only=True)
    assert [event.client_order_id for event in only(desk.events, OrderRejected)] == [order]


def test_reduce_only_orders_are_canceled_when_their_position_is_closed() -> None:
    desk = a_desk()
    desk.buy(10)
    desk.market(a_bar(1, 100))
    stop = desk.sell(10, stop_price=90, reduce_only=True)
    desk.sell(10)
    desk.market(a_bar(2, 100))
    assert desk.state(stop) is OrderState.CANCELED


def test_a_strategys_exit_works_where_another_strategy_holds_the_opposite() -> None:
    desk = a_desk()
    long, short = StrategyId("long"), StrategyId("short")
    desk.buy(10, strategy=long)
    desk.sell(10, strategy=short)
    desk.market(a_bar(1, 100))
    assert desk.position == 0
    exit_ = desk.sell(15, strategy=long, reduce_only=True)
    desk.market(a_bar(2, 101))
    assert desk.fills(exit_) == [(D(10), D(101))]


def test_a_strategys_exit_never_sells_what_another_strategy_holds() -> None:
    desk = a_desk()
    one, two = StrategyId("one"), StrategyId("two")
    desk.buy(10, strategy=one)
    desk.buy(10, strategy=two)
    desk.market(a_bar(1, 100))
    stop = desk.sell(10, stop_price=90, strategy=one, reduce_only=True)
    desk.sell(10, strategy=one)
    desk.market(a_bar(2, 100))
    assert desk.state(stop) is OrderState.CANCELED
    assert desk.position == D(10)


def test_a_person_may_reduce_the_accounts_position_whoever_opened_it() -> None:
    desk = a_desk()
    desk.buy(10)
    desk.market(a_bar(1, 100))
    flatten = desk.sell(10, strategy=StrategyId("manual"), purpose=OrderPurpose.FLATTEN, reduce_only=True)
    desk.market(a_bar(2, 101))
    assert desk.fills(flatten) == [(D(10), D(101))]


def test_on_quotes_a_bracket_works_from_the_tick_after_its_entry() -> None:
    desk = a_desk()
    start = 60_001
    entry, stop, target = desk.bracket(10, stop=99, target=101)
    desk.market(a_quote(start, 100, 100.1), a_quote(start + 1, 101.2, 101.3))
    assert desk.fills(entry) == [(D(10), D("100.1"))]
    assert desk.fills(target) == [(D(10), D(101))] or desk.fills(target) == [(D(10), D("101.2"))]
    assert desk.state(stop) is OrderState.CANCELED


def test_entries_of_both_directions_can_be_bracketed() -> None:
    desk = a_desk()
    parent = desk.intent(Side.SELL, 10)
    stop = desk.intent(
        Side.BUY, 10, type=OrderType.STOP, stop_price=105, parent=parent.client_order_id, reduce_only=True
    )
    desk.submit(parent, stop)
    desk.market(a_bar(1, 100), a_bar(2, 100, 106, 99))
    assert desk.fills(stop.client_order_id) == [(D(10), D(105))]
    assert desk.position == 0
