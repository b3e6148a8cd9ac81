"""The scores of a search over two of its parameters."""

from collections.abc import Iterable
from math import nan

from ares_desktop.domain.searches import Surface, TrialResult


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
