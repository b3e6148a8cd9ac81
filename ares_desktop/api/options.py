"""Chains of options for strategies: expiries, strikes by moneyness, straddles and strangles, and what they are worth.

The contracts are those of the instance's instruments with a strike, a right and an underlying; what is asked is
answered as of the context's time, from what the instance has seen.
"""

from datetime import datetime
from typing import Final, NamedTuple

from ares_desktop.api.context import Context
from ares_desktop.api.option_prices import (
    OptionTerms,
    black_scholes,
    delta,
    implied_volatility,
    realized_volatility,
)
from ares_desktop.domain.ids import InstrumentId
from ares_desktop.domain.instruments import AssetClass, Instrument

__all__ = [
    "OptionPair",
    "OptionTerms",
    "black_scholes",
    "by_moneyness",
    "chain",
    "delta",
    "expiries",
    "implied_volatility",
    "nearest_expiry",
    "realized_volatility",
    "straddle",
    "strangle",
    "terms",
    "volatility_of",
]

_DAY_S: Final = 86_400.0
_YEAR_S: Final = 365 * _DAY_S


class OptionPair(NamedTuple):
    """A call and a put of one expiry."""

    call: InstrumentId
    put: InstrumentId


def chain(context: Context, underlying: InstrumentId, *, right: str = "") -> tuple[Instrument, ...]:
    """Return the options on an underlying that have not expired, by expiry, strike and right.

    Args:
        context: of the strategy.
        underlying: one of its instruments.
        right: ``call`` or ``put``, empty for both.
    """
    now = context.now
    found = [
        (item.expiry, item.strike, item.right, item)
        for item in map(context.instrument, context.instruments)
        if item.asset_class is AssetClass.OPTION
        and item.underlying == underlying
        and right in {"", item.right}
        and item.strike is not None
        and item.expiry is not None
        and item.expiry > now
    ]
    return tuple(item[3] for item in sorted(found, key=lambda item: item[:3]))


def expiries(context: Context, underlying: InstrumentId) -> tuple[datetime, ...]:
    """Return the expiries that are still to come, the next one first."""
    found = {item.expiry for item in chain(context, underlying) if item.expiry is not None}
    return tuple(sorted(found))


def nearest_expiry(context: Context, underlying: InstrumentId, *, min_days: float = 0.0) -> datetime | None:
    """Return the first expiry at least ``min_days`` calendar days away, None when there is none."""
    now = context.now
    later = (moment for moment in expiries(context, underlying) if (moment - now).total_seconds() >= min_days * _DAY_S)
    return next(later, None)


def by_moneyness(
    context: Context, underlying: InstrumentId, expiry: datetime, right: str, moneyness: float = 1.0
) -> InstrumentId | None:
    """Return the option whose strike is nearest to ``moneyness`` times the underlying's price; of two the lower strike.

    None when the underlying has no price yet or there is no such option. Options without a price of their own are left
    out: they can't be traded sensibly.
    """
    spot = context.price(underlying)
    if spot is None:
        return None
    fit = {
        item.id: abs(float(item.strike) - moneyness * spot)
        for item in chain(context, underlying, right=right)
        if item.expiry == expiry and item.strike is not None and context.price(item.id) is not None
    }
    return min(fit, key=lambda name: fit[name], default=None)


def straddle(context: Context, underlying: InstrumentId, expiry: datetime) -> OptionPair | None:
    """Return call and put at the one strike nearest to the price, None where no strike has both with a price."""
    spot = context.price(underlying)
    if spot is None:
        return None
    priced = [
        item for item in chain(context, underlying) if item.expiry == expiry and context.price(item.id) is not None
    ]
    calls = {item.strike: item.id for item in priced if item.right == "call"}
    puts = {item.strike: item.id for item in priced if item.right == "put"}
    strikes = sorted(strike for strike in calls.keys() & puts.keys() if strike is not None)
    best = min(strikes, key=lambda strike: abs(float(strike) - spot), default=None)
    return None if best is None else OptionPair(calls[best], puts[best])


def strangle(context: Context, underlying: InstrumentId, expiry: datetime, width: float) -> OptionPair | None:
    """Return a call ``width`` above and a put as far below the price, as a fraction of it; None where one is missing.

    Strikes are the nearest there are; a call below its put is no strangle and gives None.
    """
    call = by_moneyness(context, underlying, expiry, "call", 1 + width)
    put = by_moneyness(context, underlying, expiry, "put", 1 - width)
    if call is None or put is None:
        return None
    high, low = context.instrument(call).strike, context.instrument(put).strike
    return OptionPair(call, put) if high is not None and low is not None and high >= low else None


def terms(
    context: Context, option: InstrumentId, *, rate: float = 0.0, dividend_yield: float = 0.0
) -> OptionTerms | None:
    """Return what an option's value depends on beside volatility, None while its underlying has no price.

    Raises:
        ValueError: when it is no option.
    """
    item = context.instrument(option)
    if item.strike is None or item.expiry is None or item.underlying is None:
        msg = f"{option} is no option"
        raise ValueError(msg)
    spot = context.price(item.underlying)
    if spot is None or spot <= 0:
        return None
    years = max((item.expiry - context.now).total_seconds() / _YEAR_S, 0.0)
    return OptionTerms(item.right, spot, float(item.strike), years, rate, dividend_yield)


def volatility_of(context: Context, option: InstrumentId, *, rate: float = 0.0) -> float | None:
    """Return the implied volatility of an option's newest price, None when a price is missing or none fits."""
    known, price = terms(context, option, rate=rate), context.price(option)
    return None if known is None or price is None else implied_volatility(price, known)
