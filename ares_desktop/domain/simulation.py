"""How the simulated venue fills, charges and lends."""

from decimal import Decimal
from enum import StrEnum
from typing import Final

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
    RANDOM = "random"


class SimulationSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything a simulated account is configured with.

    Attributes:
        starting_cash: given once, when the account is opened, in ``currency``.
        latency_ms: market time between an order's arrival and its first chance to match.
        costs: name of a commission profile set, see :mod:`ares_desktop.engine.simulation.costs`.
        cost_factor: every commission is multiplied by it.
        slippage: basis points (for ``random`` their mean), share of the spread, or impact factor, as
            ``slippage_model`` reads it.
        seed: of random slippage.
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
    cost_factor: float = 1.0
    seed: int = 0

    @property
    def latency_ns(self) -> int:
        """The latency in nanoseconds."""
        return int(self.latency_ms * NS_PER_SECOND / 1000)


_HARSHER: Final = 3.0


def stressed(settings: SimulationSettings) -> SimulationSettings:
    """Return the same account where everything goes worse: what a result must survive to be believed.

    Commissions double. Slippage, latency and what is lent cost three times as much, market orders fill at the worst
    price of their bar, limit orders only when the price goes through them, and half of the volume is there.
    """
    model = SlippageModel.BPS if settings.slippage_model is SlippageModel.NONE else settings.slippage_model
    return msgspec.structs.replace(
        settings,
        cost_factor=2 * settings.cost_factor,
        slippage_model=model,
        slippage=_HARSHER * (settings.slippage or 1.0),
        latency_ms=_HARSHER * settings.latency_ms,
        borrow_rate=_HARSHER * settings.borrow_rate,
        interest_rate=_HARSHER * settings.interest_rate,
        volume_share=settings.volume_share / 2,
        limit_policy=LimitPolicy.THROUGH,
        market_policy=MarketPolicy.WORST,
    )
