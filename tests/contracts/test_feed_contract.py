"""What every market data feed must do, whatever its source."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from ares_desktop.domain.market import FeedState, MarketEvent
from ares_desktop.engine.adapters.feeds.spec import parse_feed
from ares_desktop.engine.ports.feed import MarketDataFeed

LINES = "".join(f"{1_381_156_200 + 60 * minute},{100 + minute % 7},110,90,100,5\n" for minute in range(400))
MakeFeed = Callable[[], MarketDataFeed]


@pytest.fixture(params=["sample@max", "replay:{file}@max", "replay:{paying}@max", "synthetic:7@20000"])
def make(request: pytest.FixtureRequest, tmp_path: Path) -> MakeFeed:
    """Make a fresh feed of each specification."""
    file = tmp_path / "BTCUSD.csv"
    file.write_text("time,open,high,low,close,volume\n" + LINES)
    paying = tmp_path / "ACME.csv"
    dividends = "".join(f"{line},{'' if number % 97 else 0.5}\n" for number, line in enumerate(LINES.splitlines()))
    paying.write_text("time,open,high,low,close,volume,dividend\n" + dividends)
    return lambda: parse_feed(request.param.format(file=file, paying=paying), store=None)


class Receiver:
    """Collects events; ``enough`` is set once it has ``count``."""

    def __init__(self, count: int) -> None:
        self.events: list[MarketEvent] = []
        self.enough = asyncio.Event()
        self._count = count

    async def publish(self, events: Sequence[MarketEvent]) -> None:
        assert events
        self.events.extend(events)
        if len(self.events) >= self._count:
            self.enough.set()
            await asyncio.sleep(0)


@asynccontextmanager
async def running(feed: MarketDataFeed, receiver: Receiver) -> AsyncIterator[None]:
    task = asyncio.create_task(feed.run(receiver.publish))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def delivered(feed: MarketDataFeed, count: int) -> list[MarketEvent]:
    receiver = Receiver(count)
    async with running(feed, receiver):
        await receiver.enough.wait()
    return receiver.events[:count]


def values(event: MarketEvent) -> str:
    """Return all of an event but its times, which are the wall clock's for a live feed."""
    times = {"ts", "start_ns", "end_ns"}
    return repr([getattr(event, name) for name in event.__struct_fields__ if name not in times])


async def test_it_names_its_instruments_once_and_delivers_no_others(make: MakeFeed) -> None:
    feed = make()
    instruments = await feed.open()
    ids = [instrument.id for instrument in instruments]
    assert ids
    assert len(set(ids)) == len(ids)
    feed.subscribe(ids[:1])
    assert {event.instrument for event in await delivered(feed, 300)} <= set(ids)


async def test_what_befalls_its_instruments_is_told_once_it_is_open(make: MakeFeed) -> None:
    feed = make()
    known = {instrument.id for instrument in await feed.open()}
    assert len(set(feed.actions)) == len(feed.actions)
    assert {action.instrument for action in feed.actions} <= known


async def test_events_come_in_time_order(make: MakeFeed) -> None:
    feed = make()
    await feed.open()
    times = [event.ts for event in await delivered(feed, 300)]
    assert times == sorted(times)


async def test_a_feed_that_is_made_again_gives_the_same_values(make: MakeFeed) -> None:
    first, second = make(), make()
    await first.open()
    await second.open()
    one, two = await delivered(first, 50), await delivered(second, 50)
    assert [values(event) for event in one] == [values(event) for event in two]


async def test_it_goes_on_later_than_where_it_was(make: MakeFeed) -> None:
    feed = make()
    await feed.open()
    until = (await delivered(feed, 20))[-1].ts
    again = make()
    await again.open()
    begin = again.seek(until)
    assert begin >= until if again.replayed else begin == 0
    assert all(event.ts > until for event in await delivered(again, 20))


async def test_a_seek_to_nothing_begins_just_before_the_first_event(make: MakeFeed) -> None:
    feed = make()
    await feed.open()
    begin = feed.seek(0)
    first = (await delivered(feed, 1))[0].ts
    assert begin <= first
    assert (begin > 0) is feed.replayed


async def test_its_status_follows_its_life(make: MakeFeed) -> None:
    feed = make()
    assert feed.status().state is FeedState.CONNECTING
    await feed.open()
    receiver = Receiver(20)
    async with running(feed, receiver):
        await receiver.enough.wait()
        status = feed.status()
        assert status.state in {FeedState.RUNNING, FeedState.ENDED}
        assert status.name == feed.name
        assert status.events >= 20
        assert status.market_time_ns >= receiver.events[0].ts
    assert feed.status().state in {FeedState.STOPPED, FeedState.ENDED}


async def test_nothing_is_delivered_while_it_is_paused(make: MakeFeed) -> None:
    feed = make()
    await feed.open()
    feed.pause()
    receiver = Receiver(1)
    async with running(feed, receiver):
        for _ in range(20):
            await asyncio.sleep(0)
        assert feed.status().state is FeedState.PAUSED
        assert receiver.events == []
        feed.resume()
        await receiver.enough.wait()


async def test_its_history_never_reaches_beyond_what_was_delivered(make: MakeFeed) -> None:
    feed = make()
    instruments = await feed.open()
    specs = feed.history.specs(instruments[0].id)
    assert specs
    bars = {
        (instrument.id, spec): await feed.history.bars(instrument.id, spec, end_ns=2**62, count=100)
        for instrument in instruments
        for spec in feed.history.specs(instrument.id)
    }
    first = (await delivered(feed, 1))[0].ts
    for series in bars.values():
        ends = [bar.end_ns for bar in series]
        assert all(end <= first for end in ends)
        assert ends == sorted(ends)


async def test_a_receiver_that_fails_ends_it_as_failed(make: MakeFeed) -> None:
    feed = make()
    await feed.open()

    async def fail(events: Sequence[MarketEvent]) -> None:
        raise RuntimeError(str(len(events)))

    with pytest.raises(RuntimeError):
        await feed.run(fail)
    assert feed.status().state is FeedState.FAILED


async def test_its_speed_can_be_set_while_it_runs(make: MakeFeed) -> None:
    feed = make()
    await feed.open()
    feed.set_speed(0.001)
    receiver = Receiver(30)
    async with running(feed, receiver):
        await asyncio.sleep(0)
        assert feed.status().speed == 0.001
        feed.set_speed(0)
        await receiver.enough.wait()
