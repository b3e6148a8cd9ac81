"""How far the price went against and for a position while it was held, and for how many market events.

Maximum adverse and favorable excursion are those of J. Sweeney, Maximum Adverse Excursion (1996), seen at the
resolution of the data. A fill within a bar is stamped with the bar's end. So the bar of the entry counts as a whole
when it was entered at its open, else with its close alone, and the bar of the exit counts with the exit's price alone.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ares_desktop.engine.backtest.analysis.tape import Floats, Tape, Times


class Stays(NamedTuple):
    """From when to when positions in one instrument were held, one row a position.

    Attributes:
        closed: False for what was held to the end.
        entry_price: the average; ``exit_price``: the average or the mark.
        first_price: of the first fill, without slippage; NaN when it is not known.
    """

    direction: Floats
    entry_ns: Times
    exit_ns: Times
    closed: NDArray[np.bool_]
    entry_price: Floats
    exit_price: Floats
    first_price: Floats


class Excursions(NamedTuple):
    """One row a position: ``worst`` is 0 or negative, ``best`` 0 or positive, as fractions of the entry price."""

    bars: NDArray[np.int64]
    worst: Floats
    best: Floats


class _Extent(NamedTuple):
    bars: NDArray[np.int64]
    low: Floats
    high: Floats


def excursions(stays: Stays, tapes: Sequence[Tape]) -> Excursions:
    """Return the excursions of positions by the prices of their instrument."""
    low, high = np.fmin(stays.entry_price, stays.exit_price), np.fmax(stays.entry_price, stays.exit_price)
    bars = np.zeros(len(low), dtype=np.int64)
    for tape in tapes:
        extent = _extent(stays, tape)
        low, high = np.fmin(low, extent.low), np.fmax(high, extent.high)
        bars += extent.bars
    scale = np.where(stays.entry_price == 0, np.nan, np.abs(stays.entry_price))
    down, up = np.minimum((low - stays.entry_price) / scale, 0.0), np.maximum((high - stays.entry_price) / scale, 0.0)
    long = stays.direction > 0
    # Adding zero makes a negative zero a plain one.
    return Excursions(bars, np.where(long, down, -up) + 0.0, np.where(long, up, -down) + 0.0)


def _extent(stays: Stays, tape: Tape) -> _Extent:
    after_entry = np.searchsorted(tape.ts, stays.entry_ns, side="right")
    after_exit = np.searchsorted(tape.ts, stays.exit_ns, side="right")
    # The row of the exit is held through only where the position did not end.
    last = np.where(stays.closed, np.searchsorted(tape.ts, stays.exit_ns, side="left"), after_exit)
    low, high = _over(np.fmin, tape.low, after_entry, last), _over(np.fmax, tape.high, after_entry, last)
    at = np.maximum(after_entry - 1, 0)
    held = (after_entry > 0) & (stays.exit_ns > stays.entry_ns) & (tape.ts[at] == stays.entry_ns)
    whole = held & (tape.open[at] == stays.first_price)
    close = np.where(held, tape.close[at], np.nan)
    low = np.fmin(low, np.where(whole, tape.low[at], close))
    high = np.fmax(high, np.where(whole, tape.high[at], close))
    return _Extent(after_exit - after_entry, low, high)


def _over(extreme: np.ufunc, values: Floats, first: NDArray[np.intp], last: NDArray[np.intp]) -> Floats:
    """Return the extremes of many ranges of rows, NaN for an empty one."""
    found = np.full(len(first), np.nan)
    some = last > first
    if not some.any():
        return found
    # reduceat takes pairs of borders; one row more at the end lets a range reach the last row.
    borders = np.column_stack((first[some], last[some])).ravel()
    found[some] = extreme.reduceat(np.append(values, values[-1]), borders)[::2]
    return found
