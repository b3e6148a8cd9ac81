"""Starts many instances: in their order, a few at a time, and none waits for ever for another."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from itertools import groupby
from operator import attrgetter
from typing import Final

from ares_desktop.domain.ids import StrategyId
from ares_desktop.domain.strategies import StrategyInstance
from ares_desktop.engine.runtime.tasks import TaskSet

_AT_ONCE: Final = 4
_GROUP_S: Final = 10.0


async def start_in_order(
    instances: Iterable[StrategyInstance],
    start: Callable[[StrategyId], Awaitable[None]],
    tasks: TaskSet,
    *,
    group_s: float = _GROUP_S,
) -> None:
    """Start instances group by group, those with a smaller ``start_order`` first, otherwise in the order given.

    Four at a time are started, so that the machine and the loop have room for what already runs. Who hangs goes on
    being started while later ones are.

    Args:
        instances: to be started.
        start: returns when one runs, or does not; raises nothing.
        tasks: owns the starts.
        group_s: the longest that a group waits for the one before.
    """
    gate = asyncio.Semaphore(_AT_ONCE)

    async def one(name: StrategyId) -> None:
        async with gate:
            await start(name)

    for _, group in groupby(sorted(instances, key=attrgetter("start_order")), key=attrgetter("start_order")):
        if gate.locked():
            gate = asyncio.Semaphore(_AT_ONCE)
        await asyncio.wait([tasks.spawn(one(item.name), f"start of {item.name}") for item in group], timeout=group_s)
