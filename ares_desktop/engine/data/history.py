"""Past bars out of loaded series, never anything later than what was delivered."""

import asyncio
from collections.abc import Sequence
from typing import Final

import numpy as np

from ares_desktop.domain.ids import InstrumentId
from ares_desktop.domain.market import Bar, BarSpec, DataKind
from ares_desktop.engine.data.resampling import resample
from ares_desktop.engine.data.series import Series, bars_of

_LENGTHS: Final = tuple(BarSpec.parse(text) for text in ("1s", "1m", "5m", "15m", "30m", "1h", "4h", "1d", "7d"))
_PREFERENCE: Final = {DataKind.BARS: 0, DataKind.TRADES: 1, DataKind.QUOTES: 2}


class SeriesHistory:
    """Serves bars by binary search in columns and builds longer ones when they are first asked for."""

    def __init__(self, series: Sequence[Series], *, delivered_ns: int = 0) -> None:
        self._series: dict[InstrumentId, list[Series]] = {}
        for track in sorted((item.tracks()[0] for item in series), key=_fineness):
            self._series.setdefault(track.instrument.id, []).append(track)
        self._resampled: dict[tuple[InstrumentId, BarSpec], Series] = {}
        self._delivered_ns = delivered_ns

    @property
    def delivered_ns(self) -> int:
        """Time of the newest event that was delivered; nothing later is ever returned."""
        return self._delivered_ns

    def deliver(self, ns: int) -> None:
        """Allow what was known at ``ns``; an earlier time changes nothing."""
        self._delivered_ns = max(self._delivered_ns, ns)

    def specs(self, instrument: InstrumentId) -> Sequence[BarSpec]:
        """Return the bar lengths it has: those loaded first, then those it can build."""
        loaded = [item.spec for item in self._series.get(instrument, []) if item.spec is not None]
        if instrument not in self._series:
            return ()
        shortest = min((spec.duration_ns for spec in loaded), default=0)
        longer = [spec for spec in _LENGTHS if spec.duration_ns > shortest and spec not in loaded]
        return tuple(loaded + longer)

    async def bars(self, instrument: InstrumentId, spec: BarSpec, *, end_ns: int, count: int) -> Sequence[Bar]:
        """Return at most ``count`` bars that ended at or before ``end_ns`` and were delivered, oldest first."""
        if self._find(instrument, spec) is None:
            await asyncio.to_thread(self._build, instrument, spec)
        return self.past(instrument, spec, end_ns=end_ns, count=count)

    def past(self, instrument: InstrumentId, spec: BarSpec, *, end_ns: int, count: int) -> Sequence[Bar]:
        """Return what :meth:`bars` does, at once; bars of a new length are built meanwhile."""
        series = self._find(instrument, spec)
        if series is None:
            series = self._build(instrument, spec)
        if series is None or count < 1:
            return ()
        last = int(np.searchsorted(series.ts, min(end_ns, self._delivered_ns), side="right"))
        return bars_of(series, max(0, last - count), last)

    def _find(self, instrument: InstrumentId, spec: BarSpec) -> Series | None:
        for series in self._series.get(instrument, ()):
            if series.spec == spec:
                return series
        return self._resampled.get((instrument, spec))

    def _build(self, instrument: InstrumentId, spec: BarSpec) -> Series | None:
        shorter = [item for item in self._series.get(instrument, ()) if _duration(item) < spec.duration_ns]
        if not shorter:
            return None
        built = resample(max(shorter, key=_duration), spec)
        self._resampled[instrument, spec] = built
        return built


def _duration(series: Series) -> int:
    return 0 if series.spec is None else series.spec.duration_ns


def _fineness(series: Series) -> tuple[int, int]:
    return _PREFERENCE[series.kind], _duration(series)
