"""How alike strategies move."""

from collections.abc import Mapping
from typing import Final

import numpy as np

from ares_desktop.domain.ids import StrategyId
from ares_desktop.domain.performance import StrategyCorrelations
from ares_desktop.engine.performance.curves import INTERVALS_S, Steps

LEAST: Final = 20
"""Common returns below which a correlation says nothing."""
_NO_RISK: Final = 1e-12


def correlations(steps: Mapping[StrategyId, Mapping[int, Steps]]) -> StrategyCorrelations | None:
    """Return the correlations (Pearson) of the strategies' returns, None with fewer than two strategies.

    Two strategies are compared over the intervals in which either was valued anew, from the time on at which both
    had a value; who was not valued meanwhile had no return. The interval is the longest of a day, an hour and a minute
    of which any two have 20. A strategy that did not move at all is correlated with nobody.
    """
    names = sorted(steps)
    if len(names) < 2:  # noqa: PLR2004 - a pair
        return None
    found = None
    for seconds in INTERVALS_S:
        found = _matrix([(name, steps[name][seconds]) for name in names], seconds)
        if any(count >= LEAST for i, row in enumerate(found.observations) for count in row[i + 1 :]):
            break
    return found


def pair(a: Steps, b: Steps) -> tuple[float | None, int]:
    """Return the correlation of two curves' returns, None where too few are common or one never moved."""
    if not a.ids.size or not b.ids.size:
        return None, 0
    ids = np.union1d(a.ids, b.ids)
    ids = ids[ids >= max(a.ids[0], b.ids[0])]
    returns = []
    for one in (a, b):
        values = one.values[np.searchsorted(one.ids, ids, side="right") - 1]
        if not np.all(values > 0):
            return None, 0
        returns.append(values[1:] / values[:-1] - 1.0)
    count = max(len(ids) - 1, 0)
    if count < LEAST or min(float(np.std(item)) for item in returns) <= _NO_RISK:
        return None, count
    return float(np.clip(np.corrcoef(*returns)[0, 1], -1.0, 1.0)), count


def _matrix(rows: list[tuple[StrategyId, Steps]], seconds: int) -> StrategyCorrelations:
    size = len(rows)
    values: list[list[float | None]] = [[None] * size for _ in rows]
    counts = [[0] * size for _ in rows]
    for i in range(size):
        for j in range(i, size):
            value, count = pair(rows[i][1], rows[j][1])
            values[i][j] = values[j][i] = value
            counts[i][j] = counts[j][i] = count
    return StrategyCorrelations(
        names=tuple(name for name, _ in rows),
        values=tuple(map(tuple, values)),
        observations=tuple(map(tuple, counts)),
        interval_s=float(seconds),
        least=LEAST,
    )
