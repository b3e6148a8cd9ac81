"""Settings of the gate's limits."""

from decimal import Decimal
from typing import Final

from ares_desktop.config.declaring import Group, setting
from ares_desktop.domain.risk import RiskLimits

_LIMITS: Final = RiskLimits()
_MOST: Final = Decimal(10) ** 15


class RiskSettings(Group):
    """Bounds that the gate enforces until others are set for a scope."""

    max_quantity: Decimal | None = setting(
        _LIMITS.max_quantity, "Largest order", "Units in one order; empty for no bound.", unit="units", gt=0, le=_MOST
    )
    max_notional: Decimal | None = setting(
        _LIMITS.max_notional,
        "Largest order value",
        "Value of one order; empty for no bound.",
        unit="USD",
        gt=0,
        le=_MOST,
    )
    price_collar: Decimal = setting(
        _LIMITS.price_collar,
        "Price collar",
        "How far beyond the market a limit may be on the side that would trade at once.",
        unit="fraction",
        gt=0,
        le=10,
    )
    max_data_age_bars: float = setting(
        _LIMITS.max_data_age_bars,
        "Oldest bar",
        "Bars older than this many of their own intervals are stale, and nothing is traded on them.",
        unit="intervals",
        gt=0,
        le=10_000,
    )
    max_quote_age_s: float = setting(
        _LIMITS.max_quote_age_s,
        "Oldest quote",
        "Quotes and ticks older than this are stale.",
        unit="s",
        gt=0,
        le=604_800,
    )
    max_leverage: Decimal = setting(
        _LIMITS.max_leverage,
        "Leverage",
        "Greatest gross exposure of a strategy as a multiple of its equity.",
        unit="multiple",
        gt=0,
        le=100,
    )
    messages_per_second: float = setting(
        _LIMITS.messages_per_second,
        "Message rate",
        "Orders and cancels that one strategy may send.",
        unit="1/s",
        gt=0,
        le=100_000,
    )
    max_open_orders: int = setting(
        _LIMITS.max_open_orders, "Open orders", "Working orders that one strategy may have.", ge=1, le=1_000_000
    )
    duplicate_window_s: float = setting(
        _LIMITS.duplicate_window_s,
        "Duplicate window",
        "An equal intent within this time is a duplicate; 0 turns the check off.",
        unit="s",
        ge=0,
        le=3600,
    )

    max_executions: int | None = setting(
        _LIMITS.max_executions,
        "Executions",
        "Orders of one strategy that execute within the window before it waits for a person; empty for no bound.",
        ge=1,
        le=1000,
    )
    executions_window_s: float = setting(
        _LIMITS.executions_window_s, "Executions window", "Time within which they count.", unit="s", gt=0, le=2_592_000
    )
    max_position: Decimal | None = setting(
        _LIMITS.max_position, "Position", "Units of one instrument over all accounts.", unit="units", ge=0, le=_MOST
    )
    max_position_value: Decimal | None = setting(
        _LIMITS.max_position_value,
        "Position value",
        "Value of one instrument over all accounts; empty for no bound.",
        unit="USD",
        ge=0,
        le=_MOST,
    )
    max_exposure: Decimal | None = setting(
        _LIMITS.max_exposure,
        "Gross exposure",
        "Value of everything held; empty for no bound.",
        unit="USD",
        ge=0,
        le=_MOST,
    )
    max_net_exposure: Decimal | None = setting(
        _LIMITS.max_net_exposure, "Net exposure", "Longs less shorts; empty for no bound.", unit="USD", ge=0, le=_MOST
    )
    max_account_leverage: Decimal | None = setting(
        _LIMITS.max_account_leverage,
        "Account leverage",
        "Gross exposure of all accounts as a multiple of their equity; empty for no bound.",
        unit="multiple",
        gt=0,
        le=1000,
    )
    max_total_orders: int | None = setting(
        _LIMITS.max_total_orders, "Open orders in all", "Of all strategies; empty for no bound.", ge=0, le=1_000_000
    )

    def limits(self) -> RiskLimits:
        """Return them as the record the gate works with."""
        return RiskLimits(**self.model_dump())
