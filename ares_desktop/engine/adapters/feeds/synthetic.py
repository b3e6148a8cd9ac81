"""A live feed of a seeded random market, at any rate."""

import asyncio
import time
from collections.abc import Sequence
from typing import Final

import msgspec

from ares_desktop.domain.ids import InstrumentId
from ares_desktop.domain.instruments import Instrument
from ares_desktop.domain.market import FeedState, FeedStatus, MarketEvent, Quote, TradeTick
from ares_desktop.domain.market_actions import MarketAction
from ares_desktop.engine.adapters.feeds.random_market import RandomMarket, Tick
from ares_desktop.engine.data.history import SeriesHistory
from ares_desktop.engine.ports.clock import Clock
from ares_desktop.engine.ports.feed import Publish

DEFAULT_RATE: Final = 200.0
"""Events a second."""
_BATCH_S: Final = 0.004
_LONGEST_SLEEP_S: Final = 0.05
_LATE_S: Final = 0.1
"""A receiver that is further behind gets only the newest of what it missed."""
_LOST_S: Final = 1.0
"""Of a longer standstill the rest is never drawn."""
_UNBOUNDED_BATCH: Final = 500


class SyntheticFeed:
    """Delivers quotes and trades with the clock's own time; equal seeds and rates give equal values in equal order.

    Args:
        name: the feed specification.
        seed: of all values.
        clock: stamps the events.
        rate: events a second over all instruments.
        count: number of instruments.
    """

    def __init__(self, name: str, *, seed: int, clock: Clock, rate: float = DEFAULT_RATE, count: int = 5) -> None:
        self._clock = clock
        self._rate = rate
        self._market = RandomMarket(seed, events_per_second=rate or DEFAULT_RATE, count=count)
        self._history = SeriesHistory(())
        self._going = asyncio.Event()
        self._going.set()
        self._anchor = 0.0
        self._sent = self._events = self._conflated = self._last_ns = 0
        self._status = FeedStatus(name=name, state=FeedState.CONNECTING, speed=rate)

    @property
    def name(self) -> str:
        """The feed specification."""
        return self._status.name

    @property
    def replayed(self) -> bool:
        """Its time is the clock's."""
        return False

    @property
    def actions(self) -> Sequence[MarketAction]:
        """Nothing befalls invented instruments."""
        return ()

    @property
    def history(self) -> SeriesHistory:
        """Bars of one second and longer of the four hours before it was opened."""
        return self._history

    async def open(self) -> Sequence[Instrument]:
        """Draw the past and return the instruments."""
        now = self._clock.now_ns()
        past = await asyncio.to_thread(self._market.past, now)
        self._history = SeriesHistory(past, delivered_ns=now)
        self._last_ns = now
        return self._market.instruments

    def subscribe(self, instruments: Sequence[InstrumentId]) -> None:
        """Change nothing: all of its few instruments are always delivered."""

    def seek(self, after_ns: int) -> int:
        """Stamp nothing with an earlier time; its time is the clock's."""
        self._last_ns = max(self._last_ns, after_ns)
        return 0

    async def run(self, publish: Publish) -> None:
        """Deliver until the task is canceled."""
        self._restart()
        self._become(FeedState.RUNNING if self._going.is_set() else FeedState.PAUSED)
        state = FeedState.FAILED
        try:
            while True:
                await self._going.wait()
                count = self._due()
                if count:
                    await publish(self._next(count))
                await asyncio.sleep(self._rest())
        except asyncio.CancelledError:
            state = FeedState.STOPPED
            raise
        finally:
            self._become(state)

    def set_speed(self, speed: float) -> None:
        """Set events a second, 0 for as many as the receiver takes; the values stay those of the seed."""
        self._rate = speed
        self._restart()
        self._status = msgspec.structs.replace(self._status, speed=speed)

    def pause(self) -> None:
        """Hold: time passes without events."""
        self._going.clear()
        if self._status.state is FeedState.RUNNING:
            self._become(FeedState.PAUSED)

    def resume(self) -> None:
        """Go on."""
        self._restart()
        self._going.set()
        if self._status.state is FeedState.PAUSED:
            self._become(FeedState.RUNNING)

    def status(self) -> FeedStatus:
        """Return the present state; ``detail`` says how many events a slow receiver did not get."""
        detail = f"{self._conflated} events conflated" if self._conflated else ""
        market_time = self._last_ns if self._events else 0
        return msgspec.structs.replace(self._status, detail=detail, market_time_ns=market_time, events=self._events)

    def _restart(self) -> None:
        self._anchor = time.perf_counter()
        self._sent = 0

    def _due(self) -> int:
        """Return how many events should have been sent by now and were not."""
        if self._rate <= 0:
            return _UNBOUNDED_BATCH
        passed = time.perf_counter() - self._anchor
        count = int(passed * self._rate) - self._sent
        if count > max(1.0, self._rate * _LOST_S):
            self._restart()
            count = int(max(1.0, self._rate * _LOST_S))
        else:
            self._sent += count
        return count

    def _rest(self) -> float:
        if self._rate <= 0:
            return 0.0
        return min(max(_BATCH_S, 1 / self._rate), _LONGEST_SLEEP_S)

    def _next(self, count: int) -> list[MarketEvent]:
        """Draw ``count`` ticks and stamp them evenly over the time since the last ones."""
        ticks = self._market.take(count)
        if self._rate > 0 and count > max(len(self._market.instruments), self._rate * _LATE_S):
            newest: dict[tuple[bool, InstrumentId], Tick] = {}
            for tick in ticks:
                newest.pop(tick[:2], None)
                newest[tick[:2]] = tick
            ticks = list(newest.values())
        self._conflated += count - len(ticks)
        self._events += len(ticks)
        begin = self._last_ns
        self._last_ns = max(self._clock.now_ns(), begin + len(ticks))
        step = (self._last_ns - begin) / len(ticks)
        stamps = [begin + int(step * position) for position in range(1, len(ticks))] + [self._last_ns]
        return [_record(tick, ts) for tick, ts in zip(ticks, stamps, strict=True)]

    def _become(self, state: FeedState) -> None:
        self._status = msgspec.structs.replace(self._status, state=state)


def _record(tick: Tick, ts: int) -> MarketEvent:
    trade, instrument, bid, ask, bid_size, ask_size = tick
    if trade:
        return TradeTick(instrument, ts, bid, bid_size)
    return Quote(instrument, ts, bid, ask, bid_size, ask_size)
