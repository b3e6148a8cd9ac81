"""What waits to be sent to one worker: never blocks, never grows without bound."""

import asyncio
import socket
from collections import deque
from collections.abc import Sequence
from typing import Final

from ares_desktop.domain.ids import InstrumentId
from ares_desktop.domain.market import MarketEvent, Quote
from ares_desktop.engine.hosting.wire import market_frame

_MARKET_MAX: Final = 20_000
_CHUNK: Final = 2048
_TOLD_MAX: Final = 1000
_TOLD_BYTES_MAX: Final = 1 << 22


class Outbox:
    """Writes frames to a worker's socket.

    While the worker doesn't read, quotes are conflated to the newest of each instrument, bars, prints and messages of
    other strategies wait up to a bound and then lose the oldest, and everything about orders is kept.

    Attributes:
        dropped: bars, prints and messages that were lost.
    """

    def __init__(self, sock: socket.socket) -> None:
        self.dropped = 0
        self._socket = sock
        self._rest = memoryview(b"")
        self._lossless: deque[bytes] = deque()
        self._told: deque[bytes] = deque()
        self._told_bytes = 0
        self._market: deque[bytes] = deque()
        self._quotes: dict[InstrumentId, bytes] = {}
        self._barrier = b""
        self._closed = False

    @property
    def waiting(self) -> bool:
        """Whether the worker has yet to read something."""
        return bool(self._rest)

    def send(self, frame: bytes) -> None:
        """Send a message that must not be lost."""
        if self._rest:
            self._lossless.append(frame)
        else:
            self._write(frame)

    def send_market(self, frame: bytes, events: Sequence[MarketEvent], bodies: Sequence[bytes]) -> None:
        """Send market data: the frame, or what may be kept of its encoded events."""
        if not self._rest:
            self._write(frame)
            return
        for event, body in zip(events, bodies, strict=True):
            if isinstance(event, Quote):
                self._quotes[event.instrument] = body
            else:
                self._market.append(body)
        while len(self._market) > _MARKET_MAX:
            self._market.popleft()
            self.dropped += 1

    def send_told(self, frame: bytes) -> None:
        """Send what another strategy published; while the worker doesn't read, only the newest are kept."""
        if not self._rest:
            self._write(frame)
            return
        self._told.append(frame)
        self._told_bytes += len(frame)
        while len(self._told) > _TOLD_MAX or self._told_bytes > _TOLD_BYTES_MAX:
            self._told_bytes -= len(self._told.popleft())
            self.dropped += 1

    def send_last(self, frame: bytes) -> None:
        """Send a message behind everything else; a later one takes its place."""
        if self._rest:
            self._barrier = frame
        else:
            self._write(frame)

    def close(self) -> None:
        """Stop writing; idempotent."""
        if not self._closed and self._rest:
            asyncio.get_running_loop().remove_writer(self._socket.fileno())
        self._closed = True

    def _write(self, frame: bytes) -> None:
        if self._closed:
            return
        rest = self._try(memoryview(frame))
        if rest:
            self._rest = rest
            asyncio.get_running_loop().add_writer(self._socket.fileno(), self._writable)

    def _try(self, data: memoryview) -> memoryview:
        try:
            return data[self._socket.send(data) :]
        except BlockingIOError:
            return data
        except OSError:
            return data[len(data) :]  # the reader notices the end of the worker

    def _writable(self) -> None:
        self._rest = self._try(self._rest)
        while not self._rest:
            frame = self._next()
            if frame is None:
                asyncio.get_running_loop().remove_writer(self._socket.fileno())
                return
            self._rest = self._try(memoryview(frame))

    def _next(self) -> bytes | None:
        if self._lossless:
            return self._lossless.popleft()
        if self._told:
            frame = self._told.popleft()
            self._told_bytes -= len(frame)
            return frame
        if self._market or self._quotes:
            bodies = [self._market.popleft() for _ in range(min(_CHUNK, len(self._market)))]
            if not self._market:
                bodies += self._quotes.values()
                self._quotes.clear()
            return market_frame(bodies)
        barrier, self._barrier = self._barrier, b""
        return barrier or None
