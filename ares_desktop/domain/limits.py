"""Limits as data: what there is, how two of them come together, and how typed ones are read."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final

import msgspec

from ares_desktop.domain.errors import Finding, UsageError
from ares_desktop.domain.money import decimal
from ares_desktop.domain.risk import ALL_SCOPE, RiskLimits


class ScopeLimits(msgspec.Struct, frozen=True, kw_only=True):
    """What one scope sets of its own, named as the fields of :class:`RiskLimits`; None is not set and bounds nothing.

    Every scope that covers an order holds: the tightest value of each limit counts, and the settings' where no scope
    sets one.
    """

    max_quantity: Decimal | None = None
    max_notional: Decimal | None = None
    price_collar: Decimal | None = None
    max_data_age_bars: float | None = None
    max_quote_age_s: float | None = None
    max_leverage: Decimal | None = None
    messages_per_second: float | None = None
    max_open_orders: int | None = None
    duplicate_window_s: float | None = None
    max_executions: int | None = None
    executions_window_s: float | None = None
    max_position: Decimal | None = None
    max_position_value: Decimal | None = None
    max_exposure: Decimal | None = None
    max_net_exposure: Decimal | None = None
    max_account_leverage: Decimal | None = None
    max_total_orders: int | None = None


NO_LIMITS: Final = ScopeLimits()


class Reach(StrEnum):
    """What a limit is compared with."""

    ORDER = "order"
    """Each order by itself."""
    STRATEGY = "strategy"
    """Each strategy in the scope."""
    SCOPE = "scope"
    """Everything in the scope together."""


class LimitInfo(msgspec.Struct, frozen=True, kw_only=True):
    """One limit.

    Attributes:
        kind: type of its value.
        least, most: bounds of the value; the least is allowed only where ``least_allowed``.
        widens: a greater value is the tighter one, as with a window.
        kinds: scopes that may set it, by the word before the colon.
    """

    name: str
    title: str
    unit: str
    reach: Reach
    kind: type
    description: str
    least: float = 0.0
    least_allowed: bool = False
    most: float = 1e15
    widens: bool = False
    kinds: tuple[str, ...] = (ALL_SCOPE, "account", "strategy", "instrument")

    @property
    def is_text_of_money(self) -> bool:
        """Its unit is money of the account."""
        return self.unit == "money"


_BOOKS: Final = (ALL_SCOPE, "account", "strategy")
_ACCOUNTS: Final = (ALL_SCOPE, "account")

LIMITS: Final = (
    LimitInfo(
        name="max_exposure", title="Gross exposure", unit="money", reach=Reach.SCOPE, kind=Decimal,
        description="Value of all positions of the scope, after its working orders.", least_allowed=True,
    ),
    LimitInfo(
        name="max_net_exposure", title="Net exposure", unit="money", reach=Reach.SCOPE, kind=Decimal,
        description="Longs less shorts of the scope, after its working orders.", least_allowed=True,
    ),
    LimitInfo(
        name="max_account_leverage", title="Account leverage", unit="multiple", reach=Reach.SCOPE, kind=Decimal,
        description="Gross exposure of an account as a multiple of its equity.", most=1000, kinds=_ACCOUNTS,
    ),
    LimitInfo(
        name="max_position", title="Position", unit="units", reach=Reach.SCOPE, kind=Decimal,
        description="Units of one instrument that the scope may hold.", least_allowed=True,
    ),
    LimitInfo(
        name="max_position_value", title="Position value", unit="money", reach=Reach.SCOPE, kind=Decimal,
        description="Value of one instrument that the scope may hold.", least_allowed=True,
    ),
    LimitInfo(
        name="max_total_orders", title="Open orders in all", unit="orders", reach=Reach.SCOPE, kind=int,
        description="Working orders of everything in the scope.", least_allowed=True, most=1_000_000,
    ),
    LimitInfo(
        name="max_leverage", title="Strategy leverage", unit="multiple", reach=Reach.STRATEGY, kind=Decimal,
        description="Gross exposure of a strategy as a multiple of its equity.", most=1000, kinds=_BOOKS,
    ),
    LimitInfo(
        name="max_open_orders", title="Open orders", unit="orders", reach=Reach.STRATEGY, kind=int,
        description="Working orders of one strategy.", least_allowed=True, most=1_000_000,
    ),
    LimitInfo(
        name="messages_per_second", title="Message rate", unit="1/s", reach=Reach.STRATEGY, kind=float,
        description="Orders of one strategy in a second.", most=100_000,
    ),
    LimitInfo(
        name="max_executions", title="Executions", unit="orders", reach=Reach.STRATEGY, kind=int,
        description="Executed orders within the window after which a strategy waits for a person.",
        least=1, least_allowed=True, most=1000, kinds=_BOOKS,
    ),
    LimitInfo(
        name="executions_window_s", title="Executions window", unit="s", reach=Reach.STRATEGY, kind=float,
        description="Time within which executions are counted.", most=2_592_000, widens=True, kinds=_BOOKS,
    ),
    LimitInfo(
        name="max_quantity", title="Order quantity", unit="units", reach=Reach.ORDER, kind=Decimal,
        description="Units of one order.",
    ),
    LimitInfo(
        name="max_notional", title="Order value", unit="money", reach=Reach.ORDER, kind=Decimal,
        description="Value of one order.",
    ),
    LimitInfo(
        name="price_collar", title="Price collar", unit="fraction", reach=Reach.ORDER, kind=Decimal,
        description="How far beyond the market a limit price may be where it would trade at once.", most=10,
    ),
    LimitInfo(
        name="max_data_age_bars", title="Oldest bar", unit="intervals", reach=Reach.ORDER, kind=float,
        description="Age of bars, in intervals of their own, up to which they are traded on.", most=10_000,
    ),
    LimitInfo(
        name="max_quote_age_s", title="Oldest quote", unit="s", reach=Reach.ORDER, kind=float,
        description="Age of quotes and ticks up to which they are traded on.", most=604_800,
    ),
    LimitInfo(
        name="duplicate_window_s", title="Duplicates", unit="s", reach=Reach.ORDER, kind=float,
        description="Time within which an equal order is a duplicate; 0 turns the check off.",
        least_allowed=True, most=86_400, widens=True,
    ),
)  # fmt: skip
"""Every limit, in the order in which people read them."""

BY_NAME: Final = {info.name: info for info in LIMITS}
SCOPE_LIMITS: Final = tuple(info.name for info in LIMITS if info.reach is Reach.SCOPE)


def scope_kind(scope: str) -> str:
    """Return the word before a scope's colon."""
    return scope.partition(":")[0]


def offered(scope: str) -> tuple[LimitInfo, ...]:
    """Return the limits that a scope may set."""
    kind = scope_kind(scope)
    return tuple(info for info in LIMITS if kind in info.kinds)


def tighter(name: str, one: Any, other: Any) -> bool:  # noqa: ANN401 - of the limit's own kind
    """Say whether ``one`` bounds more than ``other``; None bounds nothing."""
    if one is None or other is None:
        return one is not None
    return bool(one > other if BY_NAME[name].widens else one < other)


def tightest(defaults: RiskLimits, owns: Iterable[ScopeLimits]) -> RiskLimits:
    """Return what holds together: of each limit the tightest of all scopes, the default where none sets it."""
    found: dict[str, Any] = {}
    for own in owns:
        for name in BY_NAME:
            value = getattr(own, name)
            if value is not None and tighter(name, value, found.get(name)):
                found[name] = value
    return msgspec.structs.replace(defaults, **found) if found else defaults


def own_part(limits: RiskLimits, common: RiskLimits) -> ScopeLimits:
    """Return what a scope sets of its own when ``limits`` is wanted where ``common`` holds without it."""
    return ScopeLimits(
        **{
            name: getattr(limits, name)
            for name in BY_NAME
            if getattr(limits, name) is not None and getattr(limits, name) != getattr(common, name)
        }
    )


def loosened(before: ScopeLimits, after: ScopeLimits) -> tuple[str, ...]:
    """Return the limits that bound less than before."""
    return tuple(name for name in BY_NAME if tighter(name, getattr(before, name), getattr(after, name)))


def read_limits(scope: str, values: Mapping[str, object], base: ScopeLimits = NO_LIMITS) -> ScopeLimits:
    """Return ``base`` with typed values; an empty one, ``none`` or None is no longer set.

    Raises:
        UsageError: with every finding at once.
    """
    findings: list[Finding] = []
    changes: dict[str, Any] = {}
    allowed = {info.name: info for info in offered(scope)}
    for name, value in values.items():
        info = allowed.get(name)
        if info is None:
            remedy = f"It may set {', '.join(allowed)}."
            problem = "is no limit" if name not in BY_NAME else f"can't be set for {scope}"
            findings.append(Finding(place=f"{scope}: {name}", value=str(value), problem=problem, remedy=remedy))
            continue
        try:
            changes[name] = _read(info, value)
        except (ValueError, TypeError) as error:
            remedy = f"Write {_range(info)}, or none for no bound."
            findings.append(Finding(place=f"{scope}: {name}", value=str(value), problem=str(error), remedy=remedy))
    if findings:
        raise UsageError(*findings)
    return msgspec.structs.replace(base, **changes)


def _read(info: LimitInfo, value: object) -> Decimal | float | int | None:
    if value is None or str(value).strip().lower() in {"", "none"}:
        return None
    try:
        number = decimal(str(value).strip().replace(",", "").replace("_", ""))
    except ValueError:
        msg = "must be a number"
        raise ValueError(msg) from None
    if number < Decimal(str(info.least)) or (number == Decimal(str(info.least)) and not info.least_allowed):
        msg = f"must be {'at least' if info.least_allowed else 'greater than'} {info.least:g}"
        raise ValueError(msg)
    if number > Decimal(str(info.most)):
        msg = f"must be at most {info.most:,.10g}"
        raise ValueError(msg)
    if info.kind is int:
        if number != int(number):
            msg = "must be a whole number"
            raise ValueError(msg)
        return int(number)
    return float(number) if info.kind is float else number


def _range(info: LimitInfo) -> str:
    least = f"{'from' if info.least_allowed else 'more than'} {info.least:g}"
    return f"{'a whole number' if info.kind is int else 'a number'} {least} to {info.most:,.10g}"
