"""The sentinel's socket, which its owner alone may open."""

import asyncio
import contextlib
import logging
import os
import socket
import struct
from pathlib import Path
from typing import Final

import msgspec

from ares_desktop.engine.adapters.sentinel import wire
from ares_desktop.engine.runtime.tasks import TaskSet
from ares_desktop.sentinel.guard import Guard

_log = logging.getLogger(__name__)
_BACKLOG: Final = 16
_CREDENTIALS: Final = struct.Struct("3i")


class SentinelServer:
    """Takes connections, hands their requests to the guard and sends its answers."""

    def __init__(self, guard: Guard, path: Path) -> None:
        self._guard = guard
        self._path = path
        self._tasks = TaskSet("sentinel server")
        self._server: asyncio.Server | None = None
        self._inode = 0
        self._applications: set[asyncio.StreamWriter] = set()
        guard.announce = self._announce

    async def start(self) -> None:
        """Listen; the caller holds the lock, so a socket that is there is a dead one's."""
        self._path.unlink(missing_ok=True)
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            listener.bind(str(self._path))
            # Nobody can connect before listen(), so the socket is never open to others.
            self._path.chmod(0o600)
            self._inode = self._path.stat().st_ino
            self._server = await asyncio.start_unix_server(
                self._accept, sock=listener, limit=wire.MAX_LINE, backlog=_BACKLOG
            )
        except OSError:
            listener.close()
            raise

    async def stop(self) -> None:
        """Close every connection and remove the socket."""
        if self._server is not None:
            self._server.close()
        await self._tasks.close(within_s=1.0)
        with contextlib.suppress(OSError):
            if self._path.stat().st_ino == self._inode:
                self._path.unlink()

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if _peer_uid(writer) != os.getuid():
            writer.transport.abort()
            return
        self._tasks.spawn(self._serve(reader, writer), "client")

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while received := await reader.readline():
                await self._carry_out(wire.request_decoder.decode(received), writer)
        except (OSError, ValueError, msgspec.MsgspecError) as error:
            _log.warning("client_lost error=%r", error)
        finally:
            if writer in self._applications:
                self._applications.discard(writer)
                self._guard.gone()
            writer.close()

    async def _carry_out(self, request: wire.Request, writer: asyncio.StreamWriter) -> None:
        guard = self._guard
        match request:
            case wire.Hello():
                self._applications.add(writer)
                guard.greet(request)
            case wire.Beat():
                guard.beat()
            case wire.Goodbye():
                self._applications.discard(writer)
                guard.farewell()
            case wire.TakeOver(act=act):
                await guard.take_over(act)
            case wire.Kill():
                self._send(writer, wire.Answer(number=request.number, status=guard.status()))
                self._tasks.spawn(self._kill(request, writer), "kill")
                return
            case wire.Ask():
                pass
        self._send(writer, wire.Answer(number=request.number, status=guard.status()))

    async def _kill(self, request: wire.Kill, writer: asyncio.StreamWriter) -> None:
        act = await self._guard.kill(request)
        self._send(writer, wire.Outcome(number=request.number, act=act))

    def _announce(self) -> None:
        answer = wire.Answer(number=0, status=self._guard.status())
        for writer in self._applications:
            self._send(writer, answer)

    @staticmethod
    def _send(writer: asyncio.StreamWriter, message: wire.Message) -> None:
        if not writer.transport.is_closing():
            writer.write(wire.line(message))


def _peer_uid(writer: asyncio.StreamWriter) -> int:
    """Return the user id at the other end, see SO_PEERCRED in unix(7)."""
    peer: socket.socket = writer.get_extra_info("socket")
    _, uid, _ = _CREDENTIALS.unpack(peer.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size))
    return int(uid)
