"""Overfitting figures against published examples and against the definition, spelled out."""

from itertools import combinations
from math import exp, log

import numpy as np
import pytest
from numpy.typing import NDArray

from ares_desktop.engine.backtest.analysis.overfitting import (
    backtest_overfitting,
    deflated,
    expected_best,
    overfitting,
    probabilistic_sharpe,
)

Floats = NDArray[np.float64]


def noise(days: int, trials: int, seed: int = 0) -> Floats:
    return np.random.default_rng(seed).normal(0, 0.01, (days, trials))


def by_definition(returns: Floats, blocks: int) -> float:
    """Return the probability of backtest overfitting block by block, as the paper describes it."""
    parts = np.array_split(returns[len(returns) % blocks :], blocks)
    logits = []
    for chosen in combinations(range(blocks), blocks // 2):
        here = np.concatenate([parts[block] for block in chosen])
        there = np.concatenate([parts[block] for block in range(blocks) if block not in chosen])
        best = int(np.argmax(here.mean(axis=0) / here.std(axis=0)))
        ratios = there.mean(axis=0) / there.std(axis=0)
        rank = (np.argsort(np.argsort(ratios))[best] + 1) / (returns.shape[1] + 1)
        logits.append(log(rank / (1 - rank)))
    return float(np.mean(np.array(logits) <= 0))


@pytest.mark.parametrize(("days", "trials", "blocks"), [(120, 7, 6), (203, 12, 8), (64, 2, 4)])
def test_the_probability_is_that_of_the_definition(days: int, trials: int, blocks: int) -> None:
    returns = noise(days, trials, seed=days)
    assert backtest_overfitting(returns, blocks=blocks) == pytest.approx(by_definition(returns, blocks))


def test_one_truly_better_trial_is_not_overfitted_and_the_best_of_noise_is_as_good_as_any() -> None:
    skilled = noise(1000, 40)
    skilled[:, 7] += 0.004
    found = backtest_overfitting(skilled)
    assert found is not None
    assert found < 0.01
    lucky = [backtest_overfitting(noise(320, 30, seed)) for seed in range(12)]
    assert 0.3 < float(np.mean([value for value in lucky if value is not None])) < 0.7


def test_what_was_fitted_to_each_half_is_overfitted() -> None:
    """Every trial is good where it was fitted and bad elsewhere, so the best of one half fails in the other."""
    returns = noise(320, 16) * 0.1
    for trial in range(16):
        first = 20 * trial
        returns[:, trial] -= 0.001
        returns[first : first + 20, trial] += 0.02
    assert backtest_overfitting(returns) == 1.0


def test_the_bar_of_the_published_example_of_a_hundred_trials() -> None:
    """Bailey and Lopez de Prado (2014), page 12: 100 trials with a variance of 1/2 (annual) on 250 days a year."""
    daily = np.array([-1.0, 1.0] * 50)
    daily *= (0.5 / 250) ** 0.5 / daily.std(ddof=1)
    bar = expected_best(daily)
    assert bar == pytest.approx(0.1132, abs=5e-5)


def test_the_deflated_ratio_of_the_published_example() -> None:
    """The same example: a Sharpe ratio of 2.5 a year over 1,250 days, skewness -3, kurtosis 10: 0.9004."""
    assert deflated(2.5 / 250**0.5, 0.1132, count=1250, skewness=-3, kurtosis=10) == pytest.approx(0.9004, abs=2e-4)


def test_the_published_example_with_fewer_trials_is_significant() -> None:
    """The same example with 46 trials instead of 100 has a deflated ratio of 0.9505."""
    daily = np.array([-1.0, 1.0] * 23)
    daily *= (0.5 / 250) ** 0.5 / daily.std(ddof=1)
    bar = expected_best(daily)
    assert bar is not None
    assert deflated(2.5 / 250**0.5, bar, count=1250, skewness=-3, kurtosis=10) == pytest.approx(0.9505, abs=5e-4)


def test_skewness_and_kurtosis_are_those_of_the_returns() -> None:
    returns = np.array([exp(value) for value in np.random.default_rng(3).normal(-5, 0.4, 300)]) - 0.006
    mean, deviation = returns.mean(), returns.std()
    skewness = float(np.mean((returns - mean) ** 3)) / deviation**3
    kurtosis = float(np.mean((returns - mean) ** 4)) / deviation**4
    ratio = mean / returns.std(ddof=1)
    expected = deflated(ratio, 0.01, count=300, skewness=skewness, kurtosis=kurtosis)
    assert probabilistic_sharpe(returns, 0.01) == pytest.approx(expected)


def test_trials_without_returns_raise_the_bar_too() -> None:
    returns = noise(400, 10)
    own = overfitting(returns)
    sharpes = list(np.random.default_rng(1).normal(0, 1.5, 200))
    all_of_them = overfitting(returns, [*sharpes, None, float("nan")])
    assert (own.trials, all_of_them.trials) == (10, 200)
    assert own.expected_best_sharpe is not None
    assert all_of_them.expected_best_sharpe is not None
    assert all_of_them.expected_best_sharpe > own.expected_best_sharpe
    assert own.deflated_sharpe is not None
    assert all_of_them.deflated_sharpe is not None
    assert all_of_them.deflated_sharpe < own.deflated_sharpe


@pytest.mark.parametrize(
    ("returns", "trials"), [(noise(300, 1), 1), (noise(300, 0), 0), (noise(0, 5), 5), (noise(3, 5), 5)]
)
def test_too_little_data_has_no_probability(returns: Floats, trials: int) -> None:
    found = overfitting(returns)
    assert (found.trials, found.probability, found.deflated_sharpe) == (trials, None, None)


def test_trials_that_never_traded_are_no_evidence() -> None:
    found = overfitting(np.zeros((300, 6)))
    assert found.deflated_sharpe is None
    assert found.expected_best_sharpe == 0.0


def test_returns_that_are_no_table_are_refused() -> None:
    with pytest.raises(ValueError, match="a column for each trial"):
        overfitting(np.zeros(30))
