"""What is allowed and forbidden, folded from the journal: states and who holds them, kill switch, limits, locks."""

from datetime import datetime

import msgspec

from ares_desktop.domain import events as e
from ares_desktop.domain.ids import StrategyId
from ares_desktop.domain.protections import LadderState, Lock
from ares_desktop.domain.risk import KillSwitchReport, RiskLimits, TradingState


class SafetyState(msgspec.Struct, frozen=True, kw_only=True):
    """What a snapshot keeps of :class:`Safety`."""

    holds: list[e.TradingStateSet]
    kill_switch: KillSwitchReport
    limits: dict[str, RiskLimits]
    locks: dict[str, Lock]
    ladders: list[LadderState]
    confirmed: dict[StrategyId, datetime]


class Safety:
    """The safety of the house as of one journal event.

    Attributes:
        states: what is in force, by scope: of each scope the most restrictive state that somebody holds it in.
        holds: the newest state that each holder set, by scope and holder.
        kill_switch: its newest report.
        limits: risk limits by scope.
        locks: by their ids, ended ones until they are lifted.
        ladders: where scopes stand, by scope and measure.
        confirmed: when a person last let a strategy go on after its executions were throttled.
    """

    def __init__(self) -> None:
        self.states: dict[str, e.TradingStateSet] = {}
        self.holds: dict[tuple[str, str], e.TradingStateSet] = {}
        self.kill_switch = KillSwitchReport(engaged=False)
        self.limits: dict[str, RiskLimits] = {}
        self.locks: dict[str, Lock] = {}
        self.ladders: dict[tuple[str, str], LadderState] = {}
        self.confirmed: dict[StrategyId, datetime] = {}

    def apply(self, payload: e.Payload) -> None:
        """Fold an event; one that concerns something else changes nothing."""
        match payload:
            case e.TradingStateSet():
                self._hold(payload)
            case e.KillSwitchEngaged() | e.KillSwitchStepped():
                self.kill_switch = payload.report
            case e.KillSwitchReleased():
                self.kill_switch = msgspec.structs.replace(self.kill_switch, engaged=False)
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
            case _:
                pass  # a record for people, which no state follows from

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
            kill_switch=self.kill_switch,
            limits=self.limits,
            locks=self.locks,
            ladders=list(self.ladders.values()),
            confirmed=self.confirmed,
        )

    @classmethod
    def load(cls, state: SafetyState) -> "Safety":
        """Return what :meth:`dump` described."""
        safety = cls()
        for hold in state.holds:
            safety._hold(hold)
        safety.kill_switch = state.kill_switch
        safety.limits = dict(state.limits)
        safety.locks = dict(state.locks)
        safety.ladders = {(ladder.scope, ladder.measure): ladder for ladder in state.ladders}
        safety.confirmed = dict(state.confirmed)
        return safety
