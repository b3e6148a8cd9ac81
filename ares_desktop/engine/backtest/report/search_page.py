"""Writes a search as one HTML page: its best sets, the surface of scores, its folds, and how likely it is luck."""

from collections.abc import Sequence
from itertools import combinations
from typing import Final

from markupsafe import Markup

from ares_desktop.domain.backtests import BacktestFigures
from ares_desktop.domain.runs import Run
from ares_desktop.domain.searches import FoldResult, ParameterSet, SearchReport, Surface, TrialResult
from ares_desktop.engine.backtest.report import charts
from ares_desktop.engine.backtest.report.frame import heading, template
from ares_desktop.engine.backtest.report.words import UNKNOWN, figure_rows, moment, number, percent, whole
from ares_desktop.engine.backtest.search.surface import surface

_MOST_TRIALS: Final = 100
_MOST_SURFACES: Final = 3
_FEWEST_VALUES: Final = 2


def render_search(run: Run, report: SearchReport) -> str:
    """Return the page."""
    names = list(report.trials[0].parameters) if report.trials else []
    return template("search.html").render(
        **heading(run),
        luck=luck_rows(report),
        best="" if report.best is None else _set_in_words(report.best.parameters),
        figures=figure_rows(report.best.figures) if report.best and report.best.figures else [],
        out_of_sample=figure_rows(report.out_of_sample) if report.out_of_sample else [],
        surfaces=surfaces(report.trials),
        head=[*names, "Score", "Plateau", "Return", "Drawdown", "Trades", "Stage", "Kept"],
        trials=[_trial_row(trial, names) for trial in report.trials[:_MOST_TRIALS]],
        note=f"The first {min(len(report.trials), _MOST_TRIALS):,} of {len(report.trials):,} parameter sets.",
        folds=[_fold_row(fold) for fold in report.folds],
        cost=f"{report.runs:,} backtests in {report.seconds:,.1f} s",
    )


def luck_rows(report: SearchReport) -> list[tuple[str, str, str]]:
    """Return what tells how much of the best is luck, each with its meaning."""
    found = report.overfitting
    return [
        ("Sets compared", whole(found.trials), "Each one tried makes a lucky best more likely."),
        (
            "Probability of overfitting",
            percent(found.probability),
            "How often the best of one half of the days is in the worse half of the others; 50 % is worth nothing.",
        ),
        (
            "Deflated Sharpe ratio",
            percent(found.deflated_sharpe),
            "Probability that the best beats the best of as many worthless strategies.",
        ),
        ("The bar to beat", number(found.expected_best_sharpe), "Sharpe ratio that the best worthless one would show."),
        ("Efficiency", percent(found.efficiency), "Mean score of test spans over that of training spans."),
    ]


def surfaces(trials: Sequence[TrialResult]) -> list[tuple[str, Markup]]:
    """Return heat maps of the best score over pairs of numeric parameters that took several values."""
    varied = [name for name in (trials[0].parameters if trials else {}) if _is_varied(trials, name)]
    drawn = []
    for x, y in list(combinations(varied, 2))[:_MOST_SURFACES]:
        found: Surface = surface(trials, x, y)
        drawn.append((f"Best score over {x} and {y}", charts.heat_map(found)))
    return drawn


def _is_varied(trials: Sequence[TrialResult], name: str) -> bool:
    values = [trial.parameters.get(name) for trial in trials]
    numeric = all(isinstance(value, (int, float)) and not isinstance(value, bool) for value in values)
    return numeric and len(set(values)) >= _FEWEST_VALUES


def _trial_row(trial: TrialResult, names: Sequence[str]) -> tuple[str, ...]:
    figures = trial.figures
    return (
        *(_plain(trial.parameters.get(name)) for name in names),
        trial.error or (UNKNOWN if trial.score is None else f"{trial.score:,.4f}"),
        number(trial.plateau),
        *_short(figures),
        trial.stage,
        "yes" if trial.feasible else "no",
    )


def _fold_row(fold: FoldResult) -> tuple[str, ...]:
    spans = f"{moment(fold.train_start_ns)} to {moment(fold.train_end_ns)}"
    tested = f"{moment(fold.test_start_ns)} to {moment(fold.test_end_ns)}"
    words = fold.error or _set_in_words(fold.parameters)
    return (str(fold.index + 1), spans, tested, words, *_short(fold.in_sample)[:2], *_short(fold.out_of_sample))


def _short(figures: BacktestFigures | None) -> tuple[str, str, str]:
    if figures is None:
        return UNKNOWN, UNKNOWN, UNKNOWN
    return percent(figures.total_return), percent(figures.max_drawdown), whole(figures.trades)


def _set_in_words(parameters: ParameterSet) -> str:
    return ", ".join(f"{name} {_plain(value)}" for name, value in parameters.items())


def _plain(value: object) -> str:
    return f"{value:,.6g}" if isinstance(value, float) else str(value)
