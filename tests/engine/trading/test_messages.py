"""What the gate let through is counted for a second and remembered for as long as a duplicate matters."""

from decimal import Decimal

from ares_desktop.domain.ids import MANUAL, StrategyId
from ares_desktop.domain.market import NS_PER_SECOND
from ares_desktop.domain.orders import OrderPurpose
from ares_desktop.engine.trading.messages import MessageLog
from tests.engine.trading.books_builders import TREND, an_intent


def test_messages_are_counted_for_one_second() -> None:
    log = MessageLog()
    for number in range(3):
        log.passed(an_intent(), number * NS_PER_SECOND // 2)
    assert log.in_last_second(TREND, NS_PER_SECOND) == 2
    assert log.in_last_second(TREND, 3 * NS_PER_SECOND) == 0
    assert log.in_last_second(StrategyId("trend-2"), NS_PER_SECOND) == 0


def test_an_equal_intent_is_a_duplicate_within_the_window_whatever_its_id() -> None:
    log = MessageLog()
    log.passed(an_intent("trend-000001"), 0)
    again = an_intent("trend-000002")
    assert log.is_duplicate(again, NS_PER_SECOND, 2.0)
    assert not log.is_duplicate(again, 2 * NS_PER_SECOND, 2.0)
    assert not log.is_duplicate(again, NS_PER_SECOND, 0.0)
    assert not log.is_duplicate(an_intent("trend-000002", "11"), NS_PER_SECOND, 2.0)
    assert not log.is_duplicate(an_intent(limit_price=Decimal(1)), NS_PER_SECOND, 2.0)


def test_what_was_never_sent_is_no_duplicate() -> None:
    log = MessageLog()
    log.passed(an_intent("trend-000001"), 0)
    log.withdrawn(an_intent("trend-000001"))
    log.withdrawn(an_intent("trend-000001"))
    assert not log.is_duplicate(an_intent("trend-000002"), 1, 2.0)


def test_the_trader_s_own_orders_count_apart_from_the_strategy_s_in_one_book() -> None:
    log = MessageLog()
    log.passed(an_intent(purpose=OrderPurpose.MANUAL), 0)
    assert log.in_last_second(TREND, 0) == 0
    assert log.in_last_second(MANUAL, 0) == 1
    assert not log.is_duplicate(an_intent("trend-000002"), 0, 1.0)
