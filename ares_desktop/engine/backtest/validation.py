"""What can be wrong with the specification of a run, told without reading data or running strategies."""

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Final

from ares_desktop.domain.backtests import BacktestFigures, BacktestSpec
from ares_desktop.domain.errors import Finding
from ares_desktop.domain.monte_carlo import MonteCarloSpec
from ares_desktop.domain.searches import Constraint, ParameterRange, SearchMethod, SearchSpec
from ares_desktop.domain.simulation import SimulationSettings
from ares_desktop.domain.strategies import CatalogEntry, ParameterInfo, StrategyInstance
from ares_desktop.engine.simulation.costs import PROFILE_SETS

MOST_PATHS: Final = 100_000
_NUMBERS: Final = frozenset({"int", "float"})


def backtest_findings(spec: BacktestSpec) -> list[Finding]:
    """Return everything that is wrong with a backtest."""
    return [
        *_strategy_findings(spec.strategies),
        *_data_findings(spec),
        *_simulation_findings(spec.simulation),
    ]


def search_findings(spec: SearchSpec, entry: CatalogEntry | None) -> list[Finding]:
    """Return everything that is wrong with a search beside its backtest.

    Args:
        spec: whose backtest is checked by :func:`backtest_findings`.
        entry: what the strategy's file declares, None when that is not known.
    """
    findings = []
    if spec.strategy not in {item.name for item in spec.backtest.strategies}:
        known = ", ".join(item.name for item in spec.backtest.strategies)
        findings.append(
            _wrong("strategy", spec.strategy, "is not part of the backtest", f"Known ones are {known}."),
        )
    if not spec.ranges and entry is not None and not any(item.search for item in entry.parameters):
        problem = "varies no parameter, and the strategy declares none to be searched"
        findings.append(_wrong("search", "", problem, "Give at least one range."))
    findings += _doubles("search", [item.name for item in spec.ranges])
    for item in spec.ranges:
        findings += _range_findings(item)
        if entry is not None:
            findings += _declared_findings(item, entry.parameters)
    findings += _effort_findings(spec)
    for constraint in spec.constraints:
        findings += _constraint_findings(constraint)
    return findings


def monte_carlo_findings(spec: MonteCarloSpec) -> list[Finding]:
    """Return everything that is wrong with a request for resampled paths."""
    checks = (
        ("paths", spec.paths, 1 <= spec.paths <= MOST_PATHS, f"must be 1 to {MOST_PATHS}"),
        ("methods", "", bool(spec.methods), "must name at least one"),
        ("block", spec.block, spec.block >= 0, "must be 0, to choose it from the data, or more"),
        ("skip", spec.skip, 0 <= spec.skip < 1, "must be at least 0 and below 1"),
        ("jitter", spec.jitter_bps, 0 <= spec.jitter_bps < math.inf, "must be 0 or more basis points"),
        ("ruin", spec.ruin, 0 < spec.ruin <= 1, "must be above 0 and at most 1, as 0.5 for half"),
    )
    return [_wrong(place, str(value), problem) for place, value, good, problem in checks if not good]


def _wrong(place: str, value: str, problem: str, remedy: str = "") -> Finding:
    return Finding(place=place, value=value, problem=problem, remedy=remedy)


def _doubles(place: str, names: Sequence[str]) -> Iterator[Finding]:
    for name, times in Counter(names).items():
        if times > 1:
            yield _wrong(place, name, f"is given {times} times", "Give it once.")


def _strategy_findings(strategies: Sequence[StrategyInstance]) -> Iterator[Finding]:
    if not strategies:
        yield _wrong("strategy", "", "is missing", "Name at least one strategy file.")
    yield from _doubles("strategy name", [item.name for item in strategies])
    for item in strategies:
        if item.capital is not None and item.capital <= 0:
            yield _wrong(f"capital of {item.name}", str(item.capital), "must be above 0")
        if item.capital is None and not 0 < item.weight <= 1:
            yield _wrong(f"weight of {item.name}", str(item.weight), "must be above 0 and at most 1")
    shares = sum((item.weight for item in strategies if item.capital is None), Decimal(0))
    if shares > 1:
        yield _wrong("weights", str(shares), "must be at most 1 together", "Make some of them smaller.")


def _data_findings(spec: BacktestSpec) -> Iterator[Finding]:
    if not spec.data:
        yield _wrong("data", "", "is missing", "Name files, stored symbols, sample or sample:SYMBOL.")
    yield from _doubles("data", spec.data)
    for place, moment in (("from", spec.start), ("to", spec.end)):
        if moment is not None and moment.tzinfo is None:
            yield _wrong(place, str(moment), "must have a time zone", "Write for example 2020-01-01T00:00:00Z.")
            return
    if spec.start is not None and spec.end is not None and spec.start >= spec.end:
        yield _wrong("from", f"{spec.start:%Y-%m-%d}", f"must be before the end, {spec.end:%Y-%m-%d}")


def _simulation_findings(simulation: SimulationSettings) -> Iterator[Finding]:
    if simulation.costs not in PROFILE_SETS:
        remedy = f"Choose one of {', '.join(PROFILE_SETS)}."
        yield _wrong("costs", simulation.costs, "there is no such set of commissions", remedy)
    checks = (
        ("cash", simulation.starting_cash, simulation.starting_cash > 0, "must be above 0"),
        ("latency", simulation.latency_ms, 0 <= simulation.latency_ms < math.inf, "must be 0 or more milliseconds"),
        ("slippage", simulation.slippage, 0 <= simulation.slippage < math.inf, "must be 0 or more"),
        ("volume share", simulation.volume_share, 0 <= simulation.volume_share <= 1, "must be between 0 and 1"),
        ("borrow rate", simulation.borrow_rate, 0 <= simulation.borrow_rate < math.inf, "must be 0 or more"),
        ("interest rate", simulation.interest_rate, 0 <= simulation.interest_rate < math.inf, "must be 0 or more"),
        ("roll days", simulation.roll_days, simulation.roll_days >= 0, "must be 0 or more sessions"),
    )
    for place, value, good, problem in checks:
        if not good:
            yield _wrong(place, str(value), problem)


def _range_findings(item: ParameterRange) -> Iterator[Finding]:
    place = f"search {item.name}"
    if item.choices:
        return
    if not all(map(math.isfinite, (item.low, item.high, item.step))):
        yield _wrong(place, f"{item.low:g}:{item.high:g}:{item.step:g}", "must be finite numbers")
        return
    if item.low > item.high:
        yield _wrong(place, f"{item.low:g}:{item.high:g}", "must have the lower bound first")
    if item.step <= 0:
        yield _wrong(place, f"{item.step:g}", "must have a step above 0")


def _declared_findings(item: ParameterRange, declared: Sequence[ParameterInfo]) -> Iterator[Finding]:
    place = f"search {item.name}"
    info = next((known for known in declared if known.name == item.name), None)
    if info is None:
        known = ", ".join(known.name for known in declared) or "none"
        yield _wrong(place, item.name, "is not a parameter of this strategy", f"Known are: {known}.")
        return
    if item.choices:
        yield from _choice_findings(place, item.choices, info)
        return
    if info.kind not in _NUMBERS:
        yield _wrong(place, info.kind, "is not a number: it needs choices", "Write NAME=A,B,C.")
        return
    if info.kind == "int" and not all(float(value).is_integer() for value in (item.low, item.high, item.step)):
        yield _wrong(place, f"{item.low:g}:{item.high:g}:{item.step:g}", "must be whole numbers, as the parameter is")
    if info.minimum is not None and item.low < info.minimum:
        yield _wrong(place, f"{item.low:g}", f"must begin at {info.minimum:g} or above")
    if info.maximum is not None and item.high > info.maximum:
        yield _wrong(place, f"{item.high:g}", f"must end at {info.maximum:g} or below")


def _choice_findings(place: str, choices: Sequence[object], info: ParameterInfo) -> Iterator[Finding]:
    wrong = [value for value in choices if info.choices and value not in info.choices]
    if wrong:
        remedy = f"Allowed are {', '.join(map(str, info.choices))}."
        yield _wrong(place, ", ".join(map(str, wrong)), "is not one of the choices", remedy)
    if info.kind not in _NUMBERS:
        return
    wrong = [value for value in choices if not _fits(value, info)]
    if wrong:
        low = f" of {info.minimum:g} or more" if info.minimum is not None else ""
        high = f" of at most {info.maximum:g}" if info.maximum is not None else ""
        kind = "whole number" if info.kind == "int" else "number"
        remedy = "Write NAME=LOW:HIGH:STEP, or NAME=A,B,C."
        yield _wrong(
            place, ", ".join(map(str, wrong)), f"must be a {kind}{low}{' and' * bool(low and high)}{high}", remedy
        )


def _fits(value: object, info: ParameterInfo) -> bool:
    """Say whether a choice, perhaps as text, is a number that the parameter may have."""
    try:
        number = float(int(str(value))) if info.kind == "int" else float(str(value))
    except ValueError:
        return False
    low = -math.inf if info.minimum is None else info.minimum
    high = math.inf if info.maximum is None else info.maximum
    return math.isfinite(number) and low <= number <= high


def _effort_findings(spec: SearchSpec) -> Iterator[Finding]:
    walks = spec.method is SearchMethod.WALK_FORWARD
    checks = (
        ("coarse", spec.coarse_points, spec.coarse_points >= 1, "must be 1 or more"),
        ("fine", spec.fine_trials, spec.fine_trials >= 0, "must be 0 or more"),
        ("folds", spec.folds, not walks or spec.folds >= 1, "must be 1 or more"),
        ("train", spec.train_share, not walks or 0 < spec.train_share < 1, "must be above 0 and below 1"),
        ("purge", spec.purge, spec.purge >= 0, "must be 0 or more bars"),
        ("embargo", spec.embargo, spec.embargo >= 0, "must be 0 or more bars"),
        ("workers", spec.workers, spec.workers >= 0, "must be 0, for one a core, or more"),
    )
    for place, value, good, problem in checks:
        if not good:
            yield _wrong(place, str(value), problem)


def _constraint_findings(constraint: Constraint) -> Iterator[Finding]:
    if constraint.figure not in BacktestFigures.__struct_fields__:
        known = ", ".join(name for name in BacktestFigures.__struct_fields__ if name != "equity_sha256")
        yield _wrong("constraint", constraint.figure, "is not a figure", f"Known are: {known}.")
    if constraint.at_least is None and constraint.at_most is None:
        yield _wrong("constraint", constraint.figure, "bounds nothing", "Write for example max_drawdown>=-0.2.")
