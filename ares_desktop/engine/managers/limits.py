"""Limits: what is set, how much of it is used, what was denied for it, and who changed what."""

import asyncio
from collections import Counter
from collections.abc import Mapping

from PySide6.QtCore import QObject

from ares_desktop.domain.errors import Finding, UsageError
from ares_desktop.domain.events import ExecutionsConfirmed, JournalEvent, LimitsChanged
from ares_desktop.domain.ids import UNASSIGNED, StrategyId
from ares_desktop.domain.limits import NO_LIMITS, ScopeLimits, loosened, own_part, read_limits
from ares_desktop.domain.risk import ALL_SCOPE, Denied, DenyReason, LimitsInForce, LimitUse, RiskLimits
from ares_desktop.engine.managers.scopes import Scopes
from ares_desktop.engine.managers.signals import SignalOf, signal_of
from ares_desktop.engine.ports.clock import Clock
from ares_desktop.engine.ports.journal import EventJournal
from ares_desktop.engine.trading.fold import Applied
from ares_desktop.engine.trading.gate import RiskGate
from ares_desktop.engine.trading.recorder import Recorder

Changes = Mapping[str, Mapping[str, object]]
"""Typed values by scope and limit; an empty one, ``none`` or None takes a limit away."""


class LimitManager(QObject):
    """Owns the limits of every scope.

    Signals:
        limits_changed: the limits of a scope were set, and are in the journal.
        executions_confirmed: a person let a strategy go on.
    """

    limits_changed: SignalOf[LimitsChanged] = signal_of(LimitsChanged)
    executions_confirmed: SignalOf[ExecutionsConfirmed] = signal_of(ExecutionsConfirmed)

    def __init__(
        self, recorder: Recorder, gate: RiskGate, scopes: Scopes, journal: EventJournal, *, wall: Clock, clock: Clock
    ) -> None:
        super().__init__()
        self._recorder = recorder
        self._gate = gate
        self._scopes = scopes
        self._journal = journal
        self._wall = wall
        self._clock = clock
        recorder.subscribe(self._recorded)

    def scopes(self) -> tuple[str, ...]:
        """Return every scope that may have limits: everything, accounts, strategies, and instruments that have some."""
        fold = self._recorder.fold
        accounts = {account for account, _ in fold.ledger.all_books()} | set(self._gate.accounts())
        strategies = {*fold.instances, *(book for _, book in fold.ledger.all_books())} - {UNASSIGNED}
        named = [f"account:{name}" for name in sorted(accounts)]
        named += [f"strategy:{name}" for name in sorted(strategies)]
        return tuple(dict.fromkeys((ALL_SCOPE, *named, *sorted(fold.limits))))

    def own(self, scope: str = ALL_SCOPE) -> ScopeLimits:
        """Return what a scope sets of its own.

        Raises:
            UsageError: for an unknown scope.
        """
        self._scopes.check(scope)
        return self._recorder.fold.limits.get(scope, NO_LIMITS)

    def limits(self, scope: str = ALL_SCOPE) -> RiskLimits:
        """Return the limits in force for a scope: of each the tightest of all that cover it.

        Raises:
            UsageError: for an unknown scope.
        """
        self._scopes.check(scope)
        return self._gate.limits_of(scope)

    def uses(self, scope: str = ALL_SCOPE) -> tuple[LimitUse, ...]:
        """Return every limit that a scope may set, with its bound and how much of it is used now.

        Raises:
            UsageError: for an unknown scope.
        """
        self._scopes.check(scope)
        return self._gate.uses(scope)

    def breaches(self) -> tuple[LimitUse, ...]:
        """Return the limits of which more is used than they allow; only exits pass there."""
        return tuple(use for scope in self.scopes() for use in self._gate.uses(scope) if use.breached)

    def seen_by(self, strategy: str) -> LimitsInForce:
        """Return a strategy's own view of its limits.

        Raises:
            UsageError: for an unknown one.
        """
        name = self._scopes.book(strategy)
        instance = self._recorder.fold.instances.get(name)
        account = instance.account if instance is not None else next(iter(self._gate.accounts()))
        return self._gate.view_of(account, name)

    async def change(self, changes: Changes, *, source: str, note: str = "") -> tuple[LimitUse, ...]:
        """Set limits of one or several scopes: all of them, or none; return those that are breached from now on.

        Raises:
            UsageError: with every finding: unknown scopes and limits, values out of range, and a limit that is
                loosened without a note.
            StorageError: when the journal could not keep them; then the old ones hold.
        """
        findings: list[Finding] = []
        fresh: dict[str, ScopeLimits] = {}
        for scope, values in changes.items():
            try:
                self._scopes.check(scope)
                fresh[scope] = read_limits(scope, values, self._recorder.fold.limits.get(scope, NO_LIMITS))
            except UsageError as error:
                findings += error.findings
        if not note.strip():
            findings += [finding for scope, limits in fresh.items() for finding in self._loose(scope, limits)]
        if findings:
            raise UsageError(*findings)
        await self._put(fresh, source=source, note=note.strip())
        return tuple(use for scope in fresh for use in self._gate.uses(scope) if use.breached)

    async def put(self, scope: str, limits: RiskLimits, *, source: str, note: str = "") -> None:
        """Set what a scope wants to hold as a whole; only what differs from what covers it becomes its own.

        Raises:
            UsageError: for an unknown scope.
            StorageError: when the journal could not keep them; then the old ones hold.
        """
        self._scopes.check(scope)
        await self._put({scope: own_part(limits, self._around(scope))}, source=source, note=note)

    def _around(self, scope: str) -> RiskLimits:
        return self._gate.scopes.defaults if scope == ALL_SCOPE else self._gate.limits_of(ALL_SCOPE)

    async def _put(self, fresh: Mapping[str, ScopeLimits], *, source: str, note: str) -> None:
        known, at = self._recorder.fold.limits, self._wall.now()
        events = [
            LimitsChanged(scope=scope, limits=limits, source=source, at=at, note=note)
            for scope, limits in fresh.items()
            if limits != known.get(scope, NO_LIMITS)
        ]
        if events:
            await self._recorder.record(*events)

    def _loose(self, scope: str, limits: ScopeLimits) -> list[Finding]:
        """Return a finding for each limit that would bound less than it does now."""
        before = self._recorder.fold.limits.get(scope, NO_LIMITS)
        return [
            Finding(
                place=f"{scope}: {name}",
                value=f"{getattr(limits, name)}",
                problem=f"is looser than {getattr(before, name)} before",
                remedy="Say why, as a note.",
            )
            for name in loosened(before, limits)
        ]

    async def confirm_executions(self, strategy: str, *, source: str) -> None:
        """Let a strategy go on that waits for a person after many executions.

        Raises:
            UsageError: for an unknown strategy.
            StorageError: when the journal could not keep it; then it goes on waiting.
        """
        name = self._scopes.book(strategy)
        await self._recorder.record(ExecutionsConfirmed(strategy=name, source=source, at=self._clock.now()))

    def waiting(self) -> tuple[StrategyId, ...]:
        """Return the strategies that wait for a person to confirm what they executed."""
        fold = self._recorder.fold
        found = (instance for instance in fold.instances.values())
        return tuple(one.name for one in found if self._gate.view_of(one.account, one.name).waits)

    def denials(self, reason: DenyReason | None = None, *, count: int = 200) -> tuple[Denied, ...]:
        """Return the newest denials, newest first, of one reason or of all."""
        found = (one for one in reversed(self._recorder.fold.registry.denials()) if reason in {None, one.reason})
        return tuple(one for one, _ in zip(found, range(count), strict=False))

    def denial_counts(self) -> Mapping[DenyReason, int]:
        """Return how many denials of each reason are known."""
        return Counter(one.reason for one in self._recorder.fold.registry.denials())

    async def history(self, scope: str | None = None) -> tuple[LimitsChanged, ...]:
        """Return every change of limits, newest first, of one scope or of all.

        Raises:
            JournalCorruptError: when the journal can't be read to its end.
        """

        def look() -> list[LimitsChanged]:
            return [event.payload for event in self._journal.read() if isinstance(event.payload, LimitsChanged)]

        found = await asyncio.to_thread(look)
        return tuple(one for one in reversed(found) if scope in {None, one.scope})

    def _recorded(self, event: JournalEvent, applied: Applied) -> None:
        del applied
        if isinstance(event.payload, LimitsChanged):
            self.limits_changed.emit(event.payload)
        elif isinstance(event.payload, ExecutionsConfirmed):
            self.executions_confirmed.emit(event.payload)
