"""Notes become alerts, counted by their title."""

from ares_desktop.domain.monitoring import Alert, Severity
from ares_desktop.engine.managers.alerts import AlertManager
from ares_desktop.engine.managers.notifier import AlertNotifier
from ares_desktop.engine.runtime.clocks import WallClock


def test_a_note_is_an_alert_with_its_severity_and_source() -> None:
    alerts = AlertManager(WallClock())
    raised: list[Alert] = []
    alerts.alert_raised.connect(raised.append)
    notifier = AlertNotifier(alerts)
    notifier.notify("Backtest bt-0001 failed", "no data", severity=Severity.ERROR, source="pipelines")
    notifier.notify("Backtest bt-0001 failed", "no data", severity=Severity.ERROR, source="pipelines")
    assert [(alert.title, alert.detail, alert.severity, alert.source, alert.count) for alert in raised] == [
        ("Backtest bt-0001 failed", "no data", Severity.ERROR, "pipelines", count) for count in (1, 2)
    ]
