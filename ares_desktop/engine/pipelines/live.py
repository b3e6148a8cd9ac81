"""The live run: market data to the paper broker, the cache, the books and the strategies, in that order."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

import structlog

from ares_desktop.domain.errors import BrokerError
from ares_desktop.domain.ids import StrategyId
from ares_desktop.domain.market import MarketEvent
from ares_desktop.engine.data.hub import DataHub
from ares_desktop.engine.ports.broker import MarketSink
from ares_desktop.engine.ports.feed import MarketDataFeed
from ares_desktop.engine.runtime.clocks import MarketClock

_log = structlog.get_logger(__name__)

_SETTLE_WITHIN_S = 1.0


class Workers(Protocol):
    """The strategies that receive market data."""

    def deliver_market(self, events: Sequence[MarketEvent]) -> None:
        """Pass events on without waiting."""

    async def settle(self, timeout_s: float) -> frozenset[StrategyId]:
        """Wait until everything delivered was handled; return who did not answer."""


class LivePipeline:
    """Carries each moment of the market through the engine.

    In a replay nothing overtakes: orders are matched before strategies see the bar, and the next moment waits until
    they have answered, so that the same data gives the same orders at any speed.
    """

    def __init__(
        self,
        feed: MarketDataFeed,
        hub: DataHub,
        workers: Workers,
        *,
        clock: MarketClock | None,
        sinks: Sequence[MarketSink],
        settled: Callable[[], Awaitable[None]],
    ) -> None:
        self.feed = feed
        self._hub = hub
        self._workers = workers
        self._clock = clock
        self._sinks = sinks
        self._settled = settled
        self._late: frozenset[StrategyId] = frozenset()

    async def run(self, *, resume_after_ns: int = 0) -> None:
        """Deliver the feed until it ends.

        Raises:
            FeedError: when the feed fails.
        """
        await self.feed.run(self._publish, resume_after_ns=resume_after_ns)

    async def _publish(self, events: Sequence[MarketEvent]) -> None:
        replayed = self._clock is not None
        if self._clock is not None and events:
            self._clock.advance(events[-1].ts)
        for sink in self._sinks:
            try:
                await sink.on_market(events, settle=replayed)
            except BrokerError as error:
                # The session's loss is shown by its link; prices go on being shown meanwhile.
                _log.debug("market_not_passed_on", error=str(error))
        if replayed:
            await self._settled()
        self._hub.publish(events)
        self._workers.deliver_market(events)
        if replayed:
            late = await self._workers.settle(_SETTLE_WITHIN_S)
            if late != self._late:
                _log.warning("strategies_late", names=sorted(late))
                self._late = late
            await self._settled()
