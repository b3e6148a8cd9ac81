"""Notices when the wall clock was set, or ran away from the time that passed."""

import time
from collections.abc import Callable
from typing import Final

from ares_desktop.engine.ports.clock import Clock

_NS: Final = 1e9


def passed_ns() -> int:
    """Return nanoseconds of a clock that nobody sets; where there is one, it counts while the machine sleeps, too."""
    return time.clock_gettime_ns(time.CLOCK_BOOTTIME) if hasattr(time, "CLOCK_BOOTTIME") else time.monotonic_ns()


class ClockWatch:
    """Compares the wall clock with the time that passed since it was made.

    Args:
        wall: the clock that can be set.
        passed: nanoseconds of one that can't be.
    """

    def __init__(self, wall: Clock, passed: Callable[[], int] = passed_ns) -> None:
        self._wall = wall
        self._passed = passed
        self._ahead_ns = wall.now_ns() - passed()

    def jumped_s(self) -> float:
        """Return how many seconds further the wall clock went than time passed, negative for less."""
        return (self._wall.now_ns() - self._passed() - self._ahead_ns) / _NS
