"""Trading state by scope, and the kill switch."""

from datetime import datetime

import structlog
from PySide6.QtCore import QObject

from ares_desktop.domain.errors import Finding, RefusedError, UsageError
from ares_desktop.domain.events import JournalEvent, KillSwitchDrilled, TradingStateSet
from ares_desktop.domain.ids import AccountId
from ares_desktop.domain.risk import (
    ALL_SCOPE,
    KillMode,
    KillSwitchReport,
    TradingState,
    TradingStateChanged,
)
from ares_desktop.engine.managers.kill_modes import KillModes
from ares_desktop.engine.managers.kill_reports import KillReports
from ares_desktop.engine.managers.scopes import Scopes
from ares_desktop.engine.managers.signals import SignalOf, signal_of
from ares_desktop.engine.ports.clock import Clock
from ares_desktop.engine.trading.fold import Applied
from ares_desktop.engine.trading.kill_drill import KillDrill
from ares_desktop.engine.trading.kill_latch import HOLDER
from ares_desktop.engine.trading.kill_switch import KillSwitch
from ares_desktop.engine.trading.recorder import Recorder

_log = structlog.get_logger(__name__)


class StateManager(QObject):
    """Owns trading states and the kill switch's latch.

    Signals:
        trading_state_changed: a scope's state was set, and is in the journal.
        kill_switch_changed: a scope's report of the kill switch, at every step.
        drilled: a drill has ended, and is in the journal.

    Attributes:
        modes: what the kill switch does at each account.
        reports: past engagements and drills.
    """

    trading_state_changed: SignalOf[TradingStateChanged] = signal_of(TradingStateChanged)
    kill_switch_changed: SignalOf[KillSwitchReport] = signal_of(KillSwitchReport)
    drilled: SignalOf[KillSwitchDrilled] = signal_of(KillSwitchDrilled)

    def __init__(
        self,
        recorder: Recorder,
        kill_switch: KillSwitch,
        scopes: Scopes,
        *,
        wall: Clock,
        modes: KillModes,
        reports: KillReports,
        drill: KillDrill,
    ) -> None:
        super().__init__()
        self.modes = modes
        self.reports = reports
        self._scopes = scopes
        self._recorder = recorder
        self._kill_switch = kill_switch
        self._drill = drill
        self._wall = wall
        self._started = wall.now()
        recorder.subscribe(self._recorded)
        kill_switch.mode_of = modes.mode
        kill_switch.on_change(self.kill_switch_changed.emit)

    @property
    def kill_switch(self) -> KillSwitchReport:
        """The report that speaks for all scopes: of what is engaged the widest one's, else the newest."""
        return self._kill_switch.report

    def engaged(self) -> tuple[KillSwitchReport, ...]:
        """Return the report of every scope that the kill switch is engaged for, the widest first."""
        return self._kill_switch.engaged()

    def unchosen_accounts(self) -> tuple[AccountId, ...]:
        """Return live accounts for which nobody chose yet what the kill switch does; it only cancels there."""
        return tuple(
            link.account
            for link in self._kill_switch.links()
            if not link.broker.paper and not self.modes.is_chosen(link.account)
        )

    async def choose_kill_mode(self, account: AccountId, mode: KillMode, *, source: str) -> None:
        """Keep what the kill switch does at an account.

        Raises:
            UsageError: for an unknown account, or when the settings can't be changed here.
            StorageError: when they can't be written.
        """
        self._scopes.check(f"account:{account}")
        self.modes.choose(account, mode)
        _log.info("kill_mode_chosen", account=account, mode=mode.value, source=source)

    def state(self, scope: str = ALL_SCOPE) -> TradingStateChanged:
        """Return a scope's own state; one that was never set is ACTIVE since the start."""
        found = self._recorder.fold.states.get(scope)
        if found is None or found.state is not TradingState.HALTED:
            # While the journal fails a latch is in force that the journal does not know yet.
            latched = next((report for report in self._kill_switch.engaged() if report.scope == scope), None)
            if latched is not None:
                return _latched(latched, self._started)
        if found is None:
            return TradingStateChanged(
                scope=scope,
                state=TradingState.ACTIVE,
                reason="",
                source="",
                since=self._started,
            )
        return _changed(found)

    def states(self) -> tuple[TradingStateChanged, ...]:
        """Return the state of everything, then each scope that is not ACTIVE."""
        scopes = {*self._recorder.fold.states, *(report.scope for report in self._kill_switch.engaged())}
        others = (self.state(scope) for scope in sorted(scopes) if scope != ALL_SCOPE)
        return (self.state(), *(state for state in others if state.state is not TradingState.ACTIVE))

    async def set_state(
        self, state: TradingState, *, reason: str, source: str, scope: str = ALL_SCOPE, holder: str = ""
    ) -> None:
        """Pause, reduce or resume a scope; a holder other than a person lifts only what it set itself.

        Raises:
            RefusedError: while the kill switch is engaged: only a release leads out of it.
            UsageError: for an unknown scope, or for HALTED, which only the kill switch sets.
        """
        self._scopes.check(scope)
        if state is TradingState.HALTED:
            raise UsageError(
                Finding(
                    place="state",
                    value=state.name,
                    problem="only the kill switch halts",
                    remedy="Engage the kill switch instead.",
                ),
            )
        if not holder and self.kill_switch.engaged and self.state(scope).state is TradingState.HALTED:
            raise RefusedError("KILL_SWITCH", "the kill switch is engaged; release it first")
        await self._recorder.record(
            TradingStateSet(scope=scope, state=state, reason=reason, source=source, at=self._wall.now(), holder=holder),
        )

    async def engage(
        self,
        *,
        reason: str,
        source: str,
        scope: str = ALL_SCOPE,
        mode: KillMode | None = None,
    ) -> KillSwitchReport:
        """Engage the kill switch and return its report once it has finished; engaging it again adds the reason.

        Without a mode each account gets what was chosen for it.

        Raises:
            UsageError: for an unknown scope.
        """
        self._scopes.check(scope)
        return await self._kill_switch.engage(
            reason=reason,
            source=source,
            scope=scope,
            mode=mode,
        )

    async def release(self, *, word: str, source: str, scope: str | None = None) -> None:
        """Re-arm trading in one scope, or in all that are engaged; strategies stay stopped.

        Raises:
            RefusedError: unless ``word`` is RELEASE, the scope is engaged, and its sequence has finished.
        """
        await self._kill_switch.release(word=word, source=source, scope=scope)

    async def drill(self, *, source: str, orders: int = 5) -> KillSwitchDrilled:
        """Measure the kill switch on orders and a position of its own, on paper.

        Raises:
            RefusedError: where no drill may be held now.
        """
        return await self._drill.run(source=source, orders=orders)

    def _recorded(self, event: JournalEvent, applied: Applied) -> None:
        del applied
        if isinstance(event.payload, TradingStateSet):
            # Not what was set, but what is in force by now: another holder may hold the scope still.
            self.trading_state_changed.emit(_changed(self._recorder.fold.states[event.payload.scope]))
        elif isinstance(event.payload, KillSwitchDrilled):
            self.drilled.emit(event.payload)


def _latched(report: KillSwitchReport, started: datetime) -> TradingStateChanged:
    return TradingStateChanged(
        scope=report.scope,
        state=TradingState.HALTED,
        reason=report.reason,
        source=report.source,
        since=report.at or started,
        holder=HOLDER,
    )


def _changed(state: TradingStateSet) -> TradingStateChanged:
    return TradingStateChanged(
        scope=state.scope,
        state=state.state,
        reason=state.reason,
        source=state.source,
        since=state.at,
        holder=state.holder,
    )
