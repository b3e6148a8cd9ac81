"""The application's side of one job worker process."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import IO, Final

import msgspec

from ares_desktop.engine.runtime.job_wire import HEADER, JOB, PROGRESS, Job, frame

_ONE_THREAD: Final = {f"{library}_NUM_THREADS": "1" for library in ("OPENBLAS", "OMP", "MKL", "NUMEXPR")}
"""There is a worker for each core already."""
_LOOK_S: Final = 1.0
"""A worker's end closes its socket, unless something that it started holds it open."""
_REAP_S: Final = 0.005
_LAST_WORDS: Final = 2000


class JobProcess:
    """A worker process in a group of its own: a fresh interpreter, since the application must not fork."""

    def __init__(
        self,
        process: "subprocess.Popen[bytes]",
        last_words: IO[bytes],
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        self._process = process
        self._last_words = last_words
        self._reader = reader
        self._writer = writer
        self._how = ""

    @classmethod
    async def start(cls, *, background: bool = True) -> "JobProcess":
        """Start a worker, in the background of the application or beside it; it takes its first job when it has loaded.

        Raises:
            OSError: when no process can be made.
        """
        ours, theirs = socket.socketpair()
        with theirs:
            # Nothing may be awaited once there is a process: a cancellation would lose it.
            reader, writer = await asyncio.open_unix_connection(sock=ours)
            last_words = tempfile.TemporaryFile()  # noqa: SIM115 - closed when the process is reaped
            try:
                return cls(_interpreter(theirs.fileno(), last_words, background=background), last_words, reader, writer)
            except OSError:
                last_words.close()
                writer.close()
                raise

    @property
    def pid(self) -> int:
        """Process id, also of its group."""
        return self._process.pid

    async def work(self, job: Job, tell: Callable[[bytes], Awaitable[None]]) -> tuple[bytes, bytes]:
        """Have a job done and return the kind and body of its last message.

        Raises:
            EOFError: when the process ended; :meth:`reap` then tells how.
        """
        try:
            self._writer.write(frame(JOB, msgspec.msgpack.encode(job)))
            await self._writer.drain()
            while True:
                kind, size = HEADER.unpack(await self._receive(HEADER.size))
                body = await self._receive(size)
                if kind != PROGRESS:
                    return kind, body
                await tell(body)
        except (asyncio.IncompleteReadError, ConnectionError) as error:
            raise EOFError("the worker process ended") from error

    def kill(self) -> None:
        """Kill it with everything that it started; one that was reaped is not touched."""
        if self._process.returncode is None:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self.pid, signal.SIGKILL)

    async def reap(self, *, within_s: float = 0.0) -> str:
        """End it with what it started and return how it ended; may be called again.

        Args:
            within_s: how long it may take to end by itself.
        """
        self._writer.close()
        clock = asyncio.get_running_loop().time
        deadline = clock() + within_s
        # Polled, since a child watcher needs SIGCHLD, which Qt's loop misses while it is idle.
        while not self.ended():
            if clock() >= deadline:
                self.kill()
            await asyncio.sleep(_REAP_S)
        if self._process.returncode is None:
            # While the dead process is not waited for, its group's number can't be another's.
            self.kill()
            self._how = self._told(self._process.wait())
            self._last_words.close()
        return self._how

    def ended(self) -> bool:
        """Whether it has ended; its exit code is left for :meth:`reap`."""
        if self._process.returncode is not None:
            return True
        try:
            return os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None
        except ChildProcessError:  # where SIGCHLD is ignored the system forgets it at once
            return True

    def _told(self, code: int) -> str:
        self._last_words.seek(0)
        words = self._last_words.read()[-_LAST_WORDS:].decode(errors="replace").strip()
        ended = f"with exit code {code}" if code >= 0 else f"by {signal.Signals(-code).name}"
        hint = "; the system kills a process so when memory runs out" if code == -signal.SIGKILL else ""
        return f"the worker process ended {ended}{hint}" + (f"\n{words}" if words else "")

    async def _receive(self, size: int) -> bytes:
        while True:
            try:
                async with asyncio.timeout(_LOOK_S):
                    return await self._reader.readexactly(size)
            except TimeoutError:
                if self.ended():
                    raise EOFError("the worker process ended") from None


def _interpreter(descriptor: int, last_words: IO[bytes], *, background: bool) -> "subprocess.Popen[bytes]":
    code = (
        f"import sys; sys.path[:] = {sys.path!r}; "
        f"from ares_desktop.engine.runtime.job_worker import main; main({descriptor}, {background})"
    )
    return subprocess.Popen(  # noqa: S603 - our own module in our own interpreter
        [sys.executable, "-c", code],
        pass_fds=[descriptor],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=last_words,
        env={**os.environ, **_ONE_THREAD},
        start_new_session=True,
    )
