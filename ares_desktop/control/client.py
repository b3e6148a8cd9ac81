"""Talks to the running application from another process, with plain blocking sockets."""

import socket
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import msgspec

from ares_desktop.control.protocol import Receipt, Reply, Request, encode
from ares_desktop.domain.errors import AresError

CONNECT_WITHIN_S: Final = 1.0
ANSWER_WITHIN_S: Final = 3.0
DONE_WITHIN_S: Final = 120.0
_CHUNK: Final = 1 << 16
_RETRY_S: Final = 0.005


class NoAppError(AresError):
    """No application answers on the profile."""


class ControlClient:
    """One connection to the application of a profile.

    Args:
        path: the profile's control socket.
        answer_within_s: how long the application may take to show that it is alive.
        done_within_s: how long a command may take.
    """

    def __init__(
        self, path: Path, *, answer_within_s: float = ANSWER_WITHIN_S, done_within_s: float = DONE_WITHIN_S
    ) -> None:
        self._path = path
        self._answer_within_s = answer_within_s
        self._done_within_s = done_within_s
        self._socket: socket.socket | None = None
        self._buffer = bytearray()

    def connect(self) -> None:
        """Open the connection.

        Raises:
            NoAppError: when nothing listens.
        """
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        connection.settimeout(CONNECT_WITHIN_S)
        try:
            _connect(connection, str(self._path))
        except OSError as error:
            connection.close()
            msg = f"no application runs on the profile (nothing listens on {self._path})"
            raise NoAppError(msg) from error
        self._socket = connection

    def request(self, command: str, arguments: Mapping[str, Any] | None = None) -> Reply:
        """Have a command done and return how it ended.

        Raises:
            NoAppError: when the application does not answer.
            AresError: when it took the command on but did not finish it in time.
        """
        if self._socket is None:
            self.connect()
        try:
            self._send(encode(Request(command=command, arguments=dict(arguments or {}))) + b"\n")
            msgspec.json.decode(self._line(self._answer_within_s), type=Receipt)
        except (OSError, msgspec.MsgspecError) as error:
            self.close()
            msg = f"the application on {self._path} does not answer"
            raise NoAppError(msg) from error
        try:
            return msgspec.json.decode(self._line(self._done_within_s), type=Reply)
        except (OSError, msgspec.MsgspecError) as error:
            self.close()
            msg = f"the application took {command} on but did not report its end: {error}"
            raise AresError(msg) from error

    def close(self) -> None:
        """Close the connection; idempotent."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def __enter__(self) -> Self:
        self.connect()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _send(self, line: bytes) -> None:
        assert self._socket is not None  # noqa: S101 - request() connects
        self._socket.settimeout(self._answer_within_s)
        self._socket.sendall(line)

    def _line(self, within_s: float) -> bytes:
        assert self._socket is not None  # noqa: S101 - request() connects
        self._socket.settimeout(within_s)
        while (end := self._buffer.find(b"\n")) < 0:
            chunk = self._socket.recv(_CHUNK)
            if not chunk:
                msg = "it closed the connection"
                raise ConnectionError(msg)
            self._buffer += chunk
        line = bytes(self._buffer[:end])
        del self._buffer[: end + 1]
        return line


def _connect(connection: socket.socket, path: str) -> None:
    """Connect; where many others are in line before, the system says so at once instead of waiting."""
    end = time.monotonic() + CONNECT_WITHIN_S
    while True:
        try:
            connection.connect(path)
        except BlockingIOError:
            if time.monotonic() > end:
                raise
            time.sleep(_RETRY_S)
        else:
            return
