"""The commands of alerts and incident bundles."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import msgspec

from ares_desktop.control import audit_arguments as a
from ares_desktop.control.app import SOURCE, App, Handler, done
from ares_desktop.control.arguments import Nothing
from ares_desktop.control.documents import Document, time_text
from ares_desktop.control.protocol import Reply
from ares_desktop.domain.alerting import ChannelStatus
from ares_desktop.domain.errors import Finding, UsageError
from ares_desktop.domain.monitoring import Alert


async def _list(app: App, _: Nothing) -> Reply:
    alerts = app.managers.alerts
    return done(
        {
            "alerts": [alert_document(alert) for alert in alerts.alerts()],
            "channels": [channel_document(status) for status in alerts.channels()],
        }
    )


async def _acknowledge(app: App, which: a.OfAlert) -> Reply:
    alerts, by = app.managers.alerts, app.managers.audit.issuer(SOURCE).by
    if which.all == (which.key is not None):
        remedy = "Give the key of an alert or --all, not both."
        raise UsageError(Finding(place="alerts ack", value=which.key or "", problem="name one or all", remedy=remedy))
    if which.key is None:
        return done({"acknowledged": alerts.acknowledge_all(by=by)})
    was_open = not alerts.known(which.key).acknowledged
    alerts.acknowledge(which.key, by=by)
    return done({"acknowledged": int(was_open)})


async def _mute(app: App, which: a.MuteAlert) -> Reply:
    alerts = app.managers.alerts
    alerts.mute(which.key, which.minutes, by=app.managers.audit.issuer(SOURCE).by)
    return done(alert_document(alerts.known(which.key)))


async def _test(app: App, which: a.OfChannel) -> Reply:
    await app.managers.alerts.test(which.channel)
    return done({"channel": which.channel, "delivered": True})


async def _bundle(app: App, wanted: a.Bundle) -> Reply:
    return done(await app.managers.audit.write_bundle(Path(wanted.file), minutes=wanted.minutes))


def alert_document(alert: Alert) -> Document:
    """Return a row of ``alerts list``."""
    return {
        "key": alert.key,
        "severity": alert.severity,
        "title": alert.title,
        "detail": alert.detail,
        "remedy": alert.remedy,
        "source": alert.source,
        "count": alert.count,
        "first_at": time_text(alert.first_at or alert.at),
        "at": time_text(alert.at),
        "acknowledged": alert.acknowledged,
        "acknowledged_by": alert.acknowledged_by,
        "acknowledged_at": time_text(alert.acknowledged_at),
        "muted_until": time_text(alert.muted_until),
    }


def channel_document(status: ChannelStatus) -> Document:
    """Return how a channel does."""
    return {
        "channel": status.name,
        "state": status.state,
        "since": time_text(status.since),
        "delivered": status.delivered,
        "waiting": status.waiting,
        "dropped": status.dropped,
        "error": status.error,
        "target": status.target,
    }


COMMANDS: Final[Mapping[str, tuple[type[msgspec.Struct], Handler]]] = {
    "alerts.list": (Nothing, _list),
    "alerts.ack": (a.OfAlert, _acknowledge),
    "alerts.mute": (a.MuteAlert, _mute),
    "alerts.test": (a.OfChannel, _test),
    "audit.bundle": (a.Bundle, _bundle),
}
"""Every command of this room, with what it takes."""
