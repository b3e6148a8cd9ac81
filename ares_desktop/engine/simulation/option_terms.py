"""What an option is worth at its end, and what a short one asks of the account until then."""

from typing import Final, NamedTuple, Self

from ares_desktop.domain.ids import InstrumentId
from ares_desktop.domain.instruments import AssetClass, Instrument

_FULL: Final = 0.2
_LEAST: Final = 0.1


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
        """Return what one unit sold short needs beside its own value, at a price of the underlying.

        20 % of the underlying's price less what the option is out of the money, at least 10 % of that price for a call
        and of the strike for a put: FINRA rule 4210(f)(2)(D) and Cboe rule 10.3 for listed equity options. Each option
        counts by itself; that a spread, a straddle or shares held would ask for less is not considered.
        """
        outside = max(self.strike - price if self.call else price - self.strike, 0.0)
        return max(_FULL * price - outside, _LEAST * (price if self.call else self.strike))
