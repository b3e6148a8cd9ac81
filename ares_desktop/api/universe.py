"""Which of many instruments a strategy looks at: filters, a ranking, and nothing that was not known yet.

.. code-block:: python

    liquid = (close_over(5), dollar_volume_over(25e6), history_of(250))
    chosen = select(bars_of_all(self.context, 250), *liquid, key=returned(63), top=3)

A filter says of an instrument's bars whether it belongs, a key what it is ranked by; both are plain functions of
:class:`~ares_desktop.api.Bars`, so a strategy adds its own beside those of this module. ``InstrumentId`` is the type
of an instrument's name, for annotations.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from math import isnan, nan
from typing import Final

import numpy as np

from ares_desktop.api.context import Context
from ares_desktop.api.series import Bars
from ares_desktop.domain.ids import InstrumentId
from ares_desktop.domain.market import to_ns

__all__ = [
    "Filter",
    "InstrumentId",
    "Key",
    "bars_of_all",
    "close_over",
    "dollar_volume",
    "dollar_volume_over",
    "fresh",
    "history_of",
    "informing",
    "known_at",
    "returned",
    "select",
    "tradable",
]

Filter = Callable[[Bars], bool]
"""Says of bars, oldest first and never none of them, whether their instrument belongs to the universe."""
Key = Callable[[Bars], float]
"""What instruments are ranked by, the greatest first; one of which it is NaN is not ranked."""

_NS_PER_US: Final = 1000


def tradable(context: Context) -> tuple[InstrumentId, ...]:
    """Return the instance's instruments that can be traded; an index is data alone."""
    return tuple(name for name in context.instruments if context.instrument(name).tradable)


def informing(context: Context) -> tuple[InstrumentId, ...]:
    """Return the instance's instruments that only inform, such as an index or a ratio, in their order."""
    return tuple(name for name in context.instruments if not context.instrument(name).tradable)


def bars_of_all(
    context: Context, count: int, instruments: Iterable[InstrumentId] | None = None
) -> dict[InstrumentId, Bars]:
    """Return the last ``count`` closed bars of each instrument that has any, of the tradable ones by default."""
    names = tradable(context) if instruments is None else instruments
    found = {name: context.bars(name, count) for name in names}
    return {name: bars for name, bars in found.items() if len(bars)}


def known_at(bars: Bars, at: datetime) -> Bars:
    """Return the bars that had closed at a time; one that ends at that moment counts.

    Raises:
        ValueError: when the time has no zone.
    """
    last = int(np.searchsorted(bars.end, to_ns(at), side="right"))
    values = (bars.open[:last], bars.high[:last], bars.low[:last], bars.close[:last], bars.volume[:last])
    return Bars(bars.instrument, bars.start[:last], bars.end[:last], *values)


def select(
    market: Mapping[InstrumentId, Bars],
    *filters: Filter,
    key: Key | None = None,
    top: int | None = None,
    at: datetime | None = None,
) -> tuple[InstrumentId, ...]:
    """Return the instruments that pass every filter.

    Args:
        market: bars of each, oldest first.
        filters: all of them have to say yes.
        key: ranks what passed, the greatest first; of equal ones the first by name. Without a key the order is that
            of ``market``.
        top: at most so many, from the first on.
        at: bars that closed later are not looked at; None for all there are.

    Raises:
        ValueError: when ``top`` is negative or the time has no zone.
    """
    if top is not None and top < 0:
        msg = f"top must be 0 or more, was {top}"
        raise ValueError(msg)
    seen = {name: bars if at is None else known_at(bars, at) for name, bars in market.items()}
    passed = [name for name, bars in seen.items() if len(bars) and all(admits(bars) for admits in filters)]
    if key is not None:
        ranks = {name: key(seen[name]) for name in passed}
        passed = sorted((name for name in passed if not isnan(ranks[name])), key=lambda name: (-ranks[name], name))
    return tuple(passed[:top])


def close_over(price: float) -> Filter:
    """Admit what closed above a price, in quote currency."""
    return lambda bars: bool(bars.close[-1] > price)


def dollar_volume_over(value: float, bars: int = 20) -> Filter:
    """Admit what more than ``value`` of quote currency was traded of in a bar, on the average of the last ``bars``."""
    traded = dollar_volume(bars)
    return lambda seen: traded(seen) > value


def history_of(bars: int) -> Filter:
    """Admit what has at least so many bars."""
    return lambda seen: len(seen) >= bars


def fresh(at: datetime, within: timedelta) -> Filter:
    """Admit what has a bar that closed at most ``within`` before a time: not what is no longer quoted.

    Raises:
        ValueError: when the time has no zone.
    """
    oldest = to_ns(at) - round(within / timedelta(microseconds=1)) * _NS_PER_US
    return lambda bars: bool(bars.end[-1] >= oldest)


def dollar_volume(bars: int = 20) -> Key:
    """Rank by the mean of close times volume over the last ``bars``; NaN with fewer, or where one has no volume."""

    def mean(seen: Bars) -> float:
        if len(seen) < bars:
            return nan
        return float(np.mean(seen.close[-bars:] * seen.volume[-bars:]))

    return mean


def returned(bars: int) -> Key:
    """Rank by the return over the last ``bars`` as a fraction; NaN where there are not as many and one more."""

    def change(seen: Bars) -> float:
        if len(seen) <= bars or not seen.close[-1 - bars] > 0:
            return nan
        return float(seen.close[-1] / seen.close[-1 - bars] - 1)

    return change
