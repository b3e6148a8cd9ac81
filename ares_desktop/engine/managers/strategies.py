"""Strategy instances: switched, configured, supervised."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import structlog
from PySide6.QtCore import QObject

from ares_desktop.api.setup import WorkerSetup
from ares_desktop.domain.events import (
    BookNews,
    CashFlowRecorded,
    InstanceSaved,
    JournalEvent,
    OrderFilled,
    TradingStateSet,
)
from ares_desktop.domain.ids import InstrumentId, StrategyId
from ares_desktop.domain.risk import RiskLimits
from ares_desktop.domain.strategies import (
    CatalogEntry,
    Isolation,
    StrategyInstance,
    StrategyLog,
    StrategyRecord,
    StrategyStatus,
)
from ares_desktop.engine.hosting.catalog import Catalog
from ares_desktop.engine.hosting.supervisor import Supervisor
from ares_desktop.engine.managers.instances import Instances
from ares_desktop.engine.managers.limit_tidings import LimitTidings
from ares_desktop.engine.managers.new_instance import InstanceDefaults
from ares_desktop.engine.managers.signals import SignalOf, signal_of
from ares_desktop.engine.managers.strategy_editing import InstanceEditing
from ares_desktop.engine.managers.strategy_lives import InstanceLives
from ares_desktop.engine.managers.strategy_parts import StrategyParts
from ares_desktop.engine.managers.strategy_preflight import StrategyPreflights
from ares_desktop.engine.managers.strategy_status import describe
from ares_desktop.engine.managers.strategy_versions import InstanceVersions
from ares_desktop.engine.managers.worker_reports import WorkerReports
from ares_desktop.engine.ports.clock import Clock
from ares_desktop.engine.ports.preset_store import PresetStore
from ares_desktop.engine.trading.fold import Applied
from ares_desktop.engine.trading.funding import Funding
from ares_desktop.engine.trading.recorder import Recorder
from ares_desktop.engine.trading.router import OrderRouter
from ares_desktop.engine.trading.states import strategy_state
from ares_desktop.engine.trading.worker_setup import WorkerSetups

_log = structlog.get_logger(__name__)

_LOOKS_BETWEEN_TIDINGS: Final = 4


class StrategyManager(QObject):
    """Owns instances and their lives; what workers ask for goes to the intake.

    Attributes:
        lives: starts and stops them.
        editing: adds, changes and removes them.
        versions: what they were configured as before.
        preflights: looks at them before they are started.

    Signals:
        status_changed: an instance's state or configuration.
        removed: an instance that is gone; its book stays.
        recorded, logged: what strategies record and log.
        catalog_changed: a strategy file was looked at.
    """

    status_changed: SignalOf[StrategyStatus] = signal_of(StrategyStatus)
    removed: SignalOf[StrategyInstance] = signal_of(StrategyInstance)
    recorded: SignalOf[StrategyRecord] = signal_of(StrategyRecord)
    logged: SignalOf[StrategyLog] = signal_of(StrategyLog)
    catalog_changed: SignalOf[CatalogEntry] = signal_of(CatalogEntry)

    def __init__(
        self,
        recorder: Recorder,
        router: OrderRouter,
        *,
        setups: WorkerSetups,
        funding: Funding,
        limits: Callable[[StrategyId], RiskLimits],
        wall: Clock,
        defaults: InstanceDefaults,
        grace_s: float,
    ) -> None:
        super().__init__()
        self._known_since: dict[StrategyId, datetime] = {}
        self._entries: dict[str, CatalogEntry] = {}
        instances = Instances(recorder, wall)
        self._parts = StrategyParts(
            recorder=recorder,
            router=router,
            setups=setups,
            funding=funding,
            limits=limits,
            wall=wall,
            defaults=defaults,
            grace_s=grace_s,
            instances=instances,
            reports=WorkerReports(recorder, router, instances, wall),
            show=self._show,
            note=self._note,
            status=self.status,
            entries=self._entries,
        )
        self._tidings = LimitTidings(self._parts)
        self.lives = InstanceLives(self._parts)
        self.editing = InstanceEditing(self._parts, self.lives)
        self.versions = InstanceVersions(self._parts, self.editing)
        self.preflights = StrategyPreflights(self._parts)
        self.lives.before_start = self.preflights.before_start
        self._parts.reports.logged.append(self.logged.emit)
        self._parts.reports.recorded.append(self.recorded.emit)
        self._parts.reports.changed.append(self._show)
        recorder.subscribe(self._recorded)

    def attach(self, supervisor: Supervisor, catalog: Catalog, presets: PresetStore | None = None) -> None:
        """Set the supervisor, which reports to :attr:`reports`, and the catalog that shares its launcher."""
        self._parts.presets = presets
        self._parts.supervisor = supervisor
        self._parts.files = catalog
        self._parts.reports.attach(supervisor)

    @property
    def parts(self) -> StrategyParts:
        """What changes of several instances at once are made with."""
        return self._parts

    @property
    def reports(self) -> WorkerReports:
        """What the supervisor reports to."""
        return self._parts.reports

    def statuses(self) -> tuple[StrategyStatus, ...]:
        """Return every instance, in the order in which they were added."""
        return tuple(self.status(name) for name in self._parts.instances.names())

    def status(self, name: str) -> StrategyStatus:
        """Return one instance.

        Raises:
            UsageError: when there is none of that name.
        """
        instance = self._parts.instances.get(name)
        return describe(
            instance,
            self._parts.workers.status(instance.name),
            fault=self._parts.reports.fault(instance.name),
            trading=strategy_state(self._parts.recorder.fold.states, instance.account, instance.name),
            known_since=self._known_since.setdefault(instance.name, self._parts.wall.now()),
            version=self.versions.number(instance.name),
            reload=self._parts.reloads.get(instance.name),
        )

    def alive(self) -> int:
        """Return how many workers live, in processes and threads."""
        return sum(1 for name in self._parts.instances.names() if self.is_running(name))

    def is_running(self, name: StrategyId) -> bool:
        """Say whether an instance's worker lives, so that its intents are believed."""
        return self._parts.is_running(name)

    def catalog(self) -> tuple[CatalogEntry, ...]:
        """Return the strategy files that were looked at, by name."""
        return tuple(entry for _, entry in sorted(self._entries.items()))

    def entry_of(self, file: str) -> CatalogEntry | None:
        """Return what a file was found to be last, None before it was looked at."""
        return self._parts.entry_of(file)

    def logs(self, name: str) -> tuple[StrategyLog, ...]:
        """Return the newest lines that an instance logged, oldest first."""
        return self._parts.reports.lines(StrategyId(name))

    async def discover(self) -> None:
        """Look at every strategy file of the configured folders."""
        for entry in await self._parts.catalog.discover():
            self._note(entry)

    def search(self, folders: Sequence[Path]) -> None:
        """Look for strategy files in other folders from here on; :meth:`discover` looks at what is there."""
        self._parts.catalog.search(folders)

    async def check(self, file: str) -> CatalogEntry:
        """Look at a strategy file in a worker of its own; whatever is wrong with it is in the entry."""
        return self._note(await self._parts.catalog.check(file))

    def _note(self, entry: CatalogEntry) -> CatalogEntry:
        self._entries[entry.name] = self._parts.looked[entry.file] = entry
        self.catalog_changed.emit(entry)
        return entry

    async def add(
        self,
        file: str,
        *,
        source: str,
        name: str | None = None,
        instruments: Sequence[InstrumentId] = (),
        capital: Decimal | None = None,
        parameters: Mapping[str, Any] | None = None,
        isolation: Isolation | None = None,
    ) -> StrategyStatus:
        """Add an instance of a file, switched off.

        Raises:
            UsageError: with every finding: file, name, instruments, capital, parameters.
        """
        added = await self.editing.add(
            file,
            source=source,
            name=name,
            instruments=instruments,
            capital=capital,
            parameters=parameters,
            isolation=isolation,
        )
        return self.status(added)

    async def remove(self, name: str, *, source: str) -> None:
        """Stop and forget an instance; its cash goes back to the unassigned book.

        Raises:
            UsageError: when there is none of that name.
            RefusedError: while it holds positions, or its orders are not certainly gone.
        """
        instance = await self.editing.remove(name, source=source)
        self._known_since.pop(instance.name, None)
        self.removed.emit(instance)

    async def enable(self, name: str, *, source: str, force: bool = False) -> StrategyStatus:
        """Switch an instance on and return once its worker lives, with force in spite of checks that failed.

        Raises:
            UsageError: when there is none of that name, or it can't be funded.
            RefusedError: while the kill switch is engaged, or when checks before the start failed.
            StrategyError: when its worker did not start; the status shows the fault.
        """
        await self.lives.enable(name, source=source, force=force)
        return self.status(name)

    async def disable(self, name: str, *, source: str) -> StrategyStatus:
        """Switch an instance off: its worker stops, its working orders are canceled, its positions stay.

        Raises:
            UsageError: when there is none of that name.
            StorageError: when the journal could not keep it; the worker is stopped nevertheless.
        """
        await self.lives.disable(name, source=source)
        return self.status(name)

    async def pause(self, name: str, *, source: str) -> StrategyStatus:
        """Let an instance see data but not trade.

        Raises:
            UsageError: when there is none of that name.
            RefusedError: while the kill switch is engaged.
        """
        await self.lives.pause(name, source=source)
        return self.status(name)

    async def close_only(self, name: str, *, source: str) -> StrategyStatus:
        """Let an instance reduce its positions, but open none; errors as :meth:`pause`."""
        await self.lives.close_only(name, source=source)
        return self.status(name)

    async def resume(self, name: str, *, source: str) -> StrategyStatus:
        """Let an instance trade again; errors as :meth:`pause`."""
        await self.lives.resume(name, source=source)
        return self.status(name)

    async def set_parameters(self, name: str, values: Mapping[str, Any], *, source: str) -> StrategyStatus:
        """Change parameters; a running instance takes them over at its next bar.

        Raises:
            UsageError: with every finding; then nothing is changed.
        """
        await self.editing.set_parameters(name, values, source=source)
        return self.status(name)

    async def restore(self) -> None:
        """Start every instance whose requested state is active; faults are shown, not raised."""
        await self.lives.restore()

    async def stop_scope(self, scope: str) -> int:
        """Stop the workers in a kill switch's scope and leave them switched off; return how many.

        Raises:
            AresError: after all were stopped, when one of them could not be recorded as switched off.
        """
        return await self.lives.stop_scope(scope)

    def setup(self, name: StrategyId) -> WorkerSetup:
        """Return what a fresh worker of an instance starts from; used at each restart too."""
        return self._parts.setup(name)

    async def close(self) -> None:
        """Stop every worker; the requested states stay for the next start."""
        await self.lives.close()
        if self._parts.supervisor is not None:
            await self._parts.supervisor.close(grace_s=self._parts.grace_s)
        await self._parts.reports.close()

    async def run(self) -> None:
        """Show heartbeats and resource use twice a second, until canceled."""
        while True:
            for _ in range(_LOOKS_BETWEEN_TIDINGS):
                await asyncio.sleep(0.5)
                for status in self.statuses():
                    if status.heartbeat_age_s is not None:
                        self.status_changed.emit(status)
            self._tidings.tell()

    def _show(self, name: StrategyId) -> None:
        if name in self._parts.instances.names():
            self.status_changed.emit(self.status(name))

    def _recorded(self, event: JournalEvent, applied: Applied) -> None:
        payload = event.payload
        if applied.order is not None and applied.order.intent.strategy in self._parts.instances.names():
            self._parts.workers.deliver_order(applied.order)
        if isinstance(payload, OrderFilled) and applied.fill is not None:
            self._parts.workers.deliver_fill(applied.fill)
        elif isinstance(payload, BookNews) and (not isinstance(payload, CashFlowRecorded) or payload.key):
            # A transfer that belongs to a change of configuration has no key: it reaches the worker with that change.
            self._parts.workers.deliver_booking(payload)
        elif isinstance(payload, InstanceSaved):
            self._show(payload.instance.name)
        elif isinstance(payload, TradingStateSet):
            self._govern(payload.scope)
        self._tidings.recorded(payload)

    def _govern(self, scope: str) -> None:
        """Tell the workers in a scope what they may do from here on."""
        states = self._parts.recorder.fold.states
        for instance in self._parts.instances.within(scope):
            self._parts.workers.update_trading(instance.name, strategy_state(states, instance.account, instance.name))
            self._show(instance.name)
