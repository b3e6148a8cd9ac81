"""The latest values that each instance recorded since the window was opened."""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING, Final

from ares_desktop.domain.market import NS_PER_SECOND

if TYPE_CHECKING:
    from ares_desktop.domain.strategies import StrategyRecord

_KEPT: Final = 1000
_NAMES: Final = 64
"""Names of one instance that are kept: one that records under ever new names must not fill the memory."""


class RecordedSeries:
    """Times in epoch seconds and values of one name, bounded."""

    __slots__ = ("times", "values")

    def __init__(self) -> None:
        self.times = array("d")
        self.values = array("d")

    def add(self, time: float, value: float) -> None:
        """Add a value; a time that goes back, as at a new replay, starts the series anew."""
        if self.times and time < self.times[-1]:
            del self.times[:], self.values[:]
        self.times.append(time)
        self.values.append(value)
        if len(self.times) > 2 * _KEPT:
            del self.times[:-_KEPT], self.values[:-_KEPT]


class RecordedValues:
    """Series by instance and name."""

    def __init__(self) -> None:
        self._series: dict[str, dict[str, RecordedSeries]] = {}

    def add(self, record: StrategyRecord) -> None:
        """Keep a value."""
        names = self._series.setdefault(record.strategy, {})
        series = names.get(record.name)
        if series is None:
            if len(names) >= _NAMES:
                return
            series = names[record.name] = RecordedSeries()
        series.add(record.ts / NS_PER_SECOND, record.value)

    def of(self, name: str) -> dict[str, RecordedSeries]:
        """Return the series of an instance by name."""
        return self._series.get(name, {})

    def forget(self, name: str) -> None:
        """Drop the values of an instance that is gone."""
        self._series.pop(name, None)
