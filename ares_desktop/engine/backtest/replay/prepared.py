"""Series as a replay reads them: merged by time, with the instruments and the past that come with them."""

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Final

import numpy as np

from ares_desktop.domain.ids import InstrumentId
from ares_desktop.domain.instruments import Instrument
from ares_desktop.domain.market import Bar, DataKind, MarketEvent
from ares_desktop.engine.data.series import Series, bars_of
from ares_desktop.engine.data.timeline import Timeline

_CHUNK: Final = 4096
KEPT_ROWS: Final = 1 << 18
"""Bars that are kept as records for the next run on the same data, some 70 MB."""


class PreparedData:
    """What several backtests on the same series share; make it once for a worker.

    Args:
        series: in the order in which events of one time are delivered.
        kept_rows: so many bars are turned into records once and kept.

    Attributes:
        instruments: by id, in the order of the series.
        tracks: what is delivered, quote bars split up.
    """

    def __init__(self, series: Sequence[Series], *, kept_rows: int = KEPT_ROWS) -> None:
        self.series = tuple(series)
        self.instruments: dict[InstrumentId, Instrument] = {}
        for item in self.series:
            self.instruments.setdefault(item.instrument.id, item.instrument)
        self.tracks = tuple(track for item in self.series for track in item.tracks())
        self.ts = self.tracks[0].ts if len(self.tracks) == 1 else self.timeline.ts
        self._left = kept_rows
        self._kept: dict[int, list[Bar]] = {}

    @cached_property
    def timeline(self) -> Timeline:
        """All tracks merged."""
        return Timeline(self.series)

    def after(self, ns: int) -> int:
        """Return the position of the first row later than ``ns``."""
        return int(np.searchsorted(self.ts, ns, side="right"))

    @cached_property
    def plain(self) -> frozenset[InstrumentId]:
        """Instruments with nothing but one series of bars that end one after the other."""
        names = [track.instrument.id for track in self.tracks]
        return frozenset(
            track.instrument.id
            for track in self.tracks
            if track.kind is DataKind.BARS
            and names.count(track.instrument.id) == 1
            and bool(np.all(track.ts[1:] > track.ts[:-1]))
        )

    def track(self, instrument: InstrumentId) -> Series:
        """Return the one series of a plain instrument."""
        return next(track for track in self.tracks if track.instrument.id == instrument)

    def ticking(self) -> tuple[InstrumentId, ...]:
        """Return the instruments that have quotes or trades, bars or none beside them."""
        return tuple(
            dict.fromkeys(track.instrument.id for track in self.tracks if track.kind is not DataKind.BARS),
        )

    def moments(self, first: int, last: int) -> Iterator[list[MarketEvent]]:
        """Yield the events of each distinct time from row ``first`` up to, without, row ``last``."""
        left = last - first
        for events in self.timeline.moments(first):
            if left <= 0:
                return
            left -= len(events)
            yield events

    def bars(self, first: int, last: int) -> Iterator[list[Bar]]:
        """Yield the bars of the only series in pieces, from row ``first`` up to, without, row ``last``."""
        for begin in range(first - first % _CHUNK, last, _CHUNK):
            end = min(begin + _CHUNK, len(self.ts))
            bars = self._kept.get(begin)
            if bars is None:
                bars = bars_of(self.tracks[0], begin, end)
                if self._left >= len(bars):
                    self._left -= len(bars)
                    self._kept[begin] = bars
            yield bars if first <= begin and end <= last else bars[max(0, first - begin) : last - begin]
