"""What goes wrong is told with a key and a remedy, and taken back when it is over."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import pytest

from ares_desktop.domain.ids import AccountId
from ares_desktop.domain.monitoring import Alert, ConnectionState, ConnectionStatus, HealthReport, Severity
from ares_desktop.domain.positions import Discrepancy
from ares_desktop.domain.risk import Denied, DenyReason, KillSwitchReport, Residue
from ares_desktop.domain.strategies import StrategyState
from ares_desktop.engine.managers.alert_watch import LATE_MS, STORM, AlertWatch
from ares_desktop.engine.managers.alerts import AlertManager
from ares_desktop.engine.runtime.clocks import WallClock
from tests.views.fakes import Fakes
from tests.views.records import a_health_report, a_status, changed

NOW = datetime(2026, 3, 2, tzinfo=UTC)


class Watched:
    """A watch over managers without an engine."""

    def __init__(self) -> None:
        self.fakes = Fakes()
        self.alerts = AlertManager(WallClock())
        self.fakes.alerts = cast("Any", self.alerts)
        self.free = 10 << 30
        self.watch = AlertWatch(self.fakes.managers, Path("profile"), free=lambda _: self.free)
        self.watch.start()

    def open(self) -> dict[str, Alert]:
        return {alert.key: alert for alert in self.alerts.alerts() if not alert.acknowledged}


@pytest.fixture
def watched() -> Watched:
    return Watched()


def session(state: ConnectionState) -> ConnectionStatus:
    return ConnectionStatus(name="paper", account=AccountId("PAPER"), state=state, detail="gone")


def test_a_broker_that_was_there_and_is_lost_is_critical_until_it_is_back(watched: Watched) -> None:
    change = watched.fakes.connections.connection_changed.emit
    change(session(ConnectionState.DISCONNECTED))
    assert not watched.open()
    change(session(ConnectionState.RECONCILED))
    change(session(ConnectionState.FAILED))
    change(session(ConnectionState.DISCONNECTED))
    lost = watched.open()["broker:paper"]
    assert (lost.severity, lost.count, bool(lost.remedy)) == (Severity.CRITICAL, 1, True)
    change(session(ConnectionState.RECONCILED))
    assert list(watched.open()) == ["broker:paper:back"]


@pytest.mark.parametrize(
    ("state", "severity"), [(StrategyState.FAULTED, Severity.ERROR), (StrategyState.STALLED, Severity.WARNING)]
)
def test_a_strategy_that_fails_or_stalls_is_told_once_and_passes(
    watched: Watched, state: StrategyState, severity: Severity
) -> None:
    bad = changed(a_status(), state=state)
    for _ in range(3):
        watched.fakes.strategies.status_changed.emit(bad)
    (alert,) = watched.open().values()
    assert (alert.severity, alert.count) == (severity, 1)
    watched.fakes.strategies.status_changed.emit(changed(bad, state=StrategyState.RUNNING))
    assert not watched.open()


def test_the_kill_switch_is_critical_with_its_residue_until_it_is_released(watched: Watched) -> None:
    report = KillSwitchReport(engaged=True, reason="by hand", source="window", at=NOW)
    left = Residue(item="ACME.SIM", detail="closed market", next_action="at the open")
    for step in (report, report, changed(report, finished=True, residue=(left,))):
        watched.fakes.state.kill_switch_changed.emit(step)
    found = watched.open()
    assert [alert.count for alert in found.values()] == [1, 1]
    assert "ACME.SIM" in found["kill switch:all:residue"].detail
    watched.fakes.state.kill_switch_changed.emit(KillSwitchReport(engaged=False))
    assert not watched.open()


def test_an_end_in_order_loses_no_broker(watched: Watched) -> None:
    watched.fakes.connections.connection_changed.emit(session(ConnectionState.RECONCILED))
    watched.watch.stop()
    watched.fakes.connections.connection_changed.emit(session(ConnectionState.DISCONNECTED))
    assert not watched.open()


def test_a_loss_that_an_earlier_run_left_passes_once_the_broker_is_there(watched: Watched) -> None:
    watched.alerts.raise_alert("broker:paper", Severity.CRITICAL, "Lost", detail="", source="connections")
    watched.fakes.connections.connection_changed.emit(session(ConnectionState.RECONCILED))
    assert not watched.open()


def test_a_drill_raises_no_alarm(watched: Watched) -> None:
    watched.fakes.state.kill_switch_changed.emit(KillSwitchReport(engaged=True, at=NOW, drill=True))
    assert not watched.open()


def test_a_discrepancy_is_told_and_passes_when_it_is_resolved(watched: Watched) -> None:
    found = Discrepancy(
        id="1", account=AccountId("PAPER"), kind="position", item="ACME", ours="5", broker="6", detail="", at=NOW
    )
    watched.fakes.portfolio.discrepancy_changed.emit(found)
    watched.fakes.portfolio.discrepancy_changed.emit(found)
    assert watched.open()["discrepancy:1"].count == 1
    watched.fakes.portfolio.discrepancy_changed.emit(changed(found, resolved=True))
    assert not watched.open()


def test_many_denials_are_one_storm(watched: Watched) -> None:
    denial = Denied(
        client_order_id="a-1",  # type: ignore[arg-type]
        strategy="a",  # type: ignore[arg-type]
        instrument="ACME.SIM",  # type: ignore[arg-type]
        reason=DenyReason.LOCKED,
        detail="again",
        at=NOW,
    )
    for _ in range(STORM - 1):
        watched.fakes.trades.denied.emit(denial)
    assert not watched.open()
    watched.fakes.trades.denied.emit(denial)
    assert "LOCKED" in watched.open()["denied"].detail


def test_a_loop_that_stays_late_is_told_and_passes(watched: Watched) -> None:
    late: HealthReport = changed(a_health_report(), lag_p99_ms=LATE_MS + 1)
    for _ in range(4):
        watched.fakes.health.reported.emit(late)
    assert "lag" not in watched.open()
    watched.fakes.health.reported.emit(late)
    assert "lag" in watched.open()
    watched.fakes.health.reported.emit(a_health_report())
    assert "lag" not in watched.open()


async def test_a_disk_that_fills_gets_more_urgent_and_passes(watched: Watched) -> None:
    found: list[Severity | None] = []
    for free in (10 << 30, 500 << 20, 400 << 20, 50 << 20, 10 << 30):
        watched.free = free
        await watched.watch.look_at_disk()
        alert = watched.open().get("disk")
        found.append(alert.severity if alert else None)
    assert found == [None, Severity.WARNING, Severity.WARNING, Severity.CRITICAL, None]


def test_a_live_feed_that_falls_silent_is_told(watched: Watched) -> None:
    watched.fakes.data.status = changed(watched.fakes.data.feed(), progress=None, events=5)
    for _ in range(62):
        watched.fakes.health.reported.emit(a_health_report())
    assert "feed silent" in watched.open()
    watched.fakes.data.status = changed(watched.fakes.data.feed(), events=6)
    watched.fakes.health.reported.emit(a_health_report())
    assert "feed silent" not in watched.open()
