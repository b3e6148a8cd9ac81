"""Losses and their ladder, locks, and the stops of positions: what protects money by itself."""

import asyncio
from collections import deque
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec
import structlog
from PySide6.QtCore import QObject

from ares_desktop.config.protection import ProtectionSettings
from ares_desktop.domain.errors import StorageError
from ares_desktop.domain.events import JournalEvent, LadderStepped, LockLifted, LockPlaced, ProtectionsChanged
from ares_desktop.domain.positions import Position
from ares_desktop.domain.protections import LadderState, Lock, ProtectionRules, StopCover
from ares_desktop.engine.managers.alerts import AlertManager
from ares_desktop.engine.managers.portfolio import PortfolioManager
from ares_desktop.engine.managers.protection_alerts import ProtectionAlerts
from ares_desktop.engine.managers.protection_checks import checked_rules
from ares_desktop.engine.managers.scopes import Scopes
from ares_desktop.engine.managers.signals import SignalOf, signal_of
from ares_desktop.engine.managers.state import StateManager
from ares_desktop.engine.ports.clock import Clock
from ares_desktop.engine.ports.journal import EventJournal
from ares_desktop.engine.ports.state_store import StateStore
from ares_desktop.engine.trading.fold import Applied
from ares_desktop.engine.trading.ledger import PositionKey
from ares_desktop.engine.trading.loss_watch import SOURCE
from ares_desktop.engine.trading.protection_desk import ProtectionDesk

_log = structlog.get_logger(__name__)

_EVERY_S = 0.05
_KEEP_EVERY_S = 1.0
_STALE_EVERY_S = 1.0
_STEPS = 1000
_WINDOWS_EVERY_S = 15.0
KEPT_AS = "losses"
WINDOWS_KEPT_AS = "falls"


class LockChange(msgspec.Struct, frozen=True, kw_only=True):
    """A lock was placed or changed, or it is gone."""

    lock: Lock
    lifted: bool = False


class ProtectionManager(QObject):
    """Shows where losses stand, which locks are in force and which position lacks its stop, and changes the rules.

    Signals:
        ladder_changed: a scope's loss, or the rung it stands on.
        lock_changed: a lock was placed, changed or lifted.
        stops_changed: how a position is protected; without quantity it is closed.
        rules_changed: the rules of a scope were set.
    """

    ladder_changed: SignalOf[LadderState] = signal_of(LadderState)
    lock_changed: SignalOf[LockChange] = signal_of(LockChange)
    stops_changed: SignalOf[StopCover] = signal_of(StopCover)
    rules_changed: SignalOf[ProtectionsChanged] = signal_of(ProtectionsChanged)

    def __init__(
        self,
        desk: ProtectionDesk,
        portfolio: PortfolioManager,
        alerts: AlertManager,
        scopes: Scopes,
        *,
        states: StateStore,
        journal: EventJournal,
        wall: Clock,
    ) -> None:
        super().__init__()
        self._desk = desk
        self._portfolio = portfolio
        self._scopes = scopes
        self._states = states
        self._journal = journal
        self._wall = wall
        self._alerts = ProtectionAlerts(desk, alerts)
        self._began_after = desk.recorder.fold.last_sequence
        self._past_steps: tuple[LadderStepped, ...] | None = None
        self._new_steps: deque[LadderStepped] = deque(maxlen=_STEPS)
        self._locks: dict[str, Lock] = dict(desk.recorder.fold.safety.locks)
        portfolio.book_changed.connect(desk.losses.meter.take_book)
        portfolio.book_changed.connect(desk.protections.take_book)
        portfolio.account_changed.connect(desk.losses.meter.take_account)
        portfolio.position_changed.connect(self._position_changed)
        desk.losses.on_change(self.ladder_changed.emit)
        desk.stops.on_change(self.stops_changed.emit)
        desk.recorder.subscribe(self._recorded)

    def attach(self, state: StateManager) -> None:
        """Let hard limits reach the kill switch, in the mode that its settings say for the account."""
        self._desk.losses.attach(lambda reason, scope: state.engage(reason=reason, source=SOURCE, scope=scope))

    def ladders(self) -> tuple[LadderState, ...]:
        """Return where every measured scope stands: all together, accounts, then strategies."""
        order = {"all": 0, "account": 1}
        states = self._desk.losses.states.values()
        return tuple(sorted(states, key=lambda state: (order.get(state.scope.partition(":")[0], 2), state.scope)))

    async def steps(self, most: int = 200) -> tuple[LadderStepped, ...]:
        """Return the newest steps of all ladders, newest first; earlier sessions are read once, off the loop."""
        if self._past_steps is None:
            self._past_steps = await asyncio.to_thread(self._read_steps)
        return tuple([*self._past_steps, *self._new_steps][-most:][::-1])

    def locks(self) -> tuple[Lock, ...]:
        """Return the locks in force, oldest first."""
        return self._desk.protections.locks()

    def stops(self) -> tuple[StopCover, ...]:
        """Return how each open position of a strategy is protected."""
        return tuple(self._desk.stops.covers.values())

    def naked_for_s(self, cover: StopCover) -> float:
        """Return for how long a position has lacked its stop, in seconds of the wall clock."""
        return self._desk.stops.naked_for_s(PositionKey(cover.account, cover.strategy, cover.instrument))

    def now(self) -> datetime:
        """Return the time of the clock in force, which locks end by."""
        return self._desk.clock.now()

    def rules(self, scope: str) -> ProtectionRules:
        """Return the rules in force for ``all``, ``account:ID`` or ``strategy:NAME``."""
        self._scopes.check(scope)
        return self._desk.rules.of(scope)

    def has_own_rules(self, scope: str) -> bool:
        """Say whether a person set the scope's own rules."""
        return self._desk.rules.is_own(scope)

    def set_defaults(self, settings: ProtectionSettings) -> None:
        """Set what holds where a person set no rules for a scope."""
        self._desk.take_settings(settings)

    async def set_rules(self, scope: str, changes: Mapping[str, Any], *, source: str) -> ProtectionRules:
        """Change rules of a scope; what is not named stays as it is in force.

        Raises:
            UsageError: with every value that can't be, or for an unknown scope; then nothing is changed.
            StorageError: when the journal can't keep it; then the old rules hold.
        """
        rules = checked_rules(self.rules(scope), changes)
        await self._record_rules(scope, rules, source)
        return rules

    async def reset_rules(self, scope: str, *, source: str) -> ProtectionRules:
        """Return a scope to the rules of the settings.

        Raises:
            UsageError: for an unknown scope.
            StorageError: when the journal can't keep it.
        """
        self._scopes.check(scope)
        await self._record_rules(scope, None, source)
        return self._desk.rules.of(scope)

    async def rebase(self, scope: str, *, source: str) -> None:
        """Measure the losses of a scope from its present equity on.

        Raises:
            UsageError: for an unknown scope, or one whose equity is not known.
            RefusedError: while it is halted.
        """
        self._scopes.check(scope)
        await self._desk.losses.rebase(scope, source=source)

    async def place_lock(self, scope: str, *, until: datetime | None, reason: str, source: str) -> Lock:
        """Forbid new exposure in a scope: all, account, strategy, instrument, or ``strategy:NAME instrument:ID``.

        Raises:
            UsageError: for an unknown scope, or an end that has passed.
            StorageError: when the journal can't keep it.
        """
        for part in scope.split(" instrument:"):
            self._scopes.check(part if ":" in part or part == scope else f"instrument:{part}")
        return await self._desk.protections.place(scope, until=until, reason=reason, source=source)

    async def change_lock(self, name: str, *, until: datetime | None, reason: str, source: str) -> Lock:
        """Give a lock another end and reason.

        Raises:
            UsageError: for a lock that is not there, or an end that has passed.
            StorageError: when the journal can't keep it.
        """
        return await self._desk.protections.change(name, until=until, reason=reason, source=source)

    async def lift_lock(self, name: str, *, source: str) -> Lock:
        """Take a lock away.

        Raises:
            UsageError: for a lock that is not there.
            StorageError: when the journal can't keep it.
        """
        return await self._desk.protections.lift(name, source=source)

    async def run(self) -> None:
        """Look at losses and locks until canceled, and keep peaks once a second, the windows of falls less often."""
        self._desk.losses.resume()
        loop = asyncio.get_running_loop()
        kept = stale = windows = loop.time()
        saved = fallen = b""
        while True:
            now = loop.time()
            if now - stale >= _STALE_EVERY_S:
                stale = now
                self._desk.take_stale(self._portfolio.positions())
            await self._desk.look_at_losses()
            self._alerts.look(now)
            if now - kept >= _KEEP_EVERY_S:
                kept = now
                saved = await self._save(KEPT_AS, self._desk.losses.meter.encode(), saved)
            if now - windows >= _WINDOWS_EVERY_S:
                windows = now
                fallen = await self._save(WINDOWS_KEPT_AS, self._desk.protections.encode(), fallen)
            await asyncio.sleep(_EVERY_S)

    async def guard(self) -> None:
        """Look after stops and gains until canceled; apart from losses, since it may wait for a broker."""
        while True:
            await self._desk.look_at_positions()
            await asyncio.sleep(_EVERY_S)

    async def close(self) -> None:
        """End what runs, and keep the peaks."""
        await self._desk.losses.close()
        await self._save(KEPT_AS, self._desk.losses.meter.encode(), b"")
        await self._save(WINDOWS_KEPT_AS, self._desk.protections.encode(), b"")

    async def _save(self, name: str, state: bytes, before: bytes) -> bytes:
        if state == before:
            return before
        try:
            await asyncio.to_thread(self._states.save, name, state)
        except StorageError as error:
            _log.warning("losses_not_kept", name=name, error=str(error))
            return before
        return state

    async def _record_rules(self, scope: str, rules: ProtectionRules | None, source: str) -> None:
        await self._desk.recorder.record(
            ProtectionsChanged(scope=scope, rules=rules, source=source, at=self._wall.now())
        )

    def _position_changed(self, position: Position) -> None:
        self._desk.gains.take(position)
        self._desk.stops.take(position)

    def _read_steps(self) -> tuple[LadderStepped, ...]:
        found: deque[LadderStepped] = deque(maxlen=_STEPS)
        for event in self._journal.read():
            if event.sequence > self._began_after:
                break
            if isinstance(event.payload, LadderStepped):
                found.append(event.payload)
        return tuple(found)

    def _recorded(self, event: JournalEvent, applied: Applied) -> None:
        del applied
        payload = event.payload
        if isinstance(payload, LadderStepped):
            self._new_steps.append(payload)
        elif isinstance(payload, LockPlaced):
            self._locks[payload.lock.id] = payload.lock
            self.lock_changed.emit(LockChange(lock=payload.lock))
        elif isinstance(payload, LockLifted):
            lock = self._locks.pop(payload.id, None)
            if lock is not None:
                self.lock_changed.emit(LockChange(lock=lock, lifted=True))
        elif isinstance(payload, ProtectionsChanged):
            self.rules_changed.emit(payload)
