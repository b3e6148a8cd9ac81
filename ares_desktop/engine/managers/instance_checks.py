"""What is wrong with a configuration of an instance, as far as it can be told without its code."""

from collections.abc import Callable, Collection, Iterator, Mapping
from decimal import Decimal
from typing import Any, Final

import msgspec

from ares_desktop.api.hours import parse_hours
from ares_desktop.domain.differences import PARAMETERS
from ares_desktop.domain.errors import Finding
from ares_desktop.domain.ids import AccountId, InstrumentId, split_instrument_id
from ares_desktop.domain.market import BarSpec
from ares_desktop.domain.strategies import StrategyInstance

_LEAST_MEMORY_MB: Final = 64
_MOST_MEMORY_MB: Final = 1_048_576
_MOST_RESTARTS: Final = 1000
_LEAST_BACKOFF_S: Final = 0.05
_MOST_BACKOFF_S: Final = 3600
_START_ORDERS: Final = 1_000_000
MOST_MONEY: Final = Decimal(10) ** 15
_INT_END: Final = 1 << 63
_LONGEST_TEXT: Final = 65_536
_SHOWN: Final = 60


class Surroundings(msgspec.Struct, frozen=True, kw_only=True):
    """What a configuration has to fit.

    Attributes:
        accounts: that can be traded on.
        missing: the instruments of an instance that the feed does not have.
        present: the configuration in force, None for a new instance; what it has already is not asked about again.
    """

    accounts: Collection[AccountId]
    missing: Callable[[StrategyInstance], tuple[InstrumentId, ...]]
    present: StrategyInstance | None = None


def find_faults(instance: StrategyInstance, around: Surroundings) -> tuple[Finding, ...]:
    """Return everything that is wrong with a configuration but its name and what its strategy says of parameters."""
    return (
        *_account(instance, around),
        *_instruments(instance, around),
        *_weights(instance),
        *_texts(instance),
        *_bounds(instance),
        *value_faults(instance.parameters),
    )


def value_faults(parameters: Mapping[str, Any]) -> tuple[Finding, ...]:
    """Return which values no worker could be sent, whatever its strategy made of them."""
    return tuple(
        _finding(f"{PARAMETERS}.{name}", repr(value)[:_SHOWN], problem)
        for name, value in parameters.items()
        if (problem := _unsayable(value))
    )


def _unsayable(value: object) -> str:
    if isinstance(value, list | tuple):
        return next((problem for item in value if (problem := _unsayable(item))), "")
    if isinstance(value, int) and not -_INT_END <= value < _INT_END:
        return "must be a number of at most 64 bits"
    if isinstance(value, str) and len(value) > _LONGEST_TEXT:
        return f"must have at most {_LONGEST_TEXT:,} characters"
    known = value is None or isinstance(value, bool | int | float | str | Decimal)
    return "" if known else "must be a number, a text, true or false, or a list of them"


def in_parameters(finding: Finding) -> Finding:
    """Return a finding of a strategy's parameter model as one about the configuration; one about the file stays."""
    if finding.place.startswith(("/", PARAMETERS)):
        return finding
    return msgspec.structs.replace(finding, place=f"{PARAMETERS}.{finding.place}")


def _account(instance: StrategyInstance, around: Surroundings) -> Iterator[Finding]:
    if instance.account not in around.accounts:
        known = ", ".join(sorted(around.accounts)) or "none"
        yield _finding("account", instance.account, "is not known", f"Known ones are {known}.")


def _instruments(instance: StrategyInstance, around: Surroundings) -> Iterator[Finding]:
    seen = set()
    for item in instance.instruments:
        if not _is_instrument(item):
            yield _finding("instruments", item, "must be written SYMBOL.VENUE")
        elif item in seen:
            yield _finding("instruments", item, "is named twice", "Name it once.")
        seen.add(item)
    had = set(around.present.instruments) if around.present else set()
    for item in around.missing(instance):
        if item not in had and _is_instrument(item):
            yield _finding("instruments", item, "is not in the feed", "Choose one that the feed has.")
    benchmark = instance.benchmark
    if benchmark is None or (around.present and benchmark == around.present.benchmark):
        return
    if not _is_instrument(benchmark):
        yield _finding("benchmark", benchmark, "must be written SYMBOL.VENUE")
    elif around.missing(msgspec.structs.replace(instance, instruments=(benchmark,))):
        yield _finding("benchmark", benchmark, "is not in the feed", "Choose one that the feed has, or none.")


def _weights(instance: StrategyInstance) -> Iterator[Finding]:
    shares = {name: getattr(instance, name) for name in ("min_weight", "weight", "max_weight", "no_trade_band")}
    bad = {name for name, share in shares.items() if not (share.is_finite() and 0 <= share <= 1)}
    for name, share in shares.items():
        if name in bad:
            yield _finding(name, f"{share}", "must be from 0 to 1", "Write a tenth as 0.1.")
    if not bad & {"min_weight", "weight"} and instance.min_weight > instance.weight:
        yield _finding("min_weight", f"{instance.min_weight:f}", f"must be at most the weight, {instance.weight:f}")
    if not bad & {"max_weight", "weight"} and instance.max_weight < instance.weight:
        yield _finding("max_weight", f"{instance.max_weight:f}", f"must be at least the weight, {instance.weight:f}")
    capital = instance.capital
    if capital is None:
        if "weight" not in bad and not instance.weight:
            yield _finding("weight", "0", "must be above 0 where there is no capital", "Give it a weight or capital.")
    elif not (capital.is_finite() and 0 < capital <= MOST_MONEY):
        yield _finding("capital", f"{capital}", "must be positive", "Give more than zero, or none to use the weight.")


def _texts(instance: StrategyInstance) -> Iterator[Finding]:
    for place, text, parse in (("bar_spec", instance.bar_spec, BarSpec.parse), ("hours", instance.hours, parse_hours)):
        if text.strip():
            try:
                parse(text)
            except ValueError as error:
                yield _finding(place, text, str(error).removesuffix(f", was {text!r}"))


def _bounds(instance: StrategyInstance) -> Iterator[Finding]:
    for place, value, least, most in (
        ("memory_mb", instance.memory_mb, _LEAST_MEMORY_MB, _MOST_MEMORY_MB),
        ("restart_limit", instance.restart_limit, 0, _MOST_RESTARTS),
        ("restart_backoff_s", instance.restart_backoff_s, _LEAST_BACKOFF_S, _MOST_BACKOFF_S),
        ("start_order", instance.start_order, -_START_ORDERS, _START_ORDERS),
    ):
        if value is not None and not least <= value <= most:
            yield _finding(place, f"{value}", f"must be from {least:,} to {most:,}")


def _is_instrument(text: InstrumentId) -> bool:
    try:
        split_instrument_id(text)
    except ValueError:
        return False
    return True


def _finding(place: str, value: str, problem: str, remedy: str = "") -> Finding:
    return Finding(place=place, value=value, problem=problem, remedy=remedy)
