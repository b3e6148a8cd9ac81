"""When a faulted instance may start again."""

from collections import deque
from typing import Final

from ares_desktop.domain.strategies import Fault, RestartPolicy, StrategyInstance
from ares_desktop.engine.hosting.patience import Patience

_LONGEST_S: Final = 30.0
_HOPELESS: Final = frozenset({"syntax", "import", "parameters"})
"""Faults that the next start would meet again: a person has to change something first."""


class Restarts:
    """Doubles the wait with each restart of the window, and gives up after the bound."""

    def __init__(self, patience: Patience) -> None:
        self._patience = patience
        self._made: deque[float] = deque()

    def next_delay(self, instance: StrategyInstance, now_s: float) -> float | None:
        """Return the seconds to wait before the next restart, None when there were too many.

        Args:
            instance: whose own bound and first wait come before those of the settings.
            now_s: of a monotonic clock.
        """
        made = self._made
        while made and now_s - made[0] > self._patience.restart_window_s:
            made.popleft()
        if len(made) >= self._limit(instance):
            return None
        own = instance.restart_backoff_s
        first = self._patience.restart_backoff_s if own is None else own
        delay = min(max(_LONGEST_S, first), first * 2.0 ** len(made))
        made.append(now_s)
        return delay

    def exhausted(self, instance: StrategyInstance) -> str:
        """Say why it is not started again, and what can be done."""
        limit = self._limit(instance)
        if not limit:
            return "it may not be restarted by itself; start it by hand"
        window = self._patience.restart_window_s
        times = "once" if limit == 1 else f"{limit} times"
        return f"it was restarted {times} within {window:g} s and stays down; start it by hand"

    def reset(self) -> None:
        """Forget all: a person started it."""
        self._made.clear()

    def _limit(self, instance: StrategyInstance) -> int:
        return self._patience.max_restarts if instance.restart_limit is None else instance.restart_limit


def wants_restart(instance: StrategyInstance, fault: Fault | None) -> bool:
    """Say whether an instance's policy has it started again after a fault, or after it ended without one."""
    if fault is None:
        return instance.restart is RestartPolicy.ALWAYS
    return instance.restart is not RestartPolicy.NEVER and fault.kind not in _HOPELESS
