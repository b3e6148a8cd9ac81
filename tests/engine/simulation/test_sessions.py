"""When DAY orders end."""

from datetime import UTC, datetime

import pytest

from ares_desktop.domain.events import OrderExpired
from ares_desktop.domain.ids import InstrumentId
from ares_desktop.domain.market import Bar, from_ns, to_ns
from ares_desktop.domain.orders import OrderState, TimeInForce
from ares_desktop.engine.simulation.session import trading_day
from tests.engine.simulation.builders import DAY, MINUTE, OPEN_NS, SPY, Desk, a_bar, an_instrument, only, plain

SESSION = 390
DAILY = SESSION * MINUTE


def utc(*parts: int) -> int:
    return to_ns(datetime(*parts, tzinfo=UTC))  # type: ignore[misc,arg-type]


@pytest.mark.parametrize(
    ("calendar", "at", "end"),
    [
        ("XNYS", (2024, 3, 4, 15), (2024, 3, 4, 21)),
        ("XNYS", (2024, 3, 4, 21), (2024, 3, 5, 21)),
        ("XNYS", (2024, 3, 8, 21), (2024, 3, 11, 20)),
        ("24/7", (2024, 3, 9, 23, 59), (2024, 3, 10)),
        ("24/7", (2024, 3, 10), (2024, 3, 11)),
        ("24/5", (2024, 3, 4, 15), (2024, 3, 4, 22)),
        ("24/5", (2024, 3, 8, 22), (2024, 3, 11, 21)),
        ("XTKS", (2024, 3, 4, 15), (2024, 3, 5)),
    ],
)
def test_a_trading_day_ends_by_its_calendar(calendar: str, at: tuple[int, ...], end: tuple[int, ...]) -> None:
    assert from_ns(trading_day(calendar, utc(*at)).end_ns) == from_ns(utc(*end))


@pytest.mark.parametrize(
    ("calendar", "at", "closed"),
    [
        ("XNYS", (2024, 3, 4, 14, 29), True),
        ("XNYS", (2024, 3, 4, 14, 30), False),
        ("XNYS", (2024, 3, 4, 21), True),
        ("XNYS", (2024, 3, 9, 16), True),
        ("24/5", (2024, 3, 8, 21, 59), False),
        ("24/5", (2024, 3, 8, 22), True),
        ("24/5", (2024, 3, 10, 20, 59), True),
        ("24/5", (2024, 3, 10, 21), False),
        ("24/7", (2024, 3, 9, 16), False),
    ],
)
def test_a_market_is_closed_by_its_calendar(calendar: str, at: tuple[int, ...], closed: bool) -> None:
    assert trading_day(calendar, utc(*at)).closed is closed


def test_a_day_order_ends_after_the_last_bar_of_its_session() -> None:
    desk = Desk()
    desk.market(a_bar(0, 100))
    order = desk.buy(10, limit_price=90, tif=TimeInForce.DAY)
    desk.market(a_bar(SESSION - 2, 100))
    assert desk.state(order) is OrderState.ACCEPTED
    events = desk.market(a_bar(SESSION - 1, 100))
    assert len(only(events, OrderExpired)) == 1


def test_a_day_order_may_fill_in_the_last_bar() -> None:
    desk = Desk()
    desk.market(a_bar(0, 100))
    order = desk.buy(10, limit_price=90, tif=TimeInForce.DAY)
    desk.market(a_bar(SESSION - 1, 100, 100, 90))
    assert desk.state(order) is OrderState.FILLED


def test_a_day_order_is_over_before_the_next_sessions_first_event() -> None:
    desk = Desk()
    desk.market(a_bar(SESSION - 2, 100))
    order = desk.buy(10, tif=TimeInForce.DAY)
    desk.market(a_bar(24 * 60, 100))
    assert desk.state(order) is OrderState.EXPIRED
    assert desk.fills() == []


def test_a_day_order_placed_after_the_close_of_a_daily_bar_lives_through_the_next_session() -> None:
    desk = Desk()
    desk.market(a_bar(0, 100, length=DAILY))
    order = desk.buy(10, limit_price=90, tif=TimeInForce.DAY)
    market = desk.buy(10, tif=TimeInForce.DAY)
    desk.market(a_bar(24 * 60, 101, length=DAILY))
    assert desk.state(market) is OrderState.FILLED
    assert desk.state(order) is OrderState.EXPIRED


def test_a_day_order_placed_before_a_holiday_lives_in_the_session_that_takes_place() -> None:
    desk = Desk()
    eve = utc(2024, 3, 27, 13, 30)
    desk.market(Bar(SPY, eve, eve + DAILY, 100, 100, 100, 100, 1e6))
    order = desk.buy(10, tif=TimeInForce.DAY)
    late = desk.buy(10, limit_price=50, tif=TimeInForce.DAY)
    after_easter = utc(2024, 4, 1, 13, 30)
    desk.market(Bar(SPY, after_easter, after_easter + DAILY, 101, 101, 101, 101, 1e6))
    assert desk.state(order) is OrderState.FILLED
    assert desk.state(late) is OrderState.EXPIRED


def test_the_clock_of_other_instruments_ends_a_day_too() -> None:
    other = InstrumentId("BTC/USD.X")
    desk = Desk(plain(), an_instrument(), an_instrument(other, calendar="24/7"))
    desk.market(a_bar(0, 100))
    order = desk.buy(10, limit_price=90, tif=TimeInForce.DAY)
    desk.market(a_bar(SESSION - 1, 5, name=other))
    assert desk.state(order) is OrderState.ACCEPTED
    desk.market(a_bar(SESSION, 5, name=other))
    assert desk.state(order) is OrderState.EXPIRED


def test_an_order_placed_while_closed_is_not_ended_by_the_clock_of_another_market() -> None:
    other = InstrumentId("BTC/USD.X")
    desk = Desk(plain(), an_instrument(), an_instrument(other, calendar="24/7"))
    desk.market(a_bar(0, 100, length=DAILY))
    order = desk.buy(10, tif=TimeInForce.DAY)
    for hour in range(24 * 4):
        desk.market(a_bar(SESSION + 60 * hour, 5, name=other))
    desk.market(Bar(SPY, OPEN_NS + 5 * DAY, OPEN_NS + 5 * DAY + DAILY, 102, 102, 102, 102, 1e6))
    assert desk.state(order) is OrderState.FILLED


def test_an_order_that_is_good_till_canceled_stays() -> None:
    desk = Desk()
    desk.market(a_bar(0, 100))
    order = desk.buy(10, limit_price=90)
    desk.market(*(a_bar(day * 24 * 60, 100) for day in range(1, 30)))
    assert desk.state(order) is OrderState.ACCEPTED
