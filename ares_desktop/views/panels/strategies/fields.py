"""What can be set of an instance beside its parameters and instruments, declared once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final

import msgspec

from ares_desktop.domain.risk import RiskLimits
from ares_desktop.domain.strategies import FaultOrders, Isolation, ParameterInfo, RestartPolicy, StrategyInstance
from ares_desktop.views.formats import translated, word

PERCENT: Final = 100
SHARE: Final = "share of equity"
FIXED: Final = "fixed amount"
_FUNDING: Final = "funding"
_WEIGHTS: Final = ("weight", "min_weight", "max_weight", "no_trade_band")
"""Fractions that a person reads and types as percent."""
_CHOSEN: Final = {"isolation": Isolation, "restart": RestartPolicy, "on_fault": FaultOrders}


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldSection:
    """A part of the form whose fields are declared.

    Attributes:
        infos: named as the fields of the instance.
    """

    key: str
    title: str
    infos: tuple[ParameterInfo, ...]


def _choice(name: str, title: str, kind: type[StrEnum], default: StrEnum, description: str) -> ParameterInfo:
    choices = tuple(one.value for one in kind)
    return ParameterInfo(
        name=name, kind="choice", default=default.value, title=title, choices=choices, description=description
    )


def _number(
    name: str,
    title: str,
    kind: str,
    default: float | None,
    unit: str,
    **more: Any,  # noqa: ANN401 - the record's fields
) -> ParameterInfo:
    return ParameterInfo(name=name, kind=kind, default=default, title=title, unit=unit, **more)


def _percent(name: str, title: str, default: float, description: str) -> ParameterInfo:
    return _number(name, title, "float", default, "%", minimum=0, maximum=PERCENT, description=description)


PLACE: Final = FieldSection(
    key="place",
    title="Name and place",
    infos=(
        ParameterInfo(name="name", kind="str", default="", title="Name"),
        ParameterInfo(name="account", kind="choice", default="", title="Account"),
        _choice(
            "isolation",
            "Runs in",
            Isolation,
            Isolation.PROCESS,
            "A process of its own keeps crashes and leaks away from everything else; a thread starts faster.",
        ),
        _number(
            "memory_mb",
            "Memory",
            "int",
            1024,
            "MB",
            minimum=64,
            maximum=1_048_576,
            description="A worker above it is ended.",
        ),
        _number("start_order", "Start order", "int", 0, "", description="Instances with a smaller number start first."),
    ),
)

MONEY: Final = FieldSection(
    key="money",
    title="Money",
    infos=(
        ParameterInfo(name=_FUNDING, kind="choice", default=SHARE, title="Budget by", choices=(SHARE, FIXED)),
        _number("capital", "Capital", "float", None, "", minimum=0),
        _percent("weight", "Target", 10.0, ""),
        _percent("min_weight", "Minimum", 0.0, ""),
        _percent("max_weight", "Maximum", 100.0, "Allocation keeps the share between minimum and maximum."),
        _percent("no_trade_band", "No-trade band", 0.0, "Target weights nearer to the present ones are not traded."),
    ),
)

SCHEDULE: Final = FieldSection(
    key="schedule",
    title="Schedule",
    infos=(ParameterInfo(name="hours", kind="str", default="", title="Hours"),),
)

FAULTS: Final = FieldSection(
    key="faults",
    title="Faults and restarts",
    infos=(
        _choice("restart", "Restart", RestartPolicy, RestartPolicy.ON_FAULT, "When its worker is started again."),
        _number("restart_limit", "At most", "int", None, "restarts within the window", minimum=0, maximum=1000),
        _number("restart_backoff_s", "First after", "float", None, "s, then doubled", minimum=0.05, maximum=3600),
        _choice(
            "on_fault",
            "Orders on a fault",
            FaultOrders,
            FaultOrders.CANCEL,
            "What becomes of its working orders; protective ones stay in either case.",
        ),
    ),
)

LIMITS: Final = FieldSection(
    key="limits",
    title="Risk limits",
    infos=(
        _number("max_quantity", "Largest order", "float", None, "units", minimum=0),
        _number("max_notional", "Largest value", "float", None, "of one order", minimum=0),
        _number("price_collar", "Price collar", "float", None, "% beyond the market", minimum=0, maximum=PERCENT),
        _number("max_leverage", "Leverage", "float", None, "times its equity", minimum=0),
        _number("messages_per_second", "Messages", "float", None, "a second", minimum=0),
        _number("max_open_orders", "Open orders", "int", None, "at most", minimum=0),
        _number(
            "duplicate_window_s", "Duplicates", "float", None, "s within which equal intents count once", minimum=0
        ),
        _number("max_data_age_bars", "Oldest bar", "float", None, "of its own intervals", minimum=0),
        _number("max_quote_age_s", "Oldest quote", "float", None, "s", minimum=0),
    ),
)
"""Named as the fields of :class:`RiskLimits`; an empty one is as the limits of everything."""

DECLARED: Final = (PLACE, MONEY, SCHEDULE, FAULTS)

TITLES: Final = {
    "file": "File",
    "instruments": "Instruments",
    "bar_spec": "Bar length",
    "benchmark": "Benchmark",
    "active": "Switched on",
    "paused": "Paused",
} | {info.name: info.title for section in (*DECLARED, LIMITS) for info in section.infos}


def shown_infos(infos: Sequence[ParameterInfo]) -> tuple[ParameterInfo, ...]:
    """Return declarations in the window's language."""
    replace = msgspec.structs.replace
    return tuple(
        replace(
            info,
            title=translated(info.title),
            unit=translated(info.unit) if info.unit else "",
            description=translated(info.description) if info.description else "",
        )
        for info in infos
    )


def shown_values(instance: StrategyInstance) -> dict[str, Any]:
    """Return what the declared fields show of an instance."""
    values: dict[str, Any] = {info.name: getattr(instance, info.name, None) for part in DECLARED for info in part.infos}
    values |= {name: _times_hundred(values[name]) for name in _WEIGHTS}
    values |= {name: values[name].value for name in _CHOSEN}
    values[_FUNDING] = SHARE if instance.capital is None else FIXED
    values["capital"] = None if instance.capital is None else float(instance.capital)
    return values


def with_values(base: StrategyInstance, values: Mapping[str, Any]) -> StrategyInstance:
    """Return an instance changed to what was typed; fields that show the same keep their exact value."""
    shown = shown_values(base)
    changes: dict[str, Any] = {name: value for name, value in values.items() if value != shown[name]}
    changes.pop(_FUNDING, None)
    for name, value in changes.items():
        changes[name] = _read(name, value)
    if values.get(_FUNDING) == SHARE and base.capital is not None:
        changes["capital"] = None
    elif values.get(_FUNDING) == SHARE:
        changes.pop("capital", None)
    return msgspec.structs.replace(base, **changes)


def _read(name: str, value: Any) -> Any:  # noqa: ANN401 - as the field's kind
    if name in _WEIGHTS:
        return _hundredth(value)
    if name in _CHOSEN:
        return _CHOSEN[name](value)
    return Decimal(str(value)) if name == "capital" and value is not None else value


def value_problems(values: Mapping[str, Any]) -> dict[str, str]:
    """Return what is wrong with readable values in the light of the others."""
    found: dict[str, str] = {}
    if not values.get("name", "").strip():
        found["name"] = translated("must not be empty")
    if values.get(_FUNDING) == FIXED and not values.get("capital"):
        found["capital"] = translated("must be a positive amount of money")
    low, target, high = (float(values.get(name) or 0) for name in ("min_weight", "weight", "max_weight"))
    if values.get(_FUNDING) == SHARE and {"min_weight", "weight", "max_weight"} <= values.keys():
        if low > high:
            found["min_weight"] = translated("must not be above the maximum")
        elif not low <= target <= high:
            found["weight"] = translated("must be between minimum and maximum")
    return found


def limit_values(own: RiskLimits, common: RiskLimits) -> dict[str, Any]:
    """Return what the limits' fields show: nothing where an instance has the limits of everything."""
    return {
        name: None if value == getattr(common, name) else _shown_limit(name, value)
        for name, value in ((info.name, getattr(own, info.name)) for info in LIMITS.infos)
    }


def limit_hint(name: str, common: RiskLimits) -> str:
    """Return what holds while a limit is left empty."""
    value = _shown_limit(name, getattr(common, name))
    return translated("none") if value is None else f"{value:,.10g}"


def limits_of(values: Mapping[str, Any], common: RiskLimits) -> RiskLimits:
    """Return the limits that were typed over those of everything."""
    typed = {name: _read_limit(name, value, common) for name, value in values.items() if value is not None}
    return msgspec.structs.replace(common, **typed)


def _shown_limit(name: str, value: Any) -> float | None:  # noqa: ANN401 - Decimal, float or int
    if value is None:
        return None
    return _times_hundred(value) if name == "price_collar" else value if isinstance(value, int) else float(value)


def _read_limit(name: str, value: Any, common: RiskLimits) -> Any:  # noqa: ANN401 - as the limit's kind
    if name == "price_collar":
        return _hundredth(value)
    exact = name in ("max_quantity", "max_notional") or isinstance(getattr(common, name), Decimal)
    return Decimal(str(value)) if exact else value


def _times_hundred(value: Decimal) -> float:
    return float(value * PERCENT)


def _hundredth(value: float) -> Decimal:
    return Decimal(str(value)) / PERCENT


def field_title(place: str, parameters: Sequence[ParameterInfo] = ()) -> str:
    """Return the title of a field by its place, such as ``weight`` or ``parameters.fast``."""
    top, _, name = place.partition(".")
    if top == "parameters":
        info = next((one for one in parameters if one.name == name), None)
        return (info.title if info is not None else "") or name or translated("Parameters")
    key = name if top == "limits" and name else top
    return translated(TITLES[key]) if key in TITLES else word(key)


def field_text(place: str, value: Any) -> str:  # noqa: ANN401 - whatever a field holds
    """Return a value of a field as a person reads it."""
    name = place.rpartition(".")[2]
    if value is None or value == "":
        return translated("none")
    if isinstance(value, bool):
        return translated("yes") if value else translated("no")
    if (name in _WEIGHTS or name == "price_collar") and not place.startswith("parameters."):
        return f"{float(value) * PERCENT:.10g} %"
    if isinstance(value, list | tuple):
        return ", ".join(str(one) for one in value) or translated("whole feed")
    if isinstance(value, Decimal | float | int):
        return f"{value:,.10g}" if isinstance(value, float) else f"{value:,}"
    return str(value.value if isinstance(value, StrEnum) else value)
