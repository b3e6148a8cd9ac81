"""All managers together, as views and the control socket receive them."""

from dataclasses import dataclass

from ares_desktop.engine.managers.alerts import AlertManager
from ares_desktop.engine.managers.audit import AuditManager
from ares_desktop.engine.managers.connections import ConnectionManager
from ares_desktop.engine.managers.data import DataManager
from ares_desktop.engine.managers.health import HealthManager
from ares_desktop.engine.managers.limits import LimitManager
from ares_desktop.engine.managers.performance import PerformanceManager
from ares_desktop.engine.managers.pipelines import PipelineManager
from ares_desktop.engine.managers.portfolio import PortfolioManager
from ares_desktop.engine.managers.protections import ProtectionManager
from ares_desktop.engine.managers.rehearsals import RehearsalManager
from ares_desktop.engine.managers.sentinel import SentinelManager
from ares_desktop.engine.managers.state import StateManager
from ares_desktop.engine.managers.strategies import StrategyManager
from ares_desktop.engine.managers.totals import GlobalPortfolioManager
from ares_desktop.engine.managers.traders import TraderManager
from ares_desktop.engine.managers.trades import TradeManager


@dataclass(frozen=True, kw_only=True)
class Managers:
    """One façade for each noun."""

    state: StateManager
    strategies: StrategyManager
    trades: TradeManager
    portfolio: PortfolioManager
    totals: GlobalPortfolioManager
    limits: LimitManager
    data: DataManager
    traders: TraderManager
    connections: ConnectionManager
    alerts: AlertManager
    health: HealthManager
    pipelines: PipelineManager
    performance: PerformanceManager
    rehearsals: RehearsalManager
    sentinel: SentinelManager
    audit: AuditManager
    protections: ProtectionManager
