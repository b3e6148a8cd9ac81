"""Trading state by scope, and the kill switch."""

from PySide6.QtCore import QObject

from ares_desktop.domain.errors import Finding, RefusedError, UsageError
from ares_desktop.domain.events import JournalEvent, KillSwitchReleased, TradingStateSet
from ares_desktop.domain.risk import (
    ALL_SCOPE,
    KillMode,
    KillSwitchReport,
    TradingState,
    TradingStateChanged,
)
from ares_desktop.engine.managers.scopes import Scopes
from ares_desktop.engine.managers.signals import SignalOf, signal_of
from ares_desktop.engine.ports.clock import Clock
from ares_desktop.engine.trading.fold import Applied
from ares_desktop.engine.trading.kill_switch import KillSwitch
from ares_desktop.engine.trading.recorder import Recorder


class StateManager(QObject):
    """Owns trading states and the kill switch's latch.

    Signals:
        trading_state_changed: a scope's state was set, and is in the journal.
        kill_switch_changed: the kill switch's report, at every step.
    """

    trading_state_changed: SignalOf[TradingStateChanged] = signal_of(TradingStateChanged)
    kill_switch_changed: SignalOf[KillSwitchReport] = signal_of(KillSwitchReport)

    def __init__(
        self, recorder: Recorder, kill_switch: KillSwitch, scopes: Scopes, *, wall: Clock, default_mode: KillMode
    ) -> None:
        super().__init__()
        self._scopes = scopes
        self._recorder = recorder
        self._kill_switch = kill_switch
        self._wall = wall
        self._default_mode = default_mode
        self._started = wall.now()
        recorder.subscribe(self._recorded)
        kill_switch.on_change(self.kill_switch_changed.emit)

    @property
    def kill_switch(self) -> KillSwitchReport:
        """The kill switch's newest report."""
        return self._kill_switch.report

    def state(self, scope: str = ALL_SCOPE) -> TradingStateChanged:
        """Return a scope's own state; one that was never set is ACTIVE since the start."""
        found = self._recorder.fold.states.get(scope)
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
        others = [
            _changed(state)
            for scope, state in sorted(self._recorder.fold.states.items())
            if scope != ALL_SCOPE and state.state is not TradingState.ACTIVE
        ]
        return (self.state(), *others)

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

        Raises:
            UsageError: for an unknown scope.
        """
        self._scopes.check(scope)
        return await self._kill_switch.engage(
            reason=reason,
            source=source,
            scope=scope,
            mode=mode or self._default_mode,
        )

    async def release(self, *, word: str, source: str) -> None:
        """Re-arm trading; strategies stay stopped.

        Raises:
            RefusedError: unless ``word`` is RELEASE and the kill switch has finished.
        """
        await self._kill_switch.release(word=word, source=source)

    def _recorded(self, event: JournalEvent, applied: Applied) -> None:
        del applied
        if isinstance(event.payload, TradingStateSet):
            self.trading_state_changed.emit(_changed(event.payload))
        elif isinstance(event.payload, KillSwitchReleased):
            self.kill_switch_changed.emit(self._recorder.fold.kill_switch)


def _changed(state: TradingStateSet) -> TradingStateChanged:
    return TradingStateChanged(
        scope=state.scope,
        state=state.state,
        reason=state.reason,
        source=state.source,
        since=state.at,
        holder=state.holder,
    )
