"""Events are spread over time, and speed and pause are followed at once."""

import asyncio
import time

from ares_desktop.engine.adapters.feeds.pacer import Pacer


async def test_full_speed_never_waits() -> None:
    pacer = Pacer(0)
    pacer.start()
    for _ in range(1000):
        await pacer.wait()
        pacer.count(1)
    assert pacer.speed == 0


async def test_events_are_never_earlier_than_their_speed_allows() -> None:
    pacer = Pacer(200)
    pacer.start()
    begin = time.perf_counter()
    for _ in range(21):
        await pacer.wait()
        pacer.count(1)
    assert time.perf_counter() - begin >= 20 / 200 - 0.001


async def test_a_new_speed_counts_at_once() -> None:
    pacer = Pacer(0.001)
    pacer.start()
    pacer.count(1)
    waiting = asyncio.create_task(pacer.wait())
    await asyncio.sleep(0)
    assert not waiting.done()
    pacer.set_speed(0)
    await asyncio.wait_for(waiting, 10)


async def test_a_pause_holds_until_it_is_resumed() -> None:
    pacer = Pacer(0)
    pacer.pause()
    assert pacer.paused
    waiting = asyncio.create_task(pacer.wait())
    for _ in range(5):
        await asyncio.sleep(0)
    assert not waiting.done()
    pacer.resume()
    await asyncio.wait_for(waiting, 10)
