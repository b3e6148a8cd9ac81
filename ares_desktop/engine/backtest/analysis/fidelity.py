"""How well a backtest foretold a live or paper run of the same period.

The score begins at 100 and loses, each in proportion and none more than is said here:

* 40 points for executions that only one of both runs has, as a share of all;
* 10 for quantities of paired executions that differ, by their mean relative difference;
* 15 for prices, when the paired ones are 50 basis points apart in the mean, to either side;
* 20 for equity changes that are not correlated (or against each other);
* 15 for equity curves that are 5 % of the start apart (root mean square).

Where the curves can't be compared, what the fills leave of their 65 points is scaled to 100. Delays cost nothing by
themselves: what they cost shows in the prices.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ares_desktop.domain.accounts import EquityCurve
from ares_desktop.domain.backtests import BacktestOutcome
from ares_desktop.domain.fidelity import FidelityReport, FillPair
from ares_desktop.domain.fills import Fill
from ares_desktop.domain.market import to_ns
from ares_desktop.engine.backtest.analysis.figures import known_part
from ares_desktop.engine.backtest.analysis.pairing import pair_fills

_MINUTE_NS: Final = 60_000_000_000
_FEWEST_CHANGES: Final = 3
_UNPAIRED_POINTS: Final = 40.0
_QUANTITY_POINTS: Final = 10.0
_PRICE_POINTS: Final = 15.0
_CORRELATION_POINTS: Final = 20.0
_DISTANCE_POINTS: Final = 15.0
_FILL_POINTS: Final = _UNPAIRED_POINTS + _QUANTITY_POINTS + _PRICE_POINTS
_CURVE_POINTS: Final = _CORRELATION_POINTS + _DISTANCE_POINTS
_WORST_BPS: Final = 50.0
_WORST_DISTANCE: Final = 0.05
_NOTHING: Final = 0.05
"""Deductions below this are not spoken of."""


class _Curves(NamedTuple):
    """Both curves over the time that they share; None where it is too short."""

    correlation: float | None = None
    distance: float | None = None
    return_live: float | None = None
    return_backtest: float | None = None


def compare(
    live_fills: Sequence[Fill], live_curve: EquityCurve, outcome: BacktestOutcome, *, tolerance_s: float = 0.0
) -> FidelityReport:
    """Return a live run beside the backtest of its period.

    Args:
        live_fills: of the strategies of the backtest; others, and what lies outside of its period, are left out.
        live_curve: equity of the live run.
        outcome: the backtest.
        tolerance_s: how far apart executions may be that are still the same; 0 for two steps of the backtest's data,
            at least a minute.
    """
    tolerance = int(tolerance_s * 1e9) or _tolerance(outcome.curve)
    pairs = pair_fills(_within(live_fills, outcome, tolerance), outcome.fills, tolerance)
    curves = _curves(known_part(live_curve), known_part(outcome.curve))
    matched = [pair for pair in pairs if pair.live_ns is not None and pair.backtest_ns is not None]
    prices = [pair.price_bps for pair in matched if pair.price_bps is not None]
    score, explanation = _score(pairs, matched, curves)
    return FidelityReport(
        score=score,
        correlation=curves.correlation,
        distance=curves.distance,
        return_live=curves.return_live,
        return_backtest=curves.return_backtest,
        matched=len(matched),
        missing=sum(pair.live_ns is None for pair in pairs),
        extra=sum(pair.backtest_ns is None for pair in pairs),
        mean_price_bps=float(np.mean(prices)) if prices else None,
        pairs=pairs,
        live=live_curve,
        backtest=outcome.curve,
        explanation=explanation,
    )


def _tolerance(curve: EquityCurve) -> int:
    step = float(np.median(np.diff(curve.ts))) if curve.ts.size > 1 else 0.0
    return max(_MINUTE_NS, int(2 * step))


def _within(fills: Sequence[Fill], outcome: BacktestOutcome, tolerance: int) -> list[Fill]:
    strategies = {instance.name for instance in outcome.spec.strategies}
    own = [fill for fill in fills if fill.strategy in strategies]
    if not outcome.curve.ts.size:
        return own
    first, last = int(outcome.curve.ts[0]) - tolerance, int(outcome.curve.ts[-1]) + tolerance
    return [fill for fill in own if first <= to_ns(fill.at) <= last]


def _curves(live: EquityCurve, backtest: EquityCurve) -> _Curves:
    """Compare the returns since the begin of the common time, at the moments of the curve that has fewer of them."""
    if not live.ts.size or not backtest.ts.size:
        return _Curves()
    begin, end = max(live.ts[0], backtest.ts[0]), min(live.ts[-1], backtest.ts[-1])
    grids = [curve.ts[(curve.ts >= begin) & (curve.ts <= end)] for curve in (live, backtest)]
    moments = np.unique(np.append(min(grids, key=len), (begin, end))) if begin < end else grids[0][:0]
    if len(moments) <= _FEWEST_CHANGES:
        return _Curves()
    lived, tested = _growth(live, moments), _growth(backtest, moments)
    changes = np.diff(np.log(np.maximum((lived, tested), 1e-9)), axis=1)
    known = bool(np.all(changes.std(axis=1) > 0))
    return _Curves(
        correlation=float(np.clip(np.corrcoef(changes)[0, 1], -1, 1)) if known else None,
        distance=float(np.sqrt(np.mean((lived - tested) ** 2))),
        return_live=float(lived[-1] - 1),
        return_backtest=float(tested[-1] - 1),
    )


def _growth(curve: EquityCurve, moments: NDArray[np.int64]) -> NDArray[np.float64]:
    growth = 1.0 + curve.twr[np.searchsorted(curve.ts, moments, side="right") - 1]
    return growth / growth[0] if growth[0] > 0 else np.ones(len(growth))


def _score(
    pairs: Sequence[FillPair], matched: Sequence[FillPair], curves: _Curves
) -> tuple[float | None, tuple[str, ...]]:
    if not pairs:
        return None, ("Neither run traded, so there is nothing to compare.",)
    lost = [*_lost_by_fills(pairs, matched)]
    possible = _FILL_POINTS
    notes = []
    if curves.distance is None:
        notes.append("The curves share too little time to be compared; the score rests on the executions alone.")
    else:
        lost += _lost_by_curves(curves)
        possible += _CURVE_POINTS
    scale = 100.0 / possible
    lines = [f"-{points * scale:.1f}: {text}" for points, text in lost if points * scale >= _NOTHING]
    score = max(0.0, 100.0 - scale * sum(points for points, _ in lost))
    return score, (*lines, *notes)


def _lost_by_fills(pairs: Sequence[FillPair], matched: Sequence[FillPair]) -> list[tuple[float, str]]:
    missing = sum(pair.live_ns is None for pair in pairs)
    extra = len(pairs) - len(matched) - missing
    found = [
        (
            _UNPAIRED_POINTS * (missing + extra) / len(pairs),
            f"of {len(pairs)} executions {missing} are in the backtest alone and {extra} in the live run alone",
        )
    ]
    if not matched:
        found.append((_QUANTITY_POINTS + _PRICE_POINTS, "no execution of one run has its like in the other"))
        return found
    apart = float(np.mean([_quantity_gap(pair) for pair in matched]))
    found.append((_QUANTITY_POINTS * min(apart, 1.0), f"quantities differ by {apart:.1%} in the mean"))
    prices = [pair.price_bps for pair in matched if pair.price_bps is not None]
    off, mean = (float(np.mean(np.abs(prices))), float(np.mean(prices))) if prices else (0.0, 0.0)
    side = "worse" if mean > 0 else "better"
    found.append(
        (
            _PRICE_POINTS * min(off / _WORST_BPS, 1.0),
            f"prices are {off:.1f} basis points apart in the mean, live {abs(mean):.1f} {side} on balance",
        )
    )
    return found


def _quantity_gap(pair: FillPair) -> float:
    live, tested = pair.live_quantity or 0.0, pair.backtest_quantity or 0.0
    largest = max(live, tested)
    return abs(live - tested) / largest if largest else 0.0


def _lost_by_curves(curves: _Curves) -> list[tuple[float, str]]:
    distance = curves.distance or 0.0
    found = [
        (
            _DISTANCE_POINTS * min(distance / _WORST_DISTANCE, 1.0),
            f"the equity curves are {distance:.2%} of the start apart (root mean square)",
        )
    ]
    if curves.correlation is not None:
        lost = _CORRELATION_POINTS * (1.0 - max(curves.correlation, 0.0))
        found.append((lost, f"changes of equity are correlated by {curves.correlation:.3f}"))
    elif distance > 0:
        found.append((_CORRELATION_POINTS, "one equity curve moves while the other stands still"))
    return found
