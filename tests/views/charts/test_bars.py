"""Bars as arrays."""

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from ares_desktop.domain.ids import InstrumentId
from ares_desktop.domain.market import NS_PER_SECOND, Bar
from ares_desktop.views.charts.bars import CLOSE, END, HIGH, LOW, OPEN, START, VOLUME, BarSeries

MINUTE = 60 * NS_PER_SECOND
DAY = 86_400 * NS_PER_SECOND


def a_bar(number: int, close: float = 10.0, *, length: int = MINUTE, volume: float = 5.0) -> Bar:
    start = number * length
    return Bar(InstrumentId("A.SIM"), start, start + length, close - 0.5, close + 1, close - 1, close, volume)


@given(st.lists(st.tuples(st.integers(1, 4), st.floats(1, 100)), max_size=60), st.integers(0, 60), st.integers(1, 9))
def test_one_by_one_and_at_once_give_the_same_bars(steps: list[tuple[int, float]], split: int, minutes: int) -> None:
    number, bars = 0, []
    for step, close in steps:
        number += step
        bars.append(a_bar(number, close))
    for length in (0, minutes * MINUTE):
        at_once = BarSeries(bars, length_ns=length)
        grown = BarSeries(bars[:split], length_ns=length)
        for bar in bars[split:]:
            grown.add(bar)
        assert np.allclose(at_once.rows, grown.rows)


def test_longer_bars_gather_shorter_ones() -> None:
    series = BarSeries([a_bar(0, 10), a_bar(1, 14), a_bar(4, 8), a_bar(5, 9)], length_ns=5 * MINUTE)
    first = series.rows[0]
    assert len(series) == 2
    assert [first[field] for field in (OPEN, HIGH, LOW, CLOSE, VOLUME)] == [9.5, 15, 7, 8, 15]
    assert (first[START], first[END]) == (0, 5 * MINUTE)


def test_weeks_begin_on_mondays() -> None:
    # 1970-01-01 was a Thursday: days 0 to 3 end a week, day 4 is a Monday.
    series = BarSeries([a_bar(day, length=DAY) for day in range(12)], length_ns=7 * DAY)
    assert [int(start // DAY) for start in series.rows[:, START]] == [0, 4, 11]


def test_a_bar_that_comes_again_replaces_the_last_one() -> None:
    series = BarSeries([a_bar(0), a_bar(1, 10)])
    assert not series.add(a_bar(1, 20))
    assert series.rows[-1, CLOSE] == 20
    assert len(series) == 2


def test_a_bar_from_before_is_left_out() -> None:
    series = BarSeries([a_bar(5)])
    assert not series.add(a_bar(4, 99))
    assert series.rows[:, CLOSE].tolist() == [10]


def test_a_time_finds_the_bar_in_force() -> None:
    series = BarSeries([a_bar(2), a_bar(4)])
    assert [series.number_at(minute * MINUTE) for minute in (1, 2, 3, 4, 9)] == [-1, 0, 0, 1, 1]


def test_bounds_are_those_of_what_is_in_sight() -> None:
    series = BarSeries([a_bar(number, 10.0 + number) for number in range(100)])
    assert series.price_bounds(9.6, 12.4) == (19.0, 23.0)
    assert series.price_bounds(200, 300) is None
    assert series.volume_bounds(0, 99) == (0.0, 5.0)


def test_volumes_that_are_not_known_are_none() -> None:
    series = BarSeries([a_bar(number, volume=math.nan) for number in range(3)])
    assert not series.has_volume()
    assert series.volume_bounds(0, 3) is None
