"""Commissions as data: what an order costs, by asset class and profile set."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

import msgspec

from ares_desktop.domain.errors import Finding, UsageError
from ares_desktop.domain.instruments import AssetClass
from ares_desktop.domain.money import ZERO

_BP: Final = Decimal("0.0001")


class Tier(msgspec.Struct, frozen=True):
    """A rate a unit for what is traded in a calendar month beyond ``above`` units.

    Attributes:
        discount: what a unit costs less than the first rate.
    """

    above: Decimal
    discount: Decimal


class Commission(msgspec.Struct, frozen=True, kw_only=True):
    """What one order is charged over all its fills together, in the instrument's currency.

    Attributes:
        per_unit: for each share or contract.
        minimum: of an order.
        maximum_share: bound as a share of the executed value, None for none; it overrides the minimum.
        maker_bps, taker_bps: basis points of the value that added or took liquidity.
        tiers: further rates by the month's volume, each for what lies beyond its bound.
    """

    per_unit: Decimal = ZERO
    minimum: Decimal = ZERO
    maximum_share: Decimal | None = None
    maker_bps: Decimal = ZERO
    taker_bps: Decimal = ZERO
    tiers: tuple[Tier, ...] = ()

    def total(self, quantity: Decimal, maker_value: Decimal, taker_value: Decimal, discount: Decimal = ZERO) -> Decimal:
        """Return the commission of an order that executed ``quantity`` so far; a fill is charged the difference.

        Args:
            quantity: executed by all its fills.
            maker_value: what of it added liquidity was worth.
            taker_value: what of it took liquidity was worth.
            discount: what its fills were granted by :meth:`discount`.
        """
        charge = self.per_unit * quantity - discount
        if self.maker_bps or self.taker_bps:
            charge += (self.maker_bps * maker_value + self.taker_bps * taker_value) * _BP
        charge = max(charge, self.minimum)
        if self.maximum_share is not None:
            most = self.maximum_share * (maker_value + taker_value)
            charge = min(charge, most)
        return charge

    def discount(self, traded: Decimal, quantity: Decimal) -> Decimal:
        """Return what ``quantity`` costs less than by the first rate after ``traded`` units of the month."""
        saved, before = ZERO, ZERO
        after = traded + quantity
        for tier in self.tiers:
            saved += (tier.discount - before) * max(after - max(tier.above, traded), ZERO)
            before = tier.discount
        return saved


NO_COMMISSION: Final = Commission()
IB_FIXED: Final = Commission(per_unit=Decimal("0.005"), minimum=Decimal("1.00"), maximum_share=Decimal("0.01"))
"""Interactive Brokers, US shares, fixed: 0.005 a share, at least 1.00, at most 1 % of the value.

Source: https://www.interactivebrokers.co.uk/en/pricing/commissions-stocks.php. Regulatory fees are left out.
"""
IB_TIERED: Final = Commission(
    per_unit=Decimal("0.0037"),
    minimum=Decimal("0.35"),
    maximum_share=Decimal("0.01"),
    tiers=(
        Tier(Decimal(300_000), Decimal("0.0015")),
        Tier(Decimal(3_000_000), Decimal("0.0020")),
        Tier(Decimal(20_000_000), Decimal("0.0025")),
        Tier(Decimal(100_000_000), Decimal("0.0030")),
    ),
)
"""Interactive Brokers, US shares, tiered: 0.0035 a share and 0.0002 clearing, at least 0.35, at most 1 % of the value.

What lies beyond 300,000, 3, 20 and 100 million shares of a month costs 0.0020, 0.0015, 0.0010 and 0.0005 instead of
0.0035. Source: as :data:`IB_FIXED`. Exchange and regulatory fees depend on where and when an order executes: left out.
"""
IB_FX: Final = Commission(maker_bps=Decimal("0.2"), taker_bps=Decimal("0.2"), minimum=Decimal("2.00"))
"""Interactive Brokers, spot currencies: 0.20 basis points of the value, at least 2.00.

Source: https://www.interactivebrokers.com/en/pricing/commissions-spot-currencies.php.
"""
IB_FUTURES: Final = Commission(per_unit=Decimal("0.85"))
"""Interactive Brokers, US futures, fixed: 0.85 a contract, exchange fees left out.

Source: https://www.interactivebrokers.com/en/pricing/commissions-futures.php.
"""
IB_OPTIONS: Final = Commission(per_unit=Decimal("0.65"), minimum=Decimal("1.00"))
"""Interactive Brokers, US options, fixed: 0.65 a contract, at least 1.00.

Source: https://www.interactivebrokers.com/en/pricing/commissions-options.php.
"""
EXCHANGE: Final = Commission(maker_bps=Decimal(10), taker_bps=Decimal(10))
"""Binance and Bybit, spot, first tier: 0.10 % maker and taker.

Sources: https://www.binance.com/en/fee/trading, https://www.bybit.com/en/help-center/article/Trading-Fee-Structure.
"""
OKX: Final = Commission(maker_bps=Decimal(8), taker_bps=Decimal(10))
"""OKX, spot, first tier: 0.08 % maker, 0.10 % taker. Source: https://www.okx.com/fees."""
KRAKEN: Final = Commission(maker_bps=Decimal(25), taker_bps=Decimal(40))
"""Kraken Pro, spot, first tier: 0.25 % maker, 0.40 % taker. Source: https://www.kraken.com/features/fee-schedule."""
PERPETUAL: Final = Commission(maker_bps=Decimal(2), taker_bps=Decimal(5))
"""Binance, OKX and Kraken, perpetual contracts, first tier: 0.02 % maker, 0.05 % taker.

Sources: https://www.binance.com/en/fee/futureFee and as :data:`OKX` and :data:`KRAKEN`. Funding comes with the data.
"""

_RETAIL: Final[Mapping[AssetClass, Commission]] = {
    AssetClass.EQUITY: IB_FIXED,
    AssetClass.FX: IB_FX,
    AssetClass.CRYPTO: EXCHANGE,
    AssetClass.FUTURE: IB_FUTURES,
    AssetClass.OPTION: IB_OPTIONS,
}
PROFILE_SETS: Final[Mapping[str, Mapping[AssetClass, Commission]]] = {
    "none": {},
    "retail": _RETAIL,
    "tiered": {**_RETAIL, AssetClass.EQUITY: IB_TIERED},
    "okx": {**_RETAIL, AssetClass.CRYPTO: OKX},
    "kraken": {**_RETAIL, AssetClass.CRYPTO: KRAKEN},
    "perpetual": {**_RETAIL, AssetClass.CRYPTO: PERPETUAL},
}
"""Commission of each asset class under a name; a class that is not listed costs nothing."""
PROFILE_NOTES: Final[Mapping[str, str]] = {
    "none": "Nothing is charged.",
    "retail": "Interactive Brokers' fixed prices; crypto at Binance's and Bybit's spot: 0.10 % maker and taker.",
    "tiered": "As retail, with shares at Interactive Brokers' tiers by the month's volume.",
    "okx": "As retail, with crypto at OKX spot's first tier: 0.08 % maker, 0.10 % taker.",
    "kraken": "As retail, with crypto at Kraken Pro spot's first tier: 0.25 % maker, 0.40 % taker.",
    "perpetual": "As retail, with crypto at a perpetual contract's first tier: 0.02 % maker, 0.05 % taker.",
}
"""What each profile set charges, in a line for people."""


def profile_set(name: str) -> Mapping[AssetClass, Commission]:
    """Return the profile set called ``name``.

    Raises:
        UsageError: when there is none.
    """
    try:
        return PROFILE_SETS[name]
    except KeyError:
        remedy = f"Choose one of {', '.join(PROFILE_SETS)}."
        finding = Finding(place="costs", value=name, problem="there is no such set of commissions", remedy=remedy)
        raise UsageError(finding) from None
