"""A worker that does not read costs a bounded amount of memory."""

import asyncio
import socket
from collections.abc import AsyncIterator

import msgspec
import pytest_asyncio

from ares_desktop.domain.market import Quote
from ares_desktop.engine.hosting import wire
from ares_desktop.engine.hosting.frames import Frames
from ares_desktop.engine.hosting.outbox import Outbox
from tests.engine.hosting.stage import ACME, START, a_bar


@pytest_asyncio.fixture(loop_scope="session")
async def pair() -> AsyncIterator[tuple[Outbox, socket.socket]]:
    ours, theirs = socket.socketpair()
    ours.settimeout(0)
    theirs.settimeout(0)
    outbox = Outbox(ours)
    yield outbox, theirs
    outbox.close()
    ours.close()
    theirs.close()


def fill_up(outbox: Outbox) -> None:
    while not outbox.waiting:
        outbox.send(wire.frame(wire.Told("filler", bytes(10_000))))


async def everything(theirs: socket.socket, last: type) -> list[wire.Downward]:
    loop, frames, heard = asyncio.get_running_loop(), Frames(), list[wire.Downward]()
    while not heard or not isinstance(heard[-1], last):
        data = await loop.sock_recv(theirs, 1 << 16)
        heard += [msgspec.msgpack.decode(body, type=wire.Downward) for body in frames.feed(data)]
    return [message for message in heard if not isinstance(message, wire.Told)]


async def test_quotes_are_conflated_and_nothing_about_orders_is_lost(pair: tuple[Outbox, socket.socket]) -> None:
    outbox, theirs = pair
    fill_up(outbox)
    for number in range(100):
        quote = Quote(ACME, START + number, float(number), float(number))
        body = wire.encode_event(quote)
        outbox.send_market(wire.market_frame([body]), [quote], [body])
        outbox.send(wire.frame(wire.Ping(number)))
    outbox.send_last(wire.frame(wire.Settle(1, 0)))
    outbox.send_last(wire.frame(wire.Settle(2, 0)))
    heard = await everything(theirs, wire.Settle)
    assert heard[:100] == [wire.Ping(number) for number in range(100)]
    assert isinstance(heard[100], wire.Market)
    assert [event.ts for event in heard[100].events] == [START + 99]
    assert heard[101:] == [wire.Settle(2, 0)]


async def test_bars_wait_up_to_a_bound(pair: tuple[Outbox, socket.socket]) -> None:
    outbox, theirs = pair
    fill_up(outbox)
    for number in range(20_010):
        bar = a_bar(number)
        outbox.send_market(b"", [bar], [wire.encode_event(bar)])
    assert outbox.dropped == 10
    outbox.send_last(wire.frame(wire.Settle(1, 0)))
    heard = await everything(theirs, wire.Settle)
    ends = [event.ts for message in heard if isinstance(message, wire.Market) for event in message.events]
    assert ends == [a_bar(number).ts for number in range(10, 20_010)]
