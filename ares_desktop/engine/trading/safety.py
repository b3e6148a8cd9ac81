"""What is allowed and forbidden, folded from the journal: states and who holds them, kill switch, limits, locks."""

from collections.abc import Iterable
from datetime import datetime

import msgspec

from ares_desktop.domain import events as e
from ares_desktop.domain.ids import AccountId, InstrumentId, StrategyId
from ares_desktop.domain.limits import ScopeLimits
from ares_desktop.domain.protections import GainPeak, LadderState, Lock, LossBase, ProtectionRules
from ares_desktop.domain.risk import ALL_SCOPE, KillSwitchReport, TradingState

HeldBy = tuple[AccountId, StrategyId, InstrumentId]


class SafetyState(msgspec.Struct, frozen=True, kw_only=True):
    """What a snapshot keeps of :class:`Safety`."""

    holds: list[e.TradingStateSet]
    kill_switches: dict[str, KillSwitchReport]
    limits: dict[str, ScopeLimits]
    locks: dict[str, Lock]
    ladders: list[LadderState]
    confirmed: dict[StrategyId, datetime]
    loss_bases: dict[str, LossBase] = {}
    gains: list[tuple[HeldBy, GainPeak]] = []
    protections: dict[str, ProtectionRules] = {}


class Safety:
    """The safety of the house as of one journal event.

    Attributes:
        states: what is in force, by scope: of each scope the most restrictive state that somebody holds it in.
        holds: the newest state that each holder set, by scope and holder.
        kill_switches: the newest report of each scope.
        limits: what each scope sets of its own.
        locks: by their ids, ended ones until they are lifted.
        ladders: where scopes stand, by scope and measure.
        confirmed: when a person last let a strategy go on after its executions were throttled.
        loss_bases: what losses are measured from, by scope, as last journaled.
        gains: greatest gains of positions, as last journaled; one entry for each instrument of a book.
        protections: rules that a person set for a scope.
    """

    def __init__(self) -> None:
        self.states: dict[str, e.TradingStateSet] = {}
        self.holds: dict[tuple[str, str], e.TradingStateSet] = {}
        self.kill_switches: dict[str, KillSwitchReport] = {}
        self.limits: dict[str, ScopeLimits] = {}
        self.locks: dict[str, Lock] = {}
        self.ladders: dict[tuple[str, str], LadderState] = {}
        self.confirmed: dict[StrategyId, datetime] = {}
        self.loss_bases: dict[str, LossBase] = {}
        self.gains: dict[HeldBy, GainPeak] = {}
        self.protections: dict[str, ProtectionRules] = {}

    def apply(self, payload: e.Payload) -> None:
        """Fold an event; one that concerns something else changes nothing."""
        match payload:
            case e.TradingStateSet():
                self._hold(payload)
            case e.KillSwitchEngaged(report=report):
                self.kill_switches[report.scope] = report
            case e.KillSwitchStepped(report=report):
                present = self.kill_switches.get(report.scope)
                # A step that was still on its way when its latch was released must not latch again.
                if present is not None and present.engaged and present.at == report.at:
                    self.kill_switches[report.scope] = report
            case e.KillSwitchReleased():
                self._release(payload.scope)
            case e.LimitsChanged():
                self.limits[payload.scope] = payload.limits
            case _:
                self._apply_protection(payload)

    def _apply_protection(self, payload: e.Payload) -> None:
        match payload:
            case e.LockPlaced(lock=lock):
                self.locks[lock.id] = lock
            case e.LockLifted():
                self.locks.pop(payload.id, None)
            case e.LadderStepped(state=state):
                self.ladders[state.scope, state.measure] = state
            case e.ExecutionsConfirmed():
                self.confirmed[payload.strategy] = payload.at
            case e.LossBaseKept(base=base):
                self.loss_bases[base.scope] = base
            case e.GainPeaked():
                self.gains[payload.account, payload.strategy, payload.instrument] = payload.gain
            case e.ProtectionsChanged(scope=scope, rules=rules):
                self.protections.pop(scope, None)
                if rules is not None:
                    self.protections[scope] = rules
            case _:
                pass  # a record for people, which no state follows from

    @property
    def kill_switch(self) -> KillSwitchReport:
        """The report that speaks for all: of what is engaged the widest scope's, else the newest one."""
        return main_report(self.kill_switches.values())

    def _release(self, released: str) -> None:
        for scope in (released,) if released else tuple(self.kill_switches):
            report = self.kill_switches.get(scope)
            if report is not None:
                self.kill_switches[scope] = msgspec.structs.replace(report, engaged=False)

    def _hold(self, hold: e.TradingStateSet) -> None:
        self.holds[hold.scope, hold.holder] = hold
        others = [held for (scope, _), held in self.holds.items() if scope == hold.scope]
        # Of equal ones the newest speaks: it is the one that people were told about last.
        self.states[hold.scope] = max(others, key=lambda held: (held.state, held.at))
        if hold.state is TradingState.ACTIVE and hold.holder:
            del self.holds[hold.scope, hold.holder]

    def dump(self) -> SafetyState:
        """Return the state for a snapshot."""
        return SafetyState(
            holds=list(self.holds.values()),
            kill_switches=self.kill_switches,
            limits=self.limits,
            locks=self.locks,
            ladders=list(self.ladders.values()),
            confirmed=self.confirmed,
            loss_bases=self.loss_bases,
            gains=list(self.gains.items()),
            protections=self.protections,
        )

    @classmethod
    def load(cls, state: SafetyState) -> "Safety":
        """Return what :meth:`dump` described."""
        safety = cls()
        for hold in state.holds:
            safety._hold(hold)
        safety.kill_switches = dict(state.kill_switches)
        safety.limits = dict(state.limits)
        safety.locks = dict(state.locks)
        safety.ladders = {(ladder.scope, ladder.measure): ladder for ladder in state.ladders}
        safety.confirmed = dict(state.confirmed)
        safety.loss_bases = dict(state.loss_bases)
        safety.gains = dict(state.gains)
        safety.protections = dict(state.protections)
        return safety


def main_report(reports: Iterable[KillSwitchReport]) -> KillSwitchReport:
    """Return the report that speaks for several: of engaged ones the widest, then the newest; else the newest."""
    return max(
        reports,
        key=lambda report: (
            report.engaged,
            report.engaged and report.scope == ALL_SCOPE,
            report.engaged and report.scope.startswith("account:"),
            report.at.timestamp() if report.at else 0.0,
        ),
        default=KillSwitchReport(engaged=False),
    )
