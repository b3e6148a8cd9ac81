"""Decides who is told of an alert and when: rules, quiet hours, mutes, repetitions."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from ares_desktop.domain.alerting import AlertNote, AlertRule, ChannelName, QuietHours
from ares_desktop.domain.monitoring import Alert, Severity
from ares_desktop.engine.alerting.delivery import summary

Put = Callable[[ChannelName, AlertNote], None]


class Dispatch:
    """Sends alerts to the channels that the rules name.

    Args:
        put: queues a note for a channel; it must not wait.
    """

    def __init__(self, put: Put) -> None:
        self._put = put
        self._rules: tuple[AlertRule, ...] = ()
        self._quiet = QuietHours()
        self._repeat = timedelta()
        self._told: dict[str, datetime] = {}
        self._held: dict[str, Alert] = {}
        self._silent_until: datetime | None = None

    def configure(self, rules: Sequence[AlertRule], quiet: QuietHours, repeat: timedelta) -> None:
        """Take over other rules; no repetition when ``repeat`` is zero."""
        self._rules, self._quiet, self._repeat = tuple(rules), quiet, repeat

    @property
    def silent_until(self) -> datetime | None:
        """Until when everything is muted, None when it is not."""
        return self._silent_until

    def silence(self, until: datetime | None) -> None:
        """Tell nobody of anything but critical alerts before a time."""
        self._silent_until = until

    def channels(self, alert: Alert) -> tuple[ChannelName, ...]:
        """Return the channels that the rules name for an alert, each once."""
        found = (name for rule in self._rules if rule.fits(alert) for name in rule.channels)
        return tuple(dict.fromkeys(found))

    def tell(self, alert: Alert, now: datetime) -> bool:
        """Tell people of an alert, or hold it back while they shall not be disturbed; say whether they were told."""
        if alert.muted_until is not None and now < alert.muted_until:
            return False
        if self._is_silent(alert, now):
            self._held[alert.key] = alert
            return False
        self._told[alert.key] = now
        for name in self.channels(alert):
            self._put(name, note_of(alert))
        return True

    def seen(self, key: str) -> None:
        """Say no more of an alert."""
        self._told.pop(key, None)
        self._held.pop(key, None)

    def overdue(self, alerts: Iterable[Alert], now: datetime) -> list[Alert]:
        """Return critical alerts that nobody saw since they were told; those are told again."""
        if not self._repeat:
            return []
        return [
            alert
            for alert in alerts
            if alert.severity is Severity.CRITICAL
            and not alert.acknowledged
            and now - self._told.setdefault(alert.key, now) >= self._repeat
        ]

    def release_held(self, now: datetime) -> int:
        """Tell what was held back, one note a channel, once people may be disturbed; return how many alerts."""
        if self._silent_until is not None and now >= self._silent_until:
            self._silent_until = None
        free = [alert for alert in self._held.values() if not self._is_silent(alert, now)]
        for alert in free:
            del self._held[alert.key]
            self._told[alert.key] = now
        by_channel: Mapping[ChannelName, list[Alert]] = {
            name: [alert for alert in free if name in self.channels(alert)] for name in ChannelName
        }
        for name, alerts in by_channel.items():
            if alerts:
                notes = [note_of(alert) for alert in alerts]
                self._put(name, notes[0] if len(notes) == 1 else summary(notes))
        return len(free)

    def _is_silent(self, alert: Alert, now: datetime) -> bool:
        if self._silent_until is not None and now < self._silent_until and alert.severity is not Severity.CRITICAL:
            return True
        return self._quiet.silences(alert, now)


def note_of(alert: Alert) -> AlertNote:
    """Return what channels deliver of an alert."""
    return AlertNote(
        title=alert.title,
        detail=alert.detail,
        severity=alert.severity,
        source=alert.source,
        at=alert.at,
        remedy=alert.remedy,
        key=alert.key,
        repeated=alert.count,
    )
