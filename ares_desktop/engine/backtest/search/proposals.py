"""Which parameter sets a search tries, batch by batch: a coarse grid, then the neighborhoods of its best points."""

from collections.abc import Generator, Sequence
from math import ceil
from typing import Final

import msgspec

from ares_desktop.domain.searches import ParameterSet, SearchSpec, TrialResult
from ares_desktop.engine.backtest.search.neighborhood import Neighborhood
from ares_desktop.engine.backtest.search.ranking import ranked
from ares_desktop.engine.backtest.search.space import Point, Space

COARSE: Final = "coarse"
FINE: Final = "fine"
_REGIONS: Final = 3
_ROUNDS: Final = 4
"""The fine search learns at least so often from what it tried."""
_MOST_AT_ONCE: Final = 16


class Batch(msgspec.Struct, frozen=True):
    """Parameter sets that may be tried in any order, and at once."""

    stage: str
    sets: tuple[ParameterSet, ...]


def propose(space: Space, spec: SearchSpec, seed: int) -> Generator[Batch, Sequence[TrialResult], None]:
    """Yield batches of sets that were not tried before; each is answered by its results, in its order.

    What is proposed depends on the seed and the results alone, not on how many workers tried them in what order.

    Args:
        space: of the parameters.
        spec: how many sets, and where to look.
        seed: of the fine search.
    """
    grid = space.grid(spec.coarse_points)
    answered = yield Batch(COARSE, tuple(space.parameters(point) for point in grid))
    tried = dict(zip(grid, answered, strict=True))
    regions = _regions(space, spec, tried, seed)
    size = min(_MOST_AT_ONCE, ceil(spec.fine_trials / _ROUNDS))
    left = spec.fine_trials
    while left > 0 and regions:
        points = _points(regions, set(tried), min(size, left))
        if not points:
            return
        answered = yield Batch(FINE, tuple(space.parameters(point) for point in points))
        left -= len(points)
        for point, trial in zip(points, answered, strict=True):
            tried[point] = trial
            for region in regions:
                region.learn(point, trial)


def _regions(space: Space, spec: SearchSpec, tried: dict[Point, TrialResult], seed: int) -> list[Neighborhood]:
    """Return the neighborhoods of the best points that are not neighbors of each other."""
    reach = space.reach(spec.coarse_points)
    point_of = {trial.number: point for point, trial in tried.items()}
    regions: list[Neighborhood] = []
    for trial in ranked(tried.values()):
        if len(regions) == _REGIONS or trial.score is None:
            break
        point = point_of[trial.number]
        if not any(region.holds(point) for region in regions):
            regions.append(Neighborhood(space.around(point, reach), point, seed + len(regions)))
    for region in regions:
        for point, trial in tried.items():
            region.learn(point, trial)
    return regions


def _points(regions: list[Neighborhood], known: set[Point], count: int) -> list[Point]:
    """Ask the neighborhoods in turn; one that has nothing left is dropped."""
    points: list[Point] = []
    while regions and len(points) < count:
        for region in tuple(regions):
            if len(points) == count:
                break
            point = region.ask(known)
            if point is None:
                regions.remove(region)
                continue
            points.append(point)
            known.add(point)
    return points
