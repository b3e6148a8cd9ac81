"""A surface keeps the best of all other parameters; what was not tried stays unknown."""

from math import isnan

import pytest

from ares_desktop.engine.backtest.search.surface import surface
from tests.engine.backtest.search.builders import a_trial

TRIALS = [
    a_trial(0, {"fast": 5, "slow": 20, "size": 1}, 1.0),
    a_trial(1, {"fast": 5, "slow": 20, "size": 2}, 3.0),
    a_trial(2, {"fast": 10, "slow": 20, "size": 1}, -2.0),
    a_trial(3, {"fast": 10, "slow": 40, "size": 1}, 0.5),
    a_trial(4, {"fast": 15, "slow": 40, "size": 1}, None),
]


def test_a_surface_has_the_best_score_of_each_pair() -> None:
    found = surface(TRIALS, "fast", "slow")
    assert (found.x, found.y) == ("fast", "slow")
    assert (found.x_values, found.y_values) == ((5.0, 10.0), (20.0, 40.0))
    assert found.scores[0] == (3.0, -2.0)
    assert found.scores[1][1] == 0.5
    assert isnan(found.scores[1][0])


def test_a_parameter_that_was_not_searched_is_refused() -> None:
    with pytest.raises(KeyError):
        surface(TRIALS, "fast", "stop")


def test_no_scores_make_an_empty_surface() -> None:
    assert surface(TRIALS[4:], "fast", "slow").scores == ()
