"""How bars fill orders."""

from decimal import Decimal
from math import nan

import pytest

from ares_desktop.domain.ids import InstrumentId
from ares_desktop.domain.market import Bar
from ares_desktop.domain.orders import OrderState, TimeInForce
from ares_desktop.domain.simulation import LimitPolicy
from tests.engine.simulation.builders import DAY, MINUTE, OPEN_NS, SPY, Desk, a_bar, a_quote, an_instrument, plain

D = Decimal


def a_desk(**settings: object) -> Desk:
    desk = Desk(plain(**settings))
    desk.market(a_bar(0, 100))
    return desk


def test_a_market_order_fills_at_the_next_bars_open() -> None:
    desk = a_desk()
    order = desk.buy(10)
    assert desk.fills() == []
    desk.market(a_bar(1, 101, 105, 99, 104))
    assert desk.fills(order) == [(D(10), D(101))]
    assert desk.state(order) is OrderState.FILLED


def test_bars_of_the_middle_do_not_hide_the_spread_of_the_quotes_beside_them() -> None:
    desk = Desk(plain())
    desk.market(a_quote(0, 99.9, 100.1))
    bought, sold = desk.buy(10), desk.sell(5)
    passive = desk.buy(1, limit_price=D(99))
    desk.market(a_bar(1, 100, 101, 99, 100))
    assert desk.fills(bought) == [(D(10), D("100.1"))]
    assert desk.fills(sold) == [(D(5), D("99.9"))]
    assert desk.fills(passive) == []
    desk.market(a_quote(120_000, 99.9, 100.1))
    desk.market(a_bar(2, 100, 101, 98.9, 100))
    assert desk.fills(passive) == [(D(1), D(99))]


def test_a_market_order_never_gets_the_open_of_a_bar_that_began_before_it_arrived() -> None:
    desk = Desk(plain(), an_instrument(), an_instrument(other := InstrumentId("QQQ.X")))
    desk.market(a_bar(0, 100))
    half = OPEN_NS + 90_000_000_000
    desk.market(Bar(other, half - 1, half, 1, 1, 1, 1, nan))
    desk.buy(10)
    desk.market(a_bar(1, 101))
    assert desk.fills() == []
    desk.market(a_bar(2, 102))
    assert desk.fills() == [(D(10), D(102))]


@pytest.mark.parametrize(("latency_ms", "price"), [(5, 101), (59_000, 101), (60_000, 102), (90_000, 103)])
def test_a_latency_shorter_than_a_bar_still_gets_the_next_open(latency_ms: float, price: int) -> None:
    desk = a_desk(latency_ms=latency_ms)
    desk.buy(10)
    for minute in (1, 2, 3, 4):
        desk.market(a_bar(minute, 100 + minute))
    assert desk.fills() == [(D(10), D(price))]


def test_a_limit_fills_at_the_open_when_that_is_better() -> None:
    desk = a_desk()
    desk.buy(10, limit_price=99)
    desk.market(a_bar(1, 98, 100, 97))
    assert desk.fills() == [(D(10), D(98))]


def test_a_limit_fills_at_its_price_when_the_range_touches_it() -> None:
    desk = a_desk()
    order = desk.sell(10, limit_price=102)
    desk.market(a_bar(1, 100, 101.9))
    assert desk.state(order) is OrderState.ACCEPTED
    desk.market(a_bar(2, 100, 102))
    assert desk.fills() == [(D(10), D(102))]


def test_by_the_through_policy_a_touch_is_not_enough() -> None:
    desk = a_desk(limit_policy=LimitPolicy.THROUGH)
    desk.buy(10, limit_price=99)
    desk.market(a_bar(1, 100, 100, 99))
    assert desk.fills() == []
    desk.market(a_bar(2, 100, 100, 98.99))
    assert desk.fills() == [(D(10), D(99))]


def test_a_stop_fills_at_its_price_within_the_range() -> None:
    desk = a_desk()
    desk.buy(10)
    desk.sell(10, stop_price=95)
    desk.market(a_bar(1, 100, 101, 96), a_bar(2, 97, 98, 94))
    assert desk.fills() == [(D(10), D(100)), (D(10), D(95))]


def test_a_stop_that_the_open_gapped_over_fills_at_the_open() -> None:
    desk = a_desk()
    desk.sell(10, stop_price=95)
    desk.market(a_bar(1, 93, 96, 92))
    assert desk.fills() == [(D(10), D(93))]


def test_a_stop_limit_gapped_beyond_its_limit_waits_for_the_limit() -> None:
    desk = a_desk()
    order = desk.buy(10, stop_price=102, limit_price=103)
    desk.market(a_bar(1, 105, 106, 104))
    assert desk.fills() == []
    assert desk.state(order) is OrderState.TRIGGERED
    desk.market(a_bar(2, 104, 104, 102.5))
    assert desk.fills() == [(D(10), D(103))]


def test_a_stop_limit_touched_in_the_range_takes_the_stop_price_within_its_limit() -> None:
    desk = a_desk()
    desk.buy(10, stop_price=102, limit_price=103)
    desk.market(a_bar(1, 100, 104, 99))
    assert desk.fills() == [(D(10), D(102))]


def test_a_stop_limit_does_not_use_prices_from_before_its_touch() -> None:
    desk = a_desk()
    desk.buy(10, stop_price=102, limit_price=101)
    desk.market(a_bar(1, 100, 102.5, 99, 102))
    assert desk.fills() == []
    desk.market(a_bar(2, 102, 102, 101))
    assert desk.fills() == [(D(10), D(101))]


def test_where_one_bar_reaches_stop_and_target_the_stop_counts() -> None:
    desk = a_desk()
    entry, stop, target = desk.bracket(10, stop=95, target=105)
    desk.market(a_bar(1, 100, 101, 99), a_bar(2, 100, 106, 94))
    assert desk.fills(stop) == [(D(10), D(95))]
    assert desk.state(target) is OrderState.CANCELED
    assert desk.state(entry) is OrderState.FILLED


def test_the_exits_of_an_entry_at_the_open_see_that_whole_bar() -> None:
    desk = a_desk()
    _, stop, target = desk.bracket(10, stop=95, target=105)
    desk.market(a_bar(1, 100, 106, 99))
    assert desk.fills(target) == [(D(10), D(105))]
    assert desk.state(stop) is OrderState.CANCELED


def test_the_target_of_an_entry_within_a_bar_waits_for_the_next_one_but_its_stop_does_not() -> None:
    desk = a_desk()
    _, _, target = desk.bracket(10, stop=90, target=105, limit_price=98)
    desk.market(a_bar(1, 100, 106, 97))
    assert desk.fills(target) == []
    desk.market(a_bar(2, 100, 105, 97))
    assert desk.fills(target) == [(D(10), D(105))]
    desk = a_desk()
    _, stop, _ = desk.bracket(10, stop=96, target=105, limit_price=98)
    desk.market(a_bar(1, 100, 106, 95))
    assert desk.fills(stop) == [(D(10), D(96))]


def test_a_trailing_stop_follows_the_high_and_fills_at_its_level() -> None:
    desk = a_desk()
    desk.sell(10, trail=3)
    desk.market(a_bar(1, 100, 104, 99, 103))
    assert desk.fills() == []
    desk.market(a_bar(2, 103, 103, 100.5))
    assert desk.fills() == [(D(10), D(101))]


def test_a_trailing_stop_is_compared_before_the_bar_moves_it_unless_the_close_is_beyond() -> None:
    desk = a_desk()
    desk.sell(10, trail=3)
    desk.market(a_bar(1, 100, 104, 97.5, 103))
    assert desk.fills() == []
    desk = a_desk()
    desk.sell(10, trail=3)
    desk.market(a_bar(1, 100, 104, 99, 100))
    assert desk.fills() == [(D(10), D(101))]


def test_a_buying_trailing_stop_mirrors_a_selling_one() -> None:
    desk = a_desk()
    desk.buy(10, trail=3)
    desk.market(a_bar(1, 100, 101, 96, 97), a_bar(2, 97, 99.5, 97))
    assert desk.fills() == [(D(10), D(99))]


def test_orders_take_no_more_than_their_share_of_the_volume() -> None:
    desk = a_desk(volume_share=0.1)
    order = desk.buy(100)
    desk.market(a_bar(1, 100, volume=405), a_bar(2, 101, volume=0), a_bar(3, 102, volume=nan))
    assert desk.fills(order) == [(D(40), D(100)), (D(60), D(102))]


def test_all_orders_share_one_bars_volume_in_the_order_of_their_arrival() -> None:
    desk = a_desk(volume_share=0.1)
    first, second = desk.buy(30), desk.buy(30)
    desk.market(a_bar(1, 100, volume=400))
    assert desk.fills(first) == [(D(30), D(100))]
    assert desk.fills(second) == [(D(10), D(100))]
    assert desk.state(second) is OrderState.PARTIALLY_FILLED


def test_immediate_or_cancel_takes_what_the_open_offers() -> None:
    desk = a_desk(volume_share=0.1)
    order = desk.buy(100, tif=TimeInForce.IOC)
    dear = desk.buy(10, limit_price=99, tif=TimeInForce.IOC)
    desk.market(a_bar(1, 100, 101, 98, volume=400))
    assert desk.fills() == [(D(40), D(100))]
    assert (desk.state(order), desk.state(dear)) == (OrderState.CANCELED, OrderState.CANCELED)


def test_fill_or_kill_takes_all_or_nothing() -> None:
    desk = a_desk(volume_share=0.1)
    whole, part = desk.buy(40, tif=TimeInForce.FOK), desk.buy(1, tif=TimeInForce.FOK)
    desk.market(a_bar(1, 100, volume=400))
    assert desk.fills() == [(D(40), D(100))]
    assert (desk.state(whole), desk.state(part)) == (OrderState.FILLED, OrderState.CANCELED)


def test_a_bar_that_sums_up_finer_data_is_not_matched_again() -> None:
    desk = Desk()
    desk.market(a_quote(0, 99.9, 100))
    order = desk.buy(10, limit_price=99)
    desk.market(a_quote(30_000, 99.5, 99.6), a_bar(0, 100, 100, 98))
    assert desk.state(order) is OrderState.ACCEPTED
    desk.market(a_bar(1, 100, 100, 98))
    assert desk.state(order) is OrderState.FILLED


def test_a_daily_market_order_fills_at_the_next_days_open() -> None:
    desk = Desk()
    session = int(6.5 * 60) * MINUTE
    desk.market(a_bar(0, 100, length=session))
    desk.buy(10, tif=TimeInForce.DAY)
    desk.market(Bar(SPY, OPEN_NS + DAY, OPEN_NS + DAY + session, 103, 104, 102, 103, nan))
    assert desk.fills() == [(D(10), D(103))]
