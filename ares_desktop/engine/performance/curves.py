"""Curves of NAV units for the eye, and by equal intervals for comparisons."""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ares_desktop.domain.accounts import EquityCurve
from ares_desktop.domain.market import from_ns
from ares_desktop.domain.performance import MonthReturn, NavPoint
from ares_desktop.engine.backtest.analysis.days import DAY_NS
from ares_desktop.engine.backtest.analysis.months import monthly_returns
from ares_desktop.engine.performance.history import BookHistory

MOST_POINTS: Final = 500
INTERVALS_S: Final = (86_400, 3_600, 60)
"""Lengths of returns that strategies are compared by: the longest of which there are enough."""
_KEPT: Final = 500


class Steps(NamedTuple):
    """Last values of a curve in intervals of equal length: number of the interval since 1970, and value."""

    ids: NDArray[np.int64]
    values: NDArray[np.float64]


def shown(curve: EquityCurve) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return at most 500 points of a curve, first and last among them, as times and NAV values from 1.0 on."""
    size = curve.ts.size
    rows = np.arange(size) if size <= MOST_POINTS else np.linspace(0, size - 1, MOST_POINTS).round().astype(np.intp)
    growth = 1.0 + curve.twr[rows]
    if not size or not growth[0] > 0:
        return np.empty(0, dtype=np.int64), np.empty(0)
    return curve.ts[rows], growth / growth[0]


def points(times: NDArray[np.int64], values: NDArray[np.float64]) -> tuple[NavPoint, ...]:
    """Return records of equally long arrays."""
    return tuple(NavPoint(ns, value) for ns, value in zip(times.tolist(), values.tolist(), strict=True))


def steps_of(curve: EquityCurve, daily: EquityCurve) -> dict[int, Steps]:
    """Return the newest 500 intervals of each length with any point; days come from the daily curve."""
    return {seconds: _steps(daily if seconds * 1_000_000_000 >= DAY_NS else curve, seconds) for seconds in INTERVALS_S}


def _steps(curve: EquityCurve, seconds: int) -> Steps:
    ids = curve.ts // (seconds * 1_000_000_000)
    if not ids.size:
        return Steps(ids, np.empty(0))
    rows = np.flatnonzero(np.append(ids[1:] != ids[:-1], True))[-_KEPT:]
    return Steps(ids[rows], 1.0 + curve.twr[rows])


def months_of(history: BookHistory) -> tuple[MonthReturn, ...]:
    """Return the return of each UTC month, those that the history covers in part marked so."""
    begin, end = from_ns(history.first.ns), from_ns(history.closes[-1].ns)
    whole = begin == begin.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    ends = {(end.year, end.month)} if whole else {(begin.year, begin.month), (end.year, end.month)}
    return tuple(
        MonthReturn(year=item.year, month=item.month, value=item.value, partial=(item.year, item.month) in ends)
        for item in monthly_returns(history.daily())
    )
