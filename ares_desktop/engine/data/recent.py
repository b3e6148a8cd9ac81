"""Past bars up to this moment: a feed's own history, then what the hub has built or received since."""

from collections.abc import Sequence

from ares_desktop.domain.ids import InstrumentId
from ares_desktop.domain.market import Bar, BarSpec
from ares_desktop.engine.data.hub import DataHub
from ares_desktop.engine.ports.feed import HistoricalData


class RecentHistory:
    """Joins history and hub, which overlap for a replay and follow each other for a live feed."""

    def __init__(self, hub: DataHub, past: HistoricalData) -> None:
        self._hub = hub
        self._past = past

    def specs(self, instrument: InstrumentId) -> Sequence[BarSpec]:
        """Return the bar lengths that the history has."""
        return self._past.specs(instrument)

    async def bars(self, instrument: InstrumentId, spec: BarSpec, *, end_ns: int, count: int) -> Sequence[Bar]:
        """Return at most ``count`` bars that ended at or before ``end_ns``, oldest first."""
        past = await self._past.bars(instrument, spec, end_ns=end_ns, count=count)
        known_until = past[-1].end_ns if past else 0
        later = [bar for bar in self._hub.bars(instrument, count, spec) if known_until < bar.end_ns <= end_ns]
        return [*past, *later][-count:] if count > 0 else ()
