"""Figures of a curve against figures that are worked out another way."""

import math
import statistics
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ares_desktop.domain.accounts import EquityCurve
from ares_desktop.engine.competition.statistics import daily_returns, sharpe_ratio

DAY_NS = 86_400 * 1_000_000_000


def a_curve(twr: Sequence[float], *, points_a_day: int = 1) -> EquityCurve:
    """Return a curve whose return stands at each of ``twr`` at the end of a day, after lower points within it."""
    ts, values = [], []
    for day, value in enumerate(twr):
        for point in range(points_a_day):
            ts.append(day * DAY_NS + (point + 1) * DAY_NS // (points_a_day + 1))
            values.append(value if point == points_a_day - 1 else value - 0.5)
    figures = np.array(values)
    return EquityCurve(book="trend", ts=np.array(ts, dtype=np.int64), equity=figures, drawdown=figures * 0, twr=figures)


def by_hand(twr: Sequence[float]) -> float:
    """Return the ratio from the standard library alone."""
    returns = [(1 + after) / (1 + before) - 1 for before, after in pairwise(twr)]
    return statistics.fmean(returns) / statistics.stdev(returns) * math.sqrt(252)


def test_a_day_s_return_is_between_the_last_points_of_two_days() -> None:
    returns = daily_returns(a_curve([0.0, 0.1, 0.045], points_a_day=4))
    assert returns == pytest.approx([0.1, -0.05])


@given(st.lists(st.integers(-500, 5000).map(lambda steps: steps / 1000), min_size=21, max_size=60, unique=True))
def test_the_sharpe_ratio_is_what_the_textbook_says(twr: list[float]) -> None:
    assert sharpe_ratio(a_curve(twr)) == pytest.approx(by_hand(twr), rel=1e-9, abs=1e-9)


def test_too_few_days_have_no_ratio() -> None:
    rising = [day * 0.01 * (1 + day % 2) for day in range(21)]
    assert sharpe_ratio(a_curve(rising[:20])) is None
    assert sharpe_ratio(a_curve(rising)) is not None
    assert sharpe_ratio(a_curve([])) is None


@pytest.mark.parametrize("growth", [0.0, 0.001])
def test_a_curve_without_any_risk_has_no_ratio(growth: float) -> None:
    assert sharpe_ratio(a_curve([(1 + growth) ** day - 1 for day in range(40)])) is None


def test_a_curve_that_lost_everything_has_no_ratio() -> None:
    assert sharpe_ratio(a_curve([0.1 * (day % 3) for day in range(30)] + [-1.0] * 5)) is None
