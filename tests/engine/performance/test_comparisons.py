"""Strategies are compared over common times, and months and curves tell what they cover."""

from collections.abc import Sequence
from datetime import UTC, datetime

import numpy as np
import pytest

from ares_desktop.domain.ids import StrategyId
from ares_desktop.domain.market import BarSpec
from ares_desktop.engine.performance.benchmark import choose_bars
from ares_desktop.engine.performance.correlations import LEAST, correlations
from ares_desktop.engine.performance.curves import MOST_POINTS, Steps, months_of, shown, steps_of
from ares_desktop.engine.performance.performance import Material, performance_of
from tests.engine.performance.builders import BEGIN_NS, DAY_NS, benchmark_of, curve_of, facts, history_of

A, B, C = StrategyId("a"), StrategyId("b"), StrategyId("c")
MINUTE_NS = 60 * 10**9


def steps(times: Sequence[int], values: Sequence[float]) -> dict[int, Steps]:
    curve = curve_of(times, values)
    return steps_of(curve, curve)


def walk(seed: int, size: int) -> list[float]:
    return np.cumprod(1.0 + np.random.default_rng(seed).normal(0.0, 0.01, size)).tolist()  # type: ignore[no-any-return]


def test_daily_returns_are_correlated_as_numpy_does() -> None:
    times = [BEGIN_NS + day * DAY_NS for day in range(60)]
    one, other = walk(1, 60), walk(2, 60)
    found = correlations({A: steps(times, one), B: steps(times, other)})
    assert found is not None
    expected = np.corrcoef(np.diff(one) / one[:-1], np.diff(other) / other[:-1])[0, 1]
    assert found.names == (A, B)
    assert found.values[0][1] == pytest.approx(expected)
    assert found.values[1][1] == pytest.approx(1.0)
    assert (found.observations[0][1], found.interval_s) == (59, 86400.0)


def test_only_common_times_count_and_who_was_not_valued_stood_still() -> None:
    times = [BEGIN_NS + day * DAY_NS for day in range(60)]
    late, sparse = walk(3, 30), walk(4, 60)[::2]
    found = correlations({A: steps(times, walk(1, 60)), B: steps(times[30:], late), C: steps(times[::2], sparse)})
    assert found is not None
    assert found.observations[0][1] == 29
    assert found.observations[0][2] == 59
    assert found.values[0][2] is not None


def test_a_young_profile_is_compared_by_minutes_and_too_few_are_none() -> None:
    times = [BEGIN_NS + minute * MINUTE_NS for minute in range(LEAST + 1)]
    found = correlations({A: steps(times, walk(1, LEAST + 1)), B: steps(times[1:], walk(2, LEAST))})
    assert found is not None
    assert found.interval_s == 60.0
    assert found.values[0][1] is None
    assert found.values[0][0] == pytest.approx(1.0)


def test_who_never_moved_is_correlated_with_nobody() -> None:
    times = [BEGIN_NS + day * DAY_NS for day in range(40)]
    found = correlations({A: steps(times, [1.0] * 40), B: steps(times, walk(2, 40))})
    assert found is not None
    assert found.values[0] == (None, None)
    assert correlations({A: steps(times, [1.0] * 40)}) is None


def test_months_add_up_and_say_which_are_covered_in_part() -> None:
    history = history_of([0.01] * 70)
    months = months_of(history)
    assert [(month.month, month.partial) for month in months] == [(1, False), (2, False), (3, True)]
    total = np.prod([1.0 + month.value for month in months])
    assert total == pytest.approx(1.01**70)


def test_a_month_that_begins_in_its_middle_is_partial() -> None:
    history = history_of([0.01] * 70)
    history.first = type(history.first)(BEGIN_NS + 10**9, 1.0, 1000.0)
    assert months_of(history)[0].partial


def test_a_long_curve_is_shown_with_few_points_from_one_on() -> None:
    times = [BEGIN_NS + second * 10**9 for second in range(20_000)]
    ns, values = shown(curve_of(times, [1.5 + second / 1e5 for second in range(20_000)]))
    assert (len(ns), ns[0], ns[-1]) == (MOST_POINTS, times[0], times[-1])
    assert (values[0], values[-1]) == pytest.approx((1.0, 1.69999 / 1.5))


def test_the_benchmark_s_curve_stands_on_the_same_times() -> None:
    history = history_of([0.01] * 30)
    at = datetime(2026, 2, 1, tzinfo=UTC)
    material = Material(
        strategy=A,
        history=history,
        curve=history.daily(),
        facts=facts(),
        at=at,
        benchmark=benchmark_of([50.0 + day for day in range(31)]),
    )
    found = performance_of(material).performance
    assert [point.ns for point in found.benchmark_curve] == [point.ns for point in found.curve]
    assert (found.benchmark_curve[0].value, found.benchmark_curve[-1].value) == (1.0, 1.6)
    missing = performance_of(
        Material(
            strategy=A, history=history, curve=history.daily(), facts=facts(), at=at, benchmark=benchmark_of([1.0])
        )
    ).performance
    assert missing.benchmark_curve == ()
    assert "stale" in missing.benchmark_problem


def test_the_longest_bars_are_chosen_of_which_there_are_enough() -> None:
    minute, hour, day = (BarSpec.parse(text) for text in ("1m", "1h", "1d"))
    assert choose_bars([minute, hour, day], 100 * DAY_NS) == (day, 105)
    chosen = choose_bars([minute, hour, day], 10 * DAY_NS)
    assert chosen is not None
    assert chosen[0] == hour
    assert choose_bars([day], DAY_NS) == (day, 6)
    assert choose_bars([], DAY_NS) is None
