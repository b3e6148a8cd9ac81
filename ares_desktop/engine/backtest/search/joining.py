"""The test spans of a walk-forward as one run."""

from collections.abc import Sequence
from itertools import chain

import msgspec
import numpy as np

from ares_desktop.domain.accounts import EquityCurve
from ares_desktop.domain.backtests import BacktestOutcome, BacktestReport
from ares_desktop.domain.fills import Fill
from ares_desktop.domain.ids import ClientOrderId, TradeId
from ares_desktop.engine.backtest.analysis.charts import charts_of
from ares_desktop.engine.backtest.analysis.costs import cost_lines
from ares_desktop.engine.backtest.analysis.figures import figures_of
from ares_desktop.engine.backtest.analysis.months import monthly_returns
from ares_desktop.engine.backtest.analysis.rates import Rates
from ares_desktop.engine.backtest.analysis.report import by_strategy
from ares_desktop.engine.data.series import Series


def joined_run(
    runs: Sequence[tuple[BacktestOutcome, BacktestReport]], series: Sequence[Series]
) -> tuple[BacktestOutcome, BacktestReport]:
    """Return test spans that follow each other as one run, see :func:`joined`, and its report.

    Args:
        runs: in time order, at least one.
        series: their data.
    """
    outcome = joined([outcome for outcome, _ in runs])
    trips = tuple(chain.from_iterable(report.trips for _, report in runs))
    report = BacktestReport(
        figures=figures_of(outcome, trips, series),
        by_strategy=by_strategy(outcome, trips, series),
        trips=trips,
        months=monthly_returns(outcome.curve),
        costs=cost_lines(outcome, Rates(outcome.spec.simulation.currency, series)),
        findings=(),
        charts=charts_of(outcome, trips),
    )
    return outcome, report


def joined(outcomes: Sequence[BacktestOutcome]) -> BacktestOutcome:
    """Return runs that follow each other as one, with one equity curve.

    Each run began with the same cash and nothing held; the joined curve lets it begin with what the one before ended
    with: returns are compounded. Money (costs, profits of trades) stays what it was in each run. The ids of fills and
    of their orders begin with the number of their run, counted from 1, since each run counts them anew.

    Args:
        outcomes: in time order, at least one.
    """
    first = outcomes[0]
    books = zip(*(item.books for item in outcomes), strict=True)
    return msgspec.structs.replace(
        first,
        events=sum(item.events for item in outcomes),
        seconds=sum(item.seconds for item in outcomes),
        fills=tuple(_named(fill, number) for number, item in enumerate(outcomes, 1) for fill in item.fills),
        reference=tuple(chain.from_iterable(item.reference for item in outcomes)),
        orders=tuple(chain.from_iterable(item.orders for item in outcomes)),
        denials=tuple(chain.from_iterable(item.denials for item in outcomes)),
        cash=tuple(chain.from_iterable(item.cash for item in outcomes)),
        records=tuple(chain.from_iterable(item.records for item in outcomes)),
        logs=tuple(chain.from_iterable(item.logs for item in outcomes)),
        curve=joined_curve([item.curve for item in outcomes]),
        books=tuple(joined_curve(curves) for curves in books),
        gross=np.concatenate([item.gross for item in outcomes]),
        net=np.concatenate([item.net for item in outcomes]),
        positions=outcomes[-1].positions,
        splits=tuple(chain.from_iterable(item.splits for item in outcomes)),
    )


def _named(fill: Fill, run: int) -> Fill:
    order = ClientOrderId(f"{run}.{fill.client_order_id}")
    return msgspec.structs.replace(fill, trade_id=TradeId(f"{run}.{fill.trade_id}"), client_order_id=order)


def joined_curve(curves: Sequence[EquityCurve]) -> EquityCurve:
    """Return curves that follow each other as one that compounds their returns.

    Args:
        curves: in time order, none of them empty, each with the same capital before its first point.
    """
    capital = float(curves[0].equity[0] / (1.0 + curves[0].twr[0]))
    growth, parts = 1.0, []
    for curve in curves:
        part = growth * (1.0 + curve.twr)
        parts.append(part)
        growth = float(part[-1])
    total = np.concatenate(parts)
    peak = np.maximum.accumulate(np.maximum(total, 1.0))
    return EquityCurve(
        book=curves[0].book,
        ts=np.concatenate([curve.ts for curve in curves]),
        equity=capital * total,
        drawdown=total / peak - 1.0,
        twr=total - 1.0,
    )
