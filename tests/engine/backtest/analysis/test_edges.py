"""Best parameters at the edge of their range."""

from typing import Any

import pytest

from ares_desktop.domain.searches import ParameterRange
from ares_desktop.engine.backtest.analysis.edges import edge_findings

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
