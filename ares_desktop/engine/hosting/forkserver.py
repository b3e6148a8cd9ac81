"""A small process that has the libraries loaded and forks workers from itself.

The application never forks: it has threads and Qt. The server imports what every strategy needs once, so that a worker
starts in milliseconds and shares those pages. It talks over one socket: commands come in, with the worker's end of the
wire as passed descriptor; process ids and exits go out. When the socket closes the application is dead, and every
worker is killed.
"""

import gc
import os
import selectors
import signal
import socket
import struct
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Final

COMMAND: Final = struct.Struct("!cqq")
"""Kind and two numbers. In: ``F`` request 0, ``K`` pid signal. Out: ``P`` request pid, ``X`` pid status."""

_END_S: Final = 2.0
_LOOK_S: Final = 0.01


def main(descriptor: int) -> None:
    """Serve until the application is gone.

    Args:
        descriptor: this end of the socket to the application.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    wake_in, wake_out = socket.socketpair()
    wake_in.settimeout(0)
    wake_out.settimeout(0)
    signal.set_wakeup_fd(wake_out.fileno(), warn_on_full_buffer=False)
    import ares_desktop.engine.hosting.worker  # noqa: F401, PLC0415 - preloaded here, shared by every worker
    from ares_desktop.engine.hosting.hygiene import adopt_orphans  # noqa: PLC0415 - loads what only workers need

    adopt_orphans()
    gc.collect()
    gc.freeze()
    with socket.socket(fileno=descriptor) as control, wake_in, wake_out:
        _Server(control, wake_in, wake_out).serve()
        # Killed workers end while these close.
        signal.set_wakeup_fd(-1)


class _Server:
    def __init__(self, control: socket.socket, wake_in: socket.socket, wake_out: socket.socket) -> None:
        self._control = control
        self._wakes = (wake_in, wake_out)
        self._children: set[int] = set()

    def serve(self) -> None:
        selector = selectors.DefaultSelector()
        selector.register(self._control, selectors.EVENT_READ)
        selector.register(self._wakes[0], selectors.EVENT_READ)
        with selector:
            while True:
                ready = {key.fileobj for key, _ in selector.select()}
                if self._wakes[0] in ready:
                    self._reap()
                if self._control in ready and not self._obey(selector):
                    break
        for pid in self._children:
            _kill(pid, signal.SIGKILL)
        self._end_all()

    def _end_all(self) -> None:
        """Wait for what was killed, and kill what that leaves behind, for a moment."""
        end = time.monotonic() + _END_S
        while time.monotonic() < end:
            try:
                pid, _ = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                time.sleep(_LOOK_S)
            self._children.discard(pid)
            self._end_strays()

    def _obey(self, selector: selectors.BaseSelector) -> bool:
        try:
            data, passed, _, _ = socket.recv_fds(self._control, COMMAND.size, 1)
        except ConnectionError:
            return False
        if len(data) < COMMAND.size:
            return False
        kind, first, second = COMMAND.unpack(data)
        if kind == b"F":
            self._fork(first, passed[0], selector)
        elif kind == b"K" and first in self._children:
            _kill(first, second)
        return True

    def _fork(self, request: int, descriptor: int, selector: selectors.BaseSelector) -> None:
        parent = os.getpid()
        pid = os.fork()
        if pid == 0:
            status = 1
            try:
                selector.close()
                self._become_worker(descriptor, parent)
                status = 0
            finally:
                os._exit(status)
        os.close(descriptor)
        self._children.add(pid)
        self._tell(b"P", request, pid)

    def _become_worker(self, descriptor: int, parent: int) -> None:
        from ares_desktop.engine.hosting.hygiene import settle_in  # noqa: PLC0415 - loaded before the fork
        from ares_desktop.engine.hosting.worker import run_worker  # noqa: PLC0415 - loaded before the fork

        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        self._control.close()
        for wake in self._wakes:
            wake.close()
        settle_in(parent)
        run_worker(socket.socket(fileno=descriptor), own_process=True)

    def _reap(self) -> None:
        with suppress(BlockingIOError):
            self._wakes[0].recv(4096)
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            if pid in self._children:
                self._children.discard(pid)
                with suppress(ProcessLookupError, PermissionError):
                    os.killpg(pid, signal.SIGKILL)  # what the worker started itself
                self._tell(b"X", pid, os.waitstatus_to_exitcode(status))
            self._end_strays()

    def _end_strays(self) -> None:
        """Kill what workers started in sessions of its own: with its parent gone it has become a child of ours."""
        for pid in children_of(os.getpid()) - self._children:
            with suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)

    def _tell(self, kind: bytes, first: int, second: int) -> None:
        with suppress(ConnectionError):
            self._control.sendall(COMMAND.pack(kind, first, second))


def children_of(parent: int) -> set[int]:
    """Return the process ids of a process's children, none where the system does not tell."""
    try:
        return {int(word) for word in Path(f"/proc/{parent}/task/{parent}/children").read_text().split()}
    except (OSError, ValueError):
        return set()


def _kill(pid: int, number: int) -> None:
    """Signal a worker and whatever it started itself: it leads a process group of its own."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, number)
    with suppress(ProcessLookupError):
        os.kill(pid, number)


if __name__ == "__main__":
    main(int(sys.argv[1]))
