"""What the pages of a search show, and its trials laid out over two parameters."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from ares_desktop.domain.searches import SearchSpec

if TYPE_CHECKING:
    from ares_desktop.domain.runs import Run
    from ares_desktop.domain.searches import ParameterSet, SearchReport, TrialResult
    from ares_desktop.engine.managers.pipelines import PipelineManager
    from ares_desktop.views.charts.decimate import Floats


@dataclass(frozen=True, slots=True, eq=False)
class SearchResult:
    """A finished search; ``spec`` is None where it could not be read as one."""

    run: Run
    report: SearchReport
    spec: SearchSpec | None

    @property
    def names(self) -> tuple[str, ...]:
        """The parameters that were searched, in the order of the specification."""
        if self.spec is not None:
            return tuple(one.name for one in self.spec.ranges)
        return tuple(dict.fromkeys(name for trial in self.report.trials for name in trial.parameters))


async def load_search(pipelines: PipelineManager, run: Run) -> SearchResult:
    """Read a search; errors as :meth:`PipelineManager.search_report`."""
    spec = await pipelines.spec(run.id)
    return SearchResult(run, await pipelines.search_report(run.id), spec if isinstance(spec, SearchSpec) else None)


@dataclass(frozen=True, slots=True, eq=False)
class Grid:
    """The best trial for each pair of values of two parameters.

    Attributes:
        x_values, y_values: in ascending order.
        scores: a row for each value of y; NaN where nothing has a score.
        trials: the trial behind each score, by column and row.
    """

    x: str
    y: str
    x_values: tuple[Any, ...]
    y_values: tuple[Any, ...]
    scores: Floats
    trials: dict[tuple[int, int], TrialResult]


def score_of(trial: TrialResult) -> float | None:
    """Return the objective."""
    return trial.score


def plateau_of(trial: TrialResult) -> float | None:
    """Return the score of the neighbors relative to its own."""
    return trial.plateau


def over_folds(trials: Sequence[TrialResult]) -> list[TrialResult]:
    """Return one trial for each parameter set, with the means of what it reached in the folds that tried it."""
    sets: dict[tuple[tuple[str, tuple[str, Any]], ...], list[TrialResult]] = {}
    for trial in trials:
        sets.setdefault(tuple((name, _key(value)) for name, value in sorted(trial.parameters.items())), []).append(
            trial
        )
    return [
        members[0]
        if len(members) == 1
        else msgspec.structs.replace(
            members[0],
            score=_mean([trial.score for trial in members]),
            plateau=_mean([trial.plateau for trial in members]),
        )
        for members in sets.values()
    ]


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return math.fsum(known) / len(known) if known else None


def grid_of(
    trials: Sequence[TrialResult], x: str, y: str, measure: Callable[[TrialResult], float | None] = score_of
) -> Grid:
    """Lay trials out over two parameters; of several with equal values the one with the best score counts."""
    x_values, y_values = values_of(trials, x), values_of(trials, y)
    columns = {_key(value): number for number, value in enumerate(x_values)}
    rows = {_key(value): number for number, value in enumerate(y_values)}
    scores = np.full((len(y_values), len(x_values)), math.nan)
    best: dict[tuple[int, int], TrialResult] = {}
    for trial in trials:
        if x not in trial.parameters or y not in trial.parameters or trial.score is None:
            continue
        cell = columns[_key(trial.parameters[x])], rows[_key(trial.parameters[y])]
        known = best.get(cell)
        if known is None or known.score is None or known.score < trial.score:
            value = measure(trial)
            scores[cell[1], cell[0]] = math.nan if value is None else value
            best[cell] = trial
    return Grid(x, y, x_values, y_values, scores, best)


def values_of(trials: Sequence[TrialResult], name: str) -> tuple[Any, ...]:
    """Return the values of a parameter that were tried, numbers in ascending order before everything else."""
    found = {_key(trial.parameters[name]): trial.parameters[name] for trial in trials if name in trial.parameters}
    return tuple(sorted(found.values(), key=_order))


def _key(value: Any) -> tuple[str, Any]:  # noqa: ANN401 - a parameter's value
    # True equals 1 in a dict; as parameters they are not the same.
    return ("bool" if isinstance(value, bool) else "number" if isinstance(value, int | float) else "text", value)


def _order(value: Any) -> tuple[int, float, str]:  # noqa: ANN401 - a parameter's value
    if isinstance(value, int | float) and not isinstance(value, bool):
        return 0, float(value), ""
    return 1, 0.0, str(value)


def value_text(value: Any) -> str:  # noqa: ANN401 - a parameter's value
    """Return a parameter's value in few digits."""
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def parameters_text(parameters: ParameterSet) -> str:
    """Return a parameter set in one line."""
    return ", ".join(f"{name} {value_text(value)}" for name, value in parameters.items())
