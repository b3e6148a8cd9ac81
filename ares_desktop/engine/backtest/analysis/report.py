"""Looks at a finished run: figures, trades, tables, charts and findings."""

from collections.abc import Sequence

from msgspec.structs import replace

from ares_desktop.domain.accounts import EquityCurve
from ares_desktop.domain.backtests import BacktestFigures, BacktestOutcome, BacktestReport, RoundTrip
from ares_desktop.domain.ids import StrategyId
from ares_desktop.engine.backtest.analysis.charts import charts_of
from ares_desktop.engine.backtest.analysis.costs import cost_lines
from ares_desktop.engine.backtest.analysis.figures import figures_of
from ares_desktop.engine.backtest.analysis.findings import findings_of
from ares_desktop.engine.backtest.analysis.months import monthly_returns
from ares_desktop.engine.backtest.analysis.rates import Rates
from ares_desktop.engine.backtest.analysis.trips import round_trips
from ares_desktop.engine.data.series import Series


def make_report(outcome: BacktestOutcome, series: Sequence[Series], *, findings: bool = True) -> BacktestReport:
    """Return everything that follows from an outcome and its data.

    Args:
        outcome: the run.
        series: the data it ran on.
        findings: look for what makes the result less believable, too.
    """
    trips = round_trips(outcome, series)
    rates = Rates(outcome.spec.simulation.currency, series)
    report = BacktestReport(
        figures=figures_of(outcome, trips, series),
        by_strategy=by_strategy(outcome, trips, series),
        trips=trips,
        months=monthly_returns(outcome.curve),
        costs=cost_lines(outcome, rates),
        findings=(),
        charts=charts_of(outcome, trips),
    )
    return replace(report, findings=findings_of(outcome, report, series)) if findings else report


def by_strategy(
    outcome: BacktestOutcome, trips: Sequence[RoundTrip], series: Sequence[Series] = ()
) -> dict[str, BacktestFigures]:
    """Return the figures of each strategy's own book."""
    curves = {curve.book: curve for curve in outcome.books}
    return {
        instance.name: figures_of(
            _part(outcome, instance.name, curves[instance.name]),
            [trip for trip in trips if trip.strategy == instance.name],
            series,
        )
        for instance in outcome.spec.strategies
        if instance.name in curves
    }


def _part(outcome: BacktestOutcome, strategy: StrategyId, curve: EquityCurve) -> BacktestOutcome:
    """Return one strategy's part of a run."""
    rows = [row for row, fill in enumerate(outcome.fills) if fill.strategy == strategy]
    known = len(outcome.reference) == len(outcome.fills)
    return replace(
        outcome,
        fills=tuple(outcome.fills[row] for row in rows),
        reference=tuple(outcome.reference[row] for row in rows) if known else (),
        orders=tuple(order for order in outcome.orders if order.intent.strategy == strategy),
        denials=tuple(denial for denial in outcome.denials if denial.strategy == strategy),
        cash=tuple(entry for entry in outcome.cash if entry.strategy == strategy),
        curve=curve,
    )
