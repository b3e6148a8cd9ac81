"""Builds the engine: the managers over the foundation."""

from collections.abc import Sequence
from functools import partial
from importlib.metadata import version
from typing import Protocol

from ares_desktop.config.schema import Settings
from ares_desktop.demo import demo_instances
from ares_desktop.domain.ids import AccountId
from ares_desktop.domain.instruments import Instrument
from ares_desktop.domain.strategies import StrategyInstance
from ares_desktop.engine.adapters.feeds.files import read_series
from ares_desktop.engine.data.directory import InstrumentDirectory
from ares_desktop.engine.data.importer import Importer
from ares_desktop.engine.engine import Engine
from ares_desktop.engine.managers.alert_watch import AlertWatch
from ares_desktop.engine.managers.bundle import Managers
from ares_desktop.engine.managers.connections import ConnectionManager
from ares_desktop.engine.managers.data import DataManager
from ares_desktop.engine.managers.health import HealthManager
from ares_desktop.engine.managers.limits import LimitManager
from ares_desktop.engine.managers.notifier import AlertNotifier
from ares_desktop.engine.managers.pipelines import PipelineManager
from ares_desktop.engine.managers.portfolio import PortfolioManager
from ares_desktop.engine.managers.scopes import Scopes
from ares_desktop.engine.managers.traders import TraderManager
from ares_desktop.engine.managers.trades import TradeManager
from ares_desktop.engine.pipelines.evidence import LiveEvidence
from ares_desktop.engine.pipelines.live import LivePipeline
from ares_desktop.engine.pipelines.preview import PreviewDesk
from ares_desktop.engine.pipelines.preview_data import PreviewSource
from ares_desktop.engine.ports.guardian import Guardian
from ares_desktop.engine.runtime.job_pool import ProcessJobs
from ares_desktop.engine.services import Services
from ares_desktop.engine.trading.decisions import Decisions
from ares_desktop.engine.trading.kill_switch import KillSwitch
from ares_desktop.foundation import Foundation
from ares_desktop.paths import Profile
from ares_desktop.portfolio_desk import build_performance, build_totals, kept_nav
from ares_desktop.record_desk import build_audit, describe
from ares_desktop.redaction import Redactor
from ares_desktop.run_desk import build_run_desk, simulation_settings
from ares_desktop.safety_desk import (
    build_kill_switch,
    build_protections,
    build_rehearsals,
    build_sentinel,
    build_states,
)


class FirstInstances(Protocol):
    """Chooses the strategies of a profile that never ran."""

    def __call__(
        self, account: AccountId, instruments: Sequence[Instrument], *, sample: bool
    ) -> tuple[StrategyInstance, ...]:
        """Return them, given the feed's instruments and whether it is the sample market."""


def build_engine(
    profile: Profile,
    settings: Settings,
    *,
    first_instances: FirstInstances = demo_instances,
    redactor: Redactor | None = None,
    guardian: Guardian | None = None,
) -> Engine:
    """Build everything for a prepared profile; nothing runs yet.

    Args:
        profile: prepared.
        settings: in force.
        first_instances: chooses the strategies of a profile that never ran.
        redactor: learns every secret.
        guardian: the way to the sentinel; without it there is none in this run.

    Raises:
        UsageError: when the feed specification is wrong.
        StorageError: when the journal can't be opened.
        JournalCorruptError: when its hash chain is broken.
    """
    builder = _Builder(profile, settings, first_instances, redactor)
    builder.guardian = guardian
    return builder.build()


class _Builder(Foundation):
    """Makes the managers and the engine over them."""

    guardian: Guardian | None = None

    def __init__(
        self, profile: Profile, settings: Settings, first_instances: FirstInstances, redactor: Redactor | None
    ) -> None:
        super().__init__(profile, settings, redactor)
        self.first_instances = first_instances

    def build(self) -> Engine:
        """Return the engine over all parts."""
        pipeline = LivePipeline(
            self.feed,
            self.hub,
            self.supervisor,
            self.strategies.reports,
            clock=self.market_clock,
            sinks=(self.broker,),
            settled=self._settled,
            carried_out=self.bookmark.put,
        )
        kill_switch = build_kill_switch(self)
        managers = self._managers(kill_switch)
        describe(managers, self.fold)
        services = Services(
            journal=self.journal,
            recorder=self.recorder,
            router=self.router,
            sweep=self.sweep,
            kill_switch=kill_switch,
            links=(self.link,),
            valuation=self.valuation,
            curves=self.curves,
            hub=self.hub,
            feed=self.feed,
            pipeline=pipeline,
            supervisor=self.supervisor,
            calendars=self.calendars,
            lag=self.lag,
            states=self.states,
            bookmark=self.bookmark,
            clock=self.clock,
            wall=self.wall,
            managers=managers,
            watch=AlertWatch(managers, self.profile.root),
            first_instances=self._first_instances,
        )
        return Engine(services, version=version("ares-desktop"))

    async def _settled(self) -> None:
        """Wait until what strategies asked for is sent and what the broker answered is folded."""
        await self.strategies.reports.intake.settled()
        await self.router.settled()
        await self.link.settled()

    def _first_instances(self, instruments: Sequence[Instrument]) -> Sequence[StrategyInstance]:
        return self.first_instances(self.broker.account, instruments, sample=self.feed.name.startswith("sample"))

    def _managers(self, kill_switch: KillSwitch) -> Managers:
        directory = InstrumentDirectory(self.hub.instruments)
        data = self._data(directory)
        portfolio, nav = self._portfolio(), kept_nav(self)
        scopes = Scopes(self.fold, (self.broker.account,), self.hub.instruments)
        protections = build_protections(self, portfolio, scopes)
        return Managers(
            state=build_states(self, kill_switch, scopes),
            strategies=self.strategies,
            trades=self._trades(directory, scopes),
            portfolio=portfolio,
            totals=build_totals(self, portfolio, scopes, nav),
            limits=LimitManager(self.recorder, self.gate, scopes, self.journal, wall=self.wall, clock=self.clock),
            data=data,
            traders=TraderManager(self.strategies, portfolio, self.hub, clock=self.clock),
            connections=ConnectionManager((self.link,)),
            alerts=self.alerts,
            health=self._health(data),
            pipelines=self._pipelines(),
            audit=build_audit(self.profile, self.settings, self.recorder, wall=self.wall, redactor=self.redactor),
            sentinel=build_sentinel(self, self.guardian, kill_switch, protections),
            performance=build_performance(self, portfolio, nav),
            rehearsals=build_rehearsals(self),
            protections=protections,
        )

    def _data(self, directory: InstrumentDirectory) -> DataManager:
        importer = Importer(self.store, read_series)
        return DataManager(self.hub, self.feed, directory, self.store, importer, clock=self.clock)

    def _portfolio(self) -> PortfolioManager:
        portfolio = PortfolioManager(
            self.recorder, self.valuation, self.curves, self.hub, (self.link,), clock=self.clock, wall=self.wall
        )
        portfolio.guard(self.alerts, self.wall)
        portfolio.watch_ages(self.mark_ages)
        return portfolio

    def _trades(self, directory: InstrumentDirectory, scopes: Scopes) -> TradeManager:
        return TradeManager(
            self.recorder,
            self.router,
            directory,
            Decisions(self.fold, self.journal),
            ids=self.ids,
            clock=self.clock,
            account=self.broker.account,
            scopes=scopes,
        )

    def _health(self, data: DataManager) -> HealthManager:
        return HealthManager(
            self.lag,
            self.wall,
            events_seen=lambda: data.events_seen,
            journal_failure=lambda: self.recorder.failure,
            workers=self.strategies.alive,
        )

    def _pipelines(self) -> PipelineManager:
        evidence = LiveEvidence(
            self.fold,
            self.curves,
            self.hub,
            self.feed,
            clock=self.clock,
            limits=self.gate.limits,
            simulation=simulation_settings(self.settings),
        )
        desk = build_run_desk(
            self.profile,
            store=self.store,
            files=self.catalog,
            notifier=AlertNotifier(self.alerts),
            wall=self.wall,
            evidence=evidence,
        )
        strategies = self.strategies
        source = PreviewSource(
            self.fold,
            self.hub,
            self.feed,
            files=self.catalog,
            clock=self.clock,
            limits=self.gate.limits,
            simulation=simulation_settings(self.settings),
        )
        return PipelineManager(
            desk,
            PreviewDesk(source, partial(ProcessJobs, background=False)),
            set_parameters=lambda name, values, source: strategies.set_parameters(name, values, source=source),
        )
