"""Tradable contracts: tick, lot, multiplier, currency and hours."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum

import msgspec

from ares_desktop.domain.ids import InstrumentId, split_instrument_id


class AssetClass(StrEnum):
    """What kind of contract an instrument is."""

    EQUITY = "equity"
    FX = "fx"
    CRYPTO = "crypto"
    FUTURE = "future"
    OPTION = "option"
    INDEX = "index"


class Instrument(msgspec.Struct, frozen=True, kw_only=True):
    """A contract and the rules for its orders.

    Attributes:
        tick_size: smallest price step, in quote currency.
        lot_size: smallest quantity step.
        multiplier: quote currency per point of price and unit of quantity.
        min_notional: smallest order value in quote currency, zero for none.
        calendar: name of its trading calendar (``XNYS``, ``24/5``, ``24/7``).
        margin_rate: initial margin as a share of notional; 0.5 for shares under Regulation T.
        tradable: False for an index, which only informs.
        expiry: when trading in a contract ends, aware UTC; None for what does not expire.
        root: what the contracts of one chain share, such as ``ES``; empty for what has no successor.
        strike: price at which an option may be exercised, quote currency; None for what is no option.
        right: ``call`` or ``put`` of an option, else empty.
        underlying: what an option is written on, None for what is no option.
        sector: the industry of a share, as the Global Industry Classification Standard calls it; empty when unknown.
    """

    id: InstrumentId
    asset_class: AssetClass = AssetClass.EQUITY
    description: str = ""
    currency: str = "USD"
    tick_size: Decimal = Decimal("0.01")
    lot_size: Decimal = Decimal(1)
    multiplier: Decimal = Decimal(1)
    min_notional: Decimal = Decimal(0)
    margin_rate: Decimal = Decimal("0.5")
    calendar: str = "XNYS"
    tradable: bool = True
    shortable: bool = True
    expiry: datetime | None = None
    root: str = ""
    strike: Decimal | None = None
    right: str = ""
    underlying: InstrumentId | None = None
    sector: str = ""

    @property
    def symbol(self) -> str:
        """The symbol without its venue."""
        return split_instrument_id(self.id)[0]

    @property
    def venue(self) -> str:
        """Where orders for it execute."""
        return split_instrument_id(self.id)[1]
