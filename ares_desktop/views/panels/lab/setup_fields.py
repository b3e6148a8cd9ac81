"""What can be set for a run beside strategies, data and period, declared once: titles, bounds and how they are read."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final, get_args

import msgspec

from ares_desktop.config.schema import PaperSettings
from ares_desktop.domain.backtests import BACKTEST_ACCOUNT, RankBy
from ares_desktop.domain.simulation import AccountMode, LimitPolicy, MarketPolicy, SimulationSettings, SlippageModel
from ares_desktop.domain.strategies import ParameterInfo
from ares_desktop.views.formats import translated

_PERCENT: Final = 100
_RATES: Final = ("volume_share", "borrow_rate", "interest_rate")
"""Fractions that a person reads and types as percent."""
_CHOSEN: Final = {
    "mode": AccountMode,
    "slippage_model": SlippageModel,
    "limit_policy": LimitPolicy,
    "market_policy": MarketPolicy,
}

COST_SETS: Final[tuple[str, ...]] = get_args(PaperSettings.model_fields["costs"].annotation)

SLIPPAGE_UNITS: Final = {
    SlippageModel.NONE: "not used",
    SlippageModel.BPS: "basis points",
    SlippageModel.SPREAD: "share of the spread",
    SlippageModel.VOLUME: "impact factor",
    SlippageModel.RANDOM: "basis points on average",
}


def _choices(name: str, title: str, default: str, choices: tuple[str, ...], description: str = "") -> ParameterInfo:
    return ParameterInfo(
        name=name, kind="choice", default=default, title=title, choices=choices, description=description
    )


def _number(name: str, title: str, default: float, unit: str, low: float, high: float | None = None) -> ParameterInfo:
    kind = "int" if isinstance(default, int) else "float"
    return ParameterInfo(name=name, kind=kind, default=default, title=title, unit=unit, minimum=low, maximum=high)


_PLAIN: Final = SimulationSettings(account=BACKTEST_ACCOUNT)

COSTS: Final = (
    _choices("costs", "Commissions", _PLAIN.costs, COST_SETS, "Which set of commissions is charged."),
    _number("cost_factor", "Factor", _PLAIN.cost_factor, "times these commissions", 0, 100),
    _choices(
        "slippage_model",
        "Slippage",
        _PLAIN.slippage_model.value,
        tuple(one.value for one in SlippageModel),
        "What worsens the price of an order that takes liquidity.",
    ),
    _number("slippage", "Amount", _PLAIN.slippage, SLIPPAGE_UNITS[_PLAIN.slippage_model], 0, 10_000),
    _number("latency_ms", "Latency", _PLAIN.latency_ms, "ms", 0, 3_600_000),
    _choices(
        "market_policy",
        "Market orders",
        _PLAIN.market_policy.value,
        tuple(one.value for one in MarketPolicy),
        "Where within the next bar they fill.",
    ),
    _choices(
        "limit_policy",
        "Limit orders",
        _PLAIN.limit_policy.value,
        tuple(one.value for one in LimitPolicy),
        "Whether prices must reach a resting order or pass it.",
    ),
    _number("volume_share", "Volume share", _PLAIN.volume_share * _PERCENT, "% of a bar, 0 for no bound", 0, _PERCENT),
    _number("borrow_rate", "Borrow fee", _PLAIN.borrow_rate * _PERCENT, "% a year", 0, 1000),
    _number("interest_rate", "Interest", _PLAIN.interest_rate * _PERCENT, "% a year on borrowed cash", 0, 1000),
    _number("roll_days", "Roll futures", _PLAIN.roll_days, "sessions before expiry, 0 holds them", 0, 250),
    _choices(
        "mode",
        "Account",
        _PLAIN.mode.value,
        tuple(one.value for one in AccountMode),
        "A margin account may borrow and sell short.",
    ),
)

SEARCH: Final = (
    _choices(
        "objective", "Objective", RankBy.SHARPE.value, tuple(one.value for one in RankBy), "More of it is better."
    ),
    _number("coarse_points", "Coarse grid", 100, "sets at most", 1, 1_000_000),
    _number("fine_trials", "Fine search", 50, "sets", 0, 1_000_000),
    _number("workers", "Workers", 0, "processes, 0 for one a core", 0, 256),
    ParameterInfo(
        name="dask",
        kind="str",
        default="",
        title="Dask scheduler",
        unit="such as tcp://host:8786, empty for this machine",
        description="Address of a cluster that runs the backtests instead of processes of this machine.",
    ),
)

WALK_FORWARD: Final = (
    _number("folds", "Folds", 5, "", 2, 100),
    _number("train_share", "Training part", 70.0, "% of a fold", 10, 95),
    ParameterInfo(
        name="anchored",
        kind="bool",
        default=False,
        title="Anchored",
        unit="every fold trains from the beginning",
    ),
    _number("purge", "Purge", 0, "bars before a test span", 0, 1_000_000),
    _number("embargo", "Embargo", 0, "bars after a test span", 0, 1_000_000),
)


def shown(infos: Sequence[ParameterInfo]) -> tuple[ParameterInfo, ...]:
    """Return declarations in the window's language."""
    return tuple(
        msgspec.structs.replace(
            info,
            title=translated(info.title),
            unit=translated(info.unit) if info.unit else "",
            description=translated(info.description) if info.description else "",
        )
        for info in infos
    )


def cost_values(settings: SimulationSettings) -> dict[str, Any]:
    """Return what :data:`COSTS` shows of an account."""
    values = {info.name: getattr(settings, info.name) for info in COSTS}
    values |= {name: values[name] * _PERCENT for name in _RATES}
    return values | {name: values[name].value for name in _CHOSEN}


def simulation_of(values: Mapping[str, Any], *, cash: Decimal, currency: str, seed: int = 0) -> SimulationSettings:
    """Return the account that the values of :data:`COSTS` describe."""
    read = dict(values)
    read |= {name: read[name] / _PERCENT for name in _RATES}
    read |= {name: kind(read[name]) for name, kind in _CHOSEN.items()}
    return SimulationSettings(account=BACKTEST_ACCOUNT, starting_cash=cash, currency=currency, seed=seed, **read)
