"""Builds what sums up and judges money: totals over all accounts, allocation, performance."""

from functools import partial

from ares_desktop.engine.data.recent import RecentHistory
from ares_desktop.engine.managers.allocation import Allocation
from ares_desktop.engine.managers.performance import KEPT_AS, PerformanceManager
from ares_desktop.engine.managers.portfolio import PortfolioManager
from ares_desktop.engine.managers.portfolio_risk import PortfolioRisk
from ares_desktop.engine.managers.reducing import Reducing
from ares_desktop.engine.managers.scopes import Scopes
from ares_desktop.engine.managers.totals import GlobalPortfolioManager, PortfolioDesks
from ares_desktop.engine.performance.history import NavHistory
from ares_desktop.engine.performance.ratio_desk import RatioDesk
from ares_desktop.engine.portfolio.weight_desk import WeightDesk
from ares_desktop.engine.runtime.job_pool import ProcessJobs
from ares_desktop.foundation import Foundation


def kept_nav(base: Foundation) -> NavHistory:
    """Return the net asset values that earlier runs noted down."""
    nav, kept = NavHistory(), base.states.load(KEPT_AS)
    if kept is not None:
        nav.restore(kept)
    return nav


def build_totals(
    base: Foundation, portfolio: PortfolioManager, scopes: Scopes, nav: NavHistory
) -> GlobalPortfolioManager:
    """Return the totals over all accounts, their risk, and the allocation among strategies."""
    settings = base.settings.portfolio
    risk = PortfolioRisk(
        portfolio,
        base.fold,
        base.hub,
        base.rates,
        partial(_recent, base),
        base.states,
        clock=base.clock,
        settings=settings,
    )
    weights = WeightDesk(partial(ProcessJobs, 1))
    allocation = Allocation(base.strategies.parts, portfolio, risk, nav, weights, settings=settings)
    reducing = Reducing(base.recorder, base.router, scopes, base.hub.instrument, ids=base.ids, clock=base.clock)
    desks = PortfolioDesks(risk, allocation, reducing)
    return GlobalPortfolioManager(
        portfolio, base.recorder, base.gate, scopes, desks, base.rates, wall=base.wall, states=base.states
    )


def build_performance(base: Foundation, portfolio: PortfolioManager, nav: NavHistory) -> PerformanceManager:
    """Return returns, ratios and attribution of every strategy and account."""
    ratios = RatioDesk(partial(ProcessJobs, 1))
    return PerformanceManager(portfolio, base.fold, partial(_recent, base), nav, base.states, ratios)


def _recent(base: Foundation) -> RecentHistory:
    return RecentHistory(base.hub, base.feed.history)
