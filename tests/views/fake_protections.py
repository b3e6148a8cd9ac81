"""A protection manager over plain lists."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from PySide6.QtCore import QObject

from ares_desktop.domain.events import LadderStepped, ProtectionsChanged
from ares_desktop.domain.ids import AccountId, InstrumentId, StrategyId
from ares_desktop.domain.protections import (
    LadderState,
    Lock,
    LockKind,
    LossMeasure,
    ProtectionRules,
    Rung,
    StopCover,
)
from ares_desktop.engine.managers.protections import LockChange
from ares_desktop.engine.managers.signals import SignalOf, signal_of

NOW = datetime(2026, 3, 2, 15, 30, tzinfo=UTC)


def a_ladder(scope: str = "all", loss: float | None = 0.03, rung: Rung = Rung.CALM, **changes: Any) -> LadderState:
    """Return where a scope stands."""
    values: dict[str, Any] = {"measure": LossMeasure.DRAWDOWN, "warn": 0.05, "limit": 0.1, "hard": 0.2} | changes
    return LadderState(scope=scope, rung=rung, at=NOW, loss=loss, **values)


def a_lock(name: str = "cool_down:strategy:alpha", minutes: float | None = 30.0) -> Lock:
    """Return a lock of a strategy."""
    return Lock(
        id=name,
        scope="strategy:alpha instrument:ACME.SIM",
        kind=LockKind.COOL_DOWN,
        reason="it just closed a position",
        since=NOW,
        until=None if minutes is None else NOW + timedelta(minutes=minutes),
    )


def a_cover(quantity: int = 10, asked: int = 10, covered: int = 10) -> StopCover:
    """Return how a position is protected."""
    return StopCover(
        account=AccountId("PAPER"),
        strategy=StrategyId("alpha"),
        instrument=InstrumentId("ACME.SIM"),
        quantity=Decimal(quantity),
        asked=Decimal(asked),
        covered=Decimal(covered),
        action="covered",
    )


class FakeProtections(QObject):
    """Nothing is lost and nothing is locked, unless a test says so."""

    ladder_changed: SignalOf[LadderState] = signal_of(LadderState)
    lock_changed: SignalOf[LockChange] = signal_of(LockChange)
    stops_changed: SignalOf[StopCover] = signal_of(StopCover)
    rules_changed: SignalOf[ProtectionsChanged] = signal_of(ProtectionsChanged)

    def __init__(self) -> None:
        super().__init__()
        self.known = [a_ladder(), a_ladder(measure=LossMeasure.DAY, loss=0.0)]
        self.locked: list[Lock] = []
        self.covers: list[StopCover] = []
        self.calls: list[tuple[str, dict[str, Any]]] = []

    def now(self) -> datetime:
        return NOW

    def ladders(self) -> tuple[LadderState, ...]:
        return tuple(self.known)

    async def steps(self, most: int = 200) -> tuple[LadderStepped, ...]:
        return tuple(LadderStepped(state=state, before=Rung.CALM) for state in self.known if state.rung)[:most]

    def locks(self) -> tuple[Lock, ...]:
        return tuple(self.locked)

    def stops(self) -> tuple[StopCover, ...]:
        return tuple(self.covers)

    def rules(self, scope: str) -> ProtectionRules:
        del scope
        return ProtectionRules(day_limit=0.05)

    def has_own_rules(self, scope: str) -> bool:
        return scope != "all"

    async def set_rules(self, scope: str, changes: dict[str, Any], *, source: str) -> ProtectionRules:
        self.calls.append(("set_rules", {"scope": scope, "changes": dict(changes), "source": source}))
        return ProtectionRules()

    async def reset_rules(self, scope: str, *, source: str) -> ProtectionRules:
        self.calls.append(("reset_rules", {"scope": scope, "source": source}))
        return ProtectionRules()

    async def rebase(self, scope: str, *, source: str) -> None:
        self.calls.append(("rebase", {"scope": scope, "source": source}))

    async def place_lock(self, scope: str, *, until: datetime | None, reason: str, source: str) -> Lock:
        self.calls.append(("place_lock", {"scope": scope, "until": until, "reason": reason, "source": source}))
        return a_lock()

    async def change_lock(self, name: str, *, until: datetime | None, reason: str, source: str) -> Lock:
        self.calls.append(("change_lock", {"name": name, "until": until, "reason": reason, "source": source}))
        return a_lock()

    async def lift_lock(self, name: str, *, source: str) -> Lock:
        self.calls.append(("lift_lock", {"name": name, "source": source}))
        return a_lock()
