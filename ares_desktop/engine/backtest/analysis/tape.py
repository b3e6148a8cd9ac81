"""Prices of one instrument as arrays, whatever kind of data they come from."""

from collections.abc import Iterable, Mapping, Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from ares_desktop.domain.ids import InstrumentId
from ares_desktop.domain.market import DataKind
from ares_desktop.engine.data.series import Series

Floats = NDArray[np.float64]
Times = NDArray[np.int64]


class Tape(msgspec.Struct, frozen=True, kw_only=True):
    """One series as bars; a tick is a bar without extent, a quote its middle.

    Attributes:
        start, ts: begin of each row and when it is known, nanoseconds, ``ts`` ascending.
        volume: NaN where it is not known.
        is_bars: rows have an extent in time.
    """

    start: Times
    ts: Times
    open: Floats
    high: Floats
    low: Floats
    close: Floats
    volume: Floats
    is_bars: bool

    def last_close(self, ns: int) -> float:
        """Return the last known price at or before a time, NaN when there is none."""
        row = int(np.searchsorted(self.ts, ns, side="right"))
        known = self.close[:row]
        for value in known[:-50:-1]:
            if np.isfinite(value):
                return float(value)
        return float("nan")


def tape_of(series: Series) -> Tape:
    """Return the prices of a series; quote bars become bars of the middle."""
    track = series.tracks()[0]
    column = track.columns
    if track.kind is DataKind.BARS:
        prices = [np.asarray(column[name], dtype=np.float64) for name in ("open", "high", "low", "close")]
        volume = np.asarray(column["volume"], dtype=np.float64)
    elif track.kind is DataKind.TRADES:
        prices = [np.asarray(column["price"], dtype=np.float64)] * 4
        volume = np.asarray(column["size"], dtype=np.float64)
    else:
        prices = [(np.asarray(column["bid"], dtype=np.float64) + column["ask"]) / 2] * 4
        volume = np.full(len(track), np.nan)
    opened, high, low, close = prices
    return Tape(
        start=track.starts,
        ts=track.ts,
        open=opened,
        high=high,
        low=low,
        close=close,
        volume=volume,
        is_bars=track.spec is not None,
    )


def tapes_of(series: Iterable[Series], wanted: Iterable[InstrumentId] | None = None) -> dict[InstrumentId, list[Tape]]:
    """Return the tapes of each instrument, of all of them or of the wanted ones, in the order of the series."""
    names = None if wanted is None else set(wanted)
    found: dict[InstrumentId, list[Tape]] = {}
    for item in series:
        name = item.instrument.id
        if len(item) and (names is None or name in names):
            found.setdefault(name, []).append(tape_of(item))
    return found


def last_price(tapes: Mapping[InstrumentId, Sequence[Tape]], instrument: InstrumentId, ns: int) -> float:
    """Return an instrument's last known price at or before a time, NaN when there is none."""
    newest, price = -1, float("nan")
    for tape in tapes.get(instrument, ()):
        row = int(np.searchsorted(tape.ts, ns, side="right")) - 1
        if row >= 0 and int(tape.ts[row]) > newest:
            newest, price = int(tape.ts[row]), tape.last_close(ns)
    return price
