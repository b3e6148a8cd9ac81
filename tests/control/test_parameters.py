"""Parameters in the documents of strategies are the ones in force, as what they mean."""

from datetime import UTC, datetime

import pytest

from ares_desktop.control.documents import strategy_document, typed
from ares_desktop.domain.ids import AccountId, StrategyId
from ares_desktop.domain.strategies import ParameterInfo, StrategyInstance, StrategyState, StrategyStatus

FAST = ParameterInfo(name="fast", kind="int", default=10)
STATUS = StrategyStatus(
    instance=StrategyInstance(
        name=StrategyId("trend"),
        file="trend",
        account=AccountId("PAPER"),
        instruments=(),
        parameters={"fast": 12},
    ),
    state=StrategyState.STOPPED,
    since=datetime(2026, 3, 2, tzinfo=UTC),
)


@pytest.mark.parametrize(
    ("kind", "text", "meaning"),
    [("int", "12", 12), ("float", "1.5", 1.5), ("bool", "false", False), ("str", "12", "12"), ("int", "abc", "abc")],
)
def test_a_parameters_text_becomes_what_it_means(kind: str, text: str, meaning: object) -> None:
    assert typed(text, ParameterInfo(name="x", kind=kind, default=None)) == meaning


def test_an_unknown_parameter_stays_as_it_was_written() -> None:
    assert typed("12", None) == "12"


def test_defaults_that_nobody_changed_are_in_force_too() -> None:
    known = {"fast": FAST, "slow": ParameterInfo(name="slow", kind="int", default=30)}
    assert strategy_document(STATUS, known)["params"] == {"fast": 12, "slow": 30}
    assert strategy_document(STATUS)["params"] == {"fast": 12}
