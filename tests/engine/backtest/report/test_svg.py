"""Marks of charts: nothing is lost that matters, and nothing can be smuggled in."""

from math import inf, isfinite, nan

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from ares_desktop.engine.backtest.report import svg


@given(st.lists(st.floats(-1e9, 1e9), min_size=1, max_size=3000), st.integers(2, 50))
def test_thinning_keeps_both_extremes_both_ends_and_the_order(values: list[float], most: int) -> None:
    ts = np.arange(len(values), dtype=np.int64)
    times, kept = svg.thinned(ts, np.array(values), most)
    assert times == sorted(set(times))
    assert times[0] == 0
    assert times[-1] == len(values) - 1
    assert min(kept) == min(values)
    assert max(kept) == max(values)
    assert len(kept) <= 2 * most + 2


@given(st.floats(-1e12, 1e12), st.floats(1e-6, 1e12), st.integers(2, 10))
def test_round_values_lie_within_their_bounds_and_are_few(low: float, width: float, wanted: int) -> None:
    high = low + width
    values = svg.steps(low, high, wanted)
    assert len(values) <= wanted + 1
    slack = 1e-9 * max(abs(low), abs(high), 1)
    assert all(low - slack <= value <= high + slack for value in values)


def test_labels_of_equal_steps_differ() -> None:
    for values in ([0.0, 2.5, 5.0], [1e6, 1.005e6], [0.0001, 0.0002], [0.0, 0.25, 0.5]):
        form = svg.number_form(values)
        assert len({form.format(value) for value in values}) == len(values)


def test_a_frame_holds_every_finite_value_and_ignores_the_others() -> None:
    frame = svg.Frame.of((0, 1), [nan, inf, 3.0, -2.0], 200)
    assert frame.y.low < -2 < 3 < frame.y.high
    assert isfinite(frame.y(3.0))


def test_what_is_not_known_leaves_a_gap_in_a_line() -> None:
    assert str(svg.line([(0, 1), (1, nan), (2, 3), (3, 4)], "curve")).count("M") == 2


def test_text_of_a_picture_is_escaped() -> None:
    picture = svg.drawing("<a>", [svg.text(0, 0, "<b>"), svg.box(0, 0, 1, 1, "bar", "<c>")], 10, "<d>")
    assert not {"<a>", "<b>", "<c>", "<d>"} & {picture[i : i + 3] for i in range(len(picture))}
