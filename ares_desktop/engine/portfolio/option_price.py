"""What an option is worth and how it moves, by the formula of Black and Scholes."""

from math import exp, log, sqrt
from statistics import NormalDist
from typing import Final, NamedTuple

from ares_desktop.domain.instruments import AssetClass, Instrument

_NORMAL: Final = NormalDist()
_WIDEST: Final = 8.0
_STEPS: Final = 80
_NARROWEST: Final = 1e-4


class OptionTerms(NamedTuple):
    """One contract at one moment; ``years`` until it expires."""

    strike: float
    call: bool
    years: float

    @classmethod
    def of(cls, instrument: Instrument, years: float) -> "OptionTerms | None":
        """Return the terms of an option, None for anything else, for unknown terms and after its end."""
        known = instrument.asset_class is AssetClass.OPTION and instrument.right in {"call", "put"}
        if not known or not instrument.strike or years <= 0:
            return None
        return cls(float(instrument.strike), instrument.right == "call", years)

    def price(self, underlying: float, volatility: float) -> float:
        """Return the value of one unit, riskless rate and dividends zero.

        Source: Black, Scholes (1973), The pricing of options and corporate liabilities, equation 13.
        """
        if underlying <= 0:
            return 0.0 if self.call else self.strike
        deviation = volatility * sqrt(self.years)
        if deviation <= 0:
            return max(underlying - self.strike if self.call else self.strike - underlying, 0.0)
        d1 = log(underlying / self.strike) / deviation + deviation / 2
        d2 = d1 - deviation
        sign = 1.0 if self.call else -1.0
        return sign * (underlying * _NORMAL.cdf(sign * d1) - self.strike * _NORMAL.cdf(sign * d2))

    def delta(self, underlying: float, volatility: float) -> float:
        """Return how much its value changes with one unit of the underlying's price."""
        deviation = volatility * sqrt(self.years)
        d1 = log(underlying / self.strike) / deviation + deviation / 2
        return _NORMAL.cdf(d1) if self.call else _NORMAL.cdf(d1) - 1.0

    def implied(self, underlying: float, price: float) -> float | None:
        """Return the volatility at which the formula gives this price, None when none from 0.01 to 800 % does."""
        low, high = _NARROWEST, _WIDEST
        if underlying <= 0 or not self.price(underlying, low) < price < self.price(underlying, high):
            return None
        for _ in range(_STEPS):
            middle = exp((log(low) + log(high)) / 2)
            if self.price(underlying, middle) < price:
                low = middle
            else:
                high = middle
        return exp((log(low) + log(high)) / 2)
