"""Test spans that follow each other make one curve, whose returns are theirs."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from ares_desktop.domain.accounts import EquityCurve
from ares_desktop.engine.backtest.search.joining import joined_curve

CAPITAL = 1000.0
returns = st.lists(st.lists(st.floats(-0.5, 0.5), min_size=1, max_size=20), min_size=1, max_size=5)


def curves_of(parts: list[list[float]]) -> list[EquityCurve]:
    """Return a curve for each list of returns from moment to moment, each beginning with the same capital."""
    found, begin = [], 0
    for part in parts:
        growth: NDArray[np.float64] = np.asarray(np.cumprod(1.0 + np.array(part)), dtype=np.float64)
        ts = np.arange(begin, begin + len(part), dtype=np.int64)
        found.append(
            EquityCurve(book="all", ts=ts, equity=CAPITAL * growth, drawdown=np.zeros(len(part)), twr=growth - 1.0)
        )
        begin += len(part)
    return found


@given(returns)
def test_returns_are_compounded_over_all_spans(parts: list[list[float]]) -> None:
    found = joined_curve(curves_of(parts))
    growth = np.cumprod(1.0 + np.array([value for part in parts for value in part]))
    np.testing.assert_allclose(found.twr, growth - 1.0, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(found.equity, CAPITAL * growth, rtol=1e-9)
    assert found.ts.tolist() == list(range(len(growth)))


@given(returns)
def test_drawdowns_are_below_the_highest_point_of_all_spans_before(parts: list[list[float]]) -> None:
    found = joined_curve(curves_of(parts))
    peak = np.maximum.accumulate(np.maximum(found.equity, CAPITAL))
    np.testing.assert_allclose(found.drawdown, found.equity / peak - 1.0, atol=1e-12)


def test_a_loss_in_a_later_span_is_one_from_the_peak_of_an_earlier_one() -> None:
    found = joined_curve(curves_of([[1.0], [-0.25]]))
    assert found.equity.tolist() == [2000.0, 1500.0]
    assert found.drawdown.tolist() == pytest.approx([0.0, -0.25])
