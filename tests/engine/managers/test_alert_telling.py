"""Alerts outlive a restart, are told once, and say who saw them."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager

import pytest

from ares_desktop.config.alerting import AlertSettings
from ares_desktop.domain.alerting import AlertNote, ChannelName, ChannelState
from ares_desktop.domain.errors import DeliveryError, UsageError
from ares_desktop.domain.monitoring import Severity
from ares_desktop.engine.managers.alerts import AlertManager
from ares_desktop.engine.runtime.clocks import WallClock
from ares_desktop.engine.runtime.tasks import TaskSet

WITHIN_S = 10.0


class Kept:
    """A state store in memory."""

    def __init__(self) -> None:
        self.states: dict[str, bytes] = {}

    def load(self, name: str) -> bytes | None:
        return self.states.get(name)

    def save(self, name: str, state: bytes) -> None:
        self.states[name] = state


class Mail:
    """A channel in a list."""

    name = ChannelName.EMAIL
    target = "a list"

    def __init__(self) -> None:
        self.got: list[AlertNote] = []
        self.broken = False

    async def deliver(self, note: AlertNote) -> None:
        if self.broken:
            msg = "out of order"
            raise DeliveryError(msg, lasting=True)
        self.got.append(note)

    async def close(self) -> None:
        return


class Desk:
    def __init__(self, store: Kept | None = None, **settings: object) -> None:
        self.mail = Mail()
        self.store = store or Kept()
        wanted: Mapping[str, object] = {"rules": ("warning -> email",)} | settings
        self.alerts = AlertManager(
            WallClock(),
            store=self.store,
            make_channels=lambda _: (self.mail,),
            settings=AlertSettings.model_validate(wanted),
        )

    def raised(self, key: str, severity: Severity = Severity.WARNING) -> None:
        self.alerts.raise_alert(key, severity, f"about {key}", detail="", source="test", remedy="Do this.")

    async def until(self, condition: Callable[[], object]) -> None:
        async with asyncio.timeout(WITHIN_S):
            while not condition():
                await asyncio.sleep(0.002)


@asynccontextmanager
async def running(desk: Desk) -> AsyncIterator[Desk]:
    tasks = TaskSet("test")
    tasks.spawn(desk.alerts.run(), "alerts")
    yield desk
    await tasks.close()
    await desk.alerts.close()


async def test_what_happens_before_the_channels_are_there_is_told_by_them() -> None:
    desk = Desk()
    desk.raised("early")
    async with running(desk):
        await desk.until(lambda: desk.mail.got)
    assert [note.key for note in desk.mail.got] == ["early"]


async def test_an_equal_alert_is_counted_and_told_again_only_after_it_was_seen() -> None:
    async with running(Desk()) as desk:
        for _ in range(5):
            desk.raised("a")
        await desk.until(lambda: desk.mail.got)
        desk.alerts.acknowledge("a", by="trader")
        desk.raised("a")
        await desk.until(lambda: len(desk.mail.got) > 1)
    assert [note.repeated for note in desk.mail.got] == [1, 6]
    assert [moment.what for moment in desk.alerts.history()].count("raised") == 2


async def test_one_that_gets_worse_is_told_at_once() -> None:
    async with running(Desk()) as desk:
        desk.raised("a")
        desk.raised("a", Severity.CRITICAL)
        await desk.until(lambda: len(desk.mail.got) == 2)


async def test_alerts_acknowledgements_and_history_outlive_a_restart() -> None:
    desk = Desk()
    async with running(desk):
        desk.raised("open", Severity.CRITICAL)
        desk.raised("seen")
        desk.alerts.acknowledge("seen", by="trader")
    again = Desk(desk.store)
    found = {alert.key: alert for alert in again.alerts.alerts()}
    assert (found["open"].acknowledged, found["seen"].acknowledged_by) == (False, "trader")
    assert [alert.key for alert in again.alerts.unseen()] == ["open"]
    assert [moment.what for moment in again.alerts.history()] == ["raised", "raised", "acknowledged"]


def test_what_was_kept_and_can_not_be_read_is_left() -> None:
    store = Kept()
    store.save("alerts", b"\xff nonsense")
    assert Desk(store).alerts.alerts() == ()


async def test_a_failing_channel_is_shown_and_raises_no_alert_itself() -> None:
    desk = Desk()
    desk.mail.broken = True
    async with running(desk):
        desk.raised("a")
        await desk.until(lambda: desk.alerts.channels()[2].state is ChannelState.FAILING)
        status = next(item for item in desk.alerts.channels() if item.name is ChannelName.EMAIL)
        assert (status.error, status.dropped) == ("out of order", 1)
        with pytest.raises(DeliveryError, match="out of order"):
            await desk.alerts.test("email")
    assert [alert.key for alert in desk.alerts.alerts()] == ["a"]


async def test_a_channel_that_is_off_can_not_be_tested() -> None:
    async with running(Desk()) as desk:
        with pytest.raises(UsageError, match="switched off"):
            await desk.alerts.test("telegram")
        with pytest.raises(UsageError, match="switched off"):
            await desk.alerts.test("pigeon")


async def test_a_note_for_the_window_waits_for_the_window() -> None:
    desk = Desk(rules=("warning -> desktop",))
    shown: list[AlertNote] = []
    async with running(desk):
        desk.alerts.window.noted.connect(shown.append)
        desk.alerts.window.shown = True
        desk.alerts.restart_channels()
        await desk.until(lambda: desk.alerts.channels()[0].state is not ChannelState.OFF)
        desk.raised("a")
        await desk.until(lambda: shown)


def test_acknowledging_all_says_how_many_and_by_whom() -> None:
    desk = Desk()
    for key in "abc":
        desk.raised(key)
    desk.alerts.acknowledge("a")
    assert desk.alerts.acknowledge_all(by="trader") == 2
    assert {alert.acknowledged_by for alert in desk.alerts.alerts()} == {"", "trader"}


def test_muting_an_unknown_alert_says_so() -> None:
    with pytest.raises(UsageError, match="is not known"):
        Desk().alerts.mute("nothing", 5, by="trader")


async def test_other_settings_change_the_rules_at_once() -> None:
    async with running(Desk(rules=("critical -> email",))) as desk:
        desk.raised("a")
        desk.alerts.change_settings({"alerts.rules": ("warning -> email",)})
        desk.raised("b")
        await desk.until(lambda: desk.mail.got)
    assert [note.key for note in desk.mail.got] == ["b"]
