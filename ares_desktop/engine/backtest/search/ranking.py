"""Which of two parameter sets is better."""

from collections.abc import Iterable
from math import isfinite

from ares_desktop.domain.backtests import BacktestFigures, RankBy
from ares_desktop.domain.searches import Constraint, TrialResult


def score_of(figures: BacktestFigures, objective: RankBy) -> float | None:
    """Return the objective's figure, None when it could not be computed."""
    value: float | None = getattr(figures, objective.value)
    return value if value is not None and isfinite(value) else None


def keeps(figures: BacktestFigures, constraints: Iterable[Constraint]) -> bool:
    """Say whether every bound holds; an unknown figure breaks its bound."""
    return all(_holds(getattr(figures, bound.figure), bound) for bound in constraints)


def ranked(trials: Iterable[TrialResult]) -> list[TrialResult]:
    """Return trials best first: those that keep the constraints, then the others, then those without a score."""
    return sorted(trials, key=_place)


def best_of(trials: Iterable[TrialResult]) -> TrialResult | None:
    """Return the best trial that keeps the constraints."""
    good = [trial for trial in trials if trial.feasible and trial.score is not None]
    return min(good, key=_place, default=None)


def _holds(value: float | None, bound: Constraint) -> bool:
    if value is None or not isfinite(value):
        return False
    return (bound.at_least is None or value >= bound.at_least) and (bound.at_most is None or value <= bound.at_most)


def _place(trial: TrialResult) -> tuple[int, float, int]:
    if trial.score is None:
        return 2, 0.0, trial.number
    return 0 if trial.feasible else 1, -trial.score, trial.number
