"""The test spans of a walk-forward as one run."""

from collections.abc import Sequence
from itertools import chain

import msgspec
import numpy as np

from ares_desktop.domain.accounts import EquityCurve
from ares_desktop.domain.backtests import BacktestFigures, BacktestOutcome, BacktestReport
from ares_desktop.engine.backtest.analysis.figures import figures_of
from ares_desktop.engine.data.series import Series


def joined_figures(runs: Sequence[tuple[BacktestOutcome, BacktestReport]], series: Sequence[Series]) -> BacktestFigures:
    """Return the figures of test spans that follow each other, see :func:`joined`; ``series`` is their data."""
    trips = tuple(chain.from_iterable(report.trips for _, report in runs))
    return figures_of(joined([outcome for outcome, _ in runs]), trips, series)


def joined(outcomes: Sequence[BacktestOutcome]) -> BacktestOutcome:
    """Return runs that follow each other as one, with one equity curve.

    Each run began with the same cash and nothing held; the joined curve lets it begin with what the one before ended
    with: returns are compounded. Money (costs, profits of trades) stays what it was in each run.

    Args:
        outcomes: in time order, at least one.
    """
    first = outcomes[0]
    return msgspec.structs.replace(
        first,
        events=sum(item.events for item in outcomes),
        seconds=sum(item.seconds for item in outcomes),
        fills=tuple(chain.from_iterable(item.fills for item in outcomes)),
        reference=tuple(chain.from_iterable(item.reference for item in outcomes)),
        orders=tuple(chain.from_iterable(item.orders for item in outcomes)),
        denials=tuple(chain.from_iterable(item.denials for item in outcomes)),
        cash=tuple(chain.from_iterable(item.cash for item in outcomes)),
        records=tuple(chain.from_iterable(item.records for item in outcomes)),
        logs=tuple(chain.from_iterable(item.logs for item in outcomes)),
        curve=joined_curve([item.curve for item in outcomes], float(first.spec.simulation.starting_cash)),
        books=(),
        gross=np.concatenate([item.gross for item in outcomes]),
        net=np.concatenate([item.net for item in outcomes]),
        positions=outcomes[-1].positions,
    )


def joined_curve(curves: Sequence[EquityCurve], capital: float) -> EquityCurve:
    """Return curves that follow each other as one that compounds their returns.

    Args:
        curves: in time order; ``twr`` of each begins at 0.
        capital: what the joined curve begins with.
    """
    growth, parts = 1.0, []
    for curve in curves:
        part = growth * (1.0 + curve.twr)
        parts.append(part)
        growth = float(part[-1]) if part.size else growth
    total = np.concatenate(parts)
    peak = np.maximum.accumulate(np.maximum(total, 1.0))
    return EquityCurve(
        book=curves[0].book,
        ts=np.concatenate([curve.ts for curve in curves]),
        equity=capital * total,
        drawdown=total / peak - 1.0,
        twr=total - 1.0,
    )
