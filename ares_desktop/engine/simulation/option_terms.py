"""What an option is worth at its end, and what a short one asks of the account until then."""

from typing import NamedTuple, Self

from ares_desktop.domain.ids import InstrumentId
from ares_desktop.domain.instruments import AssetClass, Instrument
from ares_desktop.domain.option_margin import short_option_margin


class OptionTerms(NamedTuple):
    """Strike, right and underlying of one contract, as numbers."""

    underlying: InstrumentId
    strike: float
    call: bool

    @classmethod
    def of(cls, instrument: Instrument) -> Self | None:
        """Return the terms of an option, None for anything else or for one whose terms are not known."""
        if instrument.asset_class is not AssetClass.OPTION or instrument.strike is None:
            return None
        if instrument.underlying is None or instrument.right not in {"call", "put"}:
            return None
        return cls(instrument.underlying, float(instrument.strike), instrument.right == "call")

    def intrinsic(self, price: float) -> float:
        """Return what exercise is worth for one unit at a price of the underlying, never below zero."""
        return max(price - self.strike if self.call else self.strike - price, 0.0)

    def short_margin(self, price: float) -> float:
        """Return what one unit sold short needs beside its own value, see :func:`short_option_margin`."""
        return short_option_margin(self.strike, price, call=self.call)
