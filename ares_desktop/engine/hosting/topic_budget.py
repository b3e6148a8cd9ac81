"""How many messages one strategy may send to others, so that a flood of one harms nobody."""

import time
from collections.abc import Callable
from typing import Final

from ares_desktop.domain.ids import StrategyId

MESSAGES_A_TURN: Final = 1000
"""Messages of one strategy in a second, or between two moments of a replayed market."""
BYTES_A_TURN: Final = 1 << 23
"""Payload of them, in bytes."""


class TopicBudget:
    """Counts what each strategy published in this turn: a second, or what lies between two calls of :meth:`renew`.

    Args:
        on_excess: called once a turn with the name of a strategy that sends more than it may.
    """

    def __init__(self, on_excess: Callable[[StrategyId], None]) -> None:
        self._on_excess = on_excess
        self._spent: dict[StrategyId, tuple[int, int]] = {}
        self._since = 0.0

    def admit(self, name: StrategyId, size: int, *, timed: bool) -> bool:
        """Count a message and say whether it may pass.

        Args:
            name: of its sender.
            size: of its payload, in bytes.
            timed: turns are seconds; else they end with :meth:`renew` alone, so that a replay does not depend on how
                quick it is.
        """
        if timed and time.monotonic() - self._since >= 1.0:
            self.renew()
        count, total = self._spent.get(name, (0, 0))
        self._spent[name] = (count + 1, total + size)
        if count < MESSAGES_A_TURN and total + size <= BYTES_A_TURN:
            return True
        if count <= MESSAGES_A_TURN and total <= BYTES_A_TURN:
            self._on_excess(name)
        return False

    def renew(self) -> None:
        """Begin a turn."""
        self._spent.clear()
        self._since = time.monotonic()
