"""Counts what strategies execute by themselves, so that one that runs wild waits for a person."""

from bisect import bisect_right
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Final

from ares_desktop.domain.ids import ClientOrderId, StrategyId
from ares_desktop.domain.orders import Order, OrderPurpose
from ares_desktop.domain.risk import RiskLimits

_REMEMBERED: Final = 1000


class ExecutionLog:
    """The last executed orders of each strategy, by the time of their first fill.

    What counts are orders that a strategy asked for itself; its protective exits, and what a person closes, do not.

    Args:
        past: returns the orders so far; they are read when a limit is first looked at.
    """

    def __init__(self, past: Callable[[], Iterable[Order]]) -> None:
        self._past = past
        self._loaded = False
        self._times: dict[StrategyId, deque[datetime]] = {}
        self._seen: dict[ClientOrderId, None] = {}

    @property
    def is_loaded(self) -> bool:
        """Whether anybody asked so far."""
        return self._loaded

    def _load(self) -> None:
        """Take over what executed before anybody asked; most houses never ask."""
        self._loaded = True
        executed = (order for order in self._past() if order.filled)
        for order in sorted(executed, key=lambda one: one.updated_at):
            self.note(order, order.updated_at)

    def note(self, order: Order, at: datetime) -> None:
        """Count an order at its first fill; the same one again changes nothing."""
        if not self._loaded:
            return
        intent = order.intent
        if intent.purpose is not OrderPurpose.STRATEGY or intent.client_order_id in self._seen:
            return
        self._seen[intent.client_order_id] = None
        if len(self._seen) > _REMEMBERED * 10:
            del self._seen[next(iter(self._seen))]
        times = self._times.get(intent.strategy)
        if times is None:
            times = self._times[intent.strategy] = deque(maxlen=_REMEMBERED)
        times.append(at)

    def _since(self, strategy: StrategyId, confirmed: Mapping[StrategyId, datetime]) -> list[datetime]:
        if not self._loaded:
            self._load()
        times = list(self._times.get(strategy, ()))
        last = confirmed.get(strategy)
        return times if last is None else times[bisect_right(times, last) :]

    def waits(self, strategy: StrategyId, limits: RiskLimits, confirmed: Mapping[StrategyId, datetime]) -> str:
        """Return why a strategy waits for a person, empty when it does not.

        It waits once so many of its orders executed within the window since the last confirmation, and goes on
        waiting when that window has passed.
        """
        most = limits.max_executions
        if most is None:
            return ""
        window = timedelta(seconds=limits.executions_window_s)
        times = self._since(strategy, confirmed)
        for first, last in zip(times, times[most - 1 :], strict=False):
            if last - first <= window:
                return (
                    f"{most} orders of {strategy} executed within {limits.executions_window_s:g} s; "
                    "confirm them to let it go on"
                )
        return ""

    def used(
        self, strategy: StrategyId, limits: RiskLimits, confirmed: Mapping[StrategyId, datetime], now: datetime
    ) -> int:
        """Return how many executions count at this moment: those of the window, or those that it waits for."""
        times = self._since(strategy, confirmed)
        if self.waits(strategy, limits, confirmed):
            return max(limits.max_executions or 0, self._recent(times, limits, now))
        return self._recent(times, limits, now)

    @staticmethod
    def _recent(times: list[datetime], limits: RiskLimits, now: datetime) -> int:
        since = now - timedelta(seconds=limits.executions_window_s)
        return sum(at >= since for at in times)
