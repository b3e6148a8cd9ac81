"""The client's end of the socket: frames, numbered requests, and market data that never piles up."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any, cast

import msgspec
import structlog

from ares_desktop.domain.errors import BrokerError, BrokerTimeoutError
from ares_desktop.domain.ids import InstrumentId
from ares_desktop.domain.market import MarketEvent, Quote
from ares_desktop.engine.adapters.brokers.paper import protocol

_log = structlog.get_logger(__name__)


class Wire(asyncio.Protocol):
    """One connection to the broker's process.

    Args:
        on_news: called with every :class:`protocol.News`, in order.
        on_lost: called once when the connection ends.

    Attributes:
        welcome: the answer to the greeting.
        closed: set once the connection has ended.
    """

    def __init__(self, on_news: Callable[[protocol.News], None], on_lost: Callable[["Wire"], None]) -> None:
        self.welcome: asyncio.Future[protocol.Welcome | protocol.Refused] = asyncio.get_running_loop().create_future()
        self.closed = asyncio.Event()
        self._on_news = on_news
        self._on_lost = on_lost
        self._reader = protocol.FrameReader()
        self._transport: asyncio.Transport | None = None
        self._requests: dict[int, asyncio.Future[protocol.Reply]] = {}
        self._number = 0
        self._full = False
        self._held: list[MarketEvent] = []
        self._held_quotes: dict[InstrumentId, Quote] = {}

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """Deliver news and answers in the order in which they were sent."""
        try:
            frames = self._reader.feed(data)
            messages = [protocol.message_decoder.decode(frame) for frame in frames]
        except (ValueError, msgspec.MsgspecError) as error:
            _log.error("paper_broker_sent_garbage", error=str(error))
            self.abort()
            return
        for message in messages:
            self._deliver(message)

    def _deliver(self, message: protocol.Message) -> None:
        if isinstance(message, protocol.News):
            self._on_news(message)
        elif isinstance(message, protocol.Welcome | protocol.Refused):
            if not self.welcome.done():
                self.welcome.set_result(message)
        else:
            waiting = self._requests.pop(message.request, None)
            if waiting is not None and not waiting.done():
                waiting.set_result(message)

    def connection_lost(self, exc: Exception | None) -> None:
        """Let everybody who waits know that no answer comes."""
        del exc
        self._transport = None
        waiting: list[asyncio.Future[Any]] = [self.welcome, *self._requests.values()]
        self._requests = {}
        for future in waiting:
            if not future.done():
                future.set_exception(BrokerTimeoutError("the paper broker's connection was lost before it answered"))
                # Whoever asked may be gone already; the loop shall not complain about it.
                future.exception()
        self.closed.set()
        self._on_lost(self)

    def pause_writing(self) -> None:
        """Hold market data back while the socket is full."""
        self._full = True

    def resume_writing(self) -> None:
        """Send what was held back: every bar and print, and the newest quote of each instrument."""
        self._full = False
        self.flush()

    def flush(self) -> None:
        """Send market data that was held back."""
        held, self._held = [*self._held, *self._held_quotes.values()], []
        self._held_quotes = {}
        if held:
            held.sort(key=lambda event: event.ts)
            self._write(protocol.Market(0, tuple(held)))

    @property
    def is_open(self) -> bool:
        """Whether messages can be sent."""
        return self._transport is not None and not self._transport.is_closing()

    def greet(self, client: str) -> None:
        """Ask for a session."""
        self._write(protocol.Hello(client))

    def push(self, events: Sequence[MarketEvent]) -> None:
        """Send market data without waiting; while the socket is full only the newest quotes are kept."""
        if not self._full:
            self._write(protocol.Market(0, tuple(events)))
            return
        for event in events:
            if isinstance(event, Quote):
                self._held_quotes[event.instrument] = event
            else:
                self._held.append(event)

    async def ask(self, make: Callable[[int], protocol.Request], within_s: float) -> protocol.Reply:
        """Send the request that ``make`` builds from its number, and return the answer.

        Raises:
            BrokerTimeoutError: when no answer comes: whether it was carried out is unknown.
            BrokerError: when the broker could not carry it out, or it could not be sent.
        """
        self._number += 1
        number = self._number
        answer = asyncio.get_running_loop().create_future()
        self._requests[number] = answer
        try:
            self._write(make(number))
            async with asyncio.timeout(within_s):
                reply: protocol.Reply = await answer
        except TimeoutError:
            msg = f"the paper broker did not answer within {within_s:g} s"
            raise BrokerTimeoutError(msg) from None
        finally:
            self._requests.pop(number, None)
        if isinstance(reply, protocol.Failed):
            raise BrokerError(reply.reason)
        return reply

    def _write(self, message: protocol.Request) -> None:
        if self._transport is None or self._transport.is_closing():
            raise BrokerError("the paper broker is not connected")
        self._transport.write(protocol.frame(message))

    def close(self) -> None:
        """Close once everything was sent."""
        if self._transport is not None:
            self._transport.close()

    def abort(self) -> None:
        """Close at once."""
        if self._transport is not None:
            self._transport.abort()
