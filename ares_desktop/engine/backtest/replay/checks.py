"""What is wrong with a specification, all of it at once, before anything runs."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

from ares_desktop.api.hours import parse_hours
from ares_desktop.api.parameters import make_params
from ares_desktop.api.strategy import Strategy
from ares_desktop.domain.backtests import BacktestSpec
from ares_desktop.domain.errors import Finding, UsageError
from ares_desktop.domain.ids import RESERVED_STRATEGY_IDS, StrategyId
from ares_desktop.domain.market import BarSpec, to_ns
from ares_desktop.domain.money import ZERO, round_down
from ares_desktop.domain.strategies import StrategyInstance
from ares_desktop.engine.backtest.replay.prepared import PreparedData
from ares_desktop.engine.simulation.costs import profile_set

_CENT = Decimal("0.01")


def capital_of(instance: StrategyInstance, spec: BacktestSpec) -> Decimal:
    """Return what an instance starts with: its capital, else its weight of the cash."""
    if instance.capital is not None:
        return instance.capital
    return round_down(instance.weight * spec.simulation.starting_cash, _CENT)


def rows_of(spec: BacktestSpec, data: PreparedData) -> tuple[int, int]:
    """Return the first row that is traded and the one after the last."""
    first = 0 if spec.start is None else data.after(to_ns(spec.start) - 1)
    last = len(data.ts) if spec.end is None else data.after(to_ns(spec.end))
    return first, last


def check(spec: BacktestSpec, data: PreparedData, kinds: Mapping[StrategyId, type[Strategy]]) -> None:
    """Look at everything.

    Raises:
        UsageError: with every finding.
    """
    findings = [*_spec_findings(spec), *_data_findings(spec, data)]
    for instance in spec.strategies:
        findings += _instance_findings(instance, spec, data)
        kind = kinds.get(instance.name)
        if kind is None:
            findings.append(Finding(place=f"strategy {instance.name}", value=instance.file, problem="was not loaded"))
        else:
            findings += _parameter_findings(instance, kind)
    if findings:
        raise UsageError(*findings)


def _spec_findings(spec: BacktestSpec) -> Iterator[Finding]:
    if not spec.strategies:
        yield Finding(place="strategies", value="", problem="there is none", remedy="Name at least one strategy.")
    names = [instance.name for instance in spec.strategies]
    for name in dict.fromkeys(names):
        if names.count(name) > 1:
            remedy = "Give each instance a name of its own."
            yield Finding(place="strategies", value=name, problem="is named more than once", remedy=remedy)
    capital = sum((capital_of(instance, spec) for instance in spec.strategies), ZERO)
    cash = spec.simulation.starting_cash
    if cash <= 0:
        remedy = "Start with more than zero."
        yield Finding(place="simulation.starting_cash", value=f"{cash}", problem="must be positive", remedy=remedy)
    elif capital > cash:
        yield Finding(
            place="capital",
            value=f"{capital:f}",
            problem=f"all strategies together want more than the {cash:f} {spec.simulation.currency} of the account",
            remedy="Give them less capital or weight, or the account more cash.",
        )
    try:
        profile_set(spec.simulation.costs)
    except UsageError as error:
        yield from error.findings


def _data_findings(spec: BacktestSpec, data: PreparedData) -> Iterator[Finding]:
    naive = [name for name, time in (("start", spec.start), ("end", spec.end)) if time and time.tzinfo is None]
    for name in naive:
        remedy = "Write it with its zone, such as 2026-01-05T00:00Z."
        yield Finding(place=name, value=f"{getattr(spec, name)}", problem="has no time zone", remedy=remedy)
    if naive:
        return
    first, last = rows_of(spec, data)
    if first >= last:
        span = f"{spec.start or 'the beginning'} to {spec.end or 'the end'}"
        remedy = "Choose a period that the data covers." if len(data.ts) else "Choose data that has rows."
        yield Finding(place="data", value=span, problem="there is nothing to trade in", remedy=remedy)


def _instance_findings(instance: StrategyInstance, spec: BacktestSpec, data: PreparedData) -> Iterator[Finding]:
    place = f"strategy {instance.name}"
    if not instance.name or instance.name in RESERVED_STRATEGY_IDS:
        yield Finding(place=place, value=instance.name, problem="is no name for a strategy", remedy="Choose another.")
    if instance.account != spec.simulation.account:
        remedy = f"Set its account to {spec.simulation.account}."
        yield Finding(place=place, value=instance.account, problem="is not the simulated account", remedy=remedy)
    if capital_of(instance, spec) <= 0:
        value = f"{capital_of(instance, spec)}"
        remedy = "Give it a positive capital or weight."
        yield Finding(place=f"{place}: capital", value=value, problem="must be positive", remedy=remedy)
    for name in instance.instruments:
        if name not in data.instruments:
            remedy = f"The data has {', '.join(data.instruments) or 'no instrument'}."
            yield Finding(place=f"{place}: instruments", value=name, problem="is not in the data", remedy=remedy)
    if not instance.instruments and not any(item.tradable for item in data.instruments.values()):
        remedy = "Choose data of an instrument that can be traded."
        yield Finding(place=f"{place}: instruments", value="", problem="nothing can be traded", remedy=remedy)
    try:
        parse_hours(instance.hours)
    except ValueError as error:
        yield Finding(place=f"{place}: hours", value=instance.hours, problem=str(error))
    try:
        BarSpec.parse(instance.bar_spec or "1m")
    except ValueError as error:
        yield Finding(place=f"{place}: bar_spec", value=instance.bar_spec, problem=str(error))


def _parameter_findings(instance: StrategyInstance, kind: type[Strategy]) -> Sequence[Finding]:
    try:
        make_params(kind.Params, instance.parameters)
    except UsageError as error:
        return error.findings
    return ()
