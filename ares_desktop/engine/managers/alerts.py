"""What a person should know, counted instead of repeated."""

import logging
from typing import Final

import msgspec
import structlog
from PySide6.QtCore import QObject

from ares_desktop.domain.monitoring import Alert, Severity
from ares_desktop.engine.managers.signals import SignalOf, signal_of
from ares_desktop.engine.ports.clock import Clock

_log = structlog.get_logger(__name__)
_KEPT = 1000
_LEVELS: Final = {
    Severity.INFO: logging.INFO,
    Severity.WARNING: logging.WARNING,
    Severity.ERROR: logging.ERROR,
    Severity.CRITICAL: logging.CRITICAL,
}


class AlertManager(QObject):
    """Keeps alerts by key.

    Signals:
        alert_raised: an alert is new, came again, was acknowledged or has passed.
    """

    alert_raised: SignalOf[Alert] = signal_of(Alert)

    def __init__(self, wall: Clock) -> None:
        super().__init__()
        self._wall = wall
        self._alerts: dict[str, Alert] = {}

    def alerts(self) -> tuple[Alert, ...]:
        """Return every alert, newest last."""
        return tuple(sorted(self._alerts.values(), key=lambda alert: alert.at))

    def raise_alert(
        self,
        key: str,
        severity: Severity,
        title: str,
        *,
        detail: str,
        source: str,
        remedy: str = "",
    ) -> None:
        """Raise an alert; one with the same key is counted and shown again as not acknowledged."""
        old = self._alerts.get(key)
        alert = Alert(
            key=key,
            severity=severity,
            title=title,
            detail=detail,
            source=source,
            at=self._wall.now(),
            remedy=remedy,
            count=old.count + 1 if old else 1,
        )
        self._alerts[key] = alert
        _log.log(_LEVELS[severity], "alert_raised", key=key, title=title, detail=detail, remedy=remedy)
        if len(self._alerts) > _KEPT:
            oldest = min(self._alerts.values(), key=lambda item: item.at)
            del self._alerts[oldest.key]
        self.alert_raised.emit(alert)

    def acknowledge(self, key: str) -> None:
        """Mark an alert as seen; an unknown key changes nothing."""
        old = self._alerts.get(key)
        if old is not None and not old.acknowledged:
            self._alerts[key] = msgspec.structs.replace(old, acknowledged=True)
            self.alert_raised.emit(self._alerts[key])
