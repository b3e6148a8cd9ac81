"""The lattice of a search: every range becomes its values, and a grid thins evenly."""

from math import prod

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ares_desktop.domain.searches import ParameterRange
from ares_desktop.engine.backtest.search.space import Axis, Space, nearest_first
from tests.engine.backtest.search.builders import a_choice, a_range


@pytest.mark.parametrize(
    ("span", "values"),
    [
        (a_range("fast", 5, 20, 5), (5, 10, 15, 20)),
        (a_range("fast", 5, 19, 5), (5, 10, 15)),
        (a_range("fast", 7, 7, 1), (7,)),
        (a_range("stop", 0.1, 0.5, 0.1, kind="float"), (0.1, 0.2, 0.3, 0.4, 0.5)),
        (a_choice("side", "long", "both"), ("long", "both")),
        (ParameterRange(name="hedged", kind="bool"), (False, True)),
    ],
)
def test_a_range_becomes_its_values(span: ParameterRange, values: tuple[object, ...]) -> None:
    assert Axis.of(span).values == values
    assert [type(value) for value in Axis.of(span).values] == [type(value) for value in values]


def test_a_point_and_its_parameters_belong_together() -> None:
    space = Space([a_range("fast", 5, 50, 5), a_choice("side", "long", "both")])
    assert space.parameters((3, 1)) == {"fast": 20, "side": "both"}
    assert space.point({"side": "both", "fast": 20}) == (3, 1)


def test_a_small_space_is_tried_whole() -> None:
    space = Space([a_range("fast", 5, 50, 5), a_range("slow", 20, 100, 20)])
    assert len(space.grid(100)) == len(set(space.grid(100))) == len(space) == 50


def test_a_large_space_thins_evenly_and_keeps_its_ends() -> None:
    space = Space([a_range("fast", 1, 100, 1), a_range("slow", 1, 100, 1)])
    grid = space.grid(100)
    fast = sorted({point[0] for point in grid})
    assert len(grid) == 100
    assert fast == sorted({point[1] for point in grid}) == list(range(0, 100, 11))


def test_unordered_axes_keep_every_choice() -> None:
    space = Space([a_range("fast", 1, 100, 1), a_choice("side", "long", "short", "both")])
    grid = space.grid(30)
    assert {point[1] for point in grid} == {0, 1, 2}
    assert len(grid) == 30


lengths = st.lists(st.integers(1, 40), min_size=1, max_size=4)


@given(lengths, st.integers(1, 200))
def test_a_grid_has_no_more_points_than_asked_for_and_none_twice(counts: list[int], most: int) -> None:
    space = Space([a_range(f"p{number}", 0, count - 1, 1) for number, count in enumerate(counts)])
    grid = space.grid(most)
    assert 1 <= len(grid) == len(set(grid)) <= most
    if prod(counts) <= most:
        assert len(grid) == prod(counts)


@given(lengths, st.integers(1, 50))
def test_neighborhoods_of_a_grid_cover_the_whole_space(counts: list[int], most: int) -> None:
    space = Space([a_range(f"p{number}", 0, count - 1, 1) for number, count in enumerate(counts[:2])])
    reach = space.reach(most)
    boxes = [space.around(point, reach) for point in space.grid(most)]
    for first in range(len(space.axes[0].values)):
        for second in range(len(space.axes[1].values) if len(space.axes) > 1 else 1):
            point = (first, second)[: len(space.axes)]
            assert any(all(index in box for index, box in zip(point, axes, strict=True)) for axes in boxes)


@given(st.integers(0, 4), st.integers(0, 3), st.integers(0, 2))
def test_points_come_nearest_first_and_each_once(x: int, y: int, z: int) -> None:
    points = list(nearest_first((range(5), range(4), range(3)), (x, y, z)))
    far = [abs(point[0] - x) + abs(point[1] - y) + abs(point[2] - z) for point in points]
    assert len(points) == len(set(points)) == 60
    assert far == sorted(far)


def test_the_nearest_points_of_a_huge_box_come_at_once() -> None:
    points = nearest_first((range(1000),) * 6, (500,) * 6)
    assert next(points) == (500,) * 6
    assert sum(abs(index - 500) for index in next(points)) == 1
