"""Commissions as data: what an order costs, by asset class and profile set."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

import msgspec

from ares_desktop.domain.errors import Finding, UsageError
from ares_desktop.domain.instruments import AssetClass
from ares_desktop.domain.money import ZERO

_BP: Final = Decimal("0.0001")


class Commission(msgspec.Struct, frozen=True, kw_only=True):
    """What one order is charged over all its fills together, in the instrument's currency.

    Attributes:
        per_unit: for each share or contract.
        minimum: of an order.
        maximum_share: bound as a share of the executed value, None for none; it overrides the minimum.
        maker_bps, taker_bps: basis points of the value that added or took liquidity.
    """

    per_unit: Decimal = ZERO
    minimum: Decimal = ZERO
    maximum_share: Decimal | None = None
    maker_bps: Decimal = ZERO
    taker_bps: Decimal = ZERO

    def total(self, quantity: Decimal, maker_value: Decimal, taker_value: Decimal) -> Decimal:
        """Return the commission of an order that executed ``quantity`` so far; a fill is charged the difference."""
        charge = self.per_unit * quantity
        if self.maker_bps or self.taker_bps:
            charge += (self.maker_bps * maker_value + self.taker_bps * taker_value) * _BP
        charge = max(charge, self.minimum)
        if self.maximum_share is not None:
            most = self.maximum_share * (maker_value + taker_value)
            charge = min(charge, most)
        return charge


NO_COMMISSION: Final = Commission()
IB_FIXED: Final = Commission(per_unit=Decimal("0.005"), minimum=Decimal("1.00"), maximum_share=Decimal("0.01"))
"""Interactive Brokers, US shares, fixed: 0.005 a share, at least 1.00, at most 1 % of the value.

Source: https://www.interactivebrokers.co.uk/en/pricing/commissions-stocks.php. Regulatory fees are left out.
"""
IB_TIERED: Final = Commission(per_unit=Decimal("0.0037"), minimum=Decimal("0.35"), maximum_share=Decimal("0.01"))
"""Interactive Brokers, US shares, tiered up to 300,000 shares a month: 0.0035 a share and 0.0002 clearing.

Source: as :data:`IB_FIXED`. Exchange and regulatory fees depend on where and when an order executes: left out.
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
"""A crypto exchange's first tier: 0.1 % maker and taker. Source: https://www.binance.com/en/fee/trading."""

PROFILE_SETS: Final[Mapping[str, Mapping[AssetClass, Commission]]] = {
    "none": {},
    "retail": {
        AssetClass.EQUITY: IB_FIXED,
        AssetClass.FX: IB_FX,
        AssetClass.CRYPTO: EXCHANGE,
        AssetClass.FUTURE: IB_FUTURES,
        AssetClass.OPTION: IB_OPTIONS,
    },
    "tiered": {
        AssetClass.EQUITY: IB_TIERED,
        AssetClass.FX: IB_FX,
        AssetClass.CRYPTO: EXCHANGE,
        AssetClass.FUTURE: IB_FUTURES,
        AssetClass.OPTION: IB_OPTIONS,
    },
}
"""Commission of each asset class under a name; a class that is not listed costs nothing."""


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
