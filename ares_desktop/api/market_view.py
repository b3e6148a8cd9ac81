"""The market as one instance sees it."""

from collections.abc import MutableMapping
from datetime import datetime
from typing import Final

from ares_desktop.api.desk import Desk
from ares_desktop.api.series import Bars, BarSeries, bars_of
from ares_desktop.domain.ids import InstrumentId
from ares_desktop.domain.market import Bar, BarSpec, MarketEvent, Quote, to_ns

_HISTORY_MAX: Final = 100_000


class MarketView:
    """Newest quotes, marks and closed bars.

    Attributes:
        quotes: newest quote by instrument.
        marks: newest price by instrument, shared with the book.
    """

    def __init__(self, desk: Desk, spec: BarSpec | None) -> None:
        self.quotes: dict[InstrumentId, Quote] = {}
        self.marks: MutableMapping[InstrumentId, float] = {}
        self._desk = desk
        self._spec = spec
        self._series: dict[InstrumentId, BarSeries] = {}
        self._asked: dict[InstrumentId, int] = {}

    def take(self, event: MarketEvent) -> bool:
        """Take an event in; return False for a bar that is not later than the last one."""
        if isinstance(event, Bar):
            series = self._series.get(event.instrument)
            if series is None:
                series = self._series[event.instrument] = BarSeries(event.instrument)
            if not series.append(event):
                return False
        self.mark(event)
        return True

    def mark(self, event: MarketEvent) -> None:
        """Take its price in, without keeping a bar."""
        if isinstance(event, Bar):
            self.marks[event.instrument] = event.close
        elif isinstance(event, Quote):
            self.quotes[event.instrument] = event
            self.marks[event.instrument] = event.mid
        else:
            self.marks[event.instrument] = event.price

    def bars(self, instrument: InstrumentId, count: int) -> Bars:
        """Return the last closed bars; those from before the instance's start are asked for once."""
        series = self._series.setdefault(instrument, BarSeries(instrument))
        series.keep = max(series.keep, count)
        if len(series) < count and self._asked.get(instrument, 0) < count:
            self._asked[instrument] = count
            seen = series.last(len(series))
            end_ns = int(seen.end[0]) - 1 if len(seen) else self._desk.now_ns()
            series.prepend(self._desk.history(instrument, self._spec, end_ns, count - len(series)))
        return series.last(count)

    def history(self, instrument: InstrumentId, spec: BarSpec, start: datetime, end: datetime) -> Bars:
        """Wait for stored bars of a span."""
        first, last = to_ns(start), min(to_ns(end), self._desk.now_ns())
        count = min(_HISTORY_MAX, -((first - last) // spec.duration_ns))
        bars = self._desk.history(instrument, spec, last, count) if count > 0 else ()
        return bars_of(instrument, [bar for bar in bars if bar.end_ns > first])
