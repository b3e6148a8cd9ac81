"""Writes a backtest as one HTML page that opens from the disk, needs no network and runs no code."""

from collections.abc import Mapping
from typing import Any, Final

from markupsafe import Markup

from ares_desktop.api.series import Bars
from ares_desktop.domain.backtests import BacktestFigures, BacktestOutcome, BacktestReport, RunFinding
from ares_desktop.domain.ids import InstrumentId
from ares_desktop.domain.monitoring import Severity
from ares_desktop.domain.result_charts import Histogram
from ares_desktop.domain.runs import Run
from ares_desktop.engine.backtest.report import charts, tables
from ares_desktop.engine.backtest.report.candles import PriceChart, price_chart
from ares_desktop.engine.backtest.report.frame import heading, template
from ares_desktop.engine.backtest.report.words import figure_rows

_MOST_PRICE_CHARTS: Final = 6
_GRAVITY: Final = tuple(reversed(Severity))


def render(
    run: Run, outcome: BacktestOutcome, report: BacktestReport, *, bars: Mapping[InstrumentId, Bars] | None = None
) -> str:
    """Return the page.

    Args:
        run: its title, notes and tags.
        outcome: what happened.
        report: what follows from it.
        bars: of the instruments whose prices are drawn.
    """
    context = (
        heading(run, outcome.spec.simulation.currency)
        | _figures(report)
        | _charts(outcome, report)
        | _sources(run, outcome, report)
    )
    return template("backtest.html").render(prices=_prices(outcome, bars or {}), **context)


def _figures(report: BacktestReport) -> dict[str, Any]:
    names = list(report.by_strategy)
    columns = [figure_rows(report.by_strategy[name]) for name in names]
    whole = figure_rows(report.figures)
    return {
        "findings": sorted(report.findings, key=_gravity),
        "figures": whole,
        "names": names,
        "by_strategy": [
            (title, [written, *(column[row][1] for column in columns)]) for row, (title, written, _) in enumerate(whole)
        ],
    }


def _gravity(finding: RunFinding) -> int:
    return _GRAVITY.index(finding.severity)


def _charts(outcome: BacktestOutcome, report: BacktestReport) -> dict[str, Any]:
    drawn = report.charts
    histograms = (
        ("Returns of trades in percent", drawn.trade_returns, " %", 1.0),
        ("Daily returns in percent", drawn.daily_returns, " %", 100.0),
        ("Bars that a trade was held", drawn.holding_bars, "", 1.0),
    )
    exposure = [trace for trace in (drawn.exposure, drawn.net) if trace is not None]
    sharpe = [] if drawn.rolling_sharpe is None else [drawn.rolling_sharpe]
    empty = Markup("")
    return {
        "equity": charts.equity([outcome.curve], outcome.spec.simulation.currency),
        "returns": charts.equity([outcome.curve, *outcome.books], "") if len(outcome.books) > 1 else empty,
        "books": [book.book for book in outcome.books],
        "drawdown": charts.drawdown(outcome.curve),
        "exposure": charts.traces("Exposure over equity, gross and net, in percent", exposure, " %", 100),
        "sharpe": charts.traces(f"Sharpe ratio of {drawn.rolling_days} days", sharpe) if sharpe else empty,
        "rolling_days": drawn.rolling_days,
        "histograms": [(item[0], charts.histogram(*item), _middle(*item[1:])) for item in _known(histograms)],
        "years": tables.years(report.months),
        "drawdowns": tables.drawdowns(drawn.drawdowns),
    }


def _known(items: tuple[tuple[Any, ...], ...]) -> list[tuple[Any, ...]]:
    return [(title, given, unit, factor) for title, given, unit, factor in items if given is not None]


def _middle(given: Histogram, unit: str, factor: float) -> str:
    return f"Mean {given.mean * factor:,.4g}{unit}, median {given.median * factor:,.4g}{unit}."


def _sources(run: Run, outcome: BacktestOutcome, report: BacktestReport) -> dict[str, Any]:
    return {
        "trades": tables.trades(report.trips),
        "costs": tables.costs(report.costs),
        "cost_bars": charts.bars("Costs of the whole run; what came in is negative", _sums(report.figures)),
        "denials": tables.denial_rows(outcome),
        "strategies": [(instance.name, tables.strategy_rows(instance)) for instance in outcome.spec.strategies],
        "settings": tables.settings_rows(outcome),
        "sources": tables.source_rows(run, outcome, report),
    }


def _sums(figures: BacktestFigures) -> list[tuple[str, float]]:
    return [
        ("Commission", figures.commission),
        ("Slippage", figures.slippage),
        ("Financing", figures.financing),
        ("Dividends", -figures.dividends + 0.0),
    ]


def _prices(outcome: BacktestOutcome, bars: Mapping[InstrumentId, Bars]) -> list[PriceChart]:
    traded = dict.fromkeys(fill.instrument for fill in outcome.fills)
    drawn = []
    for name in list(traded)[:_MOST_PRICE_CHARTS]:
        fills = [fill for fill in outcome.fills if fill.instrument == name]
        chart = price_chart(bars[name], fills) if name in bars else None
        drawn += [chart] if chart else []
    return drawn
