"""Finds the closes of benchmarks, and keeps them while they are new enough."""

from collections.abc import Callable
from typing import NamedTuple

from ares_desktop.domain.errors import AresError
from ares_desktop.domain.ids import InstrumentId
from ares_desktop.engine.performance.benchmark import Benchmark, choose_bars
from ares_desktop.engine.performance.history import BookHistory
from ares_desktop.engine.ports.feed import HistoricalData


class _Known(NamedTuple):
    benchmark: Benchmark
    begin_ns: int
    until_ns: int


class Benchmarks:
    """One look into the past for each new bar of a benchmark, however many strategies compare themselves with it.

    Args:
        past: returns the bars of this moment; a feed has others once it is open.
    """

    def __init__(self, past: Callable[[], HistoricalData]) -> None:
        self._past = past
        self._known: dict[InstrumentId, _Known] = {}

    async def find(self, instrument: InstrumentId, history: BookHistory) -> Benchmark:
        """Return the closes from a history's beginning to its end, or why there are none."""
        begin, end = history.first.ns, history.closes[-1].ns
        known = self._known.get(instrument)
        if known is not None and known.begin_ns <= begin and end < known.until_ns:
            return known.benchmark
        try:
            past = self._past()
            chosen = choose_bars(past.specs(instrument), end - begin)
            bars = await past.bars(instrument, chosen[0], end_ns=end, count=chosen[1]) if chosen else ()
        except (AresError, KeyError) as error:
            return Benchmark.of(instrument, (), f"the bars of {instrument} can't be read: {error}")
        found = Benchmark.of(instrument, bars)
        if bars and chosen:
            self._known[instrument] = _Known(found, begin, bars[-1].end_ns + chosen[0].duration_ns)
        return found
