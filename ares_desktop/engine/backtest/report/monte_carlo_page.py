"""Writes resampled paths as one HTML page: for each method a fan, percentiles and the share of ruined paths."""

from markupsafe import Markup

from ares_desktop.domain.monte_carlo import MonteCarloReport, Paths, Percentiles
from ares_desktop.domain.runs import Run
from ares_desktop.engine.backtest.report import charts
from ares_desktop.engine.backtest.report.frame import heading, template
from ares_desktop.engine.backtest.report.words import UNKNOWN, number, percent

_METHODS = {
    "returns": "Blocks of successive daily returns, drawn with replacement.",
    "trades": "Blocks of successive trades, drawn with replacement.",
    "skipped": "The trades as they came, some of them left out.",
    "jittered": "The trades as they came, at somewhat other prices.",
}


def render_monte_carlo(run: Run, report: MonteCarloReport) -> str:
    """Return the page."""
    spec = report.spec
    return template("monte_carlo.html").render(
        **heading(run),
        methods=[_method(paths) for paths in report.results],
        ruin=percent(spec.ruin),
        sources=[
            ("Backtest", spec.run),
            ("Paths", f"{spec.paths:,} for each method"),
            ("Mean length of a block", str(spec.block) if spec.block else "chosen from the data"),
            ("Trades left out", percent(spec.skip)),
            ("Change of fill prices", f"{spec.jitter_bps:g} basis points"),
            ("Fall that is ruin", percent(spec.ruin)),
            ("Seed", str(spec.seed)),
        ],
    )


def _method(paths: Paths) -> tuple[str, str, str, Markup, str, str, list[tuple[str, ...]]]:
    name = paths.method.value
    fan = charts.fan(f"Equity over its begin, {name}", paths) if paths.fan_x else Markup("")
    rows = [
        ("Return", *_percentiles(paths.final_return, percent)),
        ("Greatest drawdown", *_percentiles(paths.max_drawdown, percent)),
        ("Sharpe ratio", *_percentiles(paths.sharpe, number)),
    ]
    return name, _METHODS[name], paths.note, fan, percent(paths.ruin), percent(paths.loss), rows


def _percentiles(given: Percentiles | None, write: "charts.Writer") -> tuple[str, ...]:
    if given is None:
        return (UNKNOWN,) * 5
    return tuple(write(value) for value in (given.p5, given.p25, given.p50, given.p75, given.p95))
