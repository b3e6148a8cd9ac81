"""Bars as arrays, the way a chart reads them: appended, changed at the end, gathered into longer ones."""

from collections.abc import Iterable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ares_desktop.api.series import Bars
from ares_desktop.domain.market import NS_PER_SECOND, Bar

Floats = NDArray[np.float64]

START, END, OPEN, HIGH, LOW, CLOSE, VOLUME = range(7)
_FIELDS: Final = 7
_WEEK_SHIFT_NS: Final = 3 * 86_400 * NS_PER_SECOND


class BarSeries:
    """Ascending bars of one instrument; bars that begin in the same stretch of ``length_ns`` become one.

    Attributes:
        length_ns: length that bars are gathered to in nanoseconds, 0 to keep them as they come. Days and weeks begin
            at midnight UTC, weeks on Mondays.
    """

    def __init__(self, bars: Iterable[Bar] = (), *, length_ns: int = 0) -> None:
        self.length_ns = length_ns
        # Nanoseconds since 1970 lose up to 256 of them as floats, which no axis shows.
        self._rows: Floats = np.empty((256, _FIELDS))
        self._size = 0
        self._stretch = -1
        self._load(list(bars))

    def __len__(self) -> int:
        return self._size

    @classmethod
    def of_columns(cls, bars: Bars, *, length_ns: int = 0) -> "BarSeries":
        """Return a series over columns; a million bars take some hundredths of a second."""
        made = cls(length_ns=length_ns)
        if not len(bars):
            return made
        columns = (bars.start, bars.end, bars.open, bars.high, bars.low, bars.close, bars.volume)
        starts = bars.start
        made._gather(np.column_stack(columns), (starts + _WEEK_SHIFT_NS) // length_ns if length_ns else starts)
        return made

    @property
    def rows(self) -> Floats:
        """All bars, one a row with the columns ``START`` to ``VOLUME``; a view that the next bar may leave behind."""
        return self._rows[: self._size]

    def _load(self, bars: list[Bar]) -> None:
        """Take all bars at once: adding thousands one by one would be felt."""
        if not bars:
            return
        rows = np.array([(b.start_ns, b.end_ns, b.open, b.high, b.low, b.close, b.volume) for b in bars])
        self._gather(rows, np.array([self._stretch_of(bar) for bar in bars]))

    def _gather(self, rows: Floats, stretches: NDArray[np.int64]) -> None:
        firsts = np.flatnonzero(np.diff(stretches, prepend=-1))
        lasts = np.append(firsts[1:], len(rows)) - 1
        gathered = rows[firsts]
        gathered[:, END] = rows[lasts, END]
        gathered[:, HIGH] = np.fmax.reduceat(rows[:, HIGH], firsts)
        gathered[:, LOW] = np.fmin.reduceat(rows[:, LOW], firsts)
        gathered[:, CLOSE] = rows[lasts, CLOSE]
        gathered[:, VOLUME] = np.add.reduceat(rows[:, VOLUME], firsts)
        self._rows = np.concatenate((gathered, np.empty((256, _FIELDS))))
        self._size = len(gathered)
        self._stretch = int(stretches[-1])

    def _stretch_of(self, bar: Bar) -> int:
        return (bar.start_ns + _WEEK_SHIFT_NS) // self.length_ns if self.length_ns else bar.start_ns

    def add(self, bar: Bar) -> bool:
        """Add a bar at the end, or into the last one; return whether a new one began.

        A bar from before the last one's begin is left out: a chart only grows to the right.
        """
        stretch = self._stretch_of(bar)
        if stretch < self._stretch:
            return False
        if stretch == self._stretch:
            self._merge(bar)
            return False
        if self._size == len(self._rows):
            self._rows = np.concatenate((self._rows, np.empty_like(self._rows)))
        self._rows[self._size] = (bar.start_ns, bar.end_ns, bar.open, bar.high, bar.low, bar.close, bar.volume)
        self._size += 1
        self._stretch = stretch
        return True

    def _merge(self, bar: Bar) -> None:
        last = self._rows[self._size - 1]
        if not self.length_ns:
            last[:] = (bar.start_ns, bar.end_ns, bar.open, bar.high, bar.low, bar.close, bar.volume)
            return
        last[END] = bar.end_ns
        last[HIGH] = max(last[HIGH], bar.high)
        last[LOW] = min(last[LOW], bar.low)
        last[CLOSE] = bar.close
        last[VOLUME] += bar.volume

    def number_at(self, ns: int) -> int:
        """Return the number of the bar in force at a time, -1 before the first one."""
        return int(np.searchsorted(self.rows[:, START], ns, side="right")) - 1

    def part(self, left: float, right: float) -> tuple[int, int]:
        """Return the numbers from and to which bars are seen between two positions; bar ``i`` is centered on ``i``."""
        first = min(self._size, max(0, int(np.ceil(left - 0.5))))
        return first, max(first, min(self._size, int(np.floor(right + 0.5)) + 1))

    def price_bounds(self, left: float, right: float) -> tuple[float, float] | None:
        """Return the least low and the greatest high in sight."""
        first, last = self.part(left, right)
        if first == last:
            return None
        seen = self.rows[first:last]
        return float(np.fmin.reduce(seen[:, LOW])), float(np.fmax.reduce(seen[:, HIGH]))

    def volume_bounds(self, left: float, right: float) -> tuple[float, float] | None:
        """Return zero and the greatest volume in sight, None where none is known."""
        first, last = self.part(left, right)
        greatest = float(np.fmax.reduce(self.rows[first:last, VOLUME], initial=0.0))
        return (0.0, greatest) if greatest > 0 else None

    def has_volume(self) -> bool:
        """Return whether any bar has a volume."""
        return bool(np.any(self.rows[:, VOLUME] > 0))
