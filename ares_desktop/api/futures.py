"""Chains of futures for strategies: which contract to hold, when to roll, and the curve of their prices.

The contracts are those of the instance's instruments that have a root and an expiry; what is asked is answered as of
the context's time, from what the instance has seen.
"""

from datetime import datetime, timedelta
from decimal import Decimal, localcontext
from typing import Final

import numpy as np

from ares_desktop.api.context import Context
from ares_desktop.api.orders import OrderHandle
from ares_desktop.api.term_structure import RollYield, TermPoint, TermStructure
from ares_desktop.domain.ids import InstrumentId
from ares_desktop.domain.instruments import AssetClass, Instrument
from ares_desktop.domain.money import MONEY_CONTEXT, decimal, round_down

__all__ = [
    "RollYield",
    "TermPoint",
    "TermStructure",
    "chain",
    "days_left",
    "front",
    "held",
    "most_traded",
    "roll",
    "sessions_left",
    "successor",
    "term_structure",
    "volume_moved",
]

_DAY_S: Final = 86_400


def chain(context: Context, root: str) -> tuple[Instrument, ...]:
    """Return the futures of a root that have not expired, the next one to expire first."""
    now = context.now
    found = [
        (instrument.expiry, name, instrument)
        for name in context.instruments
        if (instrument := context.instrument(name)).root == root
        and instrument.asset_class is AssetClass.FUTURE
        and instrument.expiry is not None
        and instrument.expiry > now
    ]
    return tuple(instrument for _, _, instrument in sorted(found, key=lambda item: item[:2]))


def days_left(context: Context, instrument: InstrumentId) -> float:
    """Return calendar days to the expiry, fractions included, negative after it.

    Raises:
        ValueError: when the instrument does not expire.
    """
    return (_expiry(context, instrument) - context.now).total_seconds() / _DAY_S


def sessions_left(context: Context, instrument: InstrumentId) -> int:
    """Return how many weekdays are not over yet, the one of the expiry included; holidays are not known.

    Days end at the time of day of the expiry: of an option that ends on Friday at 16:00 in New York 1 is left after
    Thursday's close, of a future that ends with Wednesday in UTC 2 while Tuesday lasts there.

    Raises:
        ValueError: when the instrument does not expire.
    """
    expiry = _expiry(context, instrument)
    days = -((context.now - expiry) // timedelta(days=1))
    # What ends at midnight belongs to the day before.
    last = (expiry - timedelta(microseconds=1)).date()
    return int(np.busday_count(last - timedelta(days=days - 1), last + timedelta(days=1))) if days > 0 else 0


def front(context: Context, root: str, *, min_days: float = 0.0) -> InstrumentId | None:
    """Return the first contract to expire with at least ``min_days`` calendar days left, None when there is none."""
    return next((item.id for item in chain(context, root) if days_left(context, item.id) >= min_days), None)


def most_traded(context: Context, root: str, *, bars: int = 5) -> InstrumentId | None:
    """Return the contract with the greatest volume in its last bars; None where no volume is known."""
    volumes = {item.id: _volume(context, item.id, bars) for item in chain(context, root)}
    known = {name: volume for name, volume in volumes.items() if volume is not None and volume > 0}
    return max(known, key=lambda name: known[name], default=None)


def successor(context: Context, instrument: InstrumentId, *, min_days: float = 0.0) -> InstrumentId | None:
    """Return the next contract of its chain to expire after it, with ``min_days`` left, None when there is none."""
    end = _expiry(context, instrument)
    later = chain(context, context.instrument(instrument).root)
    fit = (item.id for item in later if item.expiry is not None and item.expiry > end)
    return next((name for name in fit if days_left(context, name) >= min_days), None)


def volume_moved(context: Context, instrument: InstrumentId, into: InstrumentId, *, bars: int = 3) -> bool:
    """Say whether the later contract traded more in each of the last bars; False while a volume is unknown."""
    one, other = context.bars(instrument, bars), context.bars(into, bars)
    if len(one) < bars or len(other) < bars or not np.array_equal(one.end, other.end):
        return False
    return bool(np.all(other.volume > one.volume))


def term_structure(context: Context, root: str) -> TermStructure:
    """Return the curve of a root's newest prices; contracts without a price are left out."""
    prices = ((item.id, context.price(item.id)) for item in chain(context, root))
    return TermStructure(
        TermPoint(name, days_left(context, name), price) for name, price in prices if price is not None
    )


def held(context: Context, root: str) -> tuple[InstrumentId, ...]:
    """Return the contracts of a root in which this instance has a position or a working order."""
    names = (item.id for item in chain(context, root))
    return tuple(name for name in names if context.position(name).quantity or context.orders(name))


def roll(context: Context, root: str, into: InstrumentId, *, reason: str = "") -> tuple[OrderHandle, ...]:
    """Close every other contract of a root and open as much of ``into`` for it, by value, with its sign.

    Both are market orders sent together, so until the old one has filled the gate counts both: a strategy that uses
    more than half of its budget closes first and opens when that has filled. Nothing is done while an order in one of
    the contracts works, or a price is missing: ask again with the next bar.

    Returns:
        The orders, empty when there is nothing to roll or it must wait.

    Raises:
        ValueError: when ``into`` is no contract of the root that still trades.
    """
    names = [item.id for item in chain(context, root)]
    if into not in names:
        msg = f"{into} is no contract of {root or 'a root'} that still trades"
        raise ValueError(msg)
    old = [name for name in names if name != into and context.position(name).quantity]
    prices = {name: context.price(name) for name in (*old, into)}
    if not old or any(context.orders(name) for name in names) or not all(prices.values()):
        return ()
    text = reason or f"rolled to {into}"
    made: list[OrderHandle | None] = []
    with localcontext(MONEY_CONTEXT):
        value = sum(context.position(name).quantity * _unit(context, name, prices[name]) for name in old)
        more = round_down(value / _unit(context, into, prices[into]), context.instrument(into).lot_size)
    made += [context.target(name, 0, reason=text) for name in old]
    made.append(context.target(into, context.position(into).quantity + more, reason=text))
    return tuple(order for order in made if order is not None)


def _unit(context: Context, name: InstrumentId, price: float | None) -> Decimal:
    return decimal(price or 0.0) * context.instrument(name).multiplier


def _volume(context: Context, name: InstrumentId, bars: int) -> float | None:
    volumes = context.bars(name, bars).volume
    return None if not len(volumes) or np.isnan(volumes).any() else float(volumes.sum())


def _expiry(context: Context, instrument: InstrumentId) -> datetime:
    expiry = context.instrument(instrument).expiry
    if expiry is None:
        msg = f"{instrument} does not expire"
        raise ValueError(msg)
    return expiry
