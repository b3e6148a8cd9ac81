"""The bars an instance has seen, as arrays."""

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ares_desktop.domain.ids import InstrumentId
from ares_desktop.domain.market import Bar

_FLUSH: Final = 1024
_COLUMNS: Final = 5


@dataclass(frozen=True, slots=True, eq=False)
class Bars:
    """Closed bars as read-only columns of equal length, oldest first.

    Attributes:
        start, end: nanoseconds since the epoch, UTC.
        open, high, low, close: quote currency.
        volume: traded quantity, NaN where the source has none.
    """

    instrument: InstrumentId
    start: NDArray[np.int64]
    end: NDArray[np.int64]
    open: NDArray[np.float64]
    high: NDArray[np.float64]
    low: NDArray[np.float64]
    close: NDArray[np.float64]
    volume: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.end)

    def __await__(self) -> Generator[None, None, "Bars"]:
        """Return these bars, so that stored ones may be asked for with ``await`` as well as without."""
        yield from ()
        return self


class BarSeries:
    """A growing series of one instrument's bars; an array view that was handed out never changes.

    Args:
        instrument: whose bars.
        keep: bars that stay at least; older ones are dropped once twice as many are there.
    """

    def __init__(self, instrument: InstrumentId, keep: int = 1024) -> None:
        self.instrument = instrument
        self.keep = keep
        self.last_end = -1
        self._fresh: list[Bar] = []
        self._times: NDArray[np.int64] = np.empty((2, 0), np.int64)
        self._values: NDArray[np.float64] = np.empty((_COLUMNS, 0), np.float64)
        self._used = 0

    def __len__(self) -> int:
        return self._used + len(self._fresh)

    def append(self, bar: Bar) -> bool:
        """Add a bar; return False for one that is not later than the last."""
        if bar.end_ns <= self.last_end:
            return False
        self.last_end = bar.end_ns
        self._fresh.append(bar)
        if len(self._fresh) >= _FLUSH:
            self._flush()
        return True

    def prepend(self, bars: Sequence[Bar]) -> None:
        """Put older bars in front; those that are not older than the first are left out."""
        self._flush()
        first = int(self._times[1, 0]) if self._used else None
        older = [bar for bar in bars if first is None or bar.end_ns < first]
        if not older:
            return
        times, values = _columns(older)
        self._times = np.concatenate((times, self._times[:, : self._used]), axis=1)
        self._values = np.concatenate((values, self._values[:, : self._used]), axis=1)
        self._used = self._times.shape[1]
        self.last_end = max(self.last_end, int(self._times[1, -1]))

    def last(self, count: int) -> Bars:
        """Return the newest ``count`` bars, fewer when there are not as many."""
        self._flush()
        first = max(0, self._used - max(count, 0))
        times = self._times[:, first : self._used]
        values = self._values[:, first : self._used]
        times.flags.writeable = False
        values.flags.writeable = False
        return Bars(self.instrument, times[0], times[1], *values)

    def _flush(self) -> None:
        fresh, self._fresh = self._fresh, []
        if not fresh:
            return
        used, needed = self._used, self._used + len(fresh)
        if needed > self._times.shape[1]:
            first = max(0, needed - self.keep) if needed > 2 * self.keep else 0
            first = min(first, used)
            self._grow(first, max(64, 2 * (needed - first)))
            used = self._used
        times, values = _columns(fresh)
        self._times[:, used : used + len(fresh)] = times
        self._values[:, used : used + len(fresh)] = values
        self._used = used + len(fresh)

    def _grow(self, first: int, capacity: int) -> None:
        kept = self._used - first
        times = np.empty((2, capacity), np.int64)
        values = np.empty((_COLUMNS, capacity), np.float64)
        times[:, :kept] = self._times[:, first : self._used]
        values[:, :kept] = self._values[:, first : self._used]
        self._times, self._values, self._used = times, values, kept


def bars_of(instrument: InstrumentId, bars: Sequence[Bar]) -> Bars:
    """Return a sequence of bars as columns."""
    times, values = _columns(bars)
    times.flags.writeable = False
    values.flags.writeable = False
    return Bars(instrument, times[0], times[1], *values)


def _columns(bars: Sequence[Bar]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    times = np.array([(bar.start_ns, bar.end_ns) for bar in bars], np.int64).reshape(-1, 2).T
    rows = [(bar.open, bar.high, bar.low, bar.close, bar.volume) for bar in bars]
    return times, np.array(rows, np.float64).reshape(-1, _COLUMNS).T
