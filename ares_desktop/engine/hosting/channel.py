"""The worker's end of the wire."""

import select
import socket
from typing import Final

import msgspec

from ares_desktop.engine.hosting.frames import Frames
from ares_desktop.engine.hosting.wire import Downward, Upward, frame

_CHUNK: Final = 1 << 18


class Channel:
    """Sends and receives messages; waits for the socket where it has to.

    A worker that sends faster than the engine reads waits here: that is the back-pressure on a flood.
    """

    def __init__(self, sock: socket.socket) -> None:
        sock.settimeout(0)
        self._socket = sock
        self._frames = Frames()
        self._decoder: msgspec.msgpack.Decoder[Downward] = msgspec.msgpack.Decoder(Downward)

    def fileno(self) -> int:
        """Return the descriptor, for a loop's reader."""
        return self._socket.fileno()

    def send(self, message: Upward) -> None:
        """Send a message, waiting while the engine doesn't read.

        Raises:
            ConnectionError: when the engine is gone.
        """
        rest = memoryview(frame(message))
        while rest:
            try:
                rest = rest[self._socket.send(rest) :]
            except BlockingIOError:
                self._wait(select.POLLOUT, None)

    def receive(self, timeout_s: float | None = 0.0) -> list[Downward]:
        """Return the messages that are there; wait for the first bytes up to ``timeout_s``, None for ever.

        Raises:
            EOFError: when the engine closed its end.
        """
        if timeout_s != 0.0 and not self._wait(select.POLLIN, timeout_s):
            return []
        try:
            data = self._socket.recv(_CHUNK)
        except BlockingIOError:
            return []
        except ConnectionError:
            data = b""
        if not data:
            raise EOFError("the engine closed the wire")
        return [self._decoder.decode(body) for body in self._frames.feed(data)]

    def close(self) -> None:
        """Close this end; idempotent."""
        self._socket.close()

    def _wait(self, event: int, timeout_s: float | None) -> bool:
        poll = select.poll()
        poll.register(self._socket, event)
        return bool(poll.poll(None if timeout_s is None else timeout_s * 1000))
