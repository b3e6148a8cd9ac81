"""Incremental indicators agree with a computation over the whole array, however long they run."""

from math import isnan, nan

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given

from ares_desktop.api import ATR, EMA, RSI, SMA, VWAP, Bar, ZScore
from ares_desktop.domain.ids import InstrumentId
from ares_desktop.domain.market import NS_PER_SECOND

DAY = 86_400 * NS_PER_SECOND
prices = st.lists(st.floats(0.01, 1e6), min_size=1, max_size=120)
periods = st.integers(1, 20)


def bars_of(closes: list[float], *, spread: float = 0.0, volume: float = nan) -> list[Bar]:
    acme = InstrumentId("ACME.XNYS")
    return [
        Bar(acme, at * DAY, (at + 1) * DAY, close, close + spread, close - spread, close, volume)
        for at, close in enumerate(closes)
    ]


@given(prices, periods)
def test_the_simple_average_is_the_mean_of_the_window(values: list[float], period: int) -> None:
    average = SMA(period)
    for count, value in enumerate(values, 1):
        average.update(value)
        assert average.ready == (count >= period)
        if average.ready:
            assert average.value == pytest.approx(np.mean(values[count - period : count]), rel=1e-12)
        else:
            assert isnan(average.value)


@given(st.floats(0.01, 1e6), st.integers(1, 50), st.integers(1, 50), st.lists(st.floats(0.01, 1e9), max_size=100))
def test_averages_of_equal_prices_are_that_price_whatever_came_before(
    price: float, fast: int, slow: int, before: list[float]
) -> None:
    short, long, score = SMA(fast), SMA(slow), ZScore(slow)
    for value in before + [price] * 50:
        short.update(value)
        long.update(value)
        score.update(value)
    assert short.value == long.value == price
    assert score.value == 0.0


def test_a_million_prices_leave_no_drift() -> None:
    generator = np.random.default_rng(7)
    values = (100 + np.cumsum(generator.normal(0, 1, 300_000))).round(2)
    values[1000] = 1e12
    average = SMA(10)
    for value in values.tolist():
        average.update(value)
    assert average.value == pytest.approx(float(np.mean(values[-10:])), rel=1e-15, abs=0)


@given(prices, periods)
def test_the_exponential_average_follows_its_recursion(values: list[float], period: int) -> None:
    average = EMA(period)
    for value in values:
        average.update(value)
    if len(values) < period:
        assert isnan(average.value)
        return
    expected = float(np.mean(values[:period]))
    for value in values[period:]:
        expected += 2 / (period + 1) * (value - expected)
    assert average.value == pytest.approx(expected, rel=1e-9)


@given(prices, st.integers(2, 20))
def test_the_score_is_the_distance_from_the_mean_in_deviations(values: list[float], period: int) -> None:
    score = ZScore(period)
    for value in values:
        score.update(value)
    window = np.array(values[-period:])
    if len(values) < period:
        assert isnan(score.value)
    elif window.std() > 1e-6 * window.mean():
        assert score.value == pytest.approx((values[-1] - window.mean()) / window.std(), rel=1e-6, abs=1e-6)
        assert score.mean == pytest.approx(window.mean())
        assert score.deviation == pytest.approx(window.std(), rel=1e-6)


@given(prices, st.integers(1, 14))
def test_the_strength_index_follows_wilder(values: list[float], period: int) -> None:
    index = RSI(period)
    for value in values:
        index.update(value)
    changes = np.diff(values)
    if len(changes) < period:
        assert isnan(index.value)
        return
    gain, loss = np.maximum(changes, 0), np.maximum(-changes, 0)
    up, down = gain[:period].mean(), loss[:period].mean()
    for plus, minus in zip(gain[period:], loss[period:], strict=True):
        up += (plus - up) / period
        down += (minus - down) / period
    expected = 100 * up / (up + down) if up + down else 50.0
    assert index.value == pytest.approx(expected, rel=1e-9, abs=1e-9)


@given(prices, st.integers(1, 14), st.floats(0, 5))
def test_the_true_range_counts_gaps(values: list[float], period: int, spread: float) -> None:
    average = ATR(period)
    for bar in bars_of(values, spread=spread):
        average.update(bar)
    closes = np.array(values)
    ranges = np.maximum(closes[1:] + spread, closes[:-1]) - np.minimum(closes[1:] - spread, closes[:-1])
    if len(ranges) < period:
        assert not average.ready
        return
    expected = ranges[:period].mean()
    for one in ranges[period:]:
        expected += (one - expected) / period
    assert average.value == pytest.approx(expected, rel=1e-9)


@given(prices, periods)
def test_the_volume_weighted_price_over_a_window(values: list[float], period: int) -> None:
    average = VWAP(period)
    bars = [bar for at, close in enumerate(values) for bar in bars_of([close], volume=float(at % 7))]
    for bar in bars:
        average.update(bar)
    window = bars[-period:]
    volume = sum(bar.volume for bar in window)
    if volume:
        expected = sum(bar.close * bar.volume for bar in window) / volume
        assert average.value == pytest.approx(expected, rel=1e-9)
    else:
        assert not average.ready


def test_the_volume_weighted_price_begins_anew_each_day_and_needs_volume() -> None:
    average = VWAP()
    first, second = bars_of([10.0, 20.0], volume=5.0)
    average.update(first)
    assert average.update(second) == 20.0
    silent = VWAP()
    assert isnan(silent.update(bars_of([10.0])[0]))


@pytest.mark.parametrize("value", [nan, float("inf"), -float("inf")])
@pytest.mark.parametrize("before", [0, 1, 5])
@pytest.mark.parametrize("make", [SMA, EMA, ZScore, RSI])
def test_a_value_that_is_not_a_number_is_refused_and_leaves_nothing_behind(
    make: type, before: int, value: float
) -> None:
    one, other = make(3), make(3)
    for price in range(before):
        assert repr(one.update(price)) == repr(other.update(price))
    with pytest.raises((ValueError, OverflowError)):
        one.update(value)
    assert [one.update(price) for price in (4.0, 2.0, 7.0, 5.0)] == pytest.approx(
        [other.update(price) for price in (4.0, 2.0, 7.0, 5.0)], nan_ok=True
    )


@pytest.mark.parametrize("count", [0, 1, 5])
def test_a_bar_without_a_price_is_refused_and_leaves_nothing_behind(count: int) -> None:
    one, other = ATR(3), ATR(3)
    bars = bars_of([10.0, 11.0, 9.0, 12.0, 10.0, 13.0, 12.0, 14.0], spread=1.0)
    for bar in bars[:count]:
        one.update(bar)
        other.update(bar)
    with pytest.raises(ValueError, match="finite"):
        one.update(bars_of([nan])[0])
    for bar in bars[count:]:
        one.update(bar)
        other.update(bar)
    assert one.value == other.value
    assert one.ready


@pytest.mark.parametrize("make", [SMA, EMA, ZScore, RSI, ATR, VWAP])
def test_a_window_of_nothing_is_refused(make: type) -> None:
    with pytest.raises(ValueError, match="at least 1"):
        make(0)
