"""Ranges, figures and trials with what a test does not care about filled in."""

from typing import Any

import msgspec

from ares_desktop.domain.backtests import BacktestFigures, BacktestSpec, RankBy
from ares_desktop.domain.ids import StrategyId
from ares_desktop.domain.searches import ParameterRange, ParameterSet, SearchSpec, TrialResult
from ares_desktop.engine.backtest.search.ranking import score_of

CROSS = StrategyId("cross")


def a_range(name: str, low: float, high: float, step: float, *, kind: str = "int") -> ParameterRange:
    return ParameterRange(name=name, kind=kind, low=low, high=high, step=step)


def a_choice(name: str, *choices: Any) -> ParameterRange:
    return ParameterRange(name=name, kind="choice", choices=choices)


def figures(**known: Any) -> BacktestFigures:
    """Return figures that are None or zero unless given."""
    values: dict[str, Any] = {}
    for field in msgspec.structs.fields(BacktestFigures):
        values[field.name] = {int: 0, float: 0.0, str: ""}.get(field.type)
    return BacktestFigures(**(values | known))


def a_spec(*ranges: ParameterRange, **known: Any) -> SearchSpec:
    backtest = known.pop("backtest", BacktestSpec(strategies=(), data=()))
    return SearchSpec(backtest=backtest, strategy=CROSS, ranges=ranges, **known)


def a_trial(number: int, parameters: ParameterSet, sharpe: float | None, **known: Any) -> TrialResult:
    found = figures(sharpe=sharpe)
    values: dict[str, Any] = {"stage": "coarse", "figures": found, "feasible": True} | known
    return TrialResult(number=number, parameters=parameters, score=score_of(found, RankBy.SHARPE), **values)
