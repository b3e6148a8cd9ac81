"""The live run: market data to the cache, the strategies, the books and the paper broker."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

import structlog

from ares_desktop.domain.errors import BrokerError
from ares_desktop.domain.ids import StrategyId
from ares_desktop.domain.market import MarketEvent
from ares_desktop.engine.data.hub import DataHub
from ares_desktop.engine.pipelines.base import BasePipeline
from ares_desktop.engine.ports.broker import MarketSink
from ares_desktop.engine.ports.feed import MarketDataFeed
from ares_desktop.engine.runtime.clocks import MarketClock

_log = structlog.get_logger(__name__)

_SETTLE_WITHIN_S = 1.0
_ROUNDS = 4
"""How often strategies may answer to what became of their orders before the market goes on."""


class Workers(Protocol):
    """The strategies that receive market data."""

    def deliver_market(self, events: Sequence[MarketEvent]) -> None:
        """Pass events on without waiting."""

    async def settle(self, timeout_s: float) -> frozenset[StrategyId]:
        """Wait until everything delivered was handled; return who did not answer."""

    def is_settled(self) -> bool:
        """Say whether nobody has anything left to handle."""


class Intents(Protocol):
    """What strategies ask for, on its way to the router, and their messages to each other."""

    def hold(self) -> None:
        """Keep what comes."""

    def hand_over(self) -> None:
        """Pass on what was kept, in an order that does not depend on anybody's speed."""

    def release(self) -> None:
        """Pass everything on as it comes."""


class LivePipeline(BasePipeline):
    """Carries each moment of the market through the engine.

    In a replay nothing overtakes: orders are matched before strategies see the bar, and the next moment waits until
    they have answered, so that the same data gives the same orders at any speed.

    Args:
        clock: of a replay, None when the market's time is the wall's.
        sinks: brokers that match here.
        settled: waits until what was handed over is sent, and what the brokers answered is folded.
        carried_out: told the time of each moment of a replay once nothing of it is left to do.
    """

    def __init__(
        self,
        feed: MarketDataFeed,
        hub: DataHub,
        workers: Workers,
        intents: Intents,
        *,
        clock: MarketClock | None,
        sinks: Sequence[MarketSink],
        settled: Callable[[], Awaitable[None]],
        carried_out: Callable[[int], None] = lambda _: None,
    ) -> None:
        super().__init__()
        self.feed = feed
        self._hub = hub
        self._workers = workers
        self._intents = intents
        self._clock = clock
        self._sinks = sinks
        self._settled = settled
        self._carried_out = carried_out

    def seek(self, after_ns: int) -> None:
        """Go on after ``after_ns``: the clock of a replay stands at its beginning from here on."""
        begin_ns = self.feed.seek(after_ns)
        if self._clock is not None:
            self._clock.advance(begin_ns)

    async def prepare(self) -> None:
        """Change nothing: the engine has opened the feed and found the time to go on after."""

    async def execute(self) -> None:
        """Deliver the feed until it ends.

        Raises:
            FeedError: when the feed fails.
        """
        await self.feed.run(self._publish)

    async def clean_up(self) -> None:
        """Change nothing: what a moment held back is released where it ends, and the engine closes the parts."""

    async def _publish(self, events: Sequence[MarketEvent]) -> None:
        if self._clock is None:
            self._deliver(events)
            await self._match(events, settle=False)
            return
        self._clock.advance(events[-1].ts)
        # Before the fills: what strategies answer to them is in a race with what they answer to the bar.
        self._intents.hold()
        try:
            await self._match(events, settle=True)
            await self._settled()
            self._deliver(events)
            await self._hear_answers()
        finally:
            self._intents.release()
        self._carried_out(events[-1].ts)

    def _deliver(self, events: Sequence[MarketEvent]) -> None:
        stream = self._hub.take(events)
        # Strategies first: they think in processes of their own while the books are valued and the window is told.
        self._workers.deliver_market(stream)
        self._hub.tell(stream)

    async def _match(self, events: Sequence[MarketEvent], *, settle: bool) -> None:
        for sink in self._sinks:
            try:
                await sink.on_market(events, settle=settle)
            except BrokerError as error:
                # The session's loss is shown by its link; prices go on being shown meanwhile.
                _log.debug("market_not_passed_on", error=str(error))

    async def _hear_answers(self) -> None:
        """Let strategies answer to the moment, and to what becomes of the orders that they answer with."""
        for _ in range(_ROUNDS):
            late = await self._workers.settle(_SETTLE_WITHIN_S)
            if late:
                _log.warning("strategies_late", names=sorted(late))
            self._intents.hand_over()
            await self._settled()
            if self._workers.is_settled():
                break
