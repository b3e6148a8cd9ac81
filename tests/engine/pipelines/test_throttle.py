"""Progress comes at a bearable pace, the newest first and no point of the curve lost."""

import asyncio

from ares_desktop.domain.accounts import EquityPoint
from ares_desktop.domain.runs import RunProgress
from ares_desktop.engine.pipelines.throttle import ProgressThrottle


def a_message(number: int) -> RunProgress:
    return RunProgress(
        run="bt-0001", stage="replay", share=None, done=number, equity=(EquityPoint(number, 1.0, 0.0, 0.0),)
    )


async def test_a_flood_becomes_a_few_messages_with_every_point() -> None:
    told: list[RunProgress] = []
    throttle = ProgressThrottle(told.append)
    for number in range(1000):
        throttle.put(a_message(number))
    assert len(told) < 100
    throttle.flush()
    assert told[-1].done == 999
    assert [point.ts for item in told for point in item.equity] == list(range(1000))
    throttle.flush()
    assert told[-1].done == 999


async def test_the_last_of_a_burst_comes_by_itself() -> None:
    told: list[RunProgress] = []
    throttle = ProgressThrottle(told.append)
    throttle.put(a_message(1))
    throttle.put(a_message(2))
    assert [item.done for item in told] == [1]
    while len(told) < 2:
        await asyncio.sleep(0.005)
    assert told[-1].done == 2
