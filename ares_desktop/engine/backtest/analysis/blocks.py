"""Blocks of successive observations, drawn with replacement."""

from math import ceil, log10, sqrt

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
_FEWEST_LAGS = 5
_NO_RISK = 1e-18


def block_length(values: Floats) -> float:
    """Return the mean block length at which the stationary bootstrap estimates the variance of a mean best, at least 1.

    The rule of Politis and White, Automatic Block-Length Selection for the Dependent Bootstrap (Econometric Reviews,
    2004) as corrected by Patton, Politis and White (2009): the flat-top lag window reaches over twice the lags before
    the autocorrelation stays within noise.
    """
    count = len(values)
    if count < 2 * _FEWEST_LAGS:
        return 1.0
    deviations = values - values.mean()
    quiet = max(_FEWEST_LAGS, ceil(sqrt(log10(count))))
    most = min(ceil(sqrt(count)) + quiet, count - 1)
    covariance = np.array([float(deviations[lag:] @ deviations[: count - lag]) / count for lag in range(most + 1)])
    if covariance[0] < _NO_RISK:
        return 1.0
    small = np.abs(covariance[1:] / covariance[0]) < 2 * sqrt(log10(count) / count)
    reach = min(2 * max(1, _lags_before_quiet(small, quiet)), most)
    lags = np.arange(1, reach + 1)
    window = np.minimum(1.0, 2 * (1 - lags / reach))
    slope = 2 * float(np.sum(window * lags * covariance[1 : reach + 1]))
    level = float(covariance[0] + 2 * np.sum(window * covariance[1 : reach + 1]))
    if abs(level) < _NO_RISK:
        return 1.0
    best = (slope**2 / level**2) ** (1 / 3) * count ** (1 / 3)
    return float(np.clip(best, 1.0, ceil(min(3 * sqrt(count), count / 3))))


def _lags_before_quiet(small: NDArray[np.bool_], quiet: int) -> int:
    """Return the last lag that is followed by ``quiet`` small ones; without such a stretch the last large one."""
    runs = np.convolve(small, np.ones(quiet), mode="valid")
    found = np.flatnonzero(runs == quiet)
    if found.size:
        return int(found[0])
    large = np.flatnonzero(~small)
    return int(large[-1]) + 1 if large.size else 1


def stationary_rows(generator: np.random.Generator, count: int, paths: int, length: float) -> NDArray[np.int32]:
    """Return for each path ``count`` rows out of as many, in blocks of geometrically distributed length.

    The stationary bootstrap of Politis and Romano (Journal of the American Statistical Association, 1994): each row
    follows the one before it, around the end, or with probability one over ``length`` any other.
    """
    steps = np.arange(count, dtype=np.int32)
    fresh = generator.random((paths, count), dtype=np.float32) < 1.0 / max(length, 1.0)
    fresh[:, 0] = True
    begin = np.maximum.accumulate(np.where(fresh, steps, 0), axis=1)
    draws = generator.integers(0, count, (paths, count), dtype=np.int32)
    rows = np.take_along_axis(draws, begin, axis=1) + (steps - begin)
    rows %= count
    return rows.astype(np.int32, copy=False)
