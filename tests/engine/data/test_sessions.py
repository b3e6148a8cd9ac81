"""Sessions follow the exchange's own clock."""

from datetime import UTC, date, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ares_desktop.domain.market import BarSpec, to_ns
from ares_desktop.engine.data.sessions import DAY_NS, interval, intervals, session, spec_of, spec_of_duration

MINUTE = 60_000_000_000


def ns(text: str) -> int:
    return to_ns(datetime.fromisoformat(text).replace(tzinfo=UTC))


def day(text: str) -> int:
    return (date.fromisoformat(text) - date(1970, 1, 1)).days


@pytest.mark.parametrize(
    ("on", "start", "end"),
    [
        ("2013-03-08", "2013-03-08T14:30", "2013-03-08T21:00"),
        ("2013-03-11", "2013-03-11T13:30", "2013-03-11T20:00"),
        ("2013-11-01", "2013-11-01T13:30", "2013-11-01T20:00"),
        ("2013-11-04", "2013-11-04T14:30", "2013-11-04T21:00"),
        ("2006-04-03", "2006-04-03T13:30", "2006-04-03T20:00"),
        ("2006-03-13", "2006-03-13T14:30", "2006-03-13T21:00"),
    ],
)
def test_a_session_of_us_shares_follows_new_yorks_clock_changes(on: str, start: str, end: str) -> None:
    assert session(day(on), "XNYS") == (ns(start), ns(end))


def test_other_markets_trade_from_midnight_to_midnight_utc() -> None:
    for calendar in ("24/7", "24/5"):
        assert session(day("2013-03-11"), calendar) == (ns("2013-03-11"), ns("2013-03-12"))


def test_a_time_outside_the_session_belongs_to_no_daily_bar() -> None:
    spec = BarSpec.parse("1d")
    assert interval(ns("2013-10-07T13:29:59"), spec, "XNYS") is None
    assert interval(ns("2013-10-07T20:00"), spec, "XNYS") is None
    assert interval(ns("2013-10-07T13:30"), spec, "XNYS") == (ns("2013-10-07T13:30"), ns("2013-10-07T20:00"))


def test_a_week_begins_on_monday() -> None:
    week = interval(ns("2013-10-10T12:00"), BarSpec.parse("7d"), "24/7")
    assert week == (ns("2013-10-07"), ns("2013-10-14"))


@given(
    st.lists(st.integers(0, 20_000 * DAY_NS), min_size=1, max_size=20),
    st.sampled_from(["1s", "5m", "4h", "1d", "7d"]),
    st.sampled_from(["XNYS", "24/7"]),
)
def test_many_times_give_what_each_gives_alone(times: list[int], length: str, calendar: str) -> None:
    spec = BarSpec.parse(length)
    starts, ends, valid = intervals(np.array(times, dtype=np.int64), spec, calendar)
    found = [
        (start, end) if good else None
        for start, end, good in zip(starts.tolist(), ends.tolist(), valid.tolist(), strict=True)
    ]
    assert found == [interval(time, spec, calendar) for time in times]


@pytest.mark.parametrize(
    ("minutes", "calendar", "expected"),
    [
        (1, "XNYS", "1m"),
        (60, "24/7", "1h"),
        (390, "XNYS", "1d"),
        (210, "XNYS", "1d"),
        (4 * 1440 + 390, "XNYS", "5d"),
        (390, "24/7", "390m"),
        (1440, "24/7", "1d"),
    ],
)
def test_a_bar_tells_its_length(minutes: int, calendar: str, expected: str) -> None:
    assert str(spec_of(0, minutes * MINUTE, calendar)) == expected


def test_a_duration_is_written_in_the_largest_unit_that_divides_it() -> None:
    texts = [str(spec_of_duration(seconds * 1_000_000_000)) for seconds in (1, 90, 120, 7200, 172_800)]
    assert texts == ["1s", "90s", "2m", "2h", "2d"]
