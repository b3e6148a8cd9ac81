"""What a search tries follows from its seed and the results alone: a grid, then the surroundings of its best points."""

from collections.abc import Callable, Sequence

import pytest

from ares_desktop.domain.searches import ParameterRange, ParameterSet, SearchSpec, TrialResult
from ares_desktop.engine.backtest.search.proposals import COARSE, FINE, Batch, propose
from ares_desktop.engine.backtest.search.space import Space
from tests.engine.backtest.search.builders import a_choice, a_range, a_spec, a_trial

Score = Callable[[ParameterSet], float | None]
RANGES = (a_range("x", 0, 40, 1), a_range("y", 0, 40, 1))


def hill(parameters: ParameterSet) -> float:
    return -float((parameters["x"] - 27) ** 2 + (parameters["y"] - 13) ** 2)


def tried(spec: SearchSpec, score: Score, seed: int = 0) -> list[tuple[Batch, list[TrialResult]]]:
    """Carry a search out on a function."""
    proposals = propose(Space(spec.ranges), spec, seed)
    found: list[tuple[Batch, list[TrialResult]]] = []
    number = 0
    batch = next(proposals)
    while True:
        answer = []
        for parameters in batch.sets:
            value = score(parameters)
            known = {} if value is not None else {"error": "refused", "feasible": False}
            answer.append(a_trial(number, parameters, value, stage=batch.stage, **known))
            number += 1
        found.append((batch, answer))
        try:
            batch = proposals.send(answer)
        except StopIteration:
            return found


def sets(found: Sequence[tuple[Batch, list[TrialResult]]]) -> list[tuple[object, ...]]:
    return [tuple(parameters.values()) for batch, _ in found for parameters in batch.sets]


def test_the_fine_search_follows_the_coarse_grid_and_stays_within_its_budget() -> None:
    found = tried(a_spec(*RANGES, coarse_points=25, fine_trials=30), hill)
    assert next(batch.stage for batch, _ in found) == COARSE
    assert {batch.stage for batch, _ in found[1:]} == {FINE}
    assert len(found[0][0].sets) == 25
    assert sum(len(batch.sets) for batch, _ in found[1:]) == 30


def test_it_finds_the_top_that_the_grid_missed() -> None:
    found = tried(a_spec(*RANGES, coarse_points=25, fine_trials=60), hill)
    coarse = max(trial.score or -1e9 for trial in found[0][1])
    fine = max(trial.score or -1e9 for _, answer in found[1:] for trial in answer)
    assert fine > coarse
    assert fine >= -2.0


@pytest.mark.parametrize("fine", [7, 100])
def test_no_set_is_tried_twice(fine: int) -> None:
    found = sets(tried(a_spec(*RANGES, coarse_points=30, fine_trials=fine), hill))
    assert len(found) == len(set(found))


def test_the_same_seed_tries_the_same_sets_and_another_does_not() -> None:
    spec = a_spec(*RANGES, coarse_points=25, fine_trials=40)
    first = sets(tried(spec, hill, seed=5))
    assert sets(tried(spec, hill, seed=5)) == first
    assert sets(tried(spec, hill, seed=6)) != first


def test_a_space_that_the_grid_covers_leaves_nothing_for_the_fine_search() -> None:
    found = tried(a_spec(a_range("x", 1, 6, 1), coarse_points=10, fine_trials=40), lambda set_: float(set_["x"]))
    assert sets(found) == [(1,), (2,), (3,), (4,), (5,), (6,)]


def test_neighborhoods_that_are_used_up_end_the_search() -> None:
    spec = a_spec(a_range("x", 0, 20, 1), coarse_points=5, fine_trials=500)
    found = sets(tried(spec, lambda parameters: -abs(parameters["x"] - 10.0)))
    assert len(found) == len(set(found)) <= 21


def test_sets_that_a_strategy_refuses_are_learned_from() -> None:
    def half(parameters: ParameterSet) -> float | None:
        return None if parameters["x"] >= parameters["y"] else -abs(parameters["y"] - 30.0)

    found = tried(a_spec(*RANGES, coarse_points=25, fine_trials=40), half)
    assert sum(len(batch.sets) for batch, _ in found) == 65


def test_nothing_but_refusals_ends_after_the_grid() -> None:
    found = tried(a_spec(*RANGES, coarse_points=9, fine_trials=40), lambda _: None)
    assert [batch.stage for batch, _ in found] == [COARSE]


def test_choices_are_searched_where_they_did_best() -> None:
    ranges: tuple[ParameterRange, ...] = (a_range("x", 0, 100, 1), a_choice("side", "long", "short"))
    spec = a_spec(*ranges, coarse_points=20, fine_trials=20)
    found = tried(spec, lambda set_: 1.0 - abs(set_["x"] - 50) / 50 if set_["side"] == "long" else -9.0)
    assert {parameters["side"] for batch, _ in found[1:] for parameters in batch.sets} <= {"long", "short"}
    assert found[1][0].sets[0]["side"] == "long"
