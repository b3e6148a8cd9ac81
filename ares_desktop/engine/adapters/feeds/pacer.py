"""The speed of a feed: how long to wait before the next event, adjustable while it runs."""

import asyncio
import time
from typing import Final

_SLICE_S: Final = 0.05
"""Longest single wait, so that a new speed or a pause is followed at once."""
_GIVE_WAY_S: Final = 0.004
"""Longest time at full speed before other tasks get their turn; a quarter of a frame."""
_SHORTEST_S: Final = 0.001
"""Shorter waits are saved up: a timer is no finer."""
_BEHIND_S: Final = 0.25
"""A receiver that is further behind than this is not made to catch up."""


class Pacer:
    """Spreads events evenly over time.

    Args:
        speed: events a second, 0 for no wait at all.
    """

    def __init__(self, speed: float) -> None:
        self._speed = speed
        self._due = 0.0
        self._turn = 0.0
        self._going = asyncio.Event()
        self._going.set()

    @property
    def speed(self) -> float:
        """Events a second, 0 for as fast as possible."""
        return self._speed

    @property
    def paused(self) -> bool:
        """Whether it holds."""
        return not self._going.is_set()

    def start(self) -> None:
        """Count from this moment on."""
        self._due = self._turn = time.perf_counter()

    def set_speed(self, speed: float) -> None:
        """Set events a second from the next event on, 0 for as fast as possible."""
        self._speed = speed
        self._due = time.perf_counter()

    def pause(self) -> None:
        """Hold :meth:`wait`."""
        self._going.clear()

    def resume(self) -> None:
        """Let :meth:`wait` return."""
        self._due = time.perf_counter()
        self._going.set()

    async def wait(self) -> None:
        """Return when the next event is due; give way to other tasks from time to time in any case."""
        while True:
            if not self._going.is_set():
                await self._going.wait()
            now = time.perf_counter()
            wait = self._due - now if self._speed > 0 else 0.0
            if wait < _SHORTEST_S:
                break
            await asyncio.sleep(min(wait, _SLICE_S))
            self._turn = time.perf_counter()
        if now - self._turn > _GIVE_WAY_S:
            await asyncio.sleep(0)
            self._turn = time.perf_counter()

    def count(self, events: int) -> None:
        """Say that ``events`` were delivered."""
        if self._speed > 0:
            self._due = max(self._due, time.perf_counter() - _BEHIND_S) + events / self._speed
