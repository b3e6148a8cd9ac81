"""Falls of a curve from its peaks."""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ares_desktop.domain.accounts import EquityCurve
from ares_desktop.domain.result_charts import DrawdownSpan
from ares_desktop.engine.backtest.analysis.days import DAY_NS

NO_DRAWDOWN: Final = -1e-12
"""What is not below this is at its peak but for rounding."""


class Falls(NamedTuple):
    """Stretches of a curve below its peak: rows ``first`` up to, without, ``after``; ``after`` is the recovery."""

    first: NDArray[np.intp]
    after: NDArray[np.intp]


def falls(curve: EquityCurve) -> Falls:
    """Return every stretch below a peak, in order."""
    under = curve.drawdown < NO_DRAWDOWN
    edges = np.flatnonzero(under[1:] != under[:-1]) + 1
    first, after = edges[under[edges]], edges[~under[edges]]
    if under.size and under[0]:
        first = np.concatenate(([0], first))
    if under.size and under[-1]:
        after = np.append(after, under.size)
    return Falls(first, after)


def durations(curve: EquityCurve, found: Falls) -> NDArray[np.float64]:
    """Return the days from each peak to its recovery, or to the end; a loss at the first point begins there."""
    peaks = curve.ts[np.maximum(found.first - 1, 0)]
    ends = curve.ts[np.minimum(found.after, curve.ts.size - 1)]
    return (ends - peaks) / DAY_NS


def longest_drawdown(curve: EquityCurve) -> float | None:
    """Return the days of the longest fall, 0 without any, None for a curve that spans no time."""
    if curve.ts.size <= 1:
        return None
    found = durations(curve, falls(curve))
    return float(np.max(found)) if found.size else 0.0


def deepest_drawdowns(curve: EquityCurve, most: int = 5) -> tuple[DrawdownSpan, ...]:
    """Return the deepest falls, deepest first."""
    found = falls(curve)
    if not found.first.size:
        return ()
    borders = np.column_stack((found.first, found.after)).ravel()
    depth = np.minimum.reduceat(np.append(curve.drawdown, 0.0), borders)[::2]
    days = durations(curve, found)
    spans = []
    for index in np.argsort(depth, kind="stable")[:most].tolist():
        first, after = int(found.first[index]), int(found.after[index])
        spans.append(
            DrawdownSpan(
                depth=float(depth[index]),
                peak_ns=int(curve.ts[max(first - 1, 0)]),
                trough_ns=int(curve.ts[first + int(np.argmin(curve.drawdown[first:after]))]),
                recovery_ns=int(curve.ts[after]) if after < curve.ts.size else None,
                days=float(days[index]),
            )
        )
    return tuple(spans)
