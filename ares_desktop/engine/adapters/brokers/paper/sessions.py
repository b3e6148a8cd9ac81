"""The sessions of the paper broker's process: sockets, frames, and who holds which client id."""

import asyncio
import logging
import select
import socket
from collections.abc import Callable
from typing import cast

import msgspec

from ares_desktop.engine.adapters.brokers.paper import protocol

_log = logging.getLogger(__name__)
_LARGEST_BACKLOG = 64 * 1024 * 1024


class PaperSession(asyncio.Protocol):
    """One connection.

    Attributes:
        client: its id once it was welcomed, empty before.
        since: number of the last news that it does not get any more.
        hello: what it asked for while it waits to be welcomed.
    """

    def __init__(
        self,
        receive: Callable[["PaperSession", protocol.Request], None],
        opened: Callable[["PaperSession"], None],
        closed: Callable[["PaperSession"], None],
    ) -> None:
        self.client = ""
        self.since = 0
        self.hello: protocol.Hello | None = None
        self._receive = receive
        self._opened = opened
        self._closed = closed
        self._reader = protocol.FrameReader()
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self._transport = cast("asyncio.Transport", transport)
        self._opened(self)

    def data_received(self, data: bytes) -> None:
        """Hand complete requests over; anything that is not a request ends the connection."""
        try:
            for frame in self._reader.feed(data):
                self._receive(self, protocol.request_decoder.decode(frame))
        except (ValueError, msgspec.MsgspecError) as error:
            _log.warning("session_sent_garbage client=%s error=%s", self.client, error)
            self.end()

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell that nothing more comes from it."""
        del exc
        self._transport = None
        self._closed(self)

    @property
    def peer_is_gone(self) -> bool:
        """Whether the other end is closed, also while what it sent before still waits to be read."""
        if self._transport is None:
            return True
        connection: socket.socket | None = self._transport.get_extra_info("socket")
        if connection is None or connection.fileno() < 0:
            return True
        poll = select.poll()
        poll.register(connection.fileno(), select.POLLIN)
        return any(state & (select.POLLHUP | select.POLLERR) for _, state in poll.poll(0))

    def send(self, frame: bytes) -> None:
        """Send a frame; a session that does not read for long is ended, it will reconcile when it comes back."""
        if self._transport is None or self._transport.is_closing():
            return
        self._transport.write(frame)
        if self._transport.get_write_buffer_size() > _LARGEST_BACKLOG:
            _log.warning("session_does_not_read client=%s", self.client)
            self._transport.abort()

    def end(self) -> None:
        """Close the connection once everything was sent."""
        if self._transport is not None:
            self._transport.close()
