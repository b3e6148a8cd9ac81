"""The market as a strategy sees it whose bars all come from one column each: nothing is kept twice."""

from collections.abc import Iterator, Mapping, MutableMapping
from typing import Final

import numpy as np

from ares_desktop.api.desk import Desk
from ares_desktop.api.market_view import MarketView
from ares_desktop.api.series import Bars
from ares_desktop.domain.ids import InstrumentId
from ares_desktop.domain.market import Bar, MarketEvent
from ares_desktop.engine.data.series import Series, times

_VALUES: Final = ("open", "high", "low", "close", "volume")


class LatestCloses(MutableMapping[InstrumentId, float]):
    """Closes of the newest bars; what was set otherwise holds until there is a bar."""

    def __init__(self, latest: Mapping[InstrumentId, Bar]) -> None:
        self._latest = latest
        self._given: dict[InstrumentId, float] = {}

    def __getitem__(self, instrument: InstrumentId) -> float:
        bar = self._latest.get(instrument)
        return self._given[instrument] if bar is None else bar.close

    def __setitem__(self, instrument: InstrumentId, price: float) -> None:
        self._given[instrument] = price

    def __delitem__(self, instrument: InstrumentId) -> None:
        del self._given[instrument]

    def __iter__(self) -> Iterator[InstrumentId]:
        return iter(self._given.keys() | self._latest.keys())

    def __len__(self) -> int:
        return len(self._given.keys() | self._latest.keys())


class PlainView(MarketView):
    """Closed bars straight from the data, up to the newest that was heard.

    Args:
        columns: the series of each instrument; times ascend strictly.

    Attributes:
        latest: the newest bar that was heard of each instrument.
    """

    def __init__(self, desk: Desk, columns: Mapping[InstrumentId, Series]) -> None:
        super().__init__(desk, None)
        self.latest: dict[InstrumentId, Bar] = {}
        self.marks = LatestCloses(self.latest)
        self._desk = desk
        self._columns = columns
        self._ends = {name: series.ts for name, series in columns.items()}

    def take(self, event: MarketEvent) -> bool:
        """Take a bar in; return False for one that is not later than the last one."""
        if not isinstance(event, Bar):
            return super().take(event)
        before = self.latest.get(event.instrument)
        if before is not None and event.end_ns <= before.end_ns:
            return False
        self.latest[event.instrument] = event
        return True

    def bars(self, instrument: InstrumentId, count: int) -> Bars:
        """Return the last closed bars."""
        series = self._columns.get(instrument)
        if series is None:
            return super().bars(instrument, count)
        newest = self.latest.get(instrument)
        until_ns = self._desk.now_ns() if newest is None else newest.end_ns
        last = int(np.searchsorted(self._ends[instrument], until_ns, side="right"))
        first = max(0, last - max(count, 0))
        start, end = (times(series.columns, name)[first:last] for name in ("start", "end"))
        prices = [np.asarray(series.columns[name], dtype=np.float64)[first:last] for name in _VALUES]
        for column in (start, end, *prices):
            column.flags.writeable = False
        return Bars(instrument, start, end, *prices)
