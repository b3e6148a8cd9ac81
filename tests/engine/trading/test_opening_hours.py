"""A strategy opens positions within its hours alone; what is not known is closed."""

import asyncio
from datetime import UTC, datetime, tzinfo
from decimal import Decimal
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ares_desktop.api.schedules import Sessions
from ares_desktop.domain.ids import StrategyId
from ares_desktop.domain.market import to_ns
from ares_desktop.domain.orders import OrderPurpose, Side
from ares_desktop.domain.risk import DenyReason
from ares_desktop.engine.hosting.sessions import LoadedCalendars, find_sessions
from ares_desktop.engine.ports.jobs import JobNews, NewsKind
from ares_desktop.engine.runtime.clocks import WallClock
from ares_desktop.engine.runtime.job_pool import ProcessJobs
from ares_desktop.engine.trading.calendars import HeldCalendars
from ares_desktop.engine.trading.checks import review
from ares_desktop.engine.trading.exits import only_reduces
from ares_desktop.engine.trading.opening_hours import OpeningHours, hours_of
from tests.engine.trading.books_builders import an_intent
from tests.engine.trading.test_checks import a_view

ALPHA, BETA = StrategyId("alpha"), StrategyId("beta")
DAY = 86_400_000_000_000
NOON = to_ns(datetime(2026, 3, 2, 12, tzinfo=UTC))
HOUR = 3_600_000_000_000


class NoCalendars:
    """Has none at hand."""

    def sessions(self, calendar: str, start_ns: int, end_ns: int) -> Sessions | None:
        return None

    def zone(self, calendar: str) -> tzinfo:
        raise AssertionError(calendar)


def opening(text: str) -> OpeningHours:
    return OpeningHours(hours_of({ALPHA: text}), LoadedCalendars())


def test_a_strategy_without_hours_may_always_and_asks_for_no_calendar() -> None:
    hours = OpeningHours(hours_of({ALPHA: " "}), NoCalendars())
    assert not hours.bind(ALPHA)
    assert hours.closed(ALPHA, "XNYS", NOON) == hours.closed(BETA, "XNYS", NOON) == ""


def test_without_the_calendar_it_may_not() -> None:
    hours = OpeningHours(hours_of({ALPHA: "10:00 to 11:00"}), NoCalendars())
    assert "not at hand" in hours.closed(ALPHA, "XNYS", NOON)


def test_it_says_when_the_next_window_begins() -> None:
    hours = opening("13:00 to 14:00")
    assert hours.closed(ALPHA, "24/7", NOON) == (
        "only exits pass outside of its hours (13:00 to 14:00); they begin at 2026-03-02 13:00 UTC"
    )
    assert hours.closed(ALPHA, "24/7", NOON + HOUR) == ""
    assert "2026-03-03 13:00" in hours.closed(ALPHA, "24/7", NOON + 2 * HOUR)


@given(times=st.lists(st.integers(-2000, 2000), min_size=1, max_size=20))
def test_the_answer_does_not_depend_on_what_was_asked_before(times: list[int]) -> None:
    hours = opening("session open +1h to session close -2h")
    for hour in times:
        ns = NOON + hour * HOUR
        assert (hours.closed(ALPHA, "24/7", ns) == "") is (HOUR <= ns % DAY < DAY - 2 * HOUR)


def test_share_hours_know_holidays_and_half_days() -> None:
    hours = opening("session open +5m to session close -10m")
    at = {
        "monday": datetime(2026, 3, 2, 15, 0, tzinfo=UTC),
        "sunday": datetime(2026, 3, 1, 15, 0, tzinfo=UTC),
        "good friday": datetime(2026, 4, 3, 15, 0, tzinfo=UTC),
        "half day": datetime(2025, 11, 28, 17, 55, tzinfo=UTC),
    }
    assert {name: hours.closed(ALPHA, "XNYS", to_ns(time)) == "" for name, time in at.items()} == {
        "monday": True,
        "sunday": False,
        "good friday": False,
        "half day": False,
    }


def test_days_of_a_market_that_never_closes_are_those_of_the_calendar() -> None:
    exchange_calendars = pytest.importorskip("exchange_calendars")
    known = exchange_calendars.get_calendar("24/7", start="2026-01-01", end="2026-01-10").schedule
    found = find_sessions("24/7", to_ns(datetime(2026, 1, 1, tzinfo=UTC)), to_ns(datetime(2026, 1, 10, tzinfo=UTC)))
    for name, times in (("open", found.opens), ("close", found.closes)):
        assert list(times) == known[name].dt.as_unit("ns").astype("int64").tolist()


@given(
    position=st.integers(-5, 5).map(Decimal),
    working=st.tuples(st.integers(0, 5).map(Decimal), st.integers(0, 5).map(Decimal)),
    side=st.sampled_from(list(Side)),
    quantity=st.integers(1, 12).map(Decimal),
    purpose=st.sampled_from(list(OrderPurpose)),
)
def test_outside_of_its_hours_a_strategy_gets_through_what_only_reduces(
    position: Decimal, working: tuple[Decimal, Decimal], side: Side, quantity: Decimal, purpose: OrderPurpose
) -> None:
    intent = an_intent(side=side, quantity=str(quantity), purpose=purpose)
    facts = {"position": position, "book_buying": working[0], "book_selling": working[1]}
    within, outside = review(intent, a_view(**facts)), review(intent, a_view(**facts, outside_hours="closed"))
    if purpose is OrderPurpose.STRATEGY and not only_reduces(intent, a_view(**facts)):
        assert outside == (DenyReason.OUTSIDE_HOURS, "closed")
    else:
        assert outside == within


async def test_a_calendar_is_made_beside_the_loop_once_it_is_asked_for() -> None:
    calendars = HeldCalendars(partial(ProcessJobs, 1), WallClock())
    assert calendars.sessions("24/7", NOON, NOON + DAY) == find_sessions("24/7", NOON, NOON + DAY)
    assert calendars.sessions("XNYS", NOON, NOON + DAY) is None
    await calendars.prepare(["XNYS"], within_s=0)
    await calendars.prepare(["24/7", "XNYS", "NOWHERE"])
    expected = find_sessions("XNYS", NOON, NOON + 2 * DAY)
    assert calendars.sessions("XNYS", NOON, NOON + 3 * DAY) == expected
    assert str(calendars.zone("XNYS")) == "America/New_York"
    assert calendars.sessions("XNYS", expected.closes[0], expected.opens[1]) == Sessions((), ())
    assert "NOWHERE" in calendars.failure("NOWHERE")
    assert calendars.sessions("NOWHERE", NOON, NOON) == Sessions((), ())
    await asyncio.gather(calendars.close(), calendars.close())


async def test_a_calendar_that_could_not_be_made_is_made_when_it_is_asked_for_again() -> None:
    begun: list[int] = []

    def jobs() -> ProcessJobs:
        begun.append(1)
        made = ProcessJobs(1)
        if len(begun) == 1:
            made._places[0].work = _dies  # type: ignore[method-assign]
        return made

    calendars = HeldCalendars(jobs, WallClock())
    await calendars.prepare(["NOWHERE"])
    assert calendars.failure("NOWHERE") == ""
    await calendars.prepare(["NOWHERE"])
    assert "NOWHERE" in calendars.failure("NOWHERE")
    await calendars.close()


async def _dies(index: int, job: object, news: "asyncio.Queue[JobNews | None]") -> None:
    del job
    await news.put(JobNews(index, NewsKind.FAILED, b"no worker process could be started"))
