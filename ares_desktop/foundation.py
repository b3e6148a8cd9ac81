"""What the managers stand on: adapters and services, each built from those before it."""

from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from zoneinfo import ZoneInfo

from ares_desktop.config.schema import Settings
from ares_desktop.domain.errors import JournalCorruptError
from ares_desktop.domain.ids import InstrumentId, StrategyId
from ares_desktop.domain.market import NS_PER_SECOND, Bar, BarSpec
from ares_desktop.domain.monitoring import Severity
from ares_desktop.domain.simulation import SimulationSettings
from ares_desktop.engine.adapters.brokers.paper.client import PaperBroker
from ares_desktop.engine.adapters.brokers.paper.settings import PaperSettings
from ares_desktop.engine.adapters.feeds.spec import parse_feed
from ares_desktop.engine.adapters.stores.arctic import ArcticBarStore
from ares_desktop.engine.adapters.stores.arctic_folder import ArcticFolder
from ares_desktop.engine.adapters.stores.arctic_instances import ArcticInstanceStore
from ares_desktop.engine.adapters.stores.bookmark_file import BookmarkFile
from ares_desktop.engine.adapters.stores.journal import SqliteJournal
from ares_desktop.engine.adapters.stores.preset_files import PresetFiles
from ares_desktop.engine.adapters.stores.state_folder import StateFolder
from ares_desktop.engine.data.fx_rates import KEPT_AS as RATES_KEPT_AS
from ares_desktop.engine.data.fx_rates import DatedRates
from ares_desktop.engine.data.hub import DataHub
from ares_desktop.engine.data.recent import RecentHistory
from ares_desktop.engine.hosting.catalog import Catalog
from ares_desktop.engine.hosting.folders import strategy_folders
from ares_desktop.engine.hosting.patience import Patience
from ares_desktop.engine.hosting.supervisor import Supervisor
from ares_desktop.engine.managers.new_instance import InstanceDefaults
from ares_desktop.engine.managers.preflight_gathering import Surroundings
from ares_desktop.engine.managers.strategies import StrategyManager
from ares_desktop.engine.ports.clock import Clock
from ares_desktop.engine.ports.feed import MarketDataFeed
from ares_desktop.engine.runtime.clock_watch import ClockWatch
from ares_desktop.engine.runtime.clocks import MarketClock, WallClock
from ares_desktop.engine.runtime.job_pool import ProcessJobs
from ares_desktop.engine.runtime.lag import LagMeter
from ares_desktop.engine.trading.calendars import HeldCalendars
from ares_desktop.engine.trading.curves import EquityCurves
from ares_desktop.engine.trading.event_log import log_event
from ares_desktop.engine.trading.fold import Fold
from ares_desktop.engine.trading.funding import Funding
from ares_desktop.engine.trading.gate import RiskGate
from ares_desktop.engine.trading.link import BrokerLink
from ares_desktop.engine.trading.mark_ages import MarkAges
from ares_desktop.engine.trading.opening_hours import OpeningHours
from ares_desktop.engine.trading.order_ids import OrderIds
from ares_desktop.engine.trading.reconciler import ReconcileTiming
from ares_desktop.engine.trading.recorder import Recorder
from ares_desktop.engine.trading.router import OrderRouter
from ares_desktop.engine.trading.state_sweep import StateSweep
from ares_desktop.engine.trading.valuation import Valuation
from ares_desktop.engine.trading.worker_setup import WorkerSetups
from ares_desktop.paths import Profile
from ares_desktop.record_desk import build_alerts
from ares_desktop.redaction import Redactor
from ares_desktop.run_desk import simulation_settings

_CLIENT_ID = "ares-desktop"
_CURVE_INTERVAL_NS = NS_PER_SECOND


class Foundation:
    """Makes the parts in the order in which they need each other; nothing runs yet.

    Raises:
        UsageError: when the feed specification is wrong.
        StorageError: when the journal can't be opened.
        JournalCorruptError: when its hash chain is broken.
    """

    def __init__(self, profile: Profile, settings: Settings, redactor: Redactor | None = None) -> None:
        self.profile = profile
        self.settings = settings
        self.redactor = redactor or Redactor()
        self.wall = WallClock()
        self.arctic = ArcticFolder(profile.arctic)
        self.store = ArcticBarStore(self.arctic)
        self.feed = self._feed()
        self.market_clock = MarketClock() if self.feed.replayed else None
        self.clock: Clock = self.market_clock or self.wall
        self.hub = DataHub()
        self.journal = opened_journal(profile)
        self.fold = fold_journal(self.journal)
        self.recorder = Recorder(self.journal, self.fold)
        paper = paper_settings(settings)
        self.currency = paper.currency
        self.broker = PaperBroker(profile.paper, _CLIENT_ID, settings=paper)
        self.calendars = HeldCalendars(partial(ProcessJobs, 1, background=False), self.wall)
        self.hours = OpeningHours(self._hours_of, self.calendars)
        self.gate = self._risk_gate()
        self.recorder.subscribe(self.gate.recorded)
        self.recorder.subscribe(log_event)
        self.router = OrderRouter(self.recorder, self.gate, self.clock)
        self.sweep = StateSweep(self.fold, self.router, lambda account: self.gate.capabilities(account).reduces_books)
        self.recorder.subscribe(self.sweep.recorded)
        self.link = BrokerLink(self.broker, self.recorder, self.clock, self.wall, timing=self._timing())
        self.gate.add_account(self.broker.account, self.link.gate_link)
        self.router.add_broker(self.broker)
        self.ids = self._order_ids()
        self.recorder.subscribe(self.ids.recorded)
        self.rates = DatedRates(self.hub.newest, self.hub.instruments)
        self.valuation = self._valuation()
        self.mark_ages = self._mark_ages()
        self.curves = EquityCurves(interval_ns=_CURVE_INTERVAL_NS)
        self.states = StateFolder(profile.state)
        self.bookmark = BookmarkFile(profile.state / "bookmark")
        self._restore()
        self.lag = LagMeter()
        self.strategies, self.supervisor, self.catalog = self._hosting()
        self.alerts = build_alerts(profile, settings, wall=self.wall, states=self.states, redactor=self.redactor)
        self._tell_mended()

    def _feed(self) -> MarketDataFeed:
        feed, wanted = parse_feed(self.settings.feed.spec, store=self.store), self.settings.feed.speed
        if wanted is not None and feed.status().speed is not None:
            feed.set_speed(wanted)
        return feed

    def _order_ids(self) -> OrderIds:
        ids = OrderIds()
        ids.continue_from(self.fold.registry.ids())
        return ids

    def _tell_mended(self) -> None:
        if self.journal.mended:
            self.alerts.raise_alert(
                "journal:mended",
                Severity.ERROR,
                "The journal was damaged and has been mended",
                detail=self.journal.mended,
                source="journal",
                remedy="Nothing was lost. Look at the disk: run its self-test, and keep backups of the profile.",
            )

    def _timing(self) -> ReconcileTiming:
        wanted = self.settings.reconcile
        return ReconcileTiming(
            in_flight_after_s=wanted.in_flight_after_s,
            in_flight_every_s=wanted.in_flight_every_s,
            orders_every_s=wanted.orders_every_s,
            positions_every_s=wanted.positions_every_s,
            look_back_s=wanted.look_back_hours * 3600,
        )

    def _valuation(self) -> Valuation:
        return Valuation(
            self.fold.ledger,
            instrument=self.hub.instrument,
            now=self.clock.now,
            rates=self.rates.rate,
            oldest_rate=timedelta(hours=self.settings.portfolio.oldest_rate_h),
            zone=ZoneInfo(self.settings.protection.day_zone),
            currency=self.currency,
        )

    def _risk_gate(self) -> RiskGate:
        return RiskGate(
            self.fold,
            self.hub,
            self.clock,
            wall=self.wall,
            default_limits=self.settings.risk.limits(),
            is_running=self._is_running,
            hours=self.hours,
        )

    def _mark_ages(self) -> MarkAges:
        return MarkAges(
            self.hub, lambda instrument: self.gate.limits_of(f"instrument:{instrument}"), self.calendars, self.clock
        )

    def _surroundings(self) -> Surroundings:
        return Surroundings(
            hub=self.hub,
            feed=self.feed,
            links=(self.link,),
            accounts=self.valuation.accounts,
            calendars=self.calendars,
            hours=self.hours,
            clock=self.clock,
            watch=ClockWatch(self.wall),
        )

    def _hours_of(self, name: StrategyId) -> str:
        instance = self.fold.instances.get(name)
        return "" if instance is None else instance.hours

    def _restore(self) -> None:
        """Take over what was kept of performance, since marks are in no journal."""
        nav, curves = self.states.load("nav"), self.states.load("curves")
        rates = self.states.load(RATES_KEPT_AS)
        if rates is not None:
            self.rates.restore(rates)
        if nav is not None:
            self.valuation.restore(nav)
        if curves is not None:
            self.curves.restore(curves)

    def _is_running(self, name: StrategyId) -> bool:
        return self.strategies.is_running(name)

    def _setups(self) -> WorkerSetups:
        return WorkerSetups(
            self.fold,
            self.clock,
            instruments=self.hub.instruments,
            last=self.hub.last,
            limits=lambda instance: self.gate.view_of(instance.account, instance.name),
            replayed=self.feed.replayed,
            currency=self.currency,
        )

    def _hosting(self) -> tuple[StrategyManager, Supervisor, Catalog]:
        setups = self._setups()
        wanted = self.settings.strategies
        folders = strategy_folders(self.profile.strategies, wanted.folders)
        manager = StrategyManager(
            self.recorder,
            self.router,
            setups=setups,
            funding=Funding(self.recorder, self.wall, self.currency),
            limits=self.gate.limits,
            wall=self.wall,
            defaults=InstanceDefaults(
                account=self.broker.account,
                isolation=wanted.isolation,
                memory_mb=wanted.memory_mb,
            ),
            grace_s=wanted.stop_grace_s,
        )
        supervisor = Supervisor(
            manager.reports,
            history=self._bars,
            setup=manager.setup,
            clock=self.clock,
            snapshots=self.profile.state / "strategies",
            refresh=setups.refresh,
            patience=Patience(
                stall_after_s=wanted.stall_after_s,
                max_restarts=wanted.max_restarts,
                restart_window_s=wanted.restart_window_s,
                restart_backoff_s=wanted.restart_backoff_s,
            ),
        )
        catalog = Catalog(folders, supervisor.launcher)
        manager.attach(supervisor, catalog, presets=PresetFiles(self.profile.presets))
        manager.versions.attach(ArcticInstanceStore(self.arctic), marks=self.states, journal=self.journal)
        manager.preflights.attach(self._surroundings())
        return manager, supervisor, catalog

    async def _bars(
        self,
        instrument: InstrumentId,
        spec: BarSpec | None,
        end_ns: int,
        count: int,
    ) -> Sequence[Bar]:
        """Return past bars for a strategy; without a length those that the feed has."""
        history = RecentHistory(self.hub, self.feed.history)
        chosen = spec or next(iter(history.specs(instrument)), None)
        if chosen is None:
            return ()
        return await history.bars(instrument, chosen, end_ns=end_ns, count=count)


def opened_journal(profile: Profile) -> SqliteJournal:
    """Return the journal of a profile, ready to be read and written.

    Raises:
        StorageError: when it can't be opened.
    """
    journal = SqliteJournal(profile.journal)
    journal.open()
    return journal


def fold_journal(journal: SqliteJournal) -> Fold:
    """Return the state of everything: the newest snapshot that can be read, and every event after it.

    Raises:
        JournalCorruptError: when the hash chain is broken.
    """
    snapshot = journal.load_snapshot()
    fold = (Fold.decode(snapshot[1]) if snapshot else None) or Fold()
    try:
        for event in journal.read(after=fold.last_sequence):
            fold.apply(event)
    except JournalCorruptError as error:
        remedy = (
            f"Nothing was traded. Put a backup of {journal.path} in its place; without one, move it away: then the "
            "books begin anew with what the broker has."
        )
        raise JournalCorruptError(error.sequence, error.detail, remedy=remedy) from error
    return fold


def paper_settings(settings: Settings) -> PaperSettings:
    """Return what a paper broker is started with."""
    simulation = simulation_settings(settings)
    return PaperSettings(**{name: getattr(simulation, name) for name in SimulationSettings.__struct_fields__})
