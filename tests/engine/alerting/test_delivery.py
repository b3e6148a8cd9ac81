"""A channel that fails, hangs or is flooded holds nobody up, and says so."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import msgspec
import pytest

from ares_desktop.domain.alerting import AlertNote, ChannelName, ChannelState, ChannelStatus
from ares_desktop.domain.errors import DeliveryError
from ares_desktop.domain.monitoring import Severity
from ares_desktop.engine.alerting.delivery import QUEUE, ChannelWorker, Pace
from ares_desktop.engine.runtime.clocks import WallClock
from ares_desktop.engine.runtime.tasks import TaskSet
from ares_desktop.redaction import Redactor

QUICK = Pace(timeout_s=0.02, per_window=1000, first_retry_s=0.001, last_retry_s=0.001, attempts=3)
WITHIN_S = 10.0


def a_note(number: int = 1, severity: Severity = Severity.WARNING) -> AlertNote:
    at = datetime(2026, 3, 2, tzinfo=UTC)
    return AlertNote(title=f"note {number}", detail="", severity=severity, source="test", at=at)


class Channel:
    """Does to each note what the next of its ``deeds`` says, then delivers."""

    name = ChannelName.WEBHOOK
    target = "a test"

    def __init__(self, *deeds: Exception | None) -> None:
        self.deeds = list(deeds)
        self.got: list[AlertNote] = []
        self.hangs = False

    async def deliver(self, note: AlertNote) -> None:
        if self.hangs:
            await asyncio.Event().wait()
        deed = self.deeds.pop(0) if self.deeds else None
        if deed is not None:
            raise deed
        self.got.append(note)

    async def close(self) -> None:
        self.deeds.clear()


@asynccontextmanager
async def working(channel: Channel, pace: Pace = QUICK) -> AsyncIterator[ChannelWorker]:
    seen: list[ChannelStatus] = []
    worker = ChannelWorker(channel, WallClock(), pace=pace, redactor=Redactor(), changed=seen.append)
    tasks = TaskSet("test")
    tasks.spawn(worker.run(), "channel")
    yield worker
    await tasks.close()


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(WITHIN_S):
        while not condition():
            await asyncio.sleep(0.001)


async def test_a_note_is_delivered_and_counted() -> None:
    channel = Channel()
    async with working(channel) as worker:
        assert worker.status.state is ChannelState.UNTRIED
        worker.put(a_note())
        await until(lambda: worker.status.delivered)
    assert (worker.status.state, worker.status.waiting) == (ChannelState.OK, 0)


async def test_a_failed_note_is_tried_again_and_the_error_stays_to_be_seen() -> None:
    channel = Channel(DeliveryError("down"), RuntimeError("of the library"))
    async with working(channel) as worker:
        worker.put(a_note())
        await until(lambda: worker.status.delivered)
    assert (worker.status.state, worker.status.error) == (ChannelState.OK, "RuntimeError: of the library")
    assert worker.status.dropped == 0


async def test_a_channel_that_is_set_up_wrongly_is_not_tried_again() -> None:
    channel = Channel(DeliveryError("bad password", lasting=True))
    async with working(channel) as worker:
        worker.put(a_note(1))
        worker.put(a_note(2))
        await until(lambda: worker.status.delivered)
    assert (worker.status.dropped, [note.title for note in channel.got]) == (1, ["note 2"])


async def test_a_hanging_channel_is_shown_as_failing_and_gives_a_note_up() -> None:
    channel = Channel()
    channel.hangs = True
    async with working(channel) as worker:
        worker.put(a_note())
        await until(lambda: worker.status.dropped)
        assert (worker.status.state, worker.status.error) == (ChannelState.FAILING, "no answer within 0.02 s")
        channel.hangs = False
        worker.put(a_note(2))
        await until(lambda: worker.status.state is ChannelState.OK)


async def test_the_queue_is_bounded_and_the_least_important_gives_way() -> None:
    worker = ChannelWorker(Channel(), WallClock(), pace=QUICK, redactor=Redactor(), changed=lambda _: None)
    worker.put(a_note(0, Severity.CRITICAL))
    for number in range(QUEUE + 50):
        worker.put(a_note(number))
    assert (worker.status.waiting, worker.status.dropped) == (QUEUE, 51)
    assert worker._waiting[0].severity is Severity.CRITICAL


async def test_a_storm_comes_as_a_summary() -> None:
    channel = Channel()
    pace = msgspec.structs.replace(QUICK, per_window=2, window_s=60.0)
    async with working(channel, pace) as worker:
        for number in range(50):
            worker.put(a_note(number))
        await until(lambda: not worker.status.waiting)
        worker.put(a_note(99, Severity.CRITICAL))
        await until(lambda: len(channel.got) == 3)
    first, storm, critical = channel.got
    assert (first.title, storm.title, critical.title) == ("note 0", "49 alerts", "note 99")
    assert "and 41 more" in storm.detail


async def test_a_secret_in_an_error_is_masked() -> None:
    redactor = Redactor()
    redactor.remember("hush-hush")
    channel = Channel(ValueError("no such place hush-hush"))
    worker = ChannelWorker(channel, WallClock(), pace=QUICK, redactor=redactor, changed=lambda _: None)
    with pytest.raises(DeliveryError) as caught:
        await worker.test(a_note())
    assert "hush-hush" not in str(caught.value)
    assert "hush-hush" not in worker.status.error
    assert worker.status.state is ChannelState.FAILING
