"""Everything that is wrong with a specification is found before anything runs."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from ares_desktop.domain.backtests import BACKTEST_ACCOUNT, BacktestSpec
from ares_desktop.domain.monte_carlo import MonteCarloSpec
from ares_desktop.domain.searches import Constraint, ParameterRange, SearchMethod, SearchSpec
from ares_desktop.domain.simulation import SimulationSettings
from ares_desktop.domain.strategies import CatalogEntry, ParameterInfo, StrategyInstance
from ares_desktop.engine.backtest.validation import backtest_findings, monte_carlo_findings, search_findings

ENTRY = CatalogEntry(
    name="smag7",
    file="smag7.py",
    parameters=(
        ParameterInfo(name="fast", kind="int", default=10, minimum=2, maximum=200, search=(5, 50, 5)),
        ParameterInfo(name="stop", kind="float", default=3.0),
        ParameterInfo(name="side", kind="choice", default="long", choices=("long", "short")),
    ),
)


def an_instance(name: str = "smag7", **changes: Any) -> StrategyInstance:
    values = {"file": "smag7", "account": BACKTEST_ACCOUNT, "instruments": (), "weight": Decimal("0.5"), **changes}
    return StrategyInstance(name=name, **values)  # type: ignore[arg-type]


def a_spec(**changes: Any) -> BacktestSpec:
    return BacktestSpec(**{"strategies": (an_instance(),), "data": ("sample",), **changes})


def a_search(**changes: Any) -> SearchSpec:
    ranges = (ParameterRange(name="fast", kind="int", low=5, high=50, step=5),)
    return SearchSpec(**{"backtest": a_spec(), "strategy": "smag7", "ranges": ranges, **changes})


def places(findings: Any) -> list[str]:
    return [item.place for item in findings]


def test_a_good_specification_has_no_findings() -> None:
    assert not backtest_findings(a_spec(start=datetime(2020, 1, 1, tzinfo=UTC), end=datetime(2021, 1, 1, tzinfo=UTC)))
    assert not search_findings(a_search(), ENTRY)
    assert not monte_carlo_findings(MonteCarloSpec(run="bt-0001"))


def test_nothing_to_run_and_nothing_to_run_on_are_found_together() -> None:
    assert places(backtest_findings(a_spec(strategies=(), data=()))) == ["strategy", "data"]


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"strategies": (an_instance(), an_instance())}, "strategy name"),
        ({"strategies": (an_instance(weight=Decimal(0)),)}, "weight of smag7"),
        ({"strategies": (an_instance(capital=Decimal(-1)),)}, "capital of smag7"),
        ({"strategies": (an_instance("a", weight=Decimal("0.6")), an_instance("b"))}, "weights"),
        ({"data": ("sample", "sample")}, "data"),
        ({"start": datetime(2020, 1, 1)}, "from"),  # noqa: DTZ001 - that is what is wrong
        ({"start": datetime(2021, 1, 1, tzinfo=UTC), "end": datetime(2020, 1, 1, tzinfo=UTC)}, "from"),
    ],
)
def test_each_fault_of_a_backtest_has_its_place(changes: dict[str, Any], place: str) -> None:
    assert places(backtest_findings(a_spec(**changes))) == [place]


@pytest.mark.parametrize(
    ("name", "value", "place"),
    [
        ("costs", "cheap", "costs"),
        ("starting_cash", Decimal(0), "cash"),
        ("latency_ms", -1.0, "latency"),
        ("slippage", float("nan"), "slippage"),
        ("slippage", float("inf"), "slippage"),
        ("volume_share", 1.5, "volume share"),
        ("borrow_rate", -0.1, "borrow rate"),
        ("interest_rate", -0.1, "interest rate"),
        ("roll_days", -1, "roll days"),
    ],
)
def test_each_fault_of_the_simulation_has_its_place(name: str, value: Any, place: str) -> None:
    simulation = msgspec.structs.replace(SimulationSettings(), **{name: value})
    assert places(backtest_findings(a_spec(simulation=simulation))) == [place]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"strategy": "other"}, ["strategy"]),
        ({"ranges": (ParameterRange(name="fast", kind="int", low=50, high=5, step=0),)}, ["search fast"] * 2),
        ({"ranges": (ParameterRange(name="fast", kind="int", low=1, high=300, step=1),)}, ["search fast"] * 2),
        ({"ranges": (ParameterRange(name="fast", kind="int", low=5, high=6, step=0.5),)}, ["search fast"]),
        ({"ranges": (ParameterRange(name="fast", kind="int", low=5, high=float("inf")),)}, ["search fast"] * 3),
        ({"ranges": (ParameterRange(name="slow", kind="int", low=5, high=6),)}, ["search slow"]),
        ({"ranges": (ParameterRange(name="side", kind="choice", choices=("long", "up")),)}, ["search side"]),
        ({"ranges": (ParameterRange(name="side", kind="float", low=0, high=1),)}, ["search side"]),
        ({"ranges": (ParameterRange(name="fast", kind="int", choices=("5", "abc")),)}, ["search fast"]),
        ({"ranges": (ParameterRange(name="fast", kind="int", choices=("5", "999")),)}, ["search fast"]),
        ({"ranges": (ParameterRange(name="fast", kind="int", choices=("5", 10)),)}, []),
        ({"ranges": (ParameterRange(name="stop", kind="float", choices=("1.5", "nan")),)}, ["search stop"]),
        ({"constraints": (Constraint(figure="luck", at_least=1.0),)}, ["constraint"]),
        ({"constraints": (Constraint(figure="sharpe"),)}, ["constraint"]),
        ({"coarse_points": 0, "fine_trials": -1, "workers": -1}, ["coarse", "fine", "workers"]),
        ({"method": SearchMethod.WALK_FORWARD, "folds": 0, "train_share": 1.0}, ["folds", "train"]),
        ({"purge": -1, "embargo": -1}, ["purge", "embargo"]),
    ],
)
def test_each_fault_of_a_search_has_its_place(changes: dict[str, Any], expected: list[str]) -> None:
    assert places(search_findings(a_search(**changes), ENTRY)) == expected


def test_a_search_without_ranges_takes_those_that_the_strategy_declares() -> None:
    assert not search_findings(a_search(ranges=()), ENTRY)
    bare = msgspec.structs.replace(ENTRY, parameters=ENTRY.parameters[1:])
    assert places(search_findings(a_search(ranges=()), bare)) == ["search"]


def test_paths_that_cannot_be_made_are_found_together() -> None:
    wrong = MonteCarloSpec(run="x", paths=0, methods=(), block=-1, skip=1.0, jitter_bps=-1.0, ruin=0.0)
    assert places(monte_carlo_findings(wrong)) == ["paths", "methods", "block", "skip", "jitter", "ruin"]
