"""News of the paper broker count once; a gap among them is never passed over."""

import asyncio
from pathlib import Path

import pytest

from ares_desktop.domain.errors import BrokerTimeoutError
from ares_desktop.domain.ids import AccountId
from ares_desktop.engine.adapters.brokers.paper import client, launch, protocol
from ares_desktop.engine.adapters.brokers.paper.client import PaperBroker
from ares_desktop.engine.adapters.brokers.paper.folder import socket_path
from ares_desktop.engine.ports.broker import BrokerEvent, BrokerSession
from tests.engine.simulation.builders import an_instrument


class Scripted:
    """A server that welcomes every session, and sends what a test says."""

    def __init__(self) -> None:
        self.writers: list[asyncio.StreamWriter] = []
        self.answers = True

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.writers.append(writer)
        frames = protocol.FrameReader()
        while data := await reader.read(4096):
            for frame in frames.feed(data):
                request = protocol.request_decoder.decode(frame)
                if isinstance(request, protocol.Hello):
                    self.send(protocol.Welcome(AccountId("PAPER"), 1, 10, short_sales=True, bookings=True))
                elif self.answers:
                    self.send(protocol.Done(request.request))
        writer.close()

    def send(self, message: protocol.Message) -> None:
        self.writers[-1].write(protocol.frame(message))


@pytest.fixture
def scripted(monkeypatch: pytest.MonkeyPatch) -> Scripted:
    async def running(*_: object) -> None:
        pass

    monkeypatch.setattr(launch, "ensure_running", running)
    monkeypatch.setattr(client, "_FIRST_RETRY_S", 0.01)
    return Scripted()


async def test_a_gap_ends_the_session_and_a_repeat_is_dropped(tmp_path: Path, scripted: Scripted) -> None:
    server = await asyncio.start_unix_server(scripted.serve, socket_path(tmp_path))
    broker = PaperBroker(tmp_path, "app")
    heard: list[BrokerEvent] = []
    broker.on_event(heard.append)
    await broker.connect()
    heard.clear()
    for sequence in (11, 11, 12, 14):
        scripted.send(protocol.news(sequence, []))
    async with asyncio.timeout(10):
        while len(heard) < 2:
            await asyncio.sleep(0.005)
    assert [event.connected for event in heard if isinstance(event, BrokerSession)] == [False, True]
    assert len(scripted.writers) == 2
    await broker.disconnect()
    server.close()


async def test_a_session_that_was_not_told_the_market_is_none(tmp_path: Path, scripted: Scripted) -> None:
    server = await asyncio.start_unix_server(scripted.serve, socket_path(tmp_path))
    scripted.answers = False
    broker = PaperBroker(tmp_path, "app", timeout_s=0.05)
    await broker.register([an_instrument()])
    with pytest.raises(BrokerTimeoutError):
        await broker.connect()
    states = [broker.is_connected]
    scripted.answers = True
    await broker.connect()
    assert [*states, broker.is_connected] == [False, True]
    await broker.disconnect()
    server.close()
