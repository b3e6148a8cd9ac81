"""Marks of value and time axes."""

import math
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from ares_desktop.views.charts.ticks import bar_ticks, decimals_for, moment_text, time_ticks, value_step, value_ticks


def at(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


@given(st.floats(-1e9, 1e9), st.floats(1e-6, 1e9), st.integers(2, 12))
def test_value_marks_are_round_few_and_inside(low: float, span: float, most: int) -> None:
    assume(low + span > low)
    high = low + span
    ticks = value_ticks(low, high, most)
    assert len(ticks) <= most + 1
    step = value_step(low, high, most)
    tolerance = abs(high) * 1e-12 + step * 1e-9
    assert all(low - tolerance <= tick <= high + tolerance for tick in ticks)
    mantissa = step / 10.0 ** math.floor(math.log10(step) + 1e-9)
    assert any(math.isclose(mantissa, nice, rel_tol=1e-6) for nice in (1, 2, 2.5, 5, 10))


@pytest.mark.parametrize(("step", "decimals"), [(1000, 0), (2.5, 1), (0.25, 2), (0.001, 3), (5e-6, 6)])
def test_decimals_tell_marks_apart(step: float, decimals: int) -> None:
    assert decimals_for(step) == decimals


def test_an_empty_range_still_has_a_step() -> None:
    assert value_step(5.0, 5.0, 6) == 1.0


def test_months_show_the_year_where_it_changes() -> None:
    ticks = time_ticks(at("2013-11-15"), at("2014-03-20"), 8)
    assert [text for _, text in ticks] == ["Dec 2013", "2014", "Feb", "Mar"]


def test_times_of_day_show_the_day_at_midnight() -> None:
    ticks = time_ticks(at("2014-03-04T20:00"), at("2014-03-05T04:00"), 8)
    assert [text for _, text in ticks][:6] == ["20:00", "21:00", "22:00", "23:00", "05 Mar", "01:00"]


@given(st.floats(0, 2e9), st.floats(1, 3e9), st.integers(2, 12))
def test_time_marks_ascend_inside_the_range(left: float, span: float, most: int) -> None:
    ticks = [position for position, _ in time_ticks(left, left + span, most)]
    assert ticks == sorted(set(ticks))
    assert all(left <= position <= left + span for position in ticks)


def test_nothing_is_marked_without_a_range() -> None:
    assert time_ticks(5.0, 5.0, 8) == []
    assert time_ticks(math.nan, 5.0, 8) == []
    assert bar_ticks(np.array([1.0]), -0.5, 0.5, 8) == []


def sessions(days: int, minutes: int) -> list[float]:
    starts = []
    day = datetime(2014, 1, 6, 14, 30, tzinfo=UTC)
    while days:
        if day.weekday() < 5:
            days -= 1
            starts += [(day + timedelta(minutes=offset)).timestamp() for offset in range(0, 390, minutes)]
        day += timedelta(days=1)
    return starts


def test_bars_of_many_days_are_marked_at_the_first_bar_of_a_day() -> None:
    starts = np.array(sessions(10, 30))
    ticks = bar_ticks(starts, -0.5, len(starts) - 0.5, 12)
    days = [(number, text) for number, text in ticks if " " in text]
    assert [text for _, text in days][:4] == ["07 Jan", "08 Jan", "09 Jan", "10 Jan"]
    assert all(number % 13 == 0 for number, _ in days)


def test_marks_of_bars_keep_their_distance() -> None:
    starts = np.array(sessions(3, 5))
    ticks = [number for number, _ in bar_ticks(starts, -0.5, 149.5, 8)]
    assert min(np.diff(ticks)) >= 0.5 * 150 / 8


def test_daily_bars_are_marked_by_month_and_year() -> None:
    starts = np.array(sessions(300, 390))
    texts = [text for _, text in bar_ticks(starts, -0.5, 299.5, 12)]
    assert texts[:3] == ["Feb", "Mar", "Apr"]
    assert "2015" in texts


def test_a_readout_has_the_time_of_day_when_little_is_in_sight() -> None:
    assert moment_text(at("2014-03-04T15:30"), span=3600) == "2014-03-04 15:30"
    assert moment_text(at("2014-03-04T15:30"), span=1e9) == "2014-03-04"
