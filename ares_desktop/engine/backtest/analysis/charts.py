"""Distributions and figures over time, as the charts draw them."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from ares_desktop.domain.accounts import EquityCurve
from ares_desktop.domain.backtests import BacktestOutcome, RoundTrip
from ares_desktop.domain.result_charts import Histogram, ResultCharts, Trace
from ares_desktop.engine.backtest.analysis.days import curve_days_a_year, last_of_day
from ares_desktop.engine.backtest.analysis.drawdowns import deepest_drawdowns
from ares_desktop.engine.competition.statistics import daily_returns

_FEWEST_VALUES: Final = 5
_MOST_BINS: Final = 60
_MOST_POINTS: Final = 2000
_WINDOWS: Final = (252, 126, 63, 20)
"""A year, half a year, a quarter, a month of daily returns: the longest that leaves as many points again."""
_SAME: Final = 1e-12


def charts_of(outcome: BacktestOutcome, trips: Sequence[RoundTrip]) -> ResultCharts:
    """Return everything that is drawn of a run beside its curves."""
    closed = [trip for trip in trips if trip.closed]
    window = rolling_window(len(last_of_day(outcome.curve.ts)) - 1)
    return ResultCharts(
        trade_returns=histogram(np.array([trip.return_pct for trip in closed], dtype=np.float64)),
        holding_bars=histogram(np.array([trip.bars for trip in closed], dtype=np.float64)),
        daily_returns=histogram(daily_returns(outcome.curve)),
        rolling_sharpe=rolling_sharpe(outcome.curve, window) if window else None,
        rolling_days=window,
        exposure=thinned(outcome.curve.ts, outcome.gross),
        net=thinned(outcome.curve.ts, outcome.net),
        drawdowns=deepest_drawdowns(outcome.curve),
    )


def histogram(values: NDArray[np.float64]) -> Histogram | None:
    """Return the distribution of the finite values in bins by the rule of Freedman and Diaconis (1981).

    Fewer than five values have none. The outermost bins hold what lies beyond 1 % and 99 % when that is far out, so
    that one odd value does not squeeze all others into one bin.
    """
    values = values[np.isfinite(values)]
    if values.size < _FEWEST_VALUES:
        return None
    low, quarter, median, three_quarters, high = np.percentile(values, (1, 25, 50, 75, 99))
    width = 2 * (three_quarters - quarter) / values.size ** (1 / 3)
    first, last = float(np.min(values)), float(np.max(values))
    start, end = max(first, float(low - 2 * (high - low))), min(last, float(high + 2 * (high - low)))
    if end - start <= 0 or width <= 0:
        start, end, bins = first, last, 1 if first == last else 10
    else:
        bins = int(np.clip(np.ceil((end - start) / width), 5, _MOST_BINS))
    counts, edges = np.histogram(np.clip(values, start, end), bins=bins, range=(start, end))
    edges[0], edges[-1] = min(edges[0], first), max(edges[-1], last)
    return Histogram(
        edges=tuple(edges.tolist()),
        counts=tuple(counts.tolist()),
        mean=float(np.mean(values)),
        median=float(median),
    )


def rolling_window(returns: int) -> int:
    """Return how many daily returns a rolling figure spans, 0 when there are too few for any."""
    return next((window for window in _WINDOWS if returns >= 2 * window), 0)


def rolling_sharpe(curve: EquityCurve, window: int) -> Trace | None:
    """Return the annualized Sharpe ratio of the last ``window`` daily returns at each day, NaN without any risk."""
    returns = daily_returns(curve)
    if returns.size < window:
        return None
    views = sliding_window_view(returns, window)
    mean, deviation = views.mean(axis=1), views.std(axis=1, ddof=1)
    known = deviation > _SAME
    ratio = np.where(known, mean / np.where(known, deviation, 1.0), np.nan) * np.sqrt(curve_days_a_year(curve))
    ts = curve.ts[last_of_day(curve.ts)][window:]
    return Trace(ts=tuple(ts.tolist()), values=tuple(ratio.tolist()))


def thinned(ts: NDArray[np.int64], values: NDArray[np.float64], most: int = _MOST_POINTS) -> Trace | None:
    """Return at most ``most`` points: of each stretch of equal length the value farthest from zero."""
    if not ts.size or values.size != ts.size:
        return None
    step = -(-ts.size // most)
    starts = np.arange(0, ts.size, step)
    high, low = np.maximum.reduceat(values, starts), np.minimum.reduceat(values, starts)
    kept = np.where(np.abs(high) >= np.abs(low), high, low)
    return Trace(ts=tuple(ts[starts].tolist()), values=tuple(kept.tolist()))
