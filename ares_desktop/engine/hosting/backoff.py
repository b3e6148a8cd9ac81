"""When a faulted instance may start again."""

from collections import deque
from typing import Final

_FIRST_S: Final = 1.0
_LONGEST_S: Final = 30.0
_ATTEMPTS: Final = 5
_WINDOW_S: Final = 600.0


class Backoff:
    """Doubles the wait with each restart of the last ten minutes, and gives up after five."""

    def __init__(self) -> None:
        self._restarts: deque[float] = deque()

    def next_delay(self, now_s: float) -> float | None:
        """Return the seconds to wait before the next restart, None when there were too many.

        Args:
            now_s: of a monotonic clock.
        """
        restarts = self._restarts
        while restarts and now_s - restarts[0] > _WINDOW_S:
            restarts.popleft()
        if len(restarts) >= _ATTEMPTS:
            return None
        delay: float = min(_LONGEST_S, _FIRST_S * 2 ** len(restarts))
        restarts.append(now_s)
        return delay

    def reset(self) -> None:
        """Forget all: a person started it."""
        self._restarts.clear()
