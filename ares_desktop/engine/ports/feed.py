"""Sources of live and replayed market data, and of past bars."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

from ares_desktop.domain.ids import InstrumentId
from ares_desktop.domain.instruments import Instrument
from ares_desktop.domain.market import Bar, BarSpec, FeedStatus, MarketEvent
from ares_desktop.domain.market_actions import MarketAction

Publish = Callable[[Sequence[MarketEvent]], Awaitable[None]]
"""Receives events of one moment; awaiting it is the back-pressure."""


class HistoricalData(Protocol):
    """Past bars."""

    def specs(self, instrument: InstrumentId) -> Sequence[BarSpec]:
        """Return the bar lengths it has of an instrument."""

    async def bars(self, instrument: InstrumentId, spec: BarSpec, *, end_ns: int, count: int) -> Sequence[Bar]:
        """Return at most ``count`` bars that ended at or before ``end_ns``, oldest first."""


class MarketDataFeed(Protocol):
    """Delivers market data until it is stopped or ends."""

    @property
    def name(self) -> str:
        """The feed specification it was made from, such as ``sample``."""

    @property
    def replayed(self) -> bool:
        """Whether its time is the market's own past time: then the engine's clock follows it and nothing overtakes."""

    async def open(self) -> Sequence[Instrument]:
        """Load or connect, and return the instruments it has.

        Raises:
            FeedError, UsageError: with every finding when its input can't be read.
        """

    def subscribe(self, instruments: Sequence[InstrumentId]) -> None:
        """Ask for these instruments too; a replay delivers all it has in any case."""

    def seek(self, after_ns: int) -> int:
        """Begin later than ``after_ns``, once it is open; return the market time before its first event, 0 if live."""

    async def run(self, publish: Publish) -> None:
        """Deliver events until the end; cancel the task to stop."""

    def set_speed(self, speed: float) -> None:
        """Set events a second, 0 for as fast as possible."""

    def pause(self) -> None:
        """Hold a replay."""

    def resume(self) -> None:
        """Go on with a replay."""

    def status(self) -> FeedStatus:
        """Return its present state."""

    @property
    def actions(self) -> Sequence[MarketAction]:
        """Dividends, splits and funding of its instruments as far as they are known once it is open, each once."""

    @property
    def history(self) -> HistoricalData:
        """Past bars of its instruments; never anything later than what was delivered."""
