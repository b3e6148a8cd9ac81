"""The fine search around one good parameter set."""

from collections.abc import Iterator, Sequence
from typing import Final

import optuna
from optuna.distributions import BaseDistribution, IntDistribution
from optuna.trial import TrialState, create_trial

from ares_desktop.domain.searches import TrialResult
from ares_desktop.engine.backtest.search.space import Point, nearest_first

optuna.logging.set_verbosity(optuna.logging.ERROR)
_WORTHLESS: Final = -1e12
"""Stands for a set that can't be ranked; the estimator compares values, it does not add them up."""
_STARTUP: Final = 5
_ASKS: Final = 4


class Neighborhood:
    """Proposes points of a box by Optuna's tree-structured Parzen estimator (Bergstra et al., 2011), none twice.

    It asks about positions on the axes, not values, so that every point of the lattice is as near as its steps.
    """

    def __init__(self, box: Sequence[range], center: Point, seed: int) -> None:
        self._box = tuple(box)
        self._rest: Iterator[Point] = nearest_first(self._box, center)
        self._space: dict[str, BaseDistribution] = {
            str(axis): IntDistribution(positions[0], positions[-1])
            for axis, positions in enumerate(self._box)
            if len(positions) > 1
        }
        sampler = optuna.samplers.TPESampler(
            seed=seed, n_startup_trials=_STARTUP, multivariate=True, constant_liar=True
        )
        self._study = optuna.create_study(sampler=sampler, direction="maximize")
        self._asked: dict[Point, optuna.Trial] = {}

    def holds(self, point: Point) -> bool:
        """Say whether a point lies in the box."""
        return all(index in positions for index, positions in zip(point, self._box, strict=True))

    def ask(self, known: set[Point]) -> Point | None:
        """Return a point of the box that is not known yet, None when there is none left."""
        for _ in range(_ASKS):
            trial = self._study.ask(self._space)
            point = tuple(trial.params.get(str(axis), positions[0]) for axis, positions in enumerate(self._box))
            if point not in known:
                self._asked[point] = trial
                return point
            self._study.tell(trial, state=TrialState.FAIL)
        # Where the estimator has nothing new to say, the nearest points that were never tried are next.
        return next((point for point in self._rest if point not in known), None)

    def learn(self, point: Point, result: TrialResult) -> None:
        """Take what came of a point, also of one that others proposed; points outside tell nothing."""
        if not self.holds(point):
            return
        value = result.score if result.feasible and result.score is not None else _WORTHLESS
        asked = self._asked.pop(point, None)
        if asked is not None:
            self._study.tell(asked, value)
        else:
            params = {axis: point[int(axis)] for axis in self._space}
            self._study.add_trial(create_trial(params=params, distributions=self._space, value=value))
