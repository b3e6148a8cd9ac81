"""Alerts without channels."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from PySide6.QtCore import QObject

from ares_desktop.config.alerting import AlertSettings
from ares_desktop.domain.alerting import AlertMoment, ChannelName, ChannelState, ChannelStatus
from ares_desktop.domain.errors import Finding, UsageError
from ares_desktop.domain.monitoring import Alert, Severity
from ares_desktop.engine.managers.signals import SignalOf, signal_of
from ares_desktop.engine.managers.window_channel import WindowChannel
from tests.views.records import NOW, changed


class FakeAlerts(QObject):
    """Alerts in a list."""

    alert_raised: SignalOf[Alert] = signal_of(Alert)
    happened: SignalOf[AlertMoment] = signal_of(AlertMoment)
    channel_changed: SignalOf[ChannelStatus] = signal_of(ChannelStatus)
    settings_changed: SignalOf[AlertSettings] = signal_of(AlertSettings)

    def __init__(self) -> None:
        super().__init__()
        self.raised: dict[str, Alert] = {}
        self.moments: list[AlertMoment] = []
        self.settings = AlertSettings()
        self.window = WindowChannel()
        self.tested: list[str] = []
        self.kept: dict[str, str] = {}
        self.secrets = self
        self.silent_until: datetime | None = None

    def put(self, *alerts: Alert) -> None:
        """Take over and publish alerts."""
        for alert in alerts:
            self.raised[alert.key] = alert
            self.alert_raised.emit(alert)

    def alerts(self) -> tuple[Alert, ...]:
        return tuple(self.raised.values())

    def history(self) -> tuple[AlertMoment, ...]:
        return tuple(self.moments)

    def known(self, key: str) -> Alert:
        return self.raised[key]

    def acknowledge_all(self, *, by: str) -> int:
        waiting = [key for key, alert in self.raised.items() if not alert.acknowledged]
        for key in waiting:
            self.acknowledge(key, by=by)
        return len(waiting)

    def find(self, key: str) -> Alert | None:
        return self.raised.get(key)

    def unseen(self, severity: Severity = Severity.CRITICAL) -> tuple[Alert, ...]:
        return tuple(one for one in self.raised.values() if one.severity is severity and not one.acknowledged)

    def acknowledge(self, key: str, *, by: str = "") -> None:
        self.put(changed(self.raised[key], acknowledged=True, acknowledged_by=by))

    def mute(self, key: str, minutes: float, *, by: str) -> None:
        del by
        self.put(changed(self.raised[key], muted_until=NOW + timedelta(minutes=minutes)))

    def silence(self, minutes: float) -> datetime | None:
        self.silent_until = NOW + timedelta(minutes=minutes) if minutes else None
        return self.silent_until

    def channels(self) -> tuple[ChannelStatus, ...]:
        return tuple(ChannelStatus(name=name, state=ChannelState.OFF, since=NOW) for name in ChannelName)

    def restart_channels(self) -> None:
        """There are none."""

    async def test(self, channel: str) -> None:
        self.tested.append(channel)

    def change_settings(self, changes: Mapping[str, object]) -> None:
        values = self.settings.model_dump() | {key.partition(".")[2]: value for key, value in changes.items()}
        try:
            self.settings = AlertSettings(**values)
        except ValueError as error:
            raise UsageError(Finding(place="settings", value="", problem=str(error))) from error
        self.settings_changed.emit(self.settings)

    async def get(self, name: str) -> str | None:
        return self.kept.get(name)

    async def put_secret(self, name: str, secret: str) -> None:
        self.kept[name] = secret

    async def place(self) -> str:
        return "a test"
