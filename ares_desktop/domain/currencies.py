"""What one currency is worth in another, by the newest price of a pair."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from decimal import Decimal, localcontext
from math import isfinite

import msgspec

from ares_desktop.domain.ids import InstrumentId
from ares_desktop.domain.instruments import AssetClass, Instrument
from ares_desktop.domain.money import MONEY_CONTEXT, ONE, decimal


def pair_of(instrument: Instrument) -> tuple[str, str] | None:
    """Return base and quote currency of a pair such as ``EURUSD`` or ``EUR.USD``, None for what is no pair."""
    if instrument.asset_class is not AssetClass.FX:
        return None
    letters = "".join(letter for letter in instrument.symbol.upper() if letter.isalpha())
    return (letters[:3], letters[3:]) if len(letters) == 6 else None  # noqa: PLR2004 - two codes of ISO 4217


class FxRate(msgspec.Struct, frozen=True, kw_only=True):
    """What one unit of a currency was worth in another, and when.

    Attributes:
        rate: units of ``quote`` for one of ``base``; positive.
        at: when the price was made that it comes from, aware UTC.
        source: the pair it was read from.
    """

    base: str
    quote: str
    rate: Decimal
    at: datetime
    source: str = ""

    def inverse(self) -> "FxRate":
        """Return the same rate the other way round."""
        with localcontext(MONEY_CONTEXT):
            return FxRate(base=self.quote, quote=self.base, rate=ONE / self.rate, at=self.at, source=self.source)

    def age(self, now: datetime) -> timedelta:
        """Return how old it is."""
        return now - self.at


class CurrencyRates:
    """Converts by a pair of two currencies, either way round; there is no rate over a third one.

    Args:
        last_price: the newest price of an instrument, None before the first.
    """

    def __init__(self, last_price: Callable[[InstrumentId], float | None]) -> None:
        self._last_price = last_price
        self._pairs: dict[tuple[str, str], tuple[InstrumentId, bool]] = {}

    def add(self, instruments: Iterable[Instrument]) -> None:
        """Learn which instruments are pairs."""
        for instrument in instruments:
            pair = pair_of(instrument)
            if pair is not None:
                base, quoted = pair
                self._pairs[base, quoted] = (instrument.id, False)
                self._pairs[quoted, base] = (instrument.id, True)

    def pair(self, currency: str, into: str) -> tuple[InstrumentId, bool] | None:
        """Return the pair that converts, and whether by the inverse of its price; None when there is none."""
        return self._pairs.get((currency, into))

    def rate(self, currency: str, into: str) -> Decimal | None:
        """Return what one unit of ``currency`` is worth in ``into``, None when no pair has a price."""
        if currency == into:
            return ONE
        found = self._pairs.get((currency, into))
        if found is None:
            return None
        price = self._last_price(found[0])
        if price is None or not isfinite(price) or price <= 0:
            return None
        if not found[1]:
            return decimal(price)
        with localcontext(MONEY_CONTEXT):
            return ONE / decimal(price)
