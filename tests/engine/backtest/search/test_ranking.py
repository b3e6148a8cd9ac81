"""Trials that keep the constraints come first, best score first; what has no score comes last."""

from math import inf, nan

import pytest

from ares_desktop.domain.backtests import RankBy
from ares_desktop.domain.searches import Constraint
from ares_desktop.engine.backtest.search.ranking import best_of, keeps, ranked, score_of
from tests.engine.backtest.search.builders import a_trial, figures


@pytest.mark.parametrize("objective", RankBy)
def test_every_objective_is_a_figure(objective: RankBy) -> None:
    assert score_of(figures(**{objective.value: 0.5}), objective) == 0.5


@pytest.mark.parametrize("value", [None, nan, inf])
def test_a_figure_that_says_nothing_is_no_score(value: float | None) -> None:
    assert score_of(figures(sharpe=value), RankBy.SHARPE) is None


@pytest.mark.parametrize(("value", "holds"), [(-0.1, True), (-0.2, True), (-0.3, False), (None, False), (nan, False)])
def test_a_least_value_holds_from_there_on_and_never_when_unknown(value: float | None, holds: bool) -> None:
    assert keeps(figures(max_drawdown=value), [Constraint(figure="max_drawdown", at_least=-0.2)]) is holds


def test_every_constraint_must_hold() -> None:
    bounds = [Constraint(figure="trades", at_least=10), Constraint(figure="turnover", at_most=5.0)]
    assert keeps(figures(trades=10, turnover=5.0), bounds)
    assert not keeps(figures(trades=10, turnover=5.1), bounds)
    assert not keeps(figures(trades=9, turnover=5.0), bounds)


def test_trials_are_ranked_best_first_and_equal_ones_by_number() -> None:
    trials = [
        a_trial(0, {}, None, feasible=False, error="refused"),
        a_trial(1, {}, 9.0, feasible=False),
        a_trial(2, {}, 1.0),
        a_trial(3, {}, 2.0),
        a_trial(4, {}, 1.0),
    ]
    assert [trial.number for trial in ranked(trials)] == [3, 2, 4, 1, 0]


def test_the_best_keeps_the_constraints_or_there_is_none() -> None:
    trials = [a_trial(0, {}, 9.0, feasible=False), a_trial(1, {}, 1.0), a_trial(2, {}, None)]
    best = best_of(trials)
    assert best is not None
    assert best.number == 1
    assert best_of(trials[:1]) is None
