"""Waiting for a state that several parties bring about."""

import asyncio
from collections.abc import Callable


async def until(condition: Callable[[], bool], *, within_s: float, every_s: float = 0.01) -> bool:
    """Return True as soon as ``condition`` holds, False when it does not within ``within_s`` seconds."""
    loop = asyncio.get_running_loop()
    end = loop.time() + within_s
    while not condition():
        if loop.time() >= end:
            return False
        await asyncio.sleep(every_s)
    return True
