"""Frames and the client's end of the socket."""

import asyncio
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ares_desktop.domain.errors import BrokerError, BrokerTimeoutError
from ares_desktop.domain.ids import AccountId
from ares_desktop.domain.market import MarketEvent
from ares_desktop.engine.adapters.brokers.paper import protocol
from ares_desktop.engine.adapters.brokers.paper.wire import Wire
from tests.engine.simulation.builders import a_bar, a_quote


class Line(asyncio.Transport):
    """Keeps what is written, and is full when told."""

    def __init__(self) -> None:
        super().__init__()
        self.written: list[protocol.Request] = []
        self.closed = False

    def write(self, data: Any) -> None:
        for frame in protocol.FrameReader().feed(bytes(data)):
            self.written.append(protocol.request_decoder.decode(frame))

    def is_closing(self) -> bool:
        return self.closed

    def abort(self) -> None:
        self.closed = True

    @property
    def market(self) -> list[MarketEvent]:
        return [event for message in self.written for event in cast("protocol.Market", message).events]


@pytest.fixture
async def line() -> Line:
    return Line()


@pytest.fixture
async def wire(line: Line) -> Wire:
    wire = Wire(lambda _: None, lambda _: None)
    wire.connection_made(line)
    return wire


@given(st.lists(st.binary(max_size=300), max_size=8), st.lists(st.integers(1, 40), min_size=1, max_size=20))
def test_frames_are_the_same_however_the_stream_is_cut(payloads: list[bytes], cuts: list[int]) -> None:
    stream = b"".join(len(payload).to_bytes(4, "big") + payload for payload in payloads)
    reader, found, position, turn = protocol.FrameReader(), [], 0, 0
    while position < len(stream):
        step = cuts[turn % len(cuts)]
        found += reader.feed(stream[position : position + step])
        position, turn = position + step, turn + 1
    assert found == payloads


async def test_while_the_socket_is_full_only_the_newest_quotes_wait_but_every_bar(wire: Wire, line: Line) -> None:
    wire.push([a_quote(0, 1, 2)])
    wire.pause_writing()
    quotes = [a_quote(number, 1, 2) for number in range(1, 50)]
    bars = [a_bar(number, volume=1.0) for number in range(3)]
    wire.push([*quotes, *bars])
    assert line.market == [a_quote(0, 1, 2)]
    wire.resume_writing()
    assert line.market[1:] == [quotes[-1], *bars]


async def test_an_answer_goes_to_its_request(wire: Wire) -> None:
    first = asyncio.ensure_future(wire.ask(protocol.AskAccount, 5))
    second = asyncio.ensure_future(wire.ask(protocol.AskAccount, 5))
    await asyncio.sleep(0)
    wire.data_received(protocol.frame(protocol.Failed(2, "no")) + protocol.frame(protocol.Done(1)))
    assert await first == protocol.Done(1)
    with pytest.raises(BrokerError, match="no"):
        await second


async def test_a_lost_connection_leaves_the_outcome_of_requests_unknown(wire: Wire) -> None:
    asked = asyncio.ensure_future(wire.ask(protocol.AskAccount, 5))
    await asyncio.sleep(0)
    wire.connection_lost(None)
    with pytest.raises(BrokerTimeoutError):
        await asked
    with pytest.raises(BrokerError, match="not connected"):
        await wire.ask(protocol.AskAccount, 5)


async def test_no_answer_in_time_leaves_the_outcome_unknown(wire: Wire) -> None:
    with pytest.raises(BrokerTimeoutError):
        await wire.ask(protocol.AskAccount, 0.01)
    wire.data_received(protocol.frame(protocol.Done(1)))


async def test_garbage_ends_the_connection(wire: Wire, line: Line) -> None:
    wire.data_received(b"\x00\x00\x00\x03abc")
    assert line.closed
    assert not wire.is_open


async def test_the_greeting_is_answered_once(wire: Wire) -> None:
    wire.greet("app")
    wire.data_received(protocol.frame(protocol.Welcome(AccountId("PAPER"), 1, 0, short_sales=True)))
    welcome = await wire.welcome
    assert isinstance(welcome, protocol.Welcome)
    assert welcome.pid == 1
