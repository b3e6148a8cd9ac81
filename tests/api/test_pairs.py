"""Hedge ratios and half-lives of spreads."""

from math import inf, isnan, log

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ares_desktop.api.pairs import common_closes, half_life, hedge
from ares_desktop.domain.ids import InstrumentId
from tests.api.chains import a_session, seen

ONE, OTHER = InstrumentId("ONE.SIM"), InstrumentId("TWO.SIM")
X = np.array([1.0, 2.0, 4.0, 7.0])


def test_a_line_is_found_by_both_methods() -> None:
    for method in ("ols", "tls"):
        line = hedge(3 + 2 * X, X, method)
        assert [line.ratio, line.level] == pytest.approx([2, 3])
        assert line.deviation == pytest.approx(0, abs=1e-9)


def test_least_squares_agree_with_numpy_and_score_by_hand() -> None:
    y = np.array([1.0, 3.0, 2.0, 6.0])
    line = hedge(y, X)
    assert [line.ratio, line.level] == pytest.approx(np.polyfit(X, y, 1))
    assert line.deviation == pytest.approx(np.std(y - np.polyval(np.polyfit(X, y, 1), X)))
    assert line.score(line.level + 5 * line.ratio + 2 * line.deviation, 5) == pytest.approx(2)


@given(st.lists(st.tuples(st.floats(-10, 10), st.floats(-10, 10)), min_size=4, max_size=20, unique_by=lambda p: p[0]))
def test_total_least_squares_do_not_depend_on_the_order(points: list[tuple[float, float]]) -> None:
    x, y = np.array(points).T
    one, other = hedge(y, x, "tls").ratio, hedge(x, y, "tls").ratio
    if not isnan(one) and 1e-3 < abs(one) < 1e3:
        assert one * other == pytest.approx(1, rel=1e-6)


def test_what_never_moves_has_no_ratio_and_no_score() -> None:
    assert isnan(hedge(X, np.ones(4)).ratio)
    assert isnan(hedge(X, np.ones(4), "tls").ratio)
    assert isnan(hedge(X[:2], X[:2]).ratio)
    assert isnan(hedge(np.ones(4), X).score(1, 1))


def test_half_lives() -> None:
    assert half_life(0.5 ** np.arange(10.0)) == pytest.approx(1)
    assert half_life(0.9 ** np.arange(10.0)) == pytest.approx(log(2) / -log(0.9))
    assert half_life(1.1 ** np.arange(10.0)) == inf
    assert half_life(np.array([1.0, -1.0, 1.0, -1.0])) == 0
    assert half_life(np.ones(9)) == inf


def test_closes_are_those_of_common_times() -> None:
    bars = [a_session(day, 10 + day, ONE) for day in range(5)]
    bars += [a_session(day, 20 + day, OTHER) for day in range(5) if day != 2]
    context = seen(*sorted(bars, key=lambda bar: bar.end_ns))
    one, other = common_closes(context, ONE, OTHER, 4)
    assert (list(one), list(other)) == ([11, 13, 14], [21, 23, 24])
