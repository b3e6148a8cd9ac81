"""Raises alerts about what goes wrong in the house, and takes them back when it is over."""

import asyncio
import shutil
import time
from collections import deque
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Final

from ares_desktop.domain.market import FeedState
from ares_desktop.domain.monitoring import ConnectionState, ConnectionStatus, HealthReport, Severity
from ares_desktop.domain.positions import Discrepancy
from ares_desktop.domain.risk import Denied, KillSwitchReport
from ares_desktop.domain.strategies import StrategyState, StrategyStatus
from ares_desktop.engine.managers.alerts import AlertManager
from ares_desktop.engine.managers.bundle import Managers

LITTLE_SPACE: Final = 1 << 30
"""Bytes free below which the disk is nearly full: the journal of a busy day fits."""
_SCARCE: Final = 200 << 20
LATE_MS: Final = 250.0
"""Loop lag (99th percentile) that a person should know of."""
_LATE_REPORTS: Final = 5
STORM: Final = 20
"""Denials within a minute that are a storm."""
_STORM_WINDOW_S: Final = 60.0
SILENT_AFTER_S: Final = 60.0
_DISK_EVERY: Final = 15
_BROKEN: Final = frozenset({ConnectionState.DISCONNECTED, ConnectionState.FAILED})
_BAD: Final = frozenset({StrategyState.FAULTED, StrategyState.STALLED})


class AlertWatch:
    """Listens to the managers; :meth:`start` connects it.

    Args:
        managers: whose signals it listens to.
        profile: the folder whose disk it looks at.
        free: returns the free bytes of a folder's disk; blocks.
    """

    def __init__(
        self,
        managers: Managers,
        profile: Path,
        *,
        free: Callable[[Path], int] = lambda folder: shutil.disk_usage(folder).free,
    ) -> None:
        self._managers = managers
        self._alerts: AlertManager = managers.alerts
        self._profile = profile
        self._free = free
        self._away: set[str] = set()
        self._was_there: set[str] = set()
        self._denied: deque[float] = deque()
        self._ending = False
        self._late = 0
        self._reports = 0
        self._events = (0, 0)
        self._told_kills: set[tuple[str, datetime | None, bool]] = set()

    def start(self) -> None:
        """Listen from now on."""
        managers = self._managers
        managers.connections.connection_changed.connect(self.connection_changed)
        managers.strategies.status_changed.connect(self.strategy_changed)
        managers.state.kill_switch_changed.connect(self.kill_switch_changed)
        managers.portfolio.discrepancy_changed.connect(self.discrepancy_changed)
        managers.trades.denied.connect(self.denied)
        managers.health.reported.connect(self.health_reported)

    def stop(self) -> None:
        """Look away: what ends in order is no loss."""
        self._ending = True

    def connection_changed(self, status: ConnectionStatus) -> None:
        """Say that a broker was lost, and that it is back."""
        if self._ending:
            return
        key = f"broker:{status.name}"
        if status.state is ConnectionState.RECONCILED:
            self._was_there.add(status.name)
            self._pass(key)
            if status.name in self._away:
                self._away.discard(status.name)
                self._alerts.raise_alert(
                    f"{key}:back",
                    Severity.INFO,
                    f"{status.name} is back",
                    detail="The session is open again and the books were compared with the broker's.",
                    source="connections",
                )
        elif status.state in _BROKEN and status.name in self._was_there and status.name not in self._away:
            self._away.add(status.name)
            self._alerts.raise_alert(
                key,
                Severity.CRITICAL,
                f"Lost the session with {status.name}",
                detail=status.detail or "The broker does not answer.",
                source="connections",
                remedy="It is tried again by itself; nothing new is traded there until it is back and reconciled.",
            )

    def strategy_changed(self, status: StrategyStatus) -> None:
        """Say that a strategy failed or stalled, and that it runs again."""
        if self._ending:
            return
        name = status.instance.name
        key = f"strategy:{name}"
        known = self._alerts.find(key)
        if status.state not in _BAD:
            if known is not None and not known.acknowledged and status.state is StrategyState.RUNNING:
                self._alerts.acknowledge(key)
            return
        stalled = status.state is StrategyState.STALLED
        what = "does not answer" if stalled else "failed"
        detail = "Its worker is silent." if status.fault is None else status.fault.message
        if known is not None and not known.acknowledged and known.detail == detail:
            return
        self._alerts.raise_alert(
            key,
            Severity.WARNING if stalled else Severity.ERROR,
            f"{name} {what}",
            detail=detail,
            source="strategies",
            remedy=f"Look at its log; its positions stay until you flatten strategy:{name}.",
        )

    def kill_switch_changed(self, report: KillSwitchReport) -> None:
        """Say that the kill switch was engaged, and what is left when it is through."""
        if report.drill:
            return
        key = f"kill switch:{report.scope}"
        if not report.engaged:
            self._alerts.acknowledge(key)
            self._alerts.acknowledge(f"{key}:residue")
            return
        self._tell_once(report, key)
        left = ", ".join(item.item for item in report.residue)
        told = (report.scope, report.at, True)
        if report.finished and left and told not in self._told_kills:
            self._told_kills.add(told)
            self._alerts.raise_alert(
                f"{key}:residue",
                Severity.CRITICAL,
                "The kill switch could not finish everything",
                detail=f"Left: {left}",
                source="kill switch",
                remedy="See its checklist for the next action of each; it goes on trying.",
            )

    def _tell_once(self, report: KillSwitchReport, key: str) -> None:
        told = (report.scope, report.at, False)
        if told in self._told_kills:
            return
        self._told_kills.add(told)
        self._alerts.raise_alert(
            key,
            Severity.CRITICAL,
            f"The kill switch is engaged for {report.scope}",
            detail=f"{report.reason} ({report.source})",
            source="kill switch",
            remedy="Look at its checklist; release it with the typed word when all is understood.",
        )

    def discrepancy_changed(self, found: Discrepancy) -> None:
        """Say that our books and a broker's differ, and that they agree again."""
        key = f"discrepancy:{found.id}"
        if found.resolved:
            self._alerts.acknowledge(key)
            return
        known = self._alerts.find(key)
        detail = f"{found.kind} {found.item}: ours {found.ours}, the broker's {found.broker}. {found.detail}".strip()
        if known is None or known.acknowledged or known.detail != detail:
            self._alerts.raise_alert(
                key,
                Severity.ERROR,
                f"The books differ from {found.account}",
                detail=detail,
                source="books",
                remedy="Compare with the broker's own window, then assign or correct it among the discrepancies.",
            )

    def denied(self, denial: Denied) -> None:
        """Count denials; many in a minute are a storm."""
        now_s = time.monotonic()
        self._denied.append(now_s)
        while now_s - self._denied[0] > _STORM_WINDOW_S:
            self._denied.popleft()
        if len(self._denied) == STORM:
            self._alerts.raise_alert(
                "denied",
                Severity.WARNING,
                f"{STORM} orders were denied within a minute",
                detail=f"The last: {denial.strategy} {denial.instrument}, {denial.reason.value}: {denial.detail}",
                source="risk",
                remedy="Pause the strategy, or look at the limits that deny it.",
            )
            self._denied.clear()

    def health_reported(self, report: HealthReport) -> None:
        """Look at loop lag and at the feed."""
        self._reports += 1
        self._look_at_lag(report)
        self._look_at_feed()

    def _look_at_lag(self, report: HealthReport) -> None:
        self._late = self._late + 1 if report.lag_p99_ms > LATE_MS else 0
        if self._late == _LATE_REPORTS:
            self._alerts.raise_alert(
                "lag",
                Severity.WARNING,
                "The application answers late",
                detail=f"Its loop was {report.lag_p99_ms:.0f} ms late (99th percentile) for {_LATE_REPORTS} s.",
                source="health",
                remedy="Close other programs or heavy panels; fewer strategies on this machine help as well.",
            )
        elif self._late == 0:
            self._pass("lag")

    def _look_at_feed(self) -> None:
        status = self._managers.data.feed()
        seen, silent_s = self._events
        if status.events != seen or status.state is not FeedState.RUNNING or status.progress is not None:
            self._events = (status.events, 0)
            self._pass("feed silent")
            return
        self._events = (seen, silent_s + 1)
        if silent_s + 1 == int(SILENT_AFTER_S):
            self._alerts.raise_alert(
                "feed silent",
                Severity.ERROR,
                f"No market data from {status.name}",
                detail=f"Nothing has arrived for {SILENT_AFTER_S:.0f} s; orders on stale prices are denied.",
                source="data",
                remedy="Check the connection and whether the market is open; reconnect the feed.",
            )

    def _pass(self, key: str) -> None:
        known = self._alerts.find(key)
        if known is not None and not known.acknowledged:
            self._alerts.acknowledge(key)

    async def run(self) -> None:
        """Look at the disk until canceled."""
        while True:
            await self.look_at_disk()
            await asyncio.sleep(_DISK_EVERY)

    async def look_at_disk(self) -> None:
        """Say that the disk is nearly full, and that there is space again."""
        try:
            free = await asyncio.to_thread(self._free, self._profile)
        except OSError:
            return
        if free >= LITTLE_SPACE:
            self._alerts.acknowledge("disk")
            return
        scarce = free < _SCARCE
        known = self._alerts.find("disk")
        severity = Severity.CRITICAL if scarce else Severity.WARNING
        if known is None or known.acknowledged or known.severity is not severity:
            self._alerts.raise_alert(
                "disk",
                severity,
                "The disk is nearly full",
                detail=f"{free / (1 << 20):,.0f} MB are free at {self._profile}; without space no order is sent.",
                source="journal",
                remedy="Free space: old logs, backtests and market data that you can import again.",
            )
