"""The sentinel, dead-man timers, and which protection of each account is real."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Final

import msgspec
from PySide6.QtCore import QObject

from ares_desktop.config.sentinel import SentinelSettings
from ares_desktop.domain.coverage import AccountCoverage, CoverageCell, CoverageGrid, Protection
from ares_desktop.domain.ids import AccountId
from ares_desktop.domain.monitoring import Severity
from ares_desktop.domain.protections import StopCover
from ares_desktop.domain.risk import ALL_SCOPE, KillSwitchReport, TradingState
from ares_desktop.domain.sentinel import GuardedAccount, GuardPlan, SentinelAct, SentinelPolicy, SentinelStatus
from ares_desktop.engine.managers import coverage as cells
from ares_desktop.engine.managers.alerts import AlertManager
from ares_desktop.engine.managers.signals import SignalOf, signal_of
from ares_desktop.engine.ports.clock import Clock
from ares_desktop.engine.ports.guardian import Guardian
from ares_desktop.engine.runtime.tasks import TaskSet
from ares_desktop.engine.trading.dead_man import DeadManTimer, DeadManTimers
from ares_desktop.engine.trading.gate import RiskGate
from ares_desktop.engine.trading.kill_switch import KillSwitch
from ares_desktop.engine.trading.link import BrokerLink
from ares_desktop.engine.trading.recorder import Recorder
from ares_desktop.engine.trading.sentinel_link import SOURCE, SentinelLink

_EVERY_S: Final = 1.0


class SentinelManager(QObject):
    """Keeps the sentinel and the timers at work, and tells what protects each account right now.

    Args:
        guardian: the way to the sentinel, None for a run without one.
        settings: the group in force; :meth:`choose` takes another one.
        stops: how each open position is protected by stops.

    Signals:
        coverage_changed: a protection came, went or acted.
    """

    coverage_changed: SignalOf[CoverageGrid] = signal_of(CoverageGrid)

    def __init__(  # noqa: PLR0913 - composition hands over each part once, by its name
        self,
        guardian: Guardian | None,
        recorder: Recorder,
        gate: RiskGate,
        kill_switch: KillSwitch,
        links: Sequence[BrokerLink],
        alerts: AlertManager,
        *,
        settings: SentinelSettings,
        replayed: bool,
        wall: Clock,
        stops: Callable[[], Sequence[StopCover]],
    ) -> None:
        super().__init__()
        self._recorder = recorder
        self._kill_switch = kill_switch
        self._links = links
        self._alerts = alerts
        self._settings = settings
        self._replayed = replayed
        self._wall = wall
        self._began = wall.now()
        self._stops = stops
        self._tasks = TaskSet("coverage")
        self._shown: tuple[object, ...] = ()
        self._link: SentinelLink | None = None
        if guardian is not None:
            self._link = SentinelLink(guardian, recorder, gate, links, plan=self.plan, engage=self._engage, wall=wall)
            self._link.on_change(self._sentinel_changed)
        self._timers = DeadManTimers(links, wall, settings.dead_man_s, self._timer_changed)

    def choose(self, settings: SentinelSettings) -> None:
        """Take other settings; the sentinel learns of them with the next beat."""
        self._settings = settings

    def plan(self) -> GuardPlan:
        """Return what the sentinel shall do for each account, as it is chosen now."""
        chosen = self._settings
        accounts = tuple(
            GuardedAccount(
                broker=link.broker.name,
                account=link.account,
                paper=link.broker.paper,
                policy=self.policy(link.account),
            )
            for link in self._links
        )
        return GuardPlan(accounts=accounts, beat_s=chosen.beat_s, after_s=chosen.after_s, replayed=self._replayed)

    def policy(self, account: AccountId) -> SentinelPolicy:
        """Return what is chosen for an account."""
        paper = any(link.broker.paper for link in self._links if link.account == account)
        return self._settings.paper_policy if paper else self._settings.live_policy

    def status(self) -> SentinelStatus | None:
        """Return the sentinel as it answered last, None while there is none."""
        return None if self._link is None else self._link.status

    def last_act(self) -> SentinelAct | None:
        """Return the newest act that this run learned of."""
        return None if self._link is None else self._link.acted

    async def open(self) -> None:
        """Before anything trades, take over what the sentinel did; then beat.

        Raises:
            StorageError: when the journal can't be written.
        """
        if self._link is not None:
            act = await self._link.adopt()
            if act is not None:
                self._tell_of(act)
            self._link.start()

    def run(self) -> None:
        """Arm the timers and watch over what protects, until :meth:`close`."""
        self._timers.start()
        self._tasks.spawn(self._watch(), "watch")

    async def close(self) -> None:
        """Disarm the timers and say goodbye to the sentinel; idempotent."""
        await self._tasks.close()
        await self._timers.stop()
        if self._link is not None:
            await self._link.close()

    def coverage(self) -> CoverageGrid:
        """Return what protects each account right now."""
        accounts = tuple(
            AccountCoverage(
                account=link.account, broker=link.broker.name, paper=link.broker.paper, cells=self._cells(link)
            )
            for link in self._links
        )
        return CoverageGrid(accounts=accounts, at=self._wall.now())

    def _cells(self, link: BrokerLink) -> tuple[CoverageCell, ...]:
        account = link.account
        return (
            cells.kill_switch_cell(link.status, self._report(account)),
            cells.sentinel_cell(self._facts(), self.policy(account)),
            cells.dead_man_cell(self._timers.timer(account), self._timers.seconds),
            cells.stops_cell([cover for cover in self._stops() if cover.account == account]),
            self._latch_cell(account),
        )

    def _report(self, account: AccountId) -> KillSwitchReport:
        report = self._kill_switch.report
        covers = report.scope in {ALL_SCOPE, f"account:{account}"}
        return report if covers else KillSwitchReport(engaged=False)

    def _latch_cell(self, account: AccountId) -> CoverageCell:
        states = self._recorder.fold.states
        held = (states.get(scope) for scope in (ALL_SCOPE, f"account:{account}"))
        halted = next((state for state in held if state and state.state is TradingState.HALTED), None)
        return cells.latch_cell(self._recorder.failure, halted, self._began)

    def _facts(self) -> cells.SentinelFacts:
        chosen, link = self._settings, self._link
        if link is None:
            return cells.SentinelFacts(wanted=False)
        return cells.SentinelFacts(
            wanted=True,
            status=link.status,
            problem=link.problem,
            heard_s=link.heard_s,
            beat_s=chosen.beat_s,
            after_s=chosen.after_s,
            since=link.since,
        )

    async def _engage(self, act: SentinelAct) -> None:
        for report in act.latches:
            await self._kill_switch.engage(reason=report.reason, source=SOURCE, scope=report.scope, mode=report.mode)

    async def _watch(self) -> None:
        while True:
            self._emit()
            await asyncio.sleep(_EVERY_S)

    def _emit(self) -> None:
        grid = self.coverage()
        shown = tuple(msgspec.structs.replace(cell, seconds=None) for one in grid.accounts for cell in one.cells)
        if shown != self._shown:
            self._shown = shown
            self.coverage_changed.emit(grid)

    def _sentinel_changed(self) -> None:
        link = self._link
        if link is None:
            return
        if link.status is None:
            self._alerts.raise_alert(
                "sentinel",
                Severity.ERROR,
                "No sentinel watches over this application",
                detail=f"If the application freezes or dies now, nobody cancels or flattens. {link.problem}",
                source=SOURCE,
                remedy="It is started again by itself; if that fails again, see logs/sentinel.log in the profile.",
            )
        else:
            self._alerts.acknowledge("sentinel")
        if link.acted is not None:
            self._tell_of(link.acted)
        self._emit()

    def _tell_of(self, act: SentinelAct) -> None:
        report = act.report
        if any(alert.key == f"sentinel:{act.id}" for alert in self._alerts.alerts()):
            return
        left = f"; {len(report.residue)} items were left" if report.residue else ""
        self._alerts.raise_alert(
            f"sentinel:{act.id}",
            Severity.CRITICAL,
            "The sentinel stopped trading",
            detail=(
                f"{report.reason}. It canceled {len(act.canceled)} orders and sent {len(act.orders)} orders to close "
                f"positions ({act.state}{left})."
            ),
            source=SOURCE,
            remedy="Look at the kill switch's report, then release it; strategies stay stopped until you start them.",
        )

    def _timer_changed(self, timer: DeadManTimer) -> None:
        key = f"dead man:{timer.account}"
        if timer.failure:
            self._alerts.raise_alert(
                key,
                Severity.WARNING,
                f"The dead-man timer of {timer.account} is not refreshed",
                detail=timer.failure,
                source=SOURCE,
                remedy="It is tried again by itself; until then the broker may cancel all orders of the account.",
            )
        else:
            self._alerts.acknowledge(key)
        self._emit()


def cell_of(account: AccountCoverage, protection: Protection) -> CoverageCell:
    """Return an account's cell of one protection."""
    return next(cell for cell in account.cells if cell.protection is protection)
