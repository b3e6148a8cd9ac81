"""Several series merged in time order."""

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np

from ares_desktop.domain.market import MarketEvent
from ares_desktop.engine.data.series import Series

_CHUNK: Final = 4096


class Timeline:
    """Merges series over their columns: records exist only for the chunk being delivered.

    Rows of equal time keep the order of the series and, within one, their own.

    Attributes:
        ts: times of all rows, ascending, nanoseconds.
    """

    def __init__(self, series: Sequence[Series]) -> None:
        self._tracks = tuple(track for item in series for track in item.tracks())
        stamps = [track.ts for track in self._tracks]
        merged = np.concatenate(stamps) if stamps else np.empty(0, dtype=np.int64)
        order = np.argsort(merged, kind="stable")
        sources = np.repeat(np.arange(len(stamps), dtype=np.int16), [len(stamp) for stamp in stamps])
        self.ts = merged[order]
        self._sources = sources[order]

    def __len__(self) -> int:
        return len(self.ts)

    def after(self, ns: int) -> int:
        """Return the position of the first row later than ``ns``."""
        return int(np.searchsorted(self.ts, ns, side="right"))

    def moments(self, first: int = 0) -> Iterator[list[MarketEvent]]:
        """Yield from position ``first`` on the events of each distinct time."""
        rows = np.bincount(self._sources[:first], minlength=len(self._tracks))
        while first < len(self.ts):
            last = min(first + _CHUNK, len(self.ts))
            last = self.after(int(self.ts[last - 1]))
            sources = self._sources[first:last]
            counts = np.bincount(sources, minlength=len(self._tracks))
            queues = [
                iter(track.events(row, row + count))
                for track, row, count in zip(self._tracks, rows.tolist(), counts.tolist(), strict=True)
            ]
            events = [next(queues[source]) for source in sources.tolist()]
            rows += counts
            begin = 0
            for end in [*(np.flatnonzero(np.diff(self.ts[first:last])) + 1).tolist(), len(events)]:
                yield events[begin:end]
                begin = end
            first = last
