"""Limits without an engine: set at once, with uses as a test wants them."""

from collections.abc import Mapping

from PySide6.QtCore import QObject

from ares_desktop.domain.events import ExecutionsConfirmed, LimitsChanged
from ares_desktop.domain.ids import StrategyId
from ares_desktop.domain.limits import NO_LIMITS, Reach, ScopeLimits, offered, read_limits, tightest
from ares_desktop.domain.risk import ALL_SCOPE, Denied, DenyReason, LimitsInForce, LimitUse, RiskLimits
from ares_desktop.engine.managers.signals import SignalOf, signal_of
from tests.views.records import NOW


class FakeLimits(QObject):
    """Three scopes, nothing denied, and no strategy that waits.

    Attributes:
        used: by scope and limit.
    """

    limits_changed: SignalOf[LimitsChanged] = signal_of(LimitsChanged)
    executions_confirmed: SignalOf[ExecutionsConfirmed] = signal_of(ExecutionsConfirmed)

    def __init__(self) -> None:
        super().__init__()
        self.set: dict[str, ScopeLimits] = {}
        self.used: dict[tuple[str, str], float] = {}
        self.denied: list[Denied] = []
        self.waits: list[StrategyId] = []
        self.changes: list[LimitsChanged] = []

    def scopes(self) -> tuple[str, ...]:
        return (ALL_SCOPE, "account:PAPER", "strategy:trend")

    def own(self, scope: str = ALL_SCOPE) -> ScopeLimits:
        return self.set.get(scope, NO_LIMITS)

    def limits(self, scope: str = ALL_SCOPE) -> RiskLimits:
        return tightest(RiskLimits(), [self.own(one) for one in dict.fromkeys((ALL_SCOPE, scope))])

    def uses(self, scope: str = ALL_SCOPE) -> tuple[LimitUse, ...]:
        limits = self.limits(scope)
        return tuple(
            LimitUse(
                scope=scope,
                name=info.name,
                used=None if info.reach is Reach.ORDER else self.used.get((scope, info.name), 0.0),
                bound=None if (bound := getattr(limits, info.name)) is None else float(bound),
                unit=info.unit,
                origin=scope if getattr(self.own(scope), info.name) is not None else "",
                each_order=info.reach is Reach.ORDER,
            )
            for info in offered(scope)
        )

    def breaches(self) -> tuple[LimitUse, ...]:
        return tuple(use for scope in self.scopes() for use in self.uses(scope) if use.breached)

    def seen_by(self, strategy: str) -> LimitsInForce:
        return LimitsInForce.of(self.limits(f"strategy:{strategy}"))

    async def change(
        self, changes: Mapping[str, Mapping[str, object]], *, source: str, note: str = ""
    ) -> tuple[LimitUse, ...]:
        fresh = {scope: read_limits(scope, values, self.own(scope)) for scope, values in changes.items()}
        for scope, limits in fresh.items():
            self.set[scope] = limits
            event = LimitsChanged(scope=scope, limits=limits, source=source, at=NOW, note=note)
            self.changes.insert(0, event)
            self.limits_changed.emit(event)
        return tuple(use for scope in fresh for use in self.uses(scope) if use.breached)

    async def confirm_executions(self, strategy: str, *, source: str) -> None:
        self.waits = [name for name in self.waits if name != strategy]
        self.executions_confirmed.emit(ExecutionsConfirmed(strategy=StrategyId(strategy), source=source, at=NOW))

    def waiting(self) -> tuple[StrategyId, ...]:
        return tuple(self.waits)

    def denials(self, reason: DenyReason | None = None, *, count: int = 200) -> tuple[Denied, ...]:
        return tuple(one for one in self.denied if reason in {None, one.reason})[:count]

    def denial_counts(self) -> Mapping[DenyReason, int]:
        return {reason: sum(one.reason is reason for one in self.denied) for reason in DenyReason}

    async def history(self, scope: str | None = None) -> tuple[LimitsChanged, ...]:
        return tuple(one for one in self.changes if scope in {None, one.scope})
