"""What the façade of the strategies and its helpers share."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ares_desktop.api.setup import WorkerSetup
from ares_desktop.domain.errors import StrategyError
from ares_desktop.domain.ids import ClientOrderId, StrategyId
from ares_desktop.domain.orders import OrderPurpose
from ares_desktop.domain.risk import RiskLimits
from ares_desktop.domain.strategies import CatalogEntry, StrategyInstance, StrategyStatus
from ares_desktop.engine.hosting.catalog import Catalog, refuse_faulty
from ares_desktop.engine.hosting.supervisor import Supervisor
from ares_desktop.engine.managers.instances import Instances
from ares_desktop.engine.managers.new_instance import InstanceDefaults
from ares_desktop.engine.managers.reload_notes import ReloadNotes
from ares_desktop.engine.managers.strategy_status import ALIVE
from ares_desktop.engine.managers.worker_reports import WorkerReports
from ares_desktop.engine.ports.clock import Clock
from ares_desktop.engine.ports.preset_store import PresetStore
from ares_desktop.engine.trading.funding import Funding
from ares_desktop.engine.trading.recorder import Recorder
from ares_desktop.engine.trading.router import OrderRouter
from ares_desktop.engine.trading.worker_setup import WorkerSetups


@dataclass(kw_only=True)
class StrategyParts:
    """Services under the strategies, and the locks that keep two changes of one instance apart.

    Attributes:
        limits: limits in force for an instance.
        grace_s: how long ``on_stop`` may take.
        show: called with the name of an instance whose status may have changed.
        note: called with what the catalog found; returns it.
        status: of an instance by its name.
        entries: what the catalog found last, by name.
        looked: the same by file.
        presets: where presets are kept, None where none are.
        reloads: what became of changed files.
    """

    recorder: Recorder
    router: OrderRouter
    setups: WorkerSetups
    funding: Funding
    limits: Callable[[StrategyId], RiskLimits]
    wall: Clock
    defaults: InstanceDefaults
    grace_s: float
    instances: Instances
    reports: WorkerReports
    show: Callable[[StrategyId], None]
    note: Callable[[CatalogEntry], CatalogEntry]
    status: Callable[[str], StrategyStatus]
    entries: dict[str, CatalogEntry] = field(default_factory=dict)
    looked: dict[str, CatalogEntry] = field(default_factory=dict)
    presets: PresetStore | None = None
    reloads: ReloadNotes = field(default_factory=ReloadNotes)
    supervisor: Supervisor | None = None
    files: Catalog | None = None
    locks: defaultdict[StrategyId, asyncio.Lock] = field(default_factory=lambda: defaultdict(asyncio.Lock))

    @property
    def workers(self) -> Supervisor:
        """The supervisor.

        Raises:
            StrategyError: when none is attached yet.
        """
        if self.supervisor is None:
            raise StrategyError("no supervisor is attached")
        return self.supervisor

    @property
    def catalog(self) -> Catalog:
        """The strategy files.

        Raises:
            StrategyError: when none is attached yet.
        """
        if self.files is None:
            raise StrategyError("no catalog is attached")
        return self.files

    def is_running(self, name: StrategyId) -> bool:
        """Say whether an instance's worker lives, so that its intents are believed."""
        worker = self.workers.status(name)
        return worker is not None and worker.state in ALIVE

    def abort_swap(self, name: str, reason: str) -> None:
        """Leave an instance's worker its place, if it is being exchanged: whoever calls waits for no trial."""
        if self.supervisor is not None:
            self.supervisor.abort_swap(StrategyId(name), reason)

    def working(self, name: StrategyId) -> list[ClientOrderId]:
        """Return the orders of an instance that may be live."""
        return [order.id for order in self.recorder.fold.registry.working(name)]

    def working_of_its_own(self, name: StrategyId) -> list[ClientOrderId]:
        """Return the orders of an instance that may be live, without those by which the kill switch closes its book."""
        working = self.recorder.fold.registry.working(name)
        return [order.id for order in working if order.intent.purpose is not OrderPurpose.KILL_SWITCH]

    def setup(self, name: StrategyId) -> WorkerSetup:
        """Return what a fresh worker of an instance starts from; used at each restart too."""
        instance = self.instances.get(name)
        return self.setups.make(instance, str(self.catalog.find(instance.file)))

    def entry_of(self, file: str) -> CatalogEntry | None:
        """Return what a file was found to be last; of two files of one name each has its own."""
        return self.looked.get(file) or self.entries.get(Path(file).stem)

    def defaults_of(self, file: str) -> dict[str, Any]:
        """Return the defaults of a file's parameters as it was looked at last, empty before that."""
        entry = self.entry_of(file)
        return {} if entry is None else {info.name: info.default for info in entry.parameters}

    async def check_parameters(self, file: str, values: Mapping[str, Any]) -> None:
        """Validate a file and values for its parameters.

        Raises:
            UsageError: with every finding.
        """
        refuse_faulty(self.note(await self.catalog.check_parameters(file, values)))

    @asynccontextmanager
    async def alone(self, name: str) -> AsyncIterator[StrategyInstance]:
        """Give an instance as it is, while nobody else changes it.

        Raises:
            UsageError: when there is none of that name.
        """
        async with self.locks[self.instances.get(name).name]:
            yield self.instances.get(name)
