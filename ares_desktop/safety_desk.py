"""Builds what stops trading and guards it: kill switch, states, protections, sentinel, rehearsals of a restart."""

from importlib.metadata import version

from ares_desktop.engine.adapters.rehearsals.paper import PaperRehearser
from ares_desktop.engine.adapters.stores.latch_file import LatchFile
from ares_desktop.engine.managers.kill_modes import KillModes
from ares_desktop.engine.managers.kill_reports import KillReports
from ares_desktop.engine.managers.portfolio import PortfolioManager
from ares_desktop.engine.managers.protections import KEPT_AS, WINDOWS_KEPT_AS, ProtectionManager
from ares_desktop.engine.managers.rehearsals import RehearsalManager
from ares_desktop.engine.managers.scopes import Scopes
from ares_desktop.engine.managers.sentinel import SentinelManager
from ares_desktop.engine.managers.state import StateManager
from ares_desktop.engine.ports.guardian import Guardian
from ares_desktop.engine.trading.kill_drill import KillDrill
from ares_desktop.engine.trading.kill_switch import KillSwitch
from ares_desktop.engine.trading.kill_tools import CalendarMarkets
from ares_desktop.engine.trading.protection_desk import ProtectionDesk
from ares_desktop.foundation import Foundation


def build_kill_switch(base: Foundation) -> KillSwitch:
    """Return the kill switch of this run, with the latch that an earlier run left."""
    kill_switch = KillSwitch(
        base.recorder,
        base.gate,
        base.router,
        ids=base.ids,
        clock=base.clock,
        wall=base.wall,
        stop_strategies=base.strategies.stop_scope,
        confirm_within_s=base.settings.kill.confirm_s,
        store=LatchFile(base.profile.state / "kill-latch.json"),
        markets=CalendarMarkets(base.hub.instrument, base.calendars, base.clock),
    )
    kill_switch.cancel_elsewhere(base.settings.kill.cancel_elsewhere)
    kill_switch.add_link(base.link)
    return kill_switch


def build_states(base: Foundation, kill_switch: KillSwitch, scopes: Scopes) -> StateManager:
    """Return the manager of trading states, which engages and releases the kill switch."""
    return StateManager(
        base.recorder,
        kill_switch,
        scopes,
        wall=base.wall,
        modes=KillModes(base.settings.kill),
        reports=KillReports(base.journal, base.profile.root / "reports"),
        drill=KillDrill(kill_switch, kill_switch.tools, base.hub),
    )


def build_protections(base: Foundation, portfolio: PortfolioManager, scopes: Scopes) -> ProtectionManager:
    """Return loss ladders, locks and watchdogs, where an earlier run left them."""
    able = {base.broker.account: base.broker.capabilities}
    desk = ProtectionDesk(
        base.recorder,
        base.router,
        able.get,
        journal=base.journal,
        rate=base.hub.rate,
        settings=base.settings.protection,
        clock=base.clock,
        wall=base.wall,
    )
    desk.overdue_s = base.mark_ages.overdue_s
    desk.restore(base.states.load(KEPT_AS), base.states.load(WINDOWS_KEPT_AS))
    return ProtectionManager(
        desk, portfolio, base.alerts, scopes, states=base.states, journal=base.journal, wall=base.wall
    )


def build_sentinel(
    base: Foundation, guardian: Guardian | None, kill_switch: KillSwitch, protections: ProtectionManager
) -> SentinelManager:
    """Return the application's end of the sentinel.

    Args:
        base: what it stands on.
        guardian: the way to the sentinel; None where there is none in this run.
        kill_switch: engaged when the sentinel acted meanwhile.
        protections: know which stops rest at a broker.
    """
    return SentinelManager(
        guardian,
        base.recorder,
        base.gate,
        kill_switch,
        (base.link,),
        base.alerts,
        settings=base.settings.sentinel,
        stops=protections.stops,
        replayed=base.feed.replayed,
        wall=base.wall,
    )


def build_rehearsals(base: Foundation) -> RehearsalManager:
    """Return rehearsals of a restart, for the brokers whose orders cost nothing."""
    rehearser = PaperRehearser(
        base.broker.account,
        feed=base.settings.feed.spec,
        instances=lambda: tuple(base.fold.instances.values()),
        version=version("ares-desktop"),
        wall=base.wall,
    )
    return RehearsalManager((rehearser,) if base.broker.paper else (), base.states)
