"""The plateau score tells level ground from a peak."""

import pytest

from ares_desktop.domain.searches import TrialResult
from ares_desktop.engine.backtest.search.plateau import with_plateaus
from ares_desktop.engine.backtest.search.space import Space
from tests.engine.backtest.search.builders import a_choice, a_range, a_trial

LINE = Space([a_range("x", 0, 10, 1)])


def plateaus(scores: dict[int, float | None], coarse_points: int = 100) -> dict[int, float | None]:
    trials = [a_trial(x, {"x": x}, score) for x, score in scores.items()]
    return {trial.number: trial.plateau for trial in with_plateaus(trials, LINE, coarse_points)}


def test_level_ground_is_one() -> None:
    assert plateaus({3: 2.0, 4: 2.0, 5: 2.0}) == {3: 1.0, 4: 1.0, 5: 1.0}


def test_the_mean_of_the_neighbors_counts_against_its_own() -> None:
    assert plateaus({3: 1.0, 4: 2.0, 5: 2.0})[4] == pytest.approx(0.75)


def test_a_peak_is_below_one_for_scores_below_zero_too() -> None:
    assert plateaus({3: -0.3, 4: -0.2, 5: -0.3})[4] == pytest.approx(0.5)


def test_neighbors_are_one_step_of_the_coarse_grid_away() -> None:
    found = plateaus({0: 4.0, 5: 2.0, 10: 1.0}, coarse_points=3)
    assert found == {0: pytest.approx(0.5), 5: pytest.approx(1.25), 10: pytest.approx(2.0)}


def test_without_neighbors_or_a_score_it_is_not_known() -> None:
    assert plateaus({0: 1.0, 5: 0.0, 6: 1.0, 10: None}) == {0: None, 5: None, 6: pytest.approx(0.0), 10: None}


def test_another_choice_is_no_neighbor() -> None:
    space = Space([a_range("x", 0, 10, 1), a_choice("side", "long", "short")])
    trials: list[TrialResult] = [
        a_trial(0, {"x": 4, "side": "long"}, 2.0),
        a_trial(1, {"x": 4, "side": "short"}, 9.0),
        a_trial(2, {"x": 5, "side": "long"}, 1.0),
    ]
    assert [trial.plateau for trial in with_plateaus(trials, space, 100)] == [0.5, None, 2.0]
