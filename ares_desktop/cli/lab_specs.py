"""What the backtest lab is asked to do, out of the values of a command line."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from decimal import ROUND_DOWN, Decimal
from pathlib import Path
from typing import Any, Final

import msgspec

from ares_desktop.config.schema import Settings
from ares_desktop.domain.backtests import BACKTEST_ACCOUNT, BacktestSpec, RankBy
from ares_desktop.domain.errors import Finding
from ares_desktop.domain.ids import InstrumentId, StrategyId
from ares_desktop.domain.market import BarSpec
from ares_desktop.domain.monte_carlo import MonteCarloSpec
from ares_desktop.domain.searches import SearchMethod, SearchSpec
from ares_desktop.domain.simulation import (
    AccountMode,
    LimitPolicy,
    MarketPolicy,
    SimulationSettings,
    SlippageModel,
    stressed,
)
from ares_desktop.domain.strategies import StrategyInstance
from ares_desktop.run_desk import simulation_settings

NO_COSTS: Final = "none"
_WEIGHT_STEP: Final = Decimal("0.000001")
_PLACES: Final[Mapping[str, str]] = {
    "strategy": "STRATEGY.py",
    "data": "--data",
    "from": "--from",
    "to": "--to",
    "cash": "--cash",
    "costs": "--costs",
    "slippage": "--slippage",
    "latency": "--latency",
    "volume share": "--volume-share",
    "instrument": "--symbols",
    "search": "--search",
    "constraint": "--constraint",
    "run": "RUN",
    **{name: f"--{name}" for name in ("coarse", "fine", "folds", "train", "purge", "embargo", "workers")},
    **{name: f"--{name}" for name in ("paths", "block", "skip", "jitter", "ruin")},
}
"""How the command line calls what specifications call otherwise."""

Values = Mapping[str, Any]


def backtest_spec(values: Values, settings: Settings) -> tuple[BacktestSpec, list[Finding]]:
    """Return a backtest, and what is wrong with it that only the command line knows."""
    findings: list[Finding] = []
    strategies = _instances(values, findings)
    spec = BacktestSpec(
        strategies=strategies,
        data=tuple(name for names in values["data"] or () if names for name in names),
        start=values["start"],
        end=values["end"],
        simulation=_simulation(values, settings),
        limits=settings.risk.limits(),
        seed=values["seed"] or 0,
        title=values["title"] or "",
    )
    return spec, findings


def search_spec(values: Values, settings: Settings) -> tuple[SearchSpec, list[Finding]]:
    """Return a search, and what is wrong with it that only the command line knows."""
    backtest, findings = backtest_spec(values, settings)
    chosen = values["strategy"] or next((item.name for item in backtest.strategies), "")
    if len(backtest.strategies) > 1 and not values["strategy"]:
        known = ", ".join(item.name for item in backtest.strategies)
        problem = "is needed: there are several strategies"
        findings.append(Finding(place="--strategy", value="", problem=problem, remedy=f"Choose one of {known}."))
    given = {
        "coarse_points": values["coarse"],
        "fine_trials": values["fine"],
        "folds": values["folds"],
        "train_share": values["train"],
        "purge": values["purge"],
        "embargo": values["embargo"],
        "workers": values["workers"],
        "dask": values["dask"],
        "seed": values["seed"],
        "method": values["method"] and SearchMethod(values["method"]),
        "objective": values["objective"] and RankBy(values["objective"]),
    }
    spec = SearchSpec(
        backtest=backtest,
        strategy=StrategyId(chosen),
        ranges=_known(values["ranges"]),
        constraints=_known(values["constraints"]),
        anchored=values["anchored"],
    )
    return msgspec.structs.replace(spec, **_given(given)), findings


def monte_carlo_spec(values: Values) -> MonteCarloSpec:
    """Return a request for resampled paths."""
    given = {
        "paths": values["paths"],
        "block": values["block"],
        "skip": values["skip"],
        "jitter_bps": values["jitter"],
        "ruin": values["ruin"],
    }
    return msgspec.structs.replace(MonteCarloSpec(run=values["run"] or ""), **_given(given))


def in_words_of_the_command_line(findings: Iterable[Finding], values: Values) -> tuple[Finding, ...]:
    """Return findings with the places that a person typed; what is missing was reported with the command line."""
    parameters = {key.rpartition(".")[2] for key, _ in _known(values.get("params"))}
    shown = []
    for finding in findings:
        head, _, rest = finding.place.partition(" ")
        place = _PLACES.get(finding.place) or (f"{_PLACES[head]} {rest}" if head == "search" else finding.place)
        if finding.place in parameters:
            place = f"--param {finding.place}"
        missing = finding.problem == "is missing" and finding.place in {"strategy", "data"}
        if not missing:
            shown.append(msgspec.structs.replace(finding, place=place))
    return tuple(dict.fromkeys(shown))


def _instances(values: Values, findings: list[Finding]) -> tuple[StrategyInstance, ...]:
    files = list(_known(values["strategies"]))
    names = _names(files)
    if not files:
        return ()
    weight = (Decimal(1) / len(files)).quantize(_WEIGHT_STEP, rounding=ROUND_DOWN)
    parameters = _parameters(_known(values["params"]), names, findings)
    if values["bars"]:
        findings += _bar_findings(values["bars"])
    return tuple(
        StrategyInstance(
            name=StrategyId(name),
            file=file,
            account=BACKTEST_ACCOUNT,
            instruments=tuple(InstrumentId(symbol) for symbol in values["symbols"] or ()),
            parameters=parameters[name],
            bar_spec=values["bars"] or "",
            weight=weight,
        )
        for name, file in zip(names, files, strict=True)
    )


def _names(files: Sequence[str]) -> list[str]:
    """Return a name for each file: its stem, numbered where it comes again."""
    seen: Counter[str] = Counter()
    names = []
    for file in files:
        stem = Path(file).name.removesuffix(".py")
        seen[stem] += 1
        names.append(stem if seen[stem] == 1 else f"{stem}-{seen[stem]}")
    return names


def _parameters(
    given: Sequence[tuple[str, str]], names: Sequence[str], findings: list[Finding]
) -> dict[str, dict[str, Any]]:
    parameters: dict[str, dict[str, Any]] = {name: {} for name in names}
    for key, value in given:
        owner, dot, bare = key.rpartition(".")
        if dot and owner not in parameters:
            remedy = f"The strategies are {', '.join(names)}."
            findings.append(Finding(place="--param", value=key, problem=f"{owner} is not a strategy", remedy=remedy))
            continue
        for name in [owner] if dot else names:
            parameters[name][bare] = value
    return parameters


def _bar_findings(bars: str) -> list[Finding]:
    try:
        BarSpec.parse(bars)
    except ValueError as error:
        return [Finding(place="--bars", value=bars, problem=str(error), remedy="Write for example 5m, 1h or 1d.")]
    return []


def _simulation(values: Values, settings: Settings) -> SimulationSettings:
    """Return the paper account's simulation with what the command line changes; no costs mean no slippage either."""
    simulation = msgspec.structs.replace(simulation_settings(settings), account=BACKTEST_ACCOUNT)
    if values["costs"] == NO_COSTS:
        simulation = msgspec.structs.replace(simulation, slippage_model=SlippageModel.NONE, slippage=0.0)
    model, strength = values["slippage"] or (None, None)
    given = {
        "starting_cash": values["cash"],
        "costs": values["costs"],
        "slippage_model": model,
        "slippage": strength,
        "latency_ms": values["latency"],
        "market_policy": values["fill"] and MarketPolicy(values["fill"]),
        "limit_policy": values["limits"] and LimitPolicy(values["limits"]),
        "volume_share": values["volume_share"],
        "mode": values["account"] and AccountMode(values["account"]),
        "borrow_rate": values["borrow"],
        "interest_rate": values["interest"],
        "roll_days": values["roll_days"],
    }
    chosen = msgspec.structs.replace(simulation, **_given(given))
    return stressed(chosen) if values["stress"] else chosen


def _given(values: Values) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def _known(values: Iterable[Any] | None) -> tuple[Any, ...]:
    """Return what was understood: a word that was not has its finding already."""
    return tuple(value for value in values or () if value is not None)
