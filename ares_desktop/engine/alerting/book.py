"""The book of alerts: what is open, what was seen and by whom, and what happened to each."""

from collections import deque
from collections.abc import Callable
from datetime import datetime
from typing import Final

import msgspec

from ares_desktop.domain.alerting import AlertMoment
from ares_desktop.domain.monitoring import Alert, Severity

_KEPT: Final = 1000
_HISTORY: Final = 5000


class KeptAlerts(msgspec.Struct, frozen=True, kw_only=True):
    """What outlives a restart."""

    alerts: tuple[Alert, ...] = ()
    history: tuple[AlertMoment, ...] = ()


class AlertBook:
    """Alerts by key.

    Args:
        happened: told of every moment.
    """

    def __init__(self, happened: Callable[[AlertMoment], None]) -> None:
        self._happened = happened
        self._alerts: dict[str, Alert] = {}
        self.history: deque[AlertMoment] = deque(maxlen=_HISTORY)
        self.changed = False
        """Whether there is something that was not kept yet."""

    def get(self, key: str) -> Alert | None:
        """Return an alert, None when there is none of that key."""
        return self._alerts.get(key)

    def alerts(self) -> tuple[Alert, ...]:
        """Return every alert, newest last."""
        return tuple(sorted(self._alerts.values(), key=lambda alert: alert.at))

    def raise_alert(self, alert: Alert) -> tuple[Alert, bool]:
        """Take over an alert; return it with its count, and whether it is news that people are told of.

        An equal one that nobody saw yet is counted; one that was seen begins anew. One that got worse is news.
        """
        old = self._alerts.get(alert.key)
        open_before = old is not None and not old.acknowledged
        news = old is None or old.acknowledged or _rank(alert.severity) > _rank(old.severity)
        if old is not None:
            alert = msgspec.structs.replace(
                alert,
                count=old.count + 1,
                first_at=(old.first_at or old.at) if open_before else alert.at,
                muted_until=old.muted_until,
            )
        else:
            alert = msgspec.structs.replace(alert, first_at=alert.at)
        self._put(alert)
        self._note(alert, "raised" if news else "raised again", alert.at)
        return alert, news

    def acknowledge(self, key: str, by: str, at: datetime) -> Alert | None:
        """Mark an alert as seen by a person, or as passed by itself; None when nothing changed."""
        old = self._alerts.get(key)
        if old is None or old.acknowledged:
            return None
        seen = msgspec.structs.replace(old, acknowledged=True, acknowledged_by=by, acknowledged_at=at)
        self._put(seen)
        self._note(seen, "acknowledged" if by else "passed", at, by=by)
        return seen

    def mute(self, key: str, until: datetime | None, by: str, at: datetime) -> Alert | None:
        """Tell nobody of an alert before a time; None lifts that."""
        old = self._alerts.get(key)
        if old is None:
            return None
        muted = msgspec.structs.replace(old, muted_until=until)
        self._put(muted)
        self._note(muted, f"muted until {until:%H:%M:%S} UTC" if until else "speaks again", at, by=by)
        return muted

    def note(self, alert: Alert, what: str, at: datetime) -> None:
        """Write down what else happened to an alert."""
        self._note(alert, what, at)

    def encode(self) -> bytes:
        """Return what outlives a restart."""
        self.changed = False
        return msgspec.msgpack.encode(KeptAlerts(alerts=self.alerts(), history=tuple(self.history)))

    def restore(self, kept: bytes) -> bool:
        """Take over what an earlier run kept; False when it can't be read."""
        try:
            found = msgspec.msgpack.decode(kept, type=KeptAlerts)
        except msgspec.MsgspecError:
            return False
        self._alerts = {alert.key: alert for alert in found.alerts}
        self.history.extend(found.history)
        return True

    def _put(self, alert: Alert) -> None:
        self._alerts[alert.key] = alert
        self.changed = True
        if len(self._alerts) > _KEPT:
            # What nobody saw yet goes last.
            oldest = min(self._alerts.values(), key=lambda item: (not item.acknowledged, item.at))
            del self._alerts[oldest.key]

    def _note(self, alert: Alert, what: str, at: datetime, *, by: str = "") -> None:
        number = self.history[-1].number + 1 if self.history else 1
        moment = AlertMoment(
            at=at, key=alert.key, severity=alert.severity, title=alert.title, what=what, by=by, number=number
        )
        self.history.append(moment)
        self.changed = True
        self._happened(moment)


def _rank(severity: Severity) -> int:
    return tuple(Severity).index(severity)
