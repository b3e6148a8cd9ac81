"""Everything that the engine runs on, as composition hands it over."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ares_desktop.domain.instruments import Instrument
from ares_desktop.domain.strategies import StrategyInstance
from ares_desktop.engine.data.hub import DataHub
from ares_desktop.engine.hosting.supervisor import Supervisor
from ares_desktop.engine.managers.alert_watch import AlertWatch
from ares_desktop.engine.managers.bundle import Managers
from ares_desktop.engine.pipelines.live import LivePipeline
from ares_desktop.engine.ports.bookmark import Bookmark
from ares_desktop.engine.ports.clock import Clock
from ares_desktop.engine.ports.feed import MarketDataFeed
from ares_desktop.engine.ports.journal import EventJournal
from ares_desktop.engine.ports.state_store import StateStore
from ares_desktop.engine.runtime.lag import LagMeter
from ares_desktop.engine.trading.calendars import HeldCalendars
from ares_desktop.engine.trading.curves import EquityCurves
from ares_desktop.engine.trading.kill_switch import KillSwitch
from ares_desktop.engine.trading.link import BrokerLink
from ares_desktop.engine.trading.recorder import Recorder
from ares_desktop.engine.trading.router import OrderRouter
from ares_desktop.engine.trading.state_sweep import StateSweep
from ares_desktop.engine.trading.valuation import Valuation


@dataclass(frozen=True, kw_only=True)
class Services:
    """The parts behind the managers.

    Attributes:
        first_instances: strategies of a profile that never ran, given the feed's instruments.
    """

    journal: EventJournal
    recorder: Recorder
    router: OrderRouter
    kill_switch: KillSwitch
    sweep: StateSweep
    links: Sequence[BrokerLink]
    valuation: Valuation
    curves: EquityCurves
    hub: DataHub
    feed: MarketDataFeed
    pipeline: LivePipeline
    supervisor: Supervisor
    calendars: HeldCalendars
    lag: LagMeter
    states: StateStore
    bookmark: Bookmark
    clock: Clock
    wall: Clock
    managers: Managers
    watch: AlertWatch
    first_instances: Callable[[Sequence[Instrument]], Sequence[StrategyInstance]]
