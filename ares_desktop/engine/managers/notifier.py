"""Notes to a person as alerts of the window."""

from ares_desktop.domain.monitoring import Severity
from ares_desktop.engine.managers.alerts import AlertManager


class AlertNotifier:
    """Implements :class:`~ares_desktop.engine.ports.notifier.Notifier`.

    Args:
        alerts: shows them.
    """

    def __init__(self, alerts: AlertManager) -> None:
        self._alerts = alerts

    def notify(self, title: str, detail: str, *, severity: Severity, source: str) -> None:
        """Raise an alert; equal ones are counted."""
        self._alerts.raise_alert(f"{source}:{title}", severity, title, detail=detail, source=source)
