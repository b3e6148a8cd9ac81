"""The spans of a walk-forward: train, leave a gap, test, and move on."""

from collections.abc import Sequence
from datetime import datetime
from math import floor
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from ares_desktop.domain.errors import Finding
from ares_desktop.domain.market import to_ns
from ares_desktop.domain.searches import SearchSpec
from ares_desktop.engine.data.series import Series

_FEWEST_BARS: Final = 2
_ROUNDING: Final = 1e-9


class Span(msgspec.Struct, frozen=True):
    """Market time from its first to its last moment, both within, nanoseconds."""

    start_ns: int
    end_ns: int


class Fold(msgspec.Struct, frozen=True):
    """What a fold trains on and what it is tested on."""

    index: int
    train: Span
    test: Span


def moments_of(series: Sequence[Series], start: datetime | None, end: datetime | None) -> NDArray[np.int64]:
    """Return the distinct times of all data within the period of a backtest, ascending; these are its bars."""
    if not series:
        return np.empty(0, dtype=np.int64)
    times = np.unique(np.concatenate([item.ts for item in series]))
    first = 0 if start is None else int(np.searchsorted(times, to_ns(start)))
    last = len(times) if end is None else int(np.searchsorted(times, to_ns(end), side="right"))
    return times[first:last]


def make_folds(moments: NDArray[np.int64], spec: SearchSpec) -> tuple[Fold, ...]:
    """Return the folds of a walk-forward in time order.

    Test spans are equally long and the last one ends with the data. Between the training and the test of a fold
    ``purge`` bars are left out, and ``embargo`` bars between one test span and the next. A rolling fold trains on
    ``train_share`` of its bars, an anchored one on everything before its test.

    Raises:
        ValueError: when there is too little data; :func:`fold_findings` says so beforehand.
    """
    test, train = _lengths(len(moments), spec)
    if test < _FEWEST_BARS or train < _FEWEST_BARS:
        raise ValueError("too little data for the folds")
    folds = []
    for index in range(spec.folds):
        last = len(moments) - (spec.folds - 1 - index) * (test + spec.embargo)
        first = last - test
        trained = first - spec.purge
        begin = 0 if spec.anchored else trained - train
        folds.append(Fold(index, _span(moments, begin, trained), _span(moments, first, last)))
    return tuple(folds)


def fold_findings(spec: SearchSpec, bars: int) -> list[Finding]:
    """Return what is wrong with folds over so many bars; their settings are otherwise in order."""
    if min(_lengths(bars, spec)) >= _FEWEST_BARS:
        return []
    problem = f"{spec.folds} folds with their gaps need more data"
    remedy = "Use fewer folds, smaller gaps, or a longer period."
    return [Finding(place="folds", value=f"{bars} bars", problem=problem, remedy=remedy)]


def _lengths(bars: int, spec: SearchSpec) -> tuple[int, int]:
    """Return the bars of a test span and of the training before the first of them."""
    free = bars - spec.purge - (spec.folds - 1) * spec.embargo
    test = floor(free / (spec.train_share / (1 - spec.train_share) + spec.folds) + _ROUNDING)
    return test, free - spec.folds * test


def _span(moments: NDArray[np.int64], first: int, last: int) -> Span:
    return Span(int(moments[first]), int(moments[last - 1]))
