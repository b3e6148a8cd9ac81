"""How the simulated venue fills, charges and lends."""

from decimal import Decimal
from enum import StrEnum

import msgspec

from ares_desktop.domain.ids import AccountId
from ares_desktop.domain.market import NS_PER_SECOND


class LimitPolicy(StrEnum):
    """When a price series is taken to have reached a resting limit order."""

    TOUCH = "touch"
    THROUGH = "through"


class MarketPolicy(StrEnum):
    """Where within the next bar a market order fills."""

    NEXT_OPEN = "next open"
    NEXT_CLOSE = "next close"
    WORST = "worst"
    """At the high for a buy, at the low for a sale."""


class AccountMode(StrEnum):
    """Whether the account may borrow and sell short."""

    MARGIN = "margin"
    CASH = "cash"


class SlippageModel(StrEnum):
    """What worsens the price of an order that takes liquidity."""

    NONE = "none"
    BPS = "bps"
    SPREAD = "spread"
    VOLUME = "volume"


class SimulationSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything a simulated account is configured with.

    Attributes:
        starting_cash: given once, when the account is opened, in ``currency``.
        latency_ms: market time between an order's arrival and its first chance to match.
        costs: name of a commission profile set, see :mod:`ares_desktop.engine.simulation.costs`.
        slippage: basis points, share of the spread, or impact factor, as ``slippage_model`` reads it.
        volume_share: largest part of a bar's volume that all orders together may take, 0 for no bound.
        borrow_rate: a year's fee on the value of short positions, as a fraction; charged for every night.
        interest_rate: a year's interest on borrowed cash, as a fraction; charged for every night.
        roll_days: sessions before its expiry at which a futures position moves to the next contract, 0 to hold it
            until it is settled.
    """

    account: AccountId = AccountId("PAPER")
    currency: str = "USD"
    starting_cash: Decimal = Decimal(1_000_000)
    mode: AccountMode = AccountMode.MARGIN
    latency_ms: float = 5.0
    costs: str = "retail"
    slippage_model: SlippageModel = SlippageModel.BPS
    slippage: float = 1.0
    limit_policy: LimitPolicy = LimitPolicy.TOUCH
    volume_share: float = 0.1
    market_policy: MarketPolicy = MarketPolicy.NEXT_OPEN
    borrow_rate: float = 0.0
    interest_rate: float = 0.0
    roll_days: int = 0

    @property
    def latency_ns(self) -> int:
        """The latency in nanoseconds."""
        return int(self.latency_ms * NS_PER_SECOND / 1000)
