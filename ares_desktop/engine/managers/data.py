"""Market data: the feed, the newest prices, past bars, and the local store."""

import asyncio
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path

from PySide6.QtCore import QObject

from ares_desktop.domain.errors import FeedError
from ares_desktop.domain.ids import InstrumentId
from ares_desktop.domain.instruments import Instrument
from ares_desktop.domain.market import (
    Bar,
    BarSpec,
    DataKind,
    FeedState,
    FeedStatus,
    ImportProgress,
    MarketEvent,
    Quote,
    StoredSymbol,
    TradeTick,
)
from ares_desktop.engine.data.directory import InstrumentDirectory
from ares_desktop.engine.data.hub import DataHub
from ares_desktop.engine.data.importer import Importer
from ares_desktop.engine.managers.signals import SignalOf, signal_of
from ares_desktop.engine.ports.bar_store import BarStore
from ares_desktop.engine.ports.clock import Clock
from ares_desktop.engine.ports.feed import MarketDataFeed

_STATUS_EVERY_S = 0.25


class DataManager(QObject):
    """Shows market data and controls the feed.

    Signals:
        quoted, traded, bar_closed: market data as it arrives; bars of the feed's own length.
        feed_changed: the feed's state, at most four times a second.
        import_progressed: how far an import is.
    """

    quoted: SignalOf[Quote] = signal_of(Quote)
    traded: SignalOf[TradeTick] = signal_of(TradeTick)
    bar_closed: SignalOf[Bar] = signal_of(Bar)
    feed_changed: SignalOf[FeedStatus] = signal_of(FeedStatus)
    import_progressed: SignalOf[ImportProgress] = signal_of(ImportProgress)

    def __init__(
        self,
        hub: DataHub,
        feed: MarketDataFeed,
        directory: InstrumentDirectory,
        store: BarStore,
        importer: Importer,
        *,
        clock: Clock,
    ) -> None:
        super().__init__()
        self._hub = hub
        self._feed = feed
        self._directory = directory
        self._store = store
        self._importer = importer
        self._clock = clock
        self._failure = ""
        self._shown: FeedStatus | None = None
        self.events_seen = 0
        hub.on_events(self._arrived)

    def now(self) -> datetime:
        """Return the time of the clock in force: the market's own in a replay."""
        return self._clock.now()

    def instruments(self) -> tuple[Instrument, ...]:
        """Return every instrument of the feed."""
        return self._hub.instruments()

    def instrument(self, instrument: InstrumentId) -> Instrument | None:
        """Return one instrument, None when it is not known."""
        return self._hub.instrument(instrument)

    def resolve(self, text: str) -> InstrumentId:
        """Return the instrument that a person means.

        Raises:
            UsageError: when none or several match.
        """
        return self._directory.resolve(text)

    def last(self, instrument: InstrumentId) -> MarketEvent | None:
        """Return the newest event of an instrument."""
        return self._hub.last(instrument)

    def last_price(self, instrument: InstrumentId) -> float | None:
        """Return the newest price of an instrument."""
        return self._hub.last_price(instrument)

    def bars(self, instrument: InstrumentId, n: int = 500, spec: BarSpec | None = None) -> tuple[Bar, ...]:
        """Return the newest ``n`` delivered bars, oldest first."""
        return self._hub.bars(instrument, n, spec)

    async def history(self, instrument: InstrumentId, spec: BarSpec, count: int) -> Sequence[Bar]:
        """Return at most ``count`` past bars up to the time in force, oldest first."""
        return await self._feed.history.bars(instrument, spec, end_ns=self._clock.now_ns(), count=count)

    def specs(self, instrument: InstrumentId) -> Sequence[BarSpec]:
        """Return the bar lengths that :meth:`history` has of an instrument."""
        return self._feed.history.specs(instrument)

    def feed(self) -> FeedStatus:
        """Return the feed's state."""
        status = self._feed.status()
        if self._failure:
            return FeedStatus(
                name=status.name,
                state=FeedState.FAILED,
                detail=self._failure,
                market_time_ns=status.market_time_ns,
                events=status.events,
            )
        return status

    def set_speed(self, speed: float) -> None:
        """Set a replay's events a second, 0 for as fast as possible."""
        self._feed.set_speed(speed)
        self._show()

    def pause(self) -> None:
        """Hold a replay."""
        self._feed.pause()
        self._show()

    def resume(self) -> None:
        """Go on with a replay."""
        self._feed.resume()
        self._show()

    def feed_failed(self, error: FeedError) -> None:
        """Show why the feed can't go on."""
        self._failure = str(error)
        self._show()

    async def import_files(
        self,
        files: Iterable[Path],
        *,
        symbol: str | None = None,
        kind: DataKind | None = None,
    ) -> tuple[StoredSymbol, ...]:
        """Import files into the local store, off the loop.

        Raises:
            UsageError: with every finding of every file; then nothing is stored.
            StorageError: when the store fails.
        """
        return await self._importer.run(tuple(files), symbol=symbol, kind=kind, report=self.import_progressed.emit)

    async def stored(self) -> tuple[StoredSymbol, ...]:
        """Return what the local store holds."""
        return tuple(await asyncio.to_thread(self._store.symbols))

    async def run(self) -> None:
        """Show the feed's state as it changes, until canceled."""
        while True:
            self._show()
            await asyncio.sleep(_STATUS_EVERY_S)

    def _show(self) -> None:
        status = self.feed()
        if status != self._shown:
            self._shown = status
            self.feed_changed.emit(status)

    def _arrived(self, events: Sequence[MarketEvent]) -> None:
        self.events_seen += len(events)
        for event in events:
            if isinstance(event, Bar):
                self.bar_closed.emit(event)
            elif isinstance(event, Quote):
                self.quoted.emit(event)
            else:
                self.traded.emit(event)
