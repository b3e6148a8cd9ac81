"""What a person should know: kept, told by channels, and repeated until somebody saw it."""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

import structlog
from PySide6.QtCore import QObject

from ares_desktop.config.alerting import AlertSettings
from ares_desktop.domain.alerting import AlertMoment, AlertNote, ChannelName, ChannelState, ChannelStatus
from ares_desktop.domain.errors import Finding, StorageError, UsageError
from ares_desktop.domain.monitoring import Alert, Severity
from ares_desktop.engine.alerting.book import AlertBook
from ares_desktop.engine.alerting.delivery import ChannelWorker, Pace
from ares_desktop.engine.alerting.dispatch import Dispatch
from ares_desktop.engine.alerting.secret_desk import SecretDesk
from ares_desktop.engine.managers.signals import SignalOf, signal_of
from ares_desktop.engine.managers.window_channel import WindowChannel
from ares_desktop.engine.ports.clock import Clock
from ares_desktop.engine.ports.notifier import AlertChannel
from ares_desktop.engine.ports.state_store import StateStore
from ares_desktop.engine.runtime.tasks import TaskSet
from ares_desktop.redaction import Redactor

KEPT_AS: Final = "alerts"
_EVERY_S: Final = 1.0
_EARLY: Final = 100
"""Notes that wait for the channels to be made."""
_LEVELS: Final = {
    Severity.INFO: logging.INFO,
    Severity.WARNING: logging.WARNING,
    Severity.ERROR: logging.ERROR,
    Severity.CRITICAL: logging.CRITICAL,
}
MakeChannels = Callable[[AlertSettings], Sequence[AlertChannel]]
"""Makes the channels that settings switch on."""

_log = structlog.get_logger(__name__)


class AlertManager(QObject):
    """Keeps alerts by key, and has people told of them without ever waiting for a channel.

    Signals:
        alert_raised: an alert is new, came again, was muted, acknowledged or has passed.
        happened: one more line of the history.
        channel_changed: a channel's state.
        settings_changed: rules, quiet hours or channels are others now.

    Attributes:
        window: the channel to the desktop; the window shows its notes.
        secrets: passwords and tokens of channels; None without a store.
        settings: in force.
        change_settings: puts settings by dotted key in force and keeps them; raises UsageError when it can't.
    """

    alert_raised: SignalOf[Alert] = signal_of(Alert)
    happened: SignalOf[AlertMoment] = signal_of(AlertMoment)
    channel_changed: SignalOf[ChannelStatus] = signal_of(ChannelStatus)
    settings_changed: SignalOf[AlertSettings] = signal_of(AlertSettings)

    def __init__(
        self,
        wall: Clock,
        *,
        store: StateStore | None = None,
        make_channels: MakeChannels = lambda _: (),
        secrets: SecretDesk | None = None,
        redactor: Redactor | None = None,
        settings: AlertSettings | None = None,
    ) -> None:
        super().__init__()
        self._wall = wall
        self._store = store
        self._make_channels = make_channels
        self._redactor = redactor or Redactor()
        self._book = AlertBook(self.happened.emit)
        self._dispatch = Dispatch(self._put)
        self._workers: dict[ChannelName, ChannelWorker] = {}
        self._tasks = TaskSet("alerts")
        self._running = False
        self._early: list[tuple[ChannelName, AlertNote]] = []
        self._rebuilding = asyncio.Lock()
        self.secrets = secrets
        self.window = WindowChannel()
        self.change_settings: Callable[[Mapping[str, object]], None] = self._change_unkept
        self.settings = settings or AlertSettings()
        self._restore()
        self._set_rules()

    # alerts

    def alerts(self) -> tuple[Alert, ...]:
        """Return every alert, newest last."""
        return self._book.alerts()

    def history(self) -> tuple[AlertMoment, ...]:
        """Return what happened to alerts, oldest first."""
        return tuple(self._book.history)

    def unseen(self, severity: Severity = Severity.CRITICAL) -> tuple[Alert, ...]:
        """Return alerts of a severity that nobody acknowledged, newest last."""
        return tuple(alert for alert in self.alerts() if alert.severity is severity and not alert.acknowledged)

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
        """Raise an alert; an equal one that nobody saw is counted, one that was seen is told of again."""
        now = self._wall.now()
        alert, news = self._book.raise_alert(
            Alert(
                key=key,
                severity=severity,
                title=self._redactor.text(title),
                detail=self._redactor.text(detail),
                source=source,
                at=now,
                remedy=remedy,
            )
        )
        if news or alert.count < 100 or alert.count % 100 == 0:  # noqa: PLR2004 - a storm is not logged line by line
            _log.log(_LEVELS[severity], "alert_raised", key=key, title=title, detail=detail, remedy=remedy)
        if news:
            self._dispatch.tell(alert, now)
        self.alert_raised.emit(alert)

    def acknowledge(self, key: str, *, by: str = "") -> None:
        """Mark an alert as seen by a person, or without one as passed; an unknown key changes nothing."""
        seen = self._book.acknowledge(key, by, self._wall.now())
        if seen is not None:
            self._dispatch.seen(key)
            self.alert_raised.emit(seen)

    def acknowledge_all(self, *, by: str) -> int:
        """Mark every open alert as seen; return how many that were."""
        keys = [alert.key for alert in self.alerts() if not alert.acknowledged]
        for key in keys:
            self.acknowledge(key, by=by)
        return len(keys)

    def find(self, key: str) -> Alert | None:
        """Return an alert, None when there is none of that key."""
        return self._book.get(key)

    def known(self, key: str) -> Alert:
        """Return an alert.

        Raises:
            UsageError: when there is none of that key.
        """
        found = self._book.get(key)
        if found is None:
            remedy = "ares-desktop alerts list shows the keys."
            raise UsageError(Finding(place="alert", value=key, problem="is not known", remedy=remedy))
        return found

    def mute(self, key: str, minutes: float, *, by: str) -> None:
        """Tell nobody of an alert for some minutes; 0 lifts that. It is still shown.

        Raises:
            UsageError: when there is none of that key.
        """
        self.known(key)
        now = self._wall.now()
        muted = self._book.mute(key, now + timedelta(minutes=minutes) if minutes > 0 else None, by, now)
        if muted is not None:
            self.alert_raised.emit(muted)

    def silence(self, minutes: float) -> datetime | None:
        """Tell nobody of anything but critical alerts for some minutes; return until when, None for not at all."""
        until = self._wall.now() + timedelta(minutes=minutes) if minutes > 0 else None
        self._dispatch.silence(until)
        self.settings_changed.emit(self.settings)
        return until

    @property
    def silent_until(self) -> datetime | None:
        """Until when people are not disturbed by anything but critical alerts."""
        return self._dispatch.silent_until

    # channels

    def channels(self) -> tuple[ChannelStatus, ...]:
        """Return the state of every channel, of those that are off as well."""
        return tuple(self._status(name) for name in ChannelName)

    async def test(self, channel: str) -> None:
        """Send a test by a channel, past rules and queue.

        Raises:
            UsageError: when there is no such channel, or it is off.
            DeliveryError: when the test did not arrive.
        """
        worker = self._workers.get(ChannelName(channel)) if channel in set(ChannelName) else None
        if worker is None:
            on = ", ".join(self._workers) or "none"
            problem, remedy = (
                "is switched off or not known",
                f"Channels that are on: {on}. Set them up in the settings.",
            )
            raise UsageError(Finding(place="channel", value=channel, problem=problem, remedy=remedy))
        note = AlertNote(
            title="A test from Ares Desktop",
            detail="Alerts reach you here.",
            severity=Severity.INFO,
            source="alerts",
            at=self._wall.now(),
        )
        await worker.test(note)

    def configure(self, settings: AlertSettings) -> None:
        """Take over settings; channels begin anew where theirs changed."""
        if settings == self.settings:
            return
        self.settings = settings
        self._set_rules()
        if self._running:
            self._tasks.spawn(self._rebuild(), "channels")
        self.settings_changed.emit(settings)

    def restart_channels(self) -> None:
        """Make the channels anew, since a secret or the window changed."""
        if self._running and not self._tasks.closed:
            self._tasks.spawn(self._rebuild(), "channels")

    # life

    async def run(self) -> None:
        """Deliver, repeat and keep, until canceled."""
        self._running = True
        await self._rebuild()
        # What an earlier run left open is not told again at once, only when it is overdue.
        while True:
            await asyncio.sleep(_EVERY_S)
            self.look()
            await self.keep()

    def look(self) -> None:
        """Tell again what nobody saw, and what was held back."""
        now = self._wall.now()
        self._dispatch.release_held(now)
        for alert in self._dispatch.overdue(self.alerts(), now):
            if self._dispatch.tell(alert, now):
                self._book.note(alert, "told again", now)

    async def keep(self) -> None:
        """Keep alerts for the next run, where anything changed."""
        if self._store is None or not self._book.changed:
            return
        kept = self._book.encode()
        try:
            await asyncio.to_thread(self._store.save, KEPT_AS, kept)
        except StorageError as error:
            self._book.changed = True
            _log.warning("alerts_not_kept", error=str(error))

    async def close(self) -> None:
        """End deliveries and keep what is open; idempotent."""
        self._running = False
        await self._tasks.close(within_s=2.0)
        for worker in self._workers.values():
            await worker.close()
        self._workers.clear()
        await self.keep()

    # within

    def _put(self, name: ChannelName, note: AlertNote) -> None:
        worker = self._workers.get(name)
        if worker is not None:
            worker.put(note)
        elif not self._running or self._rebuilding.locked():
            # What happens before the channels are there is told by them once they are.
            self._early = [*self._early[-_EARLY:], (name, note)]

    def _set_rules(self) -> None:
        wanted = self.settings
        self._dispatch.configure(wanted.alert_rules(), wanted.quiet(), timedelta(minutes=wanted.repeat_minutes))

    async def _rebuild(self) -> None:
        async with self._rebuilding:
            await self._make_workers()
        early, self._early = self._early, []
        for name, note in early:
            self._put(name, note)
        for status in self.channels():
            self.channel_changed.emit(status)

    async def _make_workers(self) -> None:
        old, self._workers = self._workers, {}
        await self._end_workers(tuple(old.values()))
        pace = Pace(timeout_s=self.settings.timeout_s, per_window=self.settings.per_minute)
        window = [self.window] if self.window.shown else []
        for channel in (*window, *self._make_channels(self.settings)):
            worker = ChannelWorker(
                channel, self._wall, pace=pace, redactor=self._redactor, changed=self.channel_changed.emit
            )
            earlier = old.get(channel.name)
            if earlier is not None:
                worker.take_over(earlier)
            self._workers[channel.name] = worker
            self._tasks.spawn(worker.run(), f"channel {channel.name}")

    async def _end_workers(self, workers: Sequence[ChannelWorker]) -> None:
        ended = [task for task in self._tasks.running() if "/channel " in task.get_name()]
        for task in ended:
            task.cancel()
        if ended:
            await asyncio.wait(ended, timeout=2.0)
        for worker in workers:
            await worker.close()

    def _status(self, name: ChannelName) -> ChannelStatus:
        worker = self._workers.get(name)
        if worker is not None:
            return worker.status
        return ChannelStatus(name=name, state=ChannelState.OFF, since=self._wall.now())

    def _restore(self) -> None:
        kept = None if self._store is None else self._store.load(KEPT_AS)
        if kept is not None and not self._book.restore(kept):
            _log.warning("alerts_not_restored")

    def _change_unkept(self, changes: Mapping[str, object]) -> None:
        values = self.settings.model_dump() | {key.partition(".")[2]: value for key, value in changes.items()}
        self.configure(AlertSettings(**values))
