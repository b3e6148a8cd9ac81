"""Series as a replay reads them: merged by time, with the instruments and the past that come with them."""

from collections.abc import Iterator, Sequence

from ares_desktop.domain.ids import InstrumentId
from ares_desktop.domain.instruments import Instrument
from ares_desktop.domain.market import DataKind, MarketEvent
from ares_desktop.engine.data.series import Series
from ares_desktop.engine.data.timeline import Timeline


class PreparedData:
    """What several backtests on the same series share; make it once for a worker.

    Args:
        series: in the order in which events of one time are delivered.

    Attributes:
        instruments: by id, in the order of the series.
        tracks: what is delivered, quote bars split up.
        timeline: all tracks merged.
    """

    def __init__(self, series: Sequence[Series]) -> None:
        self.series = tuple(series)
        self.instruments: dict[InstrumentId, Instrument] = {}
        for item in self.series:
            self.instruments.setdefault(item.instrument.id, item.instrument)
        self.tracks = tuple(track for item in self.series for track in item.tracks())
        self.timeline = Timeline(self.series)

    def tracks_of(self, instrument: InstrumentId) -> tuple[Series, ...]:
        """Return what is delivered of an instrument."""
        return tuple(track for track in self.tracks if track.instrument.id == instrument)

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
