"""Tells the workers what became of their limits."""

from ares_desktop.domain import events as e
from ares_desktop.domain.ids import StrategyId
from ares_desktop.domain.risk import LimitsInForce
from ares_desktop.engine.managers.strategy_parts import StrategyParts

_AT_ONCE = (
    e.LimitsChanged,
    e.TradingStateSet,
    e.LockPlaced,
    e.LockLifted,
    e.LadderStepped,
    e.ExecutionsConfirmed,
)


class LimitTidings:
    """Sends each worker its own view when it differs from what was sent last."""

    def __init__(self, parts: StrategyParts) -> None:
        self._parts = parts
        self._sent: dict[StrategyId, LimitsInForce] = {}

    def recorded(self, payload: e.Payload) -> None:
        """Tell of what somebody decided at once."""
        if isinstance(payload, _AT_ONCE):
            self.tell()

    def tell(self) -> None:
        """Tell every living worker what changed."""
        for name in self._parts.instances.names():
            if not self._parts.is_running(name):
                self._sent.pop(name, None)
                continue
            view = self._parts.setups.limits_of(self._parts.instances.get(name))
            if view != self._sent.get(name):
                self._sent[name] = view
                self._parts.workers.update_limits(name, view)
