"""Has the sentinel of a profile stop trading, from a program without a loop."""

import socket
import time
from pathlib import Path
from typing import Final

import msgspec

from ares_desktop.domain.risk import KillMode
from ares_desktop.domain.sentinel import SentinelAct
from ares_desktop.engine.adapters.sentinel import launch, wire
from ares_desktop.engine.ports.guardian import SentinelError
from ares_desktop.paths import Profile

_ANSWER_WITHIN_S: Final = 3.0
_DONE_WITHIN_S: Final = 60.0
_CHUNK: Final = 1 << 16


def kill(
    profile: Profile,
    *,
    reason: str,
    source: str,
    scope: str,
    mode: KillMode | None,
    done_within_s: float = _DONE_WITHIN_S,
) -> SentinelAct:
    """Return the finished act; where no sentinel runs one is started for it.

    Raises:
        SentinelError: when there is no sentinel, or it did not come to an end in time.
    """
    path = profile.socket(launch.SOCKET)
    if not launch.is_running(path):
        launch.start(profile)
    request = wire.line(wire.Kill(number=1, reason=reason, source=source, scope=scope, mode=mode))
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(_ANSWER_WITHIN_S)
        try:
            connection.connect(str(path))
            connection.sendall(request)
            return _outcome(connection, path, time.monotonic() + done_within_s)
        except (OSError, msgspec.MsgspecError) as error:
            msg = f"the sentinel on {path} did not report the end of its act: {error}"
            raise SentinelError(msg) from error


def _outcome(connection: socket.socket, path: Path, deadline: float) -> SentinelAct:
    buffer = bytearray()
    while True:
        while (end := buffer.find(b"\n")) < 0:
            chunk = connection.recv(_CHUNK)
            if not chunk:
                msg = f"the sentinel on {path} ended amid its act; it goes on where it was when it is started again"
                raise SentinelError(msg)
            buffer += chunk
        message = wire.message_decoder.decode(bytes(buffer[:end]))
        del buffer[: end + 1]
        if isinstance(message, wire.Outcome):
            return message.act
        # It has read the request: from here on it may take the time that brokers take.
        connection.settimeout(max(0.1, deadline - time.monotonic()))
