"""Folds train on the past alone, test spans follow each other to the end, and gaps are kept."""

import itertools
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ares_desktop.domain.market import from_ns
from ares_desktop.engine.backtest.search.folds import Fold, fold_findings, make_folds, moments_of
from tests.engine.backtest.search.builders import a_spec
from tests.engine.pipelines.searching import a_market


def folds(bars: int, **known: Any) -> tuple[Fold, ...]:
    """Return folds with bar numbers for times."""
    return make_folds(np.arange(bars, dtype=np.int64), a_spec(**known))


def test_rolling_folds_train_on_their_share_and_move_on_by_a_test_span() -> None:
    found = folds(220, folds=5, train_share=0.7)
    assert [(fold.train.start_ns, fold.train.end_ns) for fold in found] == [(30 * k, 30 * k + 69) for k in range(5)]
    assert [(fold.test.start_ns, fold.test.end_ns) for fold in found] == [(70 + 30 * k, 99 + 30 * k) for k in range(5)]


def test_anchored_folds_train_from_the_beginning() -> None:
    found = folds(220, folds=5, train_share=0.7, anchored=True)
    assert [fold.train.start_ns for fold in found] == [0] * 5
    assert [fold.train.end_ns for fold in found] == [69 + 30 * k for k in range(5)]


def test_purge_and_embargo_are_left_out() -> None:
    found = folds(200, folds=3, purge=5, embargo=7)
    for fold in found:
        assert fold.test.start_ns - fold.train.end_ns - 1 == 5
    for one, after in itertools.pairwise(found):
        assert after.test.start_ns - one.test.end_ns - 1 == 7


@given(
    bars=st.integers(2, 400),
    count=st.integers(1, 12),
    share=st.floats(0.05, 0.95),
    purge=st.integers(0, 20),
    embargo=st.integers(0, 20),
    anchored=st.booleans(),
)
def test_folds_never_see_the_future_and_end_with_the_data(
    bars: int, count: int, share: float, purge: int, embargo: int, anchored: bool
) -> None:
    known = {"folds": count, "train_share": share, "purge": purge, "embargo": embargo, "anchored": anchored}
    if fold_findings(a_spec(**known), bars):
        with pytest.raises(ValueError, match="too little data"):
            folds(bars, **known)
        return
    found = folds(bars, **known)
    assert len(found) == count
    assert found[-1].test.end_ns == bars - 1
    assert len({fold.test.end_ns - fold.test.start_ns for fold in found}) == 1
    for fold in found:
        assert 0 <= fold.train.start_ns < fold.train.end_ns < fold.test.start_ns - purge
        assert fold.test.start_ns < fold.test.end_ns
    for one, after in itertools.pairwise(found):
        assert one.test.end_ns + embargo < after.test.start_ns


def test_too_little_data_is_a_finding_with_a_remedy() -> None:
    (finding,) = fold_findings(a_spec(folds=5, purge=10), 15)
    assert "5 folds" in finding.problem
    assert finding.value == "15 bars"
    assert finding.remedy


def test_the_bars_of_a_period_are_the_distinct_times_within_it() -> None:
    series = a_market(10)
    inside = moments_of([series, series], from_ns(int(series.ts[2])), from_ns(int(series.ts[7])))
    assert inside.tolist() == series.ts[2:8].tolist()
    assert len(moments_of([series], None, None)) == 10
    assert len(moments_of([], None, None)) == 0
