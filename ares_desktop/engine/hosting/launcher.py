"""The application's side of the fork server."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
from contextlib import suppress
from typing import Final

import structlog

from ares_desktop.domain.errors import StrategyError
from ares_desktop.engine.hosting.forkserver import COMMAND

_log = structlog.get_logger(__name__)
_WAKE_S: Final = 1.0
_ONE_THREAD: Final = {f"{library}_NUM_THREADS": "1" for library in ("OPENBLAS", "OMP", "MKL", "NUMEXPR")}
"""A library that starts threads while it is loaded must not be forked from."""


class ProcessVessel:
    """A worker process made by the fork server."""

    def __init__(self, launcher: "Launcher", pid: int) -> None:
        self._launcher = launcher
        self._pid = pid
        self._exit: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    @property
    def pid(self) -> int:
        """Process id."""
        return self._pid

    def end(self, number: signal.Signals) -> None:
        """Signal it and what it started."""
        self._launcher.kill(self._pid, number)

    def exited(self, code: int) -> None:
        """Take over its exit code; a negative one is the signal that ended it."""
        if not self._exit.done():
            self._exit.set_result(code)

    async def ended(self) -> str:
        """Wait for its end and return how it ended, empty when it was in order."""
        code = await asyncio.shield(self._exit)
        if code == 0:
            return ""
        if code > 0:
            return f"the worker process ended with exit code {code}"
        return f"the worker process was ended by {signal.Signals(-code).name}"


class Launcher:
    """Starts and ends worker processes; makes a new fork server when the old one is gone."""

    def __init__(self) -> None:
        self._server: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None
        self._pending: dict[int, asyncio.Future[ProcessVessel]] = {}
        self._vessels: dict[int, ProcessVessel] = {}
        self._requests = 0
        self._data = bytearray()

    def prepare(self) -> None:
        """Start the fork server, so that it imports while the application goes on; idempotent."""
        if self._control is not None:
            return
        ours, theirs = socket.socketpair()
        ours.settimeout(0)
        code = (
            f"import sys; sys.path[:] = {sys.path!r}; "
            f"from ares_desktop.engine.hosting.forkserver import main; main({theirs.fileno()})"
        )
        with theirs:
            self._server = subprocess.Popen(  # noqa: S603 - our own module in our own interpreter
                [sys.executable, "-c", code],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                env={**os.environ, **_ONE_THREAD},
                start_new_session=True,
            )
        self._control = ours
        asyncio.get_running_loop().add_reader(ours.fileno(), self._readable)

    async def launch(self, wire: socket.socket) -> ProcessVessel:
        """Start a worker with its end of the wire, which is closed here.

        Raises:
            StrategyError: when no process could be made.
        """
        with wire:
            self.prepare()
            self._requests += 1
            number = self._requests
            future = self._pending[number] = asyncio.get_running_loop().create_future()
            control = self._control
            try:
                if control is None:
                    raise ConnectionError("the fork server is gone")
                socket.send_fds(control, [COMMAND.pack(b"F", number, 0)], [wire.fileno()])
            except OSError as error:
                self._pending.pop(number, None)
                msg = f"no worker process could be started: {error}"
                raise StrategyError(msg) from error
        return await self._answered(future)

    async def _answered(self, future: "asyncio.Future[ProcessVessel]") -> ProcessVessel:
        """Wait for a process, and wake the server meanwhile: a strategy may have stopped what it descends from."""
        while True:
            self._wake()
            done, _ = await asyncio.wait([future], timeout=_WAKE_S)
            if done:
                return future.result()

    def _wake(self) -> None:
        """Let the server go on if somebody stopped it with a signal."""
        if self._server is not None:
            self._server.send_signal(signal.SIGCONT)

    def kill(self, pid: int, number: signal.Signals = signal.SIGKILL) -> None:
        """Signal a worker and what it started; one that ended already is not touched."""
        if self._control is not None:
            with suppress(OSError):
                self._control.send(COMMAND.pack(b"K", pid, number))
                self._wake()

    async def close(self) -> None:
        """End the fork server, which kills what still runs; idempotent."""
        server = self._server
        self._disconnect()
        if server is not None:
            await asyncio.to_thread(_end, server)

    def _readable(self) -> None:
        control = self._control
        if control is None:
            return
        try:
            data = control.recv(4096)
        except BlockingIOError:
            return
        except ConnectionError:
            data = b""
        if not data:
            _log.error("fork_server_ended")
            server = self._server
            self._disconnect()
            if server is not None:
                server.kill()
                server.wait()
            return
        self._data += data
        while len(self._data) >= COMMAND.size:
            kind, first, second = COMMAND.unpack_from(self._data)
            del self._data[: COMMAND.size]
            self._heard(kind, first, second)

    def _heard(self, kind: bytes, first: int, second: int) -> None:
        if kind == b"X":
            self._vessels.pop(first).exited(second)
            return
        vessel = self._vessels[second] = ProcessVessel(self, second)
        future = self._pending.pop(first, None)
        if future is None or future.done():
            vessel.end(signal.SIGKILL)
        else:
            future.set_result(vessel)

    def _disconnect(self) -> None:
        control, self._control, self._server = self._control, None, None
        if control is None:
            return
        asyncio.get_running_loop().remove_reader(control.fileno())
        control.close()
        self._data.clear()
        vessels, self._vessels = self._vessels, {}
        for vessel in vessels.values():
            vessel.exited(-signal.SIGKILL)
        pending, self._pending = self._pending, {}
        for future in pending.values():
            if not future.done():
                future.set_exception(StrategyError("the fork server ended before the worker started"))


def _end(server: "subprocess.Popen[bytes]") -> None:
    try:
        server.wait(timeout=3.0)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()
