"""What two prices have in common: hedge ratio, spread and how fast it comes back."""

from math import inf, log, nan, sqrt
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ares_desktop.api.context import Context
from ares_desktop.domain.ids import InstrumentId

Floats = NDArray[np.float64]


class Hedge(NamedTuple):
    """A line through two series, ``one = level + ratio x other``.

    Attributes:
        ratio: units of the other for a unit of the one, NaN where it can't be told.
        level: the constant.
        deviation: standard deviation of the spread about it (of the population, divided by n).
    """

    ratio: float
    level: float
    deviation: float

    def spread(self, one: float, other: float) -> float:
        """Return how far ``one`` lies above the line."""
        return one - self.level - self.ratio * other

    def score(self, one: float, other: float) -> float:
        """Return the spread in standard deviations; NaN when it never varied."""
        return self.spread(one, other) / self.deviation if self.deviation > 0 else nan


def hedge(one: Floats, other: Floats, method: Literal["ols", "tls"] = "ols") -> Hedge:
    """Fit the line.

    Ordinary least squares take all of the error to be in ``one``, total least squares (orthogonal regression, W. E.
    Deming, Statistical Adjustment of Data, 1943, with equal errors) in both alike, so that the order does not matter.

    Args:
        one: for example logarithms of closes.
        other: as many.
        method: ``ols`` or ``tls``.
    """
    if len(one) < 3:  # noqa: PLR2004 - two points are always on a line
        return Hedge(nan, nan, nan)
    mean_one, mean_other = float(np.mean(one)), float(np.mean(other))
    away_one, away_other = one - mean_one, other - mean_other
    squares_one, squares_other = float(away_one @ away_one), float(away_other @ away_other)
    cross = float(away_one @ away_other)
    if method == "ols":
        ratio = cross / squares_other if squares_other else nan
    else:
        gap = squares_one - squares_other
        ratio = (gap + sqrt(gap * gap + 4 * cross * cross)) / (2 * cross) if cross else nan
    rest = away_one - ratio * away_other
    return Hedge(ratio, mean_one - ratio * mean_other, sqrt(float(rest @ rest) / len(one)))


def half_life(spread: Floats) -> float:
    """Return after how many bars half of a deviation is gone; infinite when it never is, 0 when within a bar.

    The exact discretization of an Ornstein-Uhlenbeck process is ``s[t] = a + phi s[t-1] + e``; phi by least squares
    gives ``ln 2 / -ln phi`` (G. E. Uhlenbeck and L. S. Ornstein, On the Theory of the Brownian Motion, 1930; the check
    is that of E. Chan, Algorithmic Trading, 2013, chapter 2).
    """
    phi = hedge(spread[1:], spread[:-1]).ratio
    if not phi < 1:
        return inf
    return 0.0 if phi <= 0 else log(2) / -log(phi)


def common_closes(context: Context, one: InstrumentId, other: InstrumentId, bars: int) -> tuple[Floats, Floats]:
    """Return the closes of the last bars at times that both have, oldest first; fewer than ``bars`` where some lack."""
    first, second = context.bars(one, bars), context.bars(other, bars)
    _, at_first, at_second = np.intersect1d(first.end, second.end, assume_unique=True, return_indices=True)
    return first.close[at_first], second.close[at_second]
