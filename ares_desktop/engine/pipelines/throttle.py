"""Progress of a run at a pace that a window and a terminal can follow."""

import asyncio
from collections.abc import Callable
from typing import Final

import msgspec

from ares_desktop.domain.runs import RunProgress

_EVERY_S: Final = 0.1


class ProgressThrottle:
    """Passes on at most ten messages a second, the newest of them, with the equity points of those it left out.

    Args:
        tell: receives them on the loop.
    """

    def __init__(self, tell: Callable[[RunProgress], None]) -> None:
        self._tell = tell
        self._waiting: RunProgress | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._told_at = 0.0

    def put(self, progress: RunProgress) -> None:
        """Pass a message on, now or soon."""
        held = self._waiting
        if held is not None and held.equity:
            progress = msgspec.structs.replace(progress, equity=(*held.equity, *progress.equity))
        self._waiting = progress
        loop = asyncio.get_running_loop()
        wait = self._told_at + _EVERY_S - loop.time()
        if wait <= 0:
            self.flush()
        elif self._timer is None:
            self._timer = loop.call_later(wait, self.flush)

    def flush(self) -> None:
        """Pass on what waits."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        held, self._waiting = self._waiting, None
        if held is not None:
            self._told_at = asyncio.get_running_loop().time()
            self._tell(held)
