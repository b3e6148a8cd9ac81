"""Listens on the profile's control socket and has commands done, without ever holding the engine up."""

import asyncio
import contextlib
import os
import pwd
import socket
import struct
from collections import Counter
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec
import structlog

from ares_desktop.control.app import SOURCE, App
from ares_desktop.control.handlers import perform
from ares_desktop.control.protocol import MAX_REQUEST_BYTES, ExitCode, Failure, Receipt, Reply, Request, encode, failed
from ares_desktop.control.recorded import kind_with
from ares_desktop.domain.audit import Issuer
from ares_desktop.domain.errors import AresError, Finding, StorageError, UsageError
from ares_desktop.engine.runtime.tasks import TaskSet
from ares_desktop.paths import private_socket_folder

if TYPE_CHECKING:
    from ares_desktop.engine.managers.bundle import Managers

MAX_CLIENTS: Final = 32
IDLE_S: Final = 60.0
WRITE_WITHIN_S: Final = 5.0
_BACKLOG: Final = 16

_log = structlog.get_logger(__name__)


class ControlServer:
    """Serves the control socket of a profile to its owner alone.

    Args:
        managers: what commands act on.
        path: the profile's control socket.
        raise_window: bring the window to the front; does nothing without one.
        stop: end the application in order.
        idle_s: how long a client may stay silent between two requests.
        write_within_s: how long a client may take to read a reply.
    """

    def __init__(
        self,
        managers: "Managers",
        *,
        path: Path,
        raise_window: Callable[[], None],
        stop: Callable[[], None],
        idle_s: float = IDLE_S,
        write_within_s: float = WRITE_WITHIN_S,
    ) -> None:
        self._app = App(managers=managers, version=version("ares-desktop"), raise_window=raise_window, stop=stop)
        self._path = path
        self._idle_s = idle_s
        self._write_within_s = write_within_s
        self._tasks = TaskSet("control")
        self._server: asyncio.Server | None = None
        self._inode = 0
        self._idle: dict[asyncio.StreamWriter, int] = {}

    async def start(self) -> None:
        """Listen; a socket that a dead application left behind is replaced. The caller holds the profile's lock.

        Raises:
            StorageError: when the socket can't be made.
        """
        private_socket_folder(self._path)
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            self._path.unlink(missing_ok=True)
            listener.bind(str(self._path))
            # Nobody can connect before listen(), so the socket is never open to others.
            self._path.chmod(0o600)
            self._inode = self._path.stat().st_ino
            self._server = await asyncio.start_unix_server(
                self._accept, sock=listener, limit=MAX_REQUEST_BYTES, backlog=_BACKLOG
            )
        except OSError as error:
            listener.close()
            msg = f"the control socket {self._path} can't be made: {error.strerror}. Check the profile's folder."
            raise StorageError(msg) from error

    async def stop(self) -> None:
        """Close every connection and remove the socket; idempotent."""
        if self._server is None:
            return
        self._server.close()
        self._server = None
        await self._tasks.close(within_s=2.0)
        with contextlib.suppress(OSError):
            if self._path.stat().st_ino == self._inode:
                self._path.unlink()

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        pid, uid = _peer(writer)
        if uid != os.getuid() or (len(self._tasks) >= MAX_CLIENTS and not self._make_room()):
            _log.warning("control_client_refused", clients=len(self._tasks))
            writer.transport.abort()
            return
        self._idle[writer] = pid
        try:
            self._tasks.spawn(self._serve(reader, writer), "client")
        except RuntimeError:
            self._idle.pop(writer, None)
            writer.transport.abort()

    def _make_room(self) -> bool:
        """Drop whom a process with many silent clients has had silent longest: it keeps nobody else out."""
        if not self._idle:
            return False
        ((crowd, _),) = Counter(self._idle.values()).most_common(1)
        silent = next(writer for writer, pid in self._idle.items() if pid == crowd)
        del self._idle[silent]
        silent.transport.abort()
        return True

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while await self._serve_one(reader, writer):
                pass
        except (OSError, TimeoutError) as error:
            _log.debug("control_client_lost", error=repr(error))
        finally:
            writer.transport.abort() if writer.transport.get_write_buffer_size() else writer.close()

    async def _serve_one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        self._idle[writer] = _peer(writer)[0]
        try:
            async with asyncio.timeout(self._idle_s):
                line = await reader.readline()
            if not line:
                return False
            request = msgspec.json.decode(line, type=Request)
        except (ValueError, RecursionError, msgspec.MsgspecError) as error:
            await self._write(writer, encode(failed(_garbage(error))))
            return False
        finally:
            self._idle.pop(writer, None)
        await self._write(writer, encode(Receipt(received=request.command)))
        await self._write(writer, encode(await self._reply(request, _issuer(writer))))
        return True

    async def _reply(self, request: Request, issuer: Issuer) -> Reply:
        try:
            reply = await self._app.managers.audit.commands.carry_out(
                request.command,
                lambda: perform(self._app, request.command, request.arguments),
                issuer=issuer,
                kind=kind_with(request.command, request.arguments),
                arguments=request.arguments,
                outcome=_why_not,
            )
        except AresError as error:
            reply = failed(error)
        except Exception as error:  # noqa: BLE001 - process boundary: a fault in one command must not end the others
            _log.exception("control_command_failed", command=request.command)
            failure = Failure(kind="failed", message=f"{request.command} failed: {error!r}. The log has the details.")
            reply = Reply(exit_code=ExitCode.FAILED, failure=failure)
        _log.info("control_command_done", command=request.command, exit_code=int(reply.exit_code))
        return reply

    async def _write(self, writer: asyncio.StreamWriter, line: bytes) -> None:
        writer.write(line + b"\n")
        async with asyncio.timeout(self._write_within_s):
            await writer.drain()


def _garbage(error: Exception) -> UsageError:
    finding = Finding(
        place="control socket",
        value="",
        problem=f"expected one JSON request a line: {error}",
        remedy='Send {"command": "status"} and a line break.',
    )
    return UsageError(finding)


def _why_not(reply: Reply) -> str:
    if reply.exit_code == ExitCode.DONE:
        return ""
    return reply.failure.message if reply.failure is not None else f"ended with {int(reply.exit_code)}"


def _issuer(writer: asyncio.StreamWriter) -> Issuer:
    pid, uid = _peer(writer)
    try:
        name = pwd.getpwuid(uid).pw_name
    except KeyError:
        name = f"uid {uid}"
    return Issuer(by=name, via=SOURCE, pid=pid, uid=uid)


def _peer(writer: asyncio.StreamWriter) -> tuple[int, int]:
    """Return the process id and the user id at the other end, see SO_PEERCRED in unix(7)."""
    peer: socket.socket = writer.get_extra_info("socket")
    pid, uid, _ = struct.unpack("3i", peer.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i")))
    return int(pid), int(uid)
