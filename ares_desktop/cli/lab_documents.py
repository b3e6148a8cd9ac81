"""What the backtest lab's commands print, as plain documents."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from ares_desktop.domain.backtests import BacktestFigures, BacktestReport, RunFinding
from ares_desktop.domain.monitoring import Severity
from ares_desktop.domain.monte_carlo import MonteCarloReport
from ares_desktop.domain.runs import Run
from ares_desktop.domain.searches import FoldResult, SearchReport, SearchSpec, TrialResult

_FIGURES: Final = (
    "bars",
    "bars_per_s",
    "trades",
    "fills",
    "final_equity",
    "total_return",
    "cagr",
    "sharpe",
    "sortino",
    "max_drawdown",
    "calmar",
    "win_rate",
    "profit_factor",
    "equity_sha256",
)
_RANKED: Final = ("total_return", "sharpe", "max_drawdown", "trades")
_BLOCKS: Final = " ▁▂▃▄▅▆▇█"
_WIDTH: Final = 60


def backtest_document(run: Run, report: BacktestReport) -> dict[str, Any]:
    """Return a backtest's figures and warnings."""
    warnings = [_warning(finding) for finding in report.findings if finding.severity is not Severity.INFO]
    if not report.figures.fills and not any(item["check"] in _NOTHING_TRADED for item in warnings):
        warnings.append(
            {
                "check": "nothing_traded",
                "severity": Severity.WARNING,
                "title": "Nothing was traded",
                "detail": _activity(report.figures),
                "remedy": "Check the period, the parameters and the strategy's warm-up.",
                "figure": None,
            }
        )
    return {"run": run.id, **_figures(report.figures, _FIGURES), "warnings": warnings}


_NOTHING_TRADED: Final = frozenset({"nothing_traded", "no_trades", "few_trades", "too_few_trades"})


def search_document(run: Run, spec: SearchSpec, report: SearchReport) -> dict[str, Any]:
    """Return what a search found, parameter sets best first."""
    out = report.out_of_sample
    return {
        "run": run.id,
        "method": spec.method,
        "objective": spec.objective,
        "runs": report.runs,
        "seconds": round(report.seconds, 3),
        "best": None if report.best is None else _trial(report.best),
        "ranked": [_trial(trial) for trial in report.trials],
        "folds": [_fold(fold) for fold in report.folds],
        "out_of_sample": None if out is None else _figures(out, _FIGURES),
        "overfitting": msgspec.to_builtins(report.overfitting),
        "warnings": [_warning(finding) for finding in report.findings],
    }


def monte_carlo_document(run: Run, report: MonteCarloReport) -> dict[str, Any]:
    """Return percentiles and the probability of ruin of each way of resampling."""
    return {
        "run": run.id,
        "backtest": report.spec.run,
        "paths": report.spec.paths,
        "seed": report.spec.seed,
        "ruin": report.spec.ruin,
        "seconds": round(report.seconds, 3),
        "probability_of_ruin": {item.method.value: item.ruin for item in report.results},
        "probability_of_loss": {item.method.value: item.loss for item in report.results},
        "percentiles": {
            item.method.value: {
                "final_return": msgspec.to_builtins(item.final_return),
                "max_drawdown": msgspec.to_builtins(item.max_drawdown),
                "sharpe": msgspec.to_builtins(item.sharpe),
            }
            for item in report.results
        },
        "notes": [f"{item.method}: {item.note}" for item in report.results if item.note],
    }


def run_document(run: Run) -> dict[str, Any]:
    """Return a run as the list shows it."""
    document: dict[str, Any] = msgspec.to_builtins(run)
    figures = document.pop("figures") or {}
    return {**document, **{name: figures.get(name) for name in ("total_return", "sharpe", "max_drawdown", "trades")}}


def as_table(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return the document of resampled paths with its percentiles as lines of a table, for people."""
    rows = [
        {"method": method, "figure": figure, **values}
        for method, figures in document["percentiles"].items()
        for figure, values in figures.items()
        if values is not None
    ]
    return {**{name: value for name, value in document.items() if name != "percentiles"}, "table": rows}


def sparkline(values: NDArray[np.float64], width: int = _WIDTH) -> str:
    """Return a curve as one line of blocks, empty where there is nothing to show."""
    known = values[np.isfinite(values)]
    if len(known) < 2:  # noqa: PLR2004 - one point is no curve
        return ""
    rows = np.linspace(0, len(known) - 1, min(width, len(known))).astype(int)
    picked = known[rows]
    low, high = float(picked.min()), float(picked.max())
    if high == low:
        return _BLOCKS[4] * len(picked)
    heights = ((picked - low) / (high - low) * (len(_BLOCKS) - 2)).round().astype(int) + 1
    return "".join(_BLOCKS[height] for height in heights)


def _figures(figures: BacktestFigures, names: Sequence[str]) -> dict[str, Any]:
    return {name: getattr(figures, name) for name in names}


def _activity(figures: BacktestFigures) -> str:
    return f"{figures.orders} orders and {figures.denied} refusals in {figures.bars} bars"


def _warning(finding: RunFinding) -> dict[str, Any]:
    document: dict[str, Any] = msgspec.to_builtins(finding)
    return document


def _trial(trial: TrialResult) -> dict[str, Any]:
    return {
        "parameters": trial.parameters,
        "score": trial.score,
        "stage": trial.stage,
        "fold": None if trial.fold is None else trial.fold + 1,
        "feasible": trial.feasible,
        "plateau": trial.plateau,
        **(_figures(trial.figures, _RANKED) if trial.figures is not None else dict.fromkeys(_RANKED)),
        "error": trial.error,
    }


def _fold(fold: FoldResult) -> dict[str, Any]:
    inside, outside = fold.in_sample, fold.out_of_sample
    return {
        "fold": fold.index + 1,
        "train_from": _time(fold.train_start_ns),
        "train_to": _time(fold.train_end_ns),
        "test_from": _time(fold.test_start_ns),
        "test_to": _time(fold.test_end_ns),
        "parameters": fold.parameters,
        "in_sample": None if inside is None else _figures(inside, _FIGURES),
        "out_of_sample": None if outside is None else _figures(outside, _FIGURES),
        "error": fold.error,
    }


def _time(ns: int) -> str:
    return str(np.datetime64(ns, "ns").astype("datetime64[s]")) + "Z"
