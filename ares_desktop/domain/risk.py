"""Trading states, limits and reasons for denial."""

from datetime import datetime
from decimal import Decimal
from enum import IntEnum, StrEnum
from typing import Any, Self

import msgspec

from ares_desktop.domain.ids import ClientOrderId, InstrumentId, StrategyId
from ares_desktop.domain.kill import ALL_SCOPE, KillMode, KillStep, KillSwitchReport, Residue, StepState

__all__ = [
    "ALL_SCOPE",
    "Denied",
    "DenyReason",
    "KillMode",
    "KillStep",
    "KillSwitchReport",
    "Residue",
    "RiskLimits",
    "StepState",
    "TradingState",
    "TradingStateChanged",
]


class TradingState(IntEnum):
    """What may be traded; a greater value is more restrictive."""

    ACTIVE = 0
    REDUCING = 1
    PAUSED = 2
    HALTED = 3


class TradingStateChanged(msgspec.Struct, frozen=True, kw_only=True):
    """The state of a scope, with who set it and why."""

    scope: str
    state: TradingState
    reason: str
    source: str
    since: datetime
    holder: str = ""


class DenyReason(StrEnum):
    """Why the gate refused an intent."""

    KILL_SWITCH = "KILL_SWITCH"
    TRADING_PAUSED = "TRADING_PAUSED"
    REDUCE_ONLY_STATE = "REDUCE_ONLY_STATE"
    NOT_RECONCILED = "NOT_RECONCILED"
    BROKER_DISCONNECTED = "BROKER_DISCONNECTED"
    STRATEGY_NOT_RUNNING = "STRATEGY_NOT_RUNNING"
    OUTSIDE_HOURS = "OUTSIDE_HOURS"
    LOCKED = "LOCKED"
    SENTINEL = "SENTINEL"
    EXECUTIONS = "EXECUTIONS"
    UNKNOWN_INSTRUMENT = "UNKNOWN_INSTRUMENT"
    NOT_TRADABLE = "NOT_TRADABLE"
    NOT_SHORTABLE = "NOT_SHORTABLE"
    UNSUPPORTED_ORDER = "UNSUPPORTED_ORDER"
    INVALID_QUANTITY = "INVALID_QUANTITY"
    QUANTITY_PRECISION = "QUANTITY_PRECISION"
    INVALID_PRICE = "INVALID_PRICE"
    PRICE_PRECISION = "PRICE_PRECISION"
    MIN_NOTIONAL = "MIN_NOTIONAL"
    MAX_QUANTITY = "MAX_QUANTITY"
    MAX_NOTIONAL = "MAX_NOTIONAL"
    PRICE_COLLAR = "PRICE_COLLAR"
    NO_MARKET_DATA = "NO_MARKET_DATA"
    STALE_MARKET_DATA = "STALE_MARKET_DATA"
    NO_FX_RATE = "NO_FX_RATE"
    REDUCE_ONLY = "REDUCE_ONLY"
    BUYING_POWER = "BUYING_POWER"
    STRATEGY_BUDGET = "STRATEGY_BUDGET"
    MAX_POSITION = "MAX_POSITION"
    MAX_EXPOSURE = "MAX_EXPOSURE"
    MAX_LEVERAGE = "MAX_LEVERAGE"
    VENUE_RATE = "VENUE_RATE"
    MESSAGE_RATE = "MESSAGE_RATE"
    OPEN_ORDERS = "OPEN_ORDERS"
    DUPLICATE_INTENT = "DUPLICATE_INTENT"
    DUPLICATE_ORDER_ID = "DUPLICATE_ORDER_ID"
    JOURNAL_FAILED = "JOURNAL_FAILED"


class Denied(msgspec.Struct, frozen=True, kw_only=True):
    """The gate's refusal: the reason, what was expected and what it was."""

    client_order_id: ClientOrderId
    strategy: StrategyId
    instrument: InstrumentId
    reason: DenyReason
    detail: str
    at: datetime


class RiskLimits(msgspec.Struct, frozen=True, kw_only=True):
    """Bounds in force together, for one order or one scope; None for no bound. See :mod:`ares_desktop.domain.limits`.

    Attributes:
        max_quantity, max_notional: of one order.
        price_collar: how far beyond the market a limit may be on the side that would trade at once, as a fraction.
        max_data_age_bars: market data older than this many of its own intervals is stale.
        max_quote_age_s: age bound for quotes and ticks.
        max_leverage: gross exposure of a strategy after this and all its working orders, as a multiple of its equity.
        messages_per_second: orders and cancels of one strategy.
        max_open_orders: working orders of one strategy.
        duplicate_window_s: an equal intent within this time is a duplicate; 0 turns the check off.
        max_executions: orders of one strategy that execute within ``executions_window_s`` before it waits for a person.
        max_position: of a scope in one instrument, units; after this and all its working orders.
        max_position_value: the same as a value in the account's currency.
        max_exposure, max_net_exposure: value of everything in a scope, gross and net, account's currency.
        max_account_leverage: gross exposure of an account as a multiple of its equity.
        max_total_orders: working orders of everything in a scope.
    """

    max_quantity: Decimal | None = None
    max_notional: Decimal | None = None
    price_collar: Decimal = Decimal("0.10")
    max_data_age_bars: float = 5.0
    max_quote_age_s: float = 60.0
    max_leverage: Decimal = Decimal(1)
    messages_per_second: float = 50.0
    max_open_orders: int = 500
    duplicate_window_s: float = 0.5
    max_executions: int | None = None
    executions_window_s: float = 3600.0
    max_position: Decimal | None = None
    max_position_value: Decimal | None = None
    max_exposure: Decimal | None = None
    max_net_exposure: Decimal | None = None
    max_account_leverage: Decimal | None = None
    max_total_orders: int | None = None


class LimitUse(msgspec.Struct, frozen=True, kw_only=True):
    """How much of one limit of a scope is used.

    Attributes:
        name: as the field of :class:`RiskLimits`.
        used: None when it can't be computed, or for a bound of each single order, which nothing uses up.
        bound: None where nothing is set.
        origin: the scope that set the bound, empty for the settings.
        where: the instrument or strategy that uses most of it, empty when the scope itself does.
        each_order: it bounds every order by itself.
        unknown: why ``used`` can't be computed.
    """

    scope: str
    name: str
    used: float | None
    bound: float | None
    unit: str
    origin: str = ""
    where: str = ""
    each_order: bool = False
    unknown: str = ""

    @property
    def fraction(self) -> float | None:
        """Part of the bound that is used, above 1 when it is breached; None when either is not known."""
        if self.used is None or self.bound is None:
            return None
        if self.bound == 0:
            return 0.0 if self.used == 0 else float("inf")
        return self.used / self.bound

    @property
    def breached(self) -> bool:
        """More is used than the bound allows."""
        return self.fraction is not None and self.fraction > 1


class LimitsInForce(RiskLimits, frozen=True, kw_only=True):
    """A strategy's own view of its limits: the tightest of every scope that covers it, and what it uses of them.

    Attributes:
        uses: of the limits that something can be used of.
        multiplier: of its budget, below 1 on a rung of the loss ladder.
        state: its trading state.
        lock: why it may not open anything, empty when nothing locks it.
        waits: why it waits for a person, empty when it does not.
    """

    uses: tuple[LimitUse, ...] = ()
    multiplier: Decimal = Decimal(1)
    state: TradingState = TradingState.ACTIVE
    lock: str = ""
    waits: str = ""

    @classmethod
    def of(cls, limits: RiskLimits, **facts: Any) -> Self:  # noqa: ANN401 - its own fields
        """Return limits with what is known of their use."""
        return cls(**{name: getattr(limits, name) for name in RiskLimits.__struct_fields__}, **facts)
