"""The synthetic feed keeps its rate, its clock and its values."""

import asyncio
from collections.abc import Sequence
from datetime import datetime

from ares_desktop.domain.market import BarSpec, MarketEvent, from_ns
from ares_desktop.engine.adapters.feeds.synthetic import SyntheticFeed


class SteppingClock:
    """A clock that moves a millisecond with each look."""

    def __init__(self) -> None:
        self._ns = 1_800_000_000 * 10**9

    def now_ns(self) -> int:
        self._ns += 1_000_000
        return self._ns

    def now(self) -> datetime:
        return from_ns(self._ns)


async def events_of(feed: SyntheticFeed, count: int) -> list[MarketEvent]:
    found: list[MarketEvent] = []
    enough = asyncio.Event()

    async def publish(events: Sequence[MarketEvent]) -> None:
        found.extend(events)
        if len(found) >= count:
            enough.set()

    task = asyncio.create_task(feed.run(publish))
    await enough.wait()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    return found


async def test_events_carry_the_clocks_time_in_strictly_ascending_order() -> None:
    clock = SteppingClock()
    feed = SyntheticFeed("synthetic:7", seed=7, clock=clock, rate=0)
    await feed.open()
    times = [event.ts for event in await events_of(feed, 2000)]
    assert times == sorted(set(times))
    assert times[-1] <= clock.now_ns()
    assert feed.status().market_time_ns == times[-1]
    assert not feed.replayed


async def test_the_past_before_it_was_opened_warms_strategies_up() -> None:
    feed = SyntheticFeed("synthetic:7", seed=7, clock=SteppingClock())
    instruments = await feed.open()
    for length, least in (("1s", 1000), ("1m", 200), ("5m", 40)):
        bars = await feed.history.bars(instruments[0].id, BarSpec.parse(length), end_ns=2**62, count=1000)
        assert len(bars) >= least


async def test_a_receiver_far_behind_gets_the_newest_of_each_instrument() -> None:
    feed = SyntheticFeed("synthetic:7", seed=7, clock=SteppingClock(), rate=50_000)
    await feed.open()
    sizes: list[int] = []
    behind = asyncio.Event()

    async def publish(events: Sequence[MarketEvent]) -> None:
        sizes.append(len(events))
        if "conflated" in feed.status().detail:
            behind.set()
        await asyncio.sleep(0.15)

    task = asyncio.create_task(feed.run(publish))
    await behind.wait()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert max(sizes) <= 50_000 * 0.1
    assert min(sizes) <= 10


async def test_it_pauses_and_goes_on_with_the_next_values() -> None:
    feed = SyntheticFeed("synthetic:7", seed=7, clock=SteppingClock(), rate=0)
    await feed.open()
    first = await events_of(feed, 100)
    feed.pause()
    waiting = asyncio.create_task(events_of(feed, 1))
    await asyncio.sleep(0.01)
    assert not waiting.done()
    feed.resume()
    second = await waiting
    whole = SyntheticFeed("synthetic:7", seed=7, clock=SteppingClock(), rate=0)
    await whole.open()
    together = await events_of(whole, len(first) + len(second))
    assert [event.instrument for event in first + second] == [
        event.instrument for event in together[: len(first) + len(second)]
    ]
