"""The scores of a search over one or two of its parameters."""

from collections.abc import Iterable, Mapping
from math import nan
from typing import Any

import msgspec

from ares_desktop.domain.searches import ParameterSet, Surface, TrialResult


class Slice(msgspec.Struct, frozen=True, kw_only=True):
    """Scores along one parameter while all others keep a set's values; only what was tried is in it.

    Attributes:
        values: ascending.
    """

    name: str
    values: tuple[float, ...]
    scores: tuple[float, ...]


def surface(trials: Iterable[TrialResult], x: str, y: str) -> Surface:
    """Return the best score for each pair of values of two numeric parameters, NaN where nothing was tried.

    Args:
        trials: of one span.
        x: parameter of the columns.
        y: parameter of the rows.

    Raises:
        KeyError: when a trial has no such parameter.
    """
    best: dict[tuple[float, float], float] = {}
    for trial in trials:
        if trial.score is not None:
            cell = float(trial.parameters[x]), float(trial.parameters[y])
            best[cell] = max(trial.score, best.get(cell, trial.score))
    x_values = sorted({column for column, _ in best})
    y_values = sorted({row for _, row in best})
    scores = tuple(tuple(best.get((column, row), nan) for column in x_values) for row in y_values)
    return Surface(x=x, y=y, x_values=tuple(x_values), y_values=tuple(y_values), scores=scores)


def slice_through(trials: Iterable[TrialResult], center: Mapping[str, Any], name: str) -> Slice:
    """Return the scores of the sets that differ from ``center`` in one numeric parameter alone."""
    others = _without(center, name)
    found = {
        float(trial.parameters[name]): trial.score
        for trial in trials
        if trial.score is not None and _without(trial.parameters, name) == others
    }
    values = sorted(found)
    return Slice(name=name, values=tuple(values), scores=tuple(found[value] for value in values))


def _without(parameters: Mapping[str, Any], name: str) -> ParameterSet:
    return {other: value for other, value in parameters.items() if other != name}
