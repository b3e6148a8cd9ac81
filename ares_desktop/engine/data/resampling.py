"""Longer bars out of ticks or shorter bars, over whole columns at once."""

import numpy as np
from numpy.typing import NDArray

from ares_desktop.domain.market import BarSpec, DataKind
from ares_desktop.engine.data.series import Series
from ares_desktop.engine.data.sessions import intervals

Floats = NDArray[np.float64]


def resample(series: Series, spec: BarSpec) -> Series:
    """Return bars of length ``spec``: of trades by price, of quotes by their middle, of bars from their four prices.

    An interval without data has no bar. Daily bars hold what lies inside the session. Bars longer than ``spec`` are
    left out, since they can't be divided.
    """
    track = series.tracks()[0]
    opens, highs, lows, closes, volumes = _prices(track)
    start, end, valid = intervals(track.starts, spec, track.instrument.calendar)
    if track.kind is DataKind.BARS:
        valid &= track.ts <= end
    rows = np.flatnonzero(valid)
    first = np.flatnonzero(np.diff(start[rows], prepend=np.int64(-1))) if len(rows) else rows
    last = np.append(first[1:], len(rows)) - 1 if len(rows) else rows
    columns = {
        "start": start[rows][first],
        "end": end[rows][first],
        "open": opens[rows][first],
        "high": np.maximum.reduceat(highs[rows], first) if len(rows) else highs[rows],
        "low": np.minimum.reduceat(lows[rows], first) if len(rows) else lows[rows],
        "close": closes[rows][last],
        "volume": np.add.reduceat(volumes[rows], first) if len(rows) else volumes[rows],
    }
    return Series(instrument=track.instrument, kind=DataKind.BARS, spec=spec, columns=columns)


def _prices(track: Series) -> tuple[Floats, Floats, Floats, Floats, Floats]:
    """Return open, high, low, close and volume of each row."""
    column = {name: np.asarray(values, dtype=np.float64) for name, values in track.columns.items()}
    if track.kind is DataKind.BARS:
        return column["open"], column["high"], column["low"], column["close"], column["volume"]
    if track.kind is DataKind.TRADES:
        price = column["price"]
        return price, price, price, price, column["size"]
    middle = (column["bid"] + column["ask"]) / 2
    return middle, middle, middle, middle, np.full(len(track), np.nan)
