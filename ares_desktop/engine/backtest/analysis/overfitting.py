"""How likely the best of a search is luck: probability of backtest overfitting and deflated Sharpe ratio."""

from collections.abc import Sequence
from itertools import combinations
from math import e, isfinite, sqrt
from statistics import NormalDist
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ares_desktop.domain.performance import FEWEST_DAYS
from ares_desktop.domain.searches import Overfitting

Floats = NDArray[np.float64]
_EULER: Final = 0.5772156649015329
"""The Euler-Mascheroni constant."""
_NORMAL: Final = NormalDist()
_EXCHANGE_DAYS: Final = 252.0
_MOST_BLOCKS: Final = 16
_FEWEST_BLOCKS: Final = 4
_BLOCK_DAYS: Final = 5
_CHUNK: Final = 512
_NO_RISK: Final = 1e-12


def overfitting(
    daily_returns: Floats, sharpes: Sequence[float | None] | Floats = (), *, days_a_year: float = _EXCHANGE_DAYS
) -> Overfitting:
    """Return what the trials of a search say about their best.

    Args:
        daily_returns: one row a day, one column a trial, over the same days; NaN counts as no return.
        sharpes: annualized Sharpe ratios of all trials, those without returns included; of the columns when empty.
        days_a_year: what they are annualized by.
    """
    returns = np.nan_to_num(np.asarray(daily_returns, dtype=np.float64))
    if returns.ndim != 2:  # noqa: PLR2004 - days by trials
        msg = f"daily returns must have a row for each day and a column for each trial, had {returns.ndim} dimensions"
        raise ValueError(msg)
    of_columns = daily_sharpes(returns)
    known = np.array([value for value in sharpes if value is not None and isfinite(value)], dtype=np.float64)
    compared = known / sqrt(days_a_year) if known.size else of_columns
    bar = expected_best(compared)
    best = int(np.argmax(of_columns)) if of_columns.size else 0
    enough = bar is not None and returns.shape[0] >= FEWEST_DAYS and of_columns.size > 0
    return Overfitting(
        trials=max(len(compared), returns.shape[1]),
        probability=backtest_overfitting(returns),
        deflated_sharpe=probabilistic_sharpe(returns[:, best], bar) if enough and bar is not None else None,
        expected_best_sharpe=None if bar is None else bar * sqrt(days_a_year),
    )


def daily_sharpes(returns: Floats) -> Floats:
    """Return the Sharpe ratio of each column, not annualized, 0 for one without any risk."""
    if returns.shape[0] <= 1:
        return np.zeros(returns.shape[1])
    deviation = returns.std(axis=0, ddof=1)
    known = deviation > _NO_RISK
    ratios: Floats = np.where(known, returns.mean(axis=0) / np.where(known, deviation, 1.0), 0.0)
    return ratios


def expected_best(sharpes: Floats) -> float | None:
    """Return the Sharpe ratio that the best of as many worthless trials would show, None for fewer than two trials.

    The expected maximum of N independent normal values with the variance of the trials' ratios, by Bailey and Lopez de
    Prado, The Deflated Sharpe Ratio (Journal of Portfolio Management, 2014), equation 1 with a mean of zero.
    """
    count = len(sharpes)
    if count <= 1:
        return None
    spread = float(np.std(sharpes, ddof=1))
    return spread * ((1 - _EULER) * _NORMAL.inv_cdf(1 - 1 / count) + _EULER * _NORMAL.inv_cdf(1 - 1 / (count * e)))


def probabilistic_sharpe(returns: Floats, bar: float) -> float | None:
    """Return the probability that the true Sharpe ratio is above ``bar``, None without any risk.

    Bailey and Lopez de Prado, The Sharpe Ratio Efficient Frontier (Journal of Risk, 2012), with the skewness and the
    kurtosis of the returns (3 for normal ones); against :func:`expected_best` it is the deflated Sharpe ratio.

    Args:
        returns: of one trial.
        bar: per period of ``returns``, not annualized.
    """
    count = len(returns)
    if count <= 1:
        return None
    deviation = float(np.std(returns, ddof=1))
    if deviation < _NO_RISK:
        return None
    ratio = float(np.mean(returns)) / deviation
    scaled = (returns - np.mean(returns)) / np.std(returns)
    skewness, kurtosis = float(np.mean(scaled**3)), float(np.mean(scaled**4))
    return deflated(ratio, bar, count=count, skewness=skewness, kurtosis=kurtosis)


def deflated(ratio: float, bar: float, *, count: int, skewness: float, kurtosis: float) -> float | None:
    """Return the probability that the true ratio behind an observed one is above ``bar``; both per period."""
    variance = 1 - skewness * ratio + (kurtosis - 1) / 4 * ratio**2
    return _NORMAL.cdf((ratio - bar) * sqrt(count - 1) / sqrt(variance)) if variance > 0 else None


def backtest_overfitting(returns: Floats, *, blocks: int = 0) -> float | None:
    """Return the probability that the best trial in one half of the time is below the median in the other half.

    Combinatorially symmetric cross-validation of Bailey, Borwein, Lopez de Prado and Zhu, The Probability of Backtest
    Overfitting (Journal of Computational Finance, 2017), with the Sharpe ratio as the measure: the days are cut into an
    even number of blocks; each half of them selects the best trial, whose relative rank among the trials in the other
    half has a logit; the probability is the share of logits at or below zero.

    Args:
        returns: one row a day, one column a trial.
        blocks: 0 for 16, or as many as leave five days a block; None comes back where four do not, or of one trial.
    """
    days, trials = returns.shape
    blocks = blocks or min(_MOST_BLOCKS, days // _BLOCK_DAYS // 2 * 2)
    if trials <= 1 or blocks < _FEWEST_BLOCKS or days < 2 * blocks:
        return None
    length = days // blocks
    # The oldest days that fill no whole block are left out, so that all blocks weigh the same.
    cut = returns[days - blocks * length :].reshape(blocks, length, trials)
    sums, squares = cut.sum(axis=1), np.square(cut).sum(axis=1)
    # Of a division and its mirror image each half is once in sample, so all combinations are gone through.
    chosen = list(combinations(range(blocks), blocks // 2))
    inside = np.zeros((len(chosen), blocks))
    inside[np.repeat(np.arange(len(chosen)), blocks // 2), np.array(chosen).ravel()] = 1.0
    count = length * blocks // 2
    below = 0
    for start in range(0, len(chosen), _CHUNK):
        mask = inside[start : start + _CHUNK]
        here = _sharpes(mask @ sums, mask @ squares, count)
        there = _sharpes((1 - mask) @ sums, (1 - mask) @ squares, count)
        below += int(np.count_nonzero(_ranks_of_best(here, there) <= 0.5))  # noqa: PLR2004 - the median's
    return below / len(chosen)


def _sharpes(sums: Floats, squares: Floats, count: int) -> Floats:
    mean = sums / count
    variance = np.maximum(squares / count - mean**2, 0.0)
    known = variance > _NO_RISK**2
    ratios: Floats = np.where(known, mean / np.sqrt(np.where(known, variance, 1.0)), 0.0)
    return ratios


def _ranks_of_best(here: Floats, there: Floats) -> Floats:
    """Return for each row the rank in ``there`` of the column that is best in ``here``, over one more than there are.

    A logit of the relative rank is at or below zero where that rank is at or below a half.
    """
    best = np.argmax(here, axis=1)
    own = there[np.arange(len(there)), best][:, None]
    lower, equal = (there < own).sum(axis=1), (there == own).sum(axis=1)
    ranks: Floats = (lower + (equal + 1) / 2) / (there.shape[1] + 1)
    return ranks
