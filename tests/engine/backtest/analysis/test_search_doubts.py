"""Luck, lone peaks, and best parameters at the edge of their range."""

from typing import Any

import pytest

from ares_desktop.domain.searches import Overfitting, ParameterRange, TrialResult
from ares_desktop.engine.backtest.analysis.search_doubts import edge_findings, luck_findings, search_doubts

FAST = ParameterRange(name="fast", kind="int", low=5, high=52, step=5)


@pytest.mark.parametrize(("value", "end"), [(5, "lowest"), (50, "highest"), (10, ""), (45, "")])
def test_an_end_of_the_grid_is_an_edge(value: float, end: str) -> None:
    found = list(edge_findings({"fast": value}, [FAST]))
    assert [item.title for item in found] == ([f"The best fast is the {end} that was tried"] if end else [])


@pytest.mark.parametrize(
    ("value", "item"),
    [
        ("long", ParameterRange(name="fast", kind="choice", choices=("long", "both"))),
        (True, ParameterRange(name="fast", kind="bool", low=0, high=1)),
        (5, ParameterRange(name="fast", kind="int", low=5, high=5)),
        (5, ParameterRange(name="slow", kind="int", low=5, high=50)),
    ],
)
def test_choices_and_single_values_have_no_edge(value: Any, item: ParameterRange) -> None:
    assert list(edge_findings({"fast": value}, [item])) == []


def _luck(**figures: Any) -> Overfitting:
    return Overfitting(
        **{"trials": 40, "probability": 0.1, "deflated_sharpe": 0.99, "expected_best_sharpe": 1.0, **figures}
    )


def test_a_search_whose_best_fails_on_the_other_half_is_called_overfit() -> None:
    checks = [finding.check for finding in luck_findings(_luck(probability=0.6, deflated_sharpe=0.4))]

    assert checks == ["overfitting", "deflated_sharpe"]


def test_a_search_that_holds_up_everywhere_raises_no_doubt() -> None:
    assert not list(luck_findings(_luck()))


def test_figures_that_are_not_known_are_no_doubt() -> None:
    assert not list(luck_findings(_luck(probability=None, deflated_sharpe=None)))


def test_a_lone_peak_at_the_edge_is_doubted_twice() -> None:
    best = TrialResult(number=1, parameters={"n": 50}, stage="coarse", score=1.0, feasible=True, plateau=0.2)
    ranges = (ParameterRange(name="n", kind="int", low=10, high=50, step=10),)

    assert [finding.check for finding in search_doubts(best, ranges, _luck())] == ["lone_peak", "edge_of_range"]


def test_a_search_without_a_best_has_nothing_to_doubt() -> None:
    assert search_doubts(None, (), _luck(probability=0.9)) == ()
