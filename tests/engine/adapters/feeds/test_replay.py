"""A replay merges, starts, resumes and yields as it should."""

import asyncio
from collections.abc import Sequence

import numpy as np
import pytest

from ares_desktop.domain.errors import Finding, UsageError
from ares_desktop.domain.ids import InstrumentId
from ares_desktop.domain.instruments import Instrument
from ares_desktop.domain.market import BarSpec, DataKind, FeedState, MarketEvent
from ares_desktop.engine.adapters.feeds.replay import ReplayFeed
from ares_desktop.engine.data.series import Series
from ares_desktop.engine.ports.bar_store import Columns

MINUTE = 60_000_000_000


def minutes(name: str, first: int, count: int) -> Series:
    start = np.arange(first, first + count, dtype=np.int64) * MINUTE
    price = np.arange(1.0, count + 1)
    prices = dict.fromkeys(("open", "high", "low", "close", "volume"), price)
    instrument = Instrument(id=InstrumentId(f"{name}.SIM"), calendar="24/7")
    columns: Columns = {"start": start, "end": start + MINUTE, **prices}
    return Series(instrument=instrument, kind=DataKind.BARS, spec=BarSpec.parse("1m"), columns=columns)


def a_feed(*series: Series, speed: float = 0, start: int = 0) -> ReplayFeed:
    return ReplayFeed("replay:test", lambda: series, speed=speed, start_ns=start * MINUTE)


class Receiver:
    """Keeps every publication."""

    def __init__(self) -> None:
        self.moments: list[list[MarketEvent]] = []

    async def __call__(self, events: Sequence[MarketEvent]) -> None:
        self.moments.append(list(events))

    @property
    def ends(self) -> list[int]:
        return [moment[0].ts // MINUTE for moment in self.moments]


async def test_series_are_merged_and_equal_times_published_together() -> None:
    feed, receiver = a_feed(minutes("A", 0, 3), minutes("B", 1, 3)), Receiver()
    assert [instrument.id for instrument in await feed.open()] == ["A.SIM", "B.SIM"]
    await feed.run(receiver)
    names = [[event.instrument for event in moment] for moment in receiver.moments]
    assert names == [["A.SIM"], ["A.SIM", "B.SIM"], ["A.SIM", "B.SIM"], ["B.SIM"]]
    status = feed.status()
    assert (status.state, status.progress, status.events) == (FeedState.ENDED, 1.0, 6)
    assert status.market_time_ns == 4 * MINUTE


async def test_what_is_earlier_than_the_start_is_history_alone() -> None:
    series, receiver = minutes("A", 0, 10), Receiver()
    feed = a_feed(series, start=5)
    await feed.open()
    past = await feed.history.bars(series.instrument.id, BarSpec.parse("1m"), end_ns=2**62, count=100)
    assert [bar.end_ns // MINUTE for bar in past] == [1, 2, 3, 4, 5]
    await feed.run(receiver)
    assert receiver.ends == [5, 6, 7, 8, 9, 10]


async def test_it_resumes_after_a_time_and_knows_what_went_before() -> None:
    series, receiver = minutes("A", 0, 10), Receiver()
    feed = a_feed(series)
    await feed.open()
    feed.pause()
    assert feed.seek(6 * MINUTE) == 6 * MINUTE
    task = asyncio.create_task(feed.run(receiver))
    await asyncio.sleep(0)
    past = await feed.history.bars(series.instrument.id, BarSpec.parse("1m"), end_ns=2**62, count=2)
    assert [bar.end_ns // MINUTE for bar in past] == [5, 6]
    assert feed.status().progress == 0.6
    feed.resume()
    await task
    assert receiver.ends == [7, 8, 9, 10]


async def test_resuming_after_the_end_ends_at_once() -> None:
    feed, receiver = a_feed(minutes("A", 0, 3)), Receiver()
    await feed.open()
    assert feed.seek(2**62) == 3 * MINUTE
    await feed.run(receiver)
    assert (receiver.moments, feed.status().state) == ([], FeedState.ENDED)


async def test_history_includes_the_bar_that_is_being_published() -> None:
    series = minutes("A", 0, 3)
    feed = a_feed(series)
    await feed.open()
    known: list[int] = []

    async def publish(events: Sequence[MarketEvent]) -> None:
        bars = await feed.history.bars(series.instrument.id, BarSpec.parse("1m"), end_ns=2**62, count=9)
        known.append(bars[-1].end_ns - events[0].ts)

    await feed.run(publish)
    assert known == [0, 0, 0]


async def test_the_receiver_holds_the_replay_back() -> None:
    feed = a_feed(minutes("A", 0, 50))
    await feed.open()
    gate = asyncio.Semaphore(2)
    seen: list[int] = []

    async def publish(events: Sequence[MarketEvent]) -> None:
        seen.append(events[0].ts)
        await gate.acquire()

    task = asyncio.create_task(feed.run(publish))
    for _ in range(100):
        await asyncio.sleep(0)
    assert len(seen) == 3
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert feed.status().state is FeedState.STOPPED


async def test_other_tasks_get_their_turn_at_full_speed() -> None:
    feed, receiver = a_feed(minutes("A", 0, 200_000)), Receiver()
    await feed.open()
    turns = 0

    async def count() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    counter = asyncio.create_task(count())
    await feed.run(receiver)
    counter.cancel()
    await asyncio.gather(counter, return_exceptions=True)
    assert turns > 2


async def test_input_that_can_not_be_read_fails_it() -> None:
    def load() -> Sequence[Series]:
        raise UsageError(Finding(place="SPY.csv", value="", problem="is empty"))

    feed = ReplayFeed("replay:SPY.csv", load)
    with pytest.raises(UsageError):
        await feed.open()
    status = feed.status()
    assert (status.state, status.detail) == (FeedState.FAILED, "SPY.csv: is empty.")


async def test_series_that_end_before_the_start_are_refused() -> None:
    with pytest.raises(UsageError, match="no data to replay"):
        await a_feed(minutes("A", 0, 3), start=9).open()
