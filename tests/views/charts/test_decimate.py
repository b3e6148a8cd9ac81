"""The reduction of long curves."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ares_desktop.views.charts.decimate import Floats, MinMaxSeries


def a_walk(points: int, seed: int = 0) -> Floats:
    return np.asarray(np.random.default_rng(seed).normal(size=points).cumsum())


@given(
    points=st.integers(1, 60_000),
    chunks=st.lists(st.integers(1, 9_000), max_size=8),
    columns=st.integers(1, 700),
    edges=st.tuples(st.floats(0, 1), st.floats(0, 1)),
    seed=st.integers(0, 99),
)
def test_the_extremes_of_any_window_are_kept(
    points: int, chunks: list[int], columns: int, edges: tuple[float, float], seed: int
) -> None:
    y = a_walk(points, seed)
    x = np.arange(points, dtype=float)
    series = MinMaxSeries()
    at = 0
    for chunk in [*chunks, points]:
        series.extend(x[at : at + chunk], y[at : at + chunk])
        at = min(points, at + chunk)
    assert len(series) == points
    left, right = sorted(edge * points for edge in edges)
    drawn_x, drawn_y = series.window(left, right, columns)
    inside = y[(x >= left) & (x <= right)]
    if len(inside):
        assert drawn_y.min() <= inside.min()
        assert drawn_y.max() >= inside.max()
    assert set(drawn_y.tolist()) <= set(y.tolist())
    assert np.all(np.diff(drawn_x) >= 0)
    assert len(drawn_x) == len(drawn_y) <= max(4 * columns, 2 * columns + 6)


@given(st.integers(1, 20_000), st.integers(1, 300))
def test_point_by_point_and_at_once_give_the_same_picture(points: int, tail: int) -> None:
    tail = min(tail, points)
    y = a_walk(points)
    x = np.arange(points, dtype=float)
    at_once = MinMaxSeries(x, y)
    grown = MinMaxSeries(x[:-tail], y[:-tail])
    for index in range(points - tail, points):
        grown.append(x[index], y[index])
    for columns in (50, 400):
        for one, other in zip(at_once.window(0, points, columns), grown.window(0, points, columns), strict=True):
            assert np.array_equal(one, other)


def test_a_window_holds_only_what_is_seen_and_a_neighbor_on_each_side() -> None:
    series = MinMaxSeries(range(100), range(100))
    x, _ = series.window(10.5, 20.5, 800)
    assert x.tolist() == list(range(10, 22))


def test_a_changed_last_point_changes_the_extremes() -> None:
    series = MinMaxSeries(range(10_000), np.zeros(10_000))
    series.replace_last(7.0)
    assert series.bounds(0, 10_000) == (0.0, 7.0)
    series.replace_last(-1.0)
    assert series.bounds(0, 10_000) == (-1.0, 0.0)


def test_a_gap_is_no_extreme() -> None:
    y = np.full(9_000, np.nan)
    y[5_000] = 3.0
    series = MinMaxSeries(range(9_000), y)
    assert series.bounds(0, 9_000) == (3.0, 3.0)
    assert series.bounds(0, 100) is None
    assert math.isnan(series.window(0, 100, 10)[1][0])


def test_an_empty_series_draws_nothing() -> None:
    series = MinMaxSeries()
    assert series.bounds(0, 1) is None
    assert [len(part) for part in series.window(0, 1, 10)] == [0, 0]


def test_points_that_go_back_in_time_are_refused() -> None:
    series = MinMaxSeries([1.0, 2.0], [0.0, 0.0])
    with pytest.raises(ValueError, match="ascend"):
        series.append(1.5, 0.0)
    with pytest.raises(ValueError, match="one length"):
        series.extend([3.0], [1.0, 2.0])


def test_a_cleared_series_starts_again() -> None:
    series = MinMaxSeries(range(50_000), range(50_000))
    series.clear()
    series.extend([0.0, 1.0], [5.0, 6.0])
    assert series.bounds(0, 1) == (5.0, 6.0)
