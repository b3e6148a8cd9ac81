"""Whether a good parameter set stands on level ground or on a peak."""

from collections.abc import Mapping, Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from ares_desktop.domain.searches import TrialResult
from ares_desktop.engine.backtest.search.space import Space


def with_plateaus(trials: Sequence[TrialResult], space: Space, coarse_points: int) -> list[TrialResult]:
    """Return trials of one span with their plateau scores.

    The neighbors of a set are those that were tried and lie within one step of the coarse grid on every axis, with the
    same choices. The plateau score is ``1 - (own - mean) / |own|`` of their mean score: the mean over its own where
    scores are positive, and below 1 on a peak whatever their sign. It is None without neighbors, or for a score of 0.
    """
    scored = [trial for trial in trials if trial.score is not None]
    points = np.array([space.point(trial.parameters) for trial in scored], dtype=np.int64).reshape(
        len(scored), len(space.axes)
    )
    scores = np.array([trial.score for trial in scored], dtype=np.float64)
    reach = np.array(space.reach(coarse_points), dtype=np.int64)
    plateaus = {trial.number: _plateau(row, points, scores, reach) for row, trial in enumerate(scored)}
    return [_with(trial, plateaus) for trial in trials]


def _plateau(
    row: int, points: NDArray[np.int64], scores: NDArray[np.float64], reach: NDArray[np.int64]
) -> float | None:
    near = np.all(np.abs(points - points[row]) <= reach, axis=1)
    near[row] = False
    own = float(scores[row])
    if own == 0.0 or not near.any():
        return None
    return 1.0 - (own - float(scores[near].mean())) / abs(own)


def _with(trial: TrialResult, plateaus: Mapping[int, float | None]) -> TrialResult:
    return msgspec.structs.replace(trial, plateau=plateaus.get(trial.number))
