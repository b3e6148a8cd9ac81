"""What options are worth: Black-Scholes prices and deltas, implied and realized volatility.

Prices and strikes in quote currency a unit of the underlying, times in years, volatilities and rates as fractions a
year with continuous compounding.
"""

from collections.abc import Sequence
from math import erfc, exp, isfinite, log, nan, sqrt
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

_HIGHEST: Final = 10.0
"""Volatility beyond which no price is looked for: 1000 % a year."""
_LOWEST: Final = 1e-6
_SESSIONS: Final = 252
_RIGHTS: Final = {"call": 1.0, "put": -1.0}


class OptionTerms(NamedTuple):
    """One European option at one moment.

    Attributes:
        right: ``call`` or ``put``.
        spot: price of the underlying.
        strike: price at which it may be exercised.
        years: time to expiry.
        rate: riskless rate.
        dividend_yield: of the underlying.
    """

    right: str
    spot: float
    strike: float
    years: float
    rate: float = 0.0
    dividend_yield: float = 0.0


def black_scholes(terms: OptionTerms, volatility: float) -> float:
    """Return the price of a European option; at expiry or without volatility it is the discounted intrinsic value.

    F. Black and M. Scholes, The Pricing of Options and Corporate Liabilities (Journal of Political Economy, 1973), with
    the continuous dividend yield of R. Merton, Theory of Rational Option Pricing (1973).

    Raises:
        ValueError: when spot or strike is not positive, time or volatility negative, or the right unknown.
    """
    sign, spot, strike = _checked(terms, volatility)
    spread = volatility * sqrt(terms.years)
    if not spread:
        return max(sign * (spot - strike), 0.0)
    upper = log(spot / strike) / spread + spread / 2
    return sign * (spot * _normal(sign * upper) - strike * _normal(sign * (upper - spread)))


def delta(terms: OptionTerms, volatility: float) -> float:
    """Return how much the price moves with the underlying, -1 to 1.

    Raises:
        ValueError: as :func:`black_scholes`.
    """
    sign, spot, strike = _checked(terms, volatility)
    spread = volatility * sqrt(terms.years)
    fade = exp(-terms.dividend_yield * terms.years)
    if not spread:
        return sign * fade * (sign * (spot - strike) > 0)
    return sign * fade * _normal(sign * (log(spot / strike) / spread + spread / 2))


def implied_volatility(price: float, terms: OptionTerms) -> float | None:
    """Return the volatility whose Black-Scholes price is ``price``, None where no volatility gives it.

    Found by Brent's method (``scipy.optimize.brentq``). None also below the intrinsic value, above what an option can
    be worth, and at expiry.

    Raises:
        ValueError: as :func:`black_scholes`.
    """
    from scipy.optimize import brentq  # type: ignore[import-untyped]  # noqa: PLC0415 - slow to load, so when needed

    _checked(terms, 0.0)
    if not isfinite(price) or not terms.years:
        return None
    if not black_scholes(terms, _LOWEST) < price < black_scholes(terms, _HIGHEST):
        return None
    return float(brentq(lambda value: black_scholes(terms, value) - price, _LOWEST, _HIGHEST, xtol=1e-10))


def realized_volatility(closes: Sequence[float] | NDArray[np.float64], *, year: float = _SESSIONS) -> float:
    """Return the annualized volatility of logarithmic returns, NaN with fewer than two returns.

    The root of their mean square times ``year``, without taking a mean off, as variance swaps define it
    (K. Demeterfi, E. Derman, M. Kamal, J. Zou, More Than You Ever Wanted to Know about Volatility Swaps, 1999).

    Args:
        closes: oldest first, above zero.
        year: returns in a year.
    """
    returns = np.diff(np.log(np.asarray(closes, dtype=np.float64)))
    return float(sqrt(float(np.mean(returns**2)) * year)) if len(returns) > 1 else nan


def _checked(terms: OptionTerms, volatility: float) -> tuple[float, float, float]:
    """Return the sign of the right, and spot and strike discounted to now."""
    sign = _RIGHTS.get(terms.right)
    if sign is None:
        msg = f"right must be call or put, was {terms.right!r}"
        raise ValueError(msg)
    if not (terms.spot > 0 and terms.strike > 0 and terms.years >= 0 and volatility >= 0):
        msg = f"spot and strike must be positive, years and volatility not negative, was {terms}, {volatility}"
        raise ValueError(msg)
    spot = terms.spot * exp(-terms.dividend_yield * terms.years)
    return sign, spot, terms.strike * exp(-terms.rate * terms.years)


def _normal(value: float) -> float:
    return erfc(-value / sqrt(2)) / 2
