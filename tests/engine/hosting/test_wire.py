"""Messages survive the wire."""

import socket
from decimal import Decimal

import hypothesis.strategies as st
import msgspec
import pytest
from hypothesis import given

from ares_desktop.domain.market import Quote, TradeTick
from ares_desktop.engine.hosting import wire
from ares_desktop.engine.hosting.channel import Channel
from ares_desktop.engine.hosting.frames import Frames
from tests.engine.hosting.stage import ACME, START, Stage, a_bar


def test_a_frame_of_encoded_events_is_a_market_message() -> None:
    events = (a_bar(1), Quote(ACME, START, 1.0, 2.0), TradeTick(ACME, START, 1.5, 10.0))
    frame = wire.market_frame([wire.encode_event(event) for event in events])
    (body,) = Frames().feed(frame)
    message = msgspec.msgpack.decode(body, type=wire.Downward)
    assert isinstance(message, wire.Market)
    assert message.events[1:] == events[1:]
    assert message.events[0].ts == events[0].ts


async def test_a_setup_comes_through_whole(stage: Stage) -> None:
    setup = stage.setup("class One(Strategy): ...", parameters={"a": 1, "b": "text", "c": None})
    (body,) = Frames().feed(wire.frame(wire.Start(setup)))
    assert msgspec.msgpack.decode(body, type=wire.Downward) == wire.Start(setup)
    assert setup.capital == Decimal(10_000)


@given(st.lists(st.binary(max_size=50), max_size=20), st.integers(1, 30))
def test_bodies_are_cut_out_of_any_pieces(bodies: list[bytes], piece: int) -> None:
    stream = b"".join(len(body).to_bytes(4, "big") + body for body in bodies)
    frames = Frames()
    cut = [body for at in range(0, len(stream), piece) for body in frames.feed(stream[at : at + piece])]
    assert cut == bodies


def test_a_message_that_is_too_long_is_refused() -> None:
    with pytest.raises(ValueError, match="at most 10 bytes"):
        Frames(10).feed((11).to_bytes(4, "big"))


def test_a_channel_waits_for_what_comes_and_notices_the_end() -> None:
    ours, theirs = socket.socketpair()
    channel = Channel(theirs)
    assert channel.receive() == []
    assert channel.receive(0.001) == []
    ours.sendall(wire.frame(wire.Ping(1)) + wire.frame(wire.Stop()))
    assert channel.receive(None) == [wire.Ping(1), wire.Stop()]
    ours.close()
    with pytest.raises(EOFError):
        channel.receive(None)
    channel.close()
