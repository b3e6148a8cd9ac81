"""How far the price went against and for a position while it was held, and for how many market events.

Maximum adverse and favorable excursion are those of J. Sweeney, Maximum Adverse Excursion (1996), seen at the
resolution of the data. A fill within a bar is stamped with the bar's end. So the bar of the entry counts as a whole
when it was entered at its open, else with its close alone, and the bar of the exit counts with the exit's price alone.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from ares_desktop.domain.ids import InstrumentId
from ares_desktop.engine.backtest.analysis.tape import Floats, Tape, Times


class Stay(msgspec.Struct, frozen=True, kw_only=True):
    """From when to when a position was held.

    Attributes:
        entry_price: the average.
        first_price: of the first fill, without slippage; NaN when it is not known.
    """

    instrument: InstrumentId
    direction: int
    entry_ns: int
    exit_ns: int
    entry_price: float
    first_price: float
    closed: bool


class Excursion(NamedTuple):
    """``worst`` is 0 or negative, ``best`` 0 or positive, both as fractions of the entry price."""

    bars: int
    worst: float
    best: float


class _Extent(NamedTuple):
    bars: NDArray[np.int64]
    low: Floats
    high: Floats


def excursions(
    stays: Sequence[Stay], exits: Sequence[float], tapes: Mapping[InstrumentId, Sequence[Tape]]
) -> list[Excursion]:
    """Return the excursions of every stay, given the price of its exit or its mark."""
    low = np.array([min(stay.entry_price, price) for stay, price in zip(stays, exits, strict=True)], dtype=np.float64)
    high = np.array([max(stay.entry_price, price) for stay, price in zip(stays, exits, strict=True)], dtype=np.float64)
    bars = np.zeros(len(stays), dtype=np.int64)
    of_instrument: dict[InstrumentId, list[int]] = {}
    for index, stay in enumerate(stays):
        of_instrument.setdefault(stay.instrument, []).append(index)
    for name, members in of_instrument.items():
        for tape in tapes.get(name, ()):
            extent = _extent([stays[index] for index in members], tape)
            low[members] = np.fmin(low[members], extent.low)
            high[members] = np.fmax(high[members], extent.high)
            bars[members] += extent.bars
    return [
        _excursion(stay, *figures)
        for stay, *figures in zip(stays, bars.tolist(), low.tolist(), high.tolist(), strict=True)
    ]


def _excursion(stay: Stay, bars: int, low: float, high: float) -> Excursion:
    entry, scale = stay.entry_price, abs(stay.entry_price) or float("nan")
    down, up = (low - entry) / scale, (high - entry) / scale
    worst, best = (down, up) if stay.direction > 0 else (-up, -down)
    return Excursion(bars, min(worst, 0.0), max(best, 0.0))


def _extent(stays: Sequence[Stay], tape: Tape) -> _Extent:
    entry = np.array([stay.entry_ns for stay in stays], dtype=np.int64)
    leave = np.array([stay.exit_ns for stay in stays], dtype=np.int64)
    closed = np.array([stay.closed for stay in stays], dtype=np.bool_)
    after_entry = np.searchsorted(tape.ts, entry, side="right")
    after_exit = np.searchsorted(tape.ts, leave, side="right")
    # The row of the exit is held through only where the position did not end.
    last = np.where(closed, np.searchsorted(tape.ts, leave, side="left"), after_exit)
    low = _over(np.minimum, tape.low, after_entry, last)
    high = _over(np.maximum, tape.high, after_entry, last)
    at = after_entry - 1
    held = (at >= 0) & (leave > entry)
    at = np.maximum(at, 0)
    held &= tape.ts[at] == entry
    first = np.array([stay.first_price for stay in stays], dtype=np.float64)
    whole = held & (tape.open[at] == first)
    low = np.fmin(low, np.where(whole, tape.low[at], np.where(held, tape.close[at], np.nan)))
    high = np.fmax(high, np.where(whole, tape.high[at], np.where(held, tape.close[at], np.nan)))
    return _Extent(after_exit - after_entry, low, high)


def _over(extreme: np.ufunc, values: Floats, first: Times, last: Times) -> Floats:
    """Return the extremes of many ranges of rows, NaN for an empty one."""
    found = np.full(len(first), np.nan)
    some = last > first
    if not some.any():
        return found
    # reduceat takes pairs of borders; one row more at the end lets a range reach the last row.
    borders = np.column_stack((first[some], last[some])).ravel()
    padded = np.append(values, values[-1])
    skip_nan = np.fmin if extreme is np.minimum else np.fmax
    found[some] = skip_nan.reduceat(padded, borders)[::2]
    return found
