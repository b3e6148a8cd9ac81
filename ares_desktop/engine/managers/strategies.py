"""Strategy instances: switched, configured, supervised."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import Any

import msgspec
import structlog
from PySide6.QtCore import QObject

from ares_desktop.api.setup import WorkerSetup
from ares_desktop.domain.errors import AresError, RefusedError, StrategyError
from ares_desktop.domain.events import (
    InstanceRemoved,
    InstanceSaved,
    JournalEvent,
    LimitsChanged,
    OrderFilled,
    TradingStateSet,
)
from ares_desktop.domain.ids import ClientOrderId, InstrumentId, StrategyId
from ares_desktop.domain.risk import ALL_SCOPE, RiskLimits, TradingState
from ares_desktop.domain.strategies import (
    CatalogEntry,
    Fault,
    Isolation,
    StrategyInstance,
    StrategyLog,
    StrategyRecord,
    StrategyStatus,
)
from ares_desktop.engine.hosting.catalog import Catalog, refuse_faulty
from ares_desktop.engine.hosting.supervisor import Supervisor
from ares_desktop.engine.managers.instances import Instances
from ares_desktop.engine.managers.new_instance import InstanceDefaults, new_instance
from ares_desktop.engine.managers.signals import SignalOf, signal_of
from ares_desktop.engine.managers.strategy_status import ALIVE, describe
from ares_desktop.engine.managers.worker_reports import WorkerReports
from ares_desktop.engine.ports.broker import BrokerBooking
from ares_desktop.engine.ports.clock import Clock
from ares_desktop.engine.trading.fold import Applied
from ares_desktop.engine.trading.funding import Funding
from ares_desktop.engine.trading.recorder import Recorder
from ares_desktop.engine.trading.router import OrderRouter
from ares_desktop.engine.trading.states import strategy_state
from ares_desktop.engine.trading.worker_setup import WorkerSetups

_log = structlog.get_logger(__name__)
_CANCEL_WITHIN_S = 5.0


class StrategyManager(QObject):
    """Owns instances and their lives; what workers ask for goes to the intake.

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
        self._recorder = recorder
        self._router = router
        self._setups = setups
        self._funding = funding
        self._limits = limits
        self._wall = wall
        self._defaults = defaults
        self._grace_s = grace_s
        self._opened_at = wall.now()
        self._supervisor: Supervisor | None = None
        self._files: Catalog | None = None
        self._instances = Instances(recorder, wall)
        self._reports = WorkerReports(recorder, router, self._instances, wall)
        self._reports.logged.append(self.logged.emit)
        self._reports.recorded.append(self.recorded.emit)
        self._reports.changed.append(self._show)
        self._locks: defaultdict[StrategyId, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._entries: dict[str, CatalogEntry] = {}
        recorder.subscribe(self._recorded)

    def attach(self, supervisor: Supervisor, catalog: Catalog) -> None:
        """Set the supervisor, which reports to :attr:`reports`, and the catalog that shares its launcher."""
        self._supervisor = supervisor
        self._files = catalog
        self._reports.attach(supervisor)

    @property
    def reports(self) -> WorkerReports:
        """What the supervisor reports to."""
        return self._reports

    @property
    def _workers(self) -> Supervisor:
        if self._supervisor is None:
            raise StrategyError("no supervisor is attached")
        return self._supervisor

    @property
    def _catalog(self) -> Catalog:
        if self._files is None:
            raise StrategyError("no catalog is attached")
        return self._files

    def statuses(self) -> tuple[StrategyStatus, ...]:
        """Return every instance, in the order in which they were added."""
        return tuple(self.status(name) for name in self._instances.names())

    def status(self, name: str) -> StrategyStatus:
        """Return one instance.

        Raises:
            UsageError: when there is none of that name.
        """
        instance = self._instances.get(name)
        return describe(
            instance,
            self._workers.status(instance.name),
            fault=self._reports.fault(instance.name),
            trading=strategy_state(self._recorder.fold.states, instance.account, instance.name),
            opened_at=self._opened_at,
        )

    def alive(self) -> int:
        """Return how many workers live, in processes and threads."""
        return sum(1 for name in self._instances.names() if self.is_running(name))

    def is_running(self, name: StrategyId) -> bool:
        """Say whether an instance's worker lives, so that its intents are believed."""
        worker = self._workers.status(name)
        return worker is not None and worker.state in ALIVE

    def catalog(self) -> tuple[CatalogEntry, ...]:
        """Return the strategy files that were looked at, by name."""
        return tuple(entry for _, entry in sorted(self._entries.items()))

    def logs(self, name: str) -> tuple[StrategyLog, ...]:
        """Return the newest lines that an instance logged, oldest first."""
        return self._reports.lines(StrategyId(name))

    async def discover(self) -> None:
        """Look at every strategy file of the configured folders."""
        for entry in await self._catalog.discover():
            self._note(entry)

    async def check(self, file: str) -> CatalogEntry:
        """Look at a strategy file in a worker of its own; whatever is wrong with it is in the entry."""
        return self._note(await self._catalog.check(file))

    def _note(self, entry: CatalogEntry) -> CatalogEntry:
        self._entries[entry.name] = entry
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
        path = self._catalog.find(file)
        instance = new_instance(
            str(path),
            name=name,
            instruments=instruments,
            capital=capital,
            parameters=parameters or {},
            isolation=isolation,
            defaults=self._defaults,
            taken=self._instances.names(),
        )
        await self._check_parameters(str(path), instance.parameters)
        await self._instances.save(instance, source)
        return self.status(instance.name)

    async def remove(self, name: str, *, source: str) -> None:
        """Stop and forget an instance; its cash goes back to the unassigned book.

        Raises:
            UsageError: when there is none of that name.
            RefusedError: while it holds positions, or its orders are not certainly gone.
        """
        async with self._alone(name) as instance:
            self._instances.refuse_when_holding(instance)
            await self._switch_off(instance, source)
            gone = await self._router.cancel_for_certain(
                self._working(instance.name), reason=f"{name} was removed", within_s=_CANCEL_WITHIN_S
            )
            if not gone:
                raise RefusedError("ORDERS_WORKING", f"the broker has not confirmed that {name}'s orders are canceled")
            self._instances.refuse_when_holding(instance)
            await self._funding.give_back(instance)
            await self._recorder.record(InstanceRemoved(name=instance.name, source=source, at=self._wall.now()))
            self._reports.forget_fault(instance.name)
            self._workers.forget(instance.name)
        self.removed.emit(instance)

    async def enable(self, name: str, *, source: str) -> StrategyStatus:
        """Switch an instance on and return once its worker lives.

        Raises:
            UsageError: when there is none of that name, or it can't be funded.
            RefusedError: while the kill switch is engaged.
            StrategyError: when its worker did not start; the status shows the fault.
        """
        async with self._alone(name) as instance:
            self._instances.refuse_when_halted(instance)
            if not self.is_running(instance.name):
                await self._instances.save(msgspec.structs.replace(instance, active=True), source)
                await self._start(instance.name)
        return self.status(name)

    async def disable(self, name: str, *, source: str) -> StrategyStatus:
        """Switch an instance off: its worker stops, its working orders are canceled, its positions stay.

        Raises:
            UsageError: when there is none of that name.
            StorageError: when the journal could not keep it; the worker is stopped nevertheless.
        """
        async with self._alone(name) as instance:
            try:
                await self._switch_off(instance, source)
            finally:
                self._router.cancel_later(self._working(instance.name), reason=f"{name} was switched off")
                self._show(instance.name)
        return self.status(name)

    async def pause(self, name: str, *, source: str) -> StrategyStatus:
        """Let an instance see data but not trade.

        Raises:
            UsageError: when there is none of that name.
            RefusedError: while the kill switch is engaged.
        """
        await self._instances.set_trading(name, TradingState.PAUSED, source)
        return self.status(name)

    async def resume(self, name: str, *, source: str) -> StrategyStatus:
        """Let an instance trade again; errors as :meth:`pause`."""
        await self._instances.set_trading(name, TradingState.ACTIVE, source)
        return self.status(name)

    async def set_parameters(self, name: str, values: Mapping[str, Any], *, source: str) -> StrategyStatus:
        """Change parameters; a running instance takes them over at its next bar.

        Raises:
            UsageError: with every finding; then nothing is changed.
        """
        async with self._alone(name) as instance:
            changed = {**instance.parameters, **values}
            if self.is_running(instance.name):
                await self._workers.set_parameters(instance.name, changed)
            else:
                await self._check_parameters(instance.file, changed)
            await self._instances.save(msgspec.structs.replace(instance, parameters=changed), source)
        return self.status(name)

    async def restore(self) -> None:
        """Start every instance whose requested state is active, all at once; faults are shown, not raised."""
        await asyncio.gather(*(self._start_quietly(item.name) for item in self._instances.all() if item.active))

    async def stop_scope(self, scope: str) -> int:
        """Stop the workers in a kill switch's scope and leave them switched off; return how many.

        Raises:
            AresError: after all were stopped, when one of them could not be recorded as switched off.
        """
        running = [item.name for item in self._in(scope) if item.active or self.is_running(item.name)]
        disabling = (self.disable(name, source="kill switch") for name in running)
        results = await asyncio.gather(*disabling, return_exceptions=True)
        for result in results:
            if isinstance(result, BaseException):
                raise result
        return len(running)

    async def close(self) -> None:
        """Stop every worker; the requested states stay for the next start."""
        if self._supervisor is not None:
            await self._supervisor.close(grace_s=self._grace_s)
        await self._reports.close()

    async def run(self) -> None:
        """Show heartbeats and resource use twice a second, until canceled."""
        while True:
            await asyncio.sleep(0.5)
            for status in self.statuses():
                if status.heartbeat_age_s is not None:
                    self.status_changed.emit(status)

    def setup(self, name: StrategyId) -> WorkerSetup:
        """Return what a fresh worker of an instance starts from; used at each restart too."""
        instance = self._instances.get(name)
        return self._setups.make(instance, str(self._catalog.find(instance.file)))

    @asynccontextmanager
    async def _alone(self, name: str) -> AsyncIterator[StrategyInstance]:
        """Give an instance as it is, while nobody else changes it."""
        async with self._locks[self._instances.get(name).name]:
            yield self._instances.get(name)

    async def _check_parameters(self, file: str, values: Mapping[str, Any]) -> None:
        refuse_faulty(self._note(await self._catalog.check_parameters(file, values)))

    async def _switch_off(self, instance: StrategyInstance, source: str) -> None:
        try:
            if instance.active:
                await self._instances.save(msgspec.structs.replace(instance, active=False), source)
        finally:
            # Also when the journal fails: a worker that is told to stop must not go on trading.
            self._reports.forget_fault(instance.name)
            await self._workers.stop(instance.name, grace_s=self._grace_s)

    def _working(self, name: StrategyId) -> list[ClientOrderId]:
        return [order.id for order in self._recorder.fold.registry.working(name)]

    async def _start(self, name: StrategyId) -> None:
        instance = self._instances.get(name)
        self._reports.forget_fault(name)
        missing = self._setups.missing(instance)
        if missing:
            fault = Fault(kind="data", message=f"the feed has no {', '.join(missing)}", file=instance.file)
            self._reports.faulted(name, fault)
            message = f"{name}: {fault.message}"
            raise StrategyError(message)
        await self._funding.ensure(instance)
        await self._workers.start(self.setup(name))

    async def _start_quietly(self, name: StrategyId) -> None:
        try:
            async with self._locks[name]:
                self._instances.refuse_when_halted(self._instances.get(name))
                await self._start(name)
        except AresError as error:
            _log.warning("strategy_not_started", strategy=name, error=str(error))
            if self._reports.fault(name) is None:
                self._reports.faulted(name, Fault(kind="start", message=str(error)))
        self.status_changed.emit(self.status(name))

    def _show(self, name: StrategyId) -> None:
        if name in self._instances.names():
            self.status_changed.emit(self.status(name))

    def _recorded(self, event: JournalEvent, applied: Applied) -> None:
        payload = event.payload
        if applied.order is not None and applied.order.intent.strategy in self._instances.names():
            self._workers.deliver_order(applied.order)
        if isinstance(payload, OrderFilled) and applied.fill is not None:
            self._workers.deliver_fill(applied.fill)
        elif isinstance(payload, BrokerBooking):
            self._workers.deliver_booking(payload)
        elif isinstance(payload, InstanceSaved):
            self._show(payload.instance.name)
        elif isinstance(payload, TradingStateSet):
            self._govern(payload.scope)
        elif isinstance(payload, LimitsChanged):
            for name in self._instances.names():
                self._workers.update_limits(name, self._limits(name))

    def _govern(self, scope: str) -> None:
        """Tell the workers in a scope what they may do from here on."""
        states = self._recorder.fold.states
        for instance in self._in(scope):
            self._workers.update_trading(instance.name, strategy_state(states, instance.account, instance.name))
            self._show(instance.name)

    def _in(self, scope: str) -> list[StrategyInstance]:
        known = self._instances.all()
        return [item for item in known if scope in {ALL_SCOPE, f"account:{item.account}", f"strategy:{item.name}"}]
