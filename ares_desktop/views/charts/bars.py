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
_BLOCKS: Final = (16, 256, 4096)
"""So many bars are gathered in advance, so that a picture of a million costs no more than one of thousands."""
_MANY: Final = 512
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
        self._levels: dict[int, Floats] = {}
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
        if len(firsts) == len(rows):
            gathered = rows
        else:
            gathered = _joined(rows, firsts)
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

    def gathered(self, first: int, last: int, group: int) -> tuple[Floats, Floats]:
        """Return the positions and rows of bars from ``first`` to before ``last``, ``group`` of them in one.

        Groups are counted from the first bar of all, so that a picture that scrolls does not flicker; the part before
        the first whole group is left out.
        """
        block = max((size for size in _BLOCKS if size <= group), default=1)
        group = -(-group // block) * block
        start = -(-first // group) * group
        if start >= last:
            return np.empty(0), np.empty((0, _FIELDS))
        rows = self._blocks(block)[start // block : -(-last // block)]
        starts = np.arange(0, len(rows), group // block)
        return (start + starts * block).astype(np.float64), _joined(rows, starts)

    def _blocks(self, block: int) -> Floats:
        """Return all bars, ``block`` of them in one; only what is new since the last call is gathered."""
        if block == 1:
            return self.rows
        known = self._levels.get(block, np.empty((0, _FIELDS)))
        # The last bar may still change, so the block that holds it is never kept.
        whole = max(0, self._size - 1) // block
        if len(known) < whole:
            fresh = self._rows[len(known) * block : whole * block]
            known = np.concatenate((known, _joined(fresh, np.arange(0, len(fresh), block))))
            self._levels[block] = known
        rest = self._rows[whole * block : self._size]
        return np.concatenate((known, _joined(rest, np.arange(0, len(rest), block)))) if len(rest) else known

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
        seen = self._seen(first, last)
        return float(np.fmin.reduce(seen[:, LOW])), float(np.fmax.reduce(seen[:, HIGH]))

    def volume_bounds(self, left: float, right: float) -> tuple[float, float] | None:
        """Return zero and the greatest volume in sight, None where none is known."""
        first, last = self.part(left, right)
        greatest = float(np.fmax.reduce(self._seen(first, last)[:, VOLUME], initial=0.0))
        return (0.0, greatest) if greatest > 0 else None

    def _seen(self, first: int, last: int) -> Floats:
        """Return what holds the extremes between two bars, with some bars more at both ends where there are many."""
        block = max((size for size in _BLOCKS if size * _MANY <= last - first), default=1)
        return self._blocks(block)[first // block : -(-last // block)]

    def has_volume(self) -> bool:
        """Return whether any bar has a volume."""
        return bool(np.any(self.rows[:, VOLUME] > 0))


def _joined(rows: Floats, starts: NDArray[np.int64]) -> Floats:
    """Return one bar for each stretch of rows; its volume is the greatest one, as a column of the picture shows it."""
    if not len(starts):
        return np.empty((0, _FIELDS))
    joined = rows[starts]
    lasts = np.append(starts[1:], len(rows)) - 1
    joined[:, END] = rows[lasts, END]
    joined[:, HIGH] = np.fmax.reduceat(rows[:, HIGH], starts)
    joined[:, LOW] = np.fmin.reduceat(rows[:, LOW], starts)
    joined[:, CLOSE] = rows[lasts, CLOSE]
    joined[:, VOLUME] = np.fmax.reduceat(rows[:, VOLUME], starts)
    return joined
