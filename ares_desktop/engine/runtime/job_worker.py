"""What runs in a job worker's process: one job after the other, until the application is gone."""

import faulthandler
import os
import resource
import select
import signal
import socket
import sys
import threading
import traceback
from importlib import import_module
from pathlib import Path
from typing import Final

import msgspec

from ares_desktop.domain.errors import AresError
from ares_desktop.engine.ports.jobs import Worker
from ares_desktop.engine.runtime.job_wire import DONE, FAILED, HEADER, PROGRESS, Job, frame
from ares_desktop.engine.runtime.priority import give_way

_TEXT_MAX: Final = 16_000


def main(descriptor: int, background: bool = True) -> None:
    """Serve until the application closes its end.

    Args:
        descriptor: this process's end of the socket; the process leads a group of its own.
        background: give way to the application.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    faulthandler.enable(os.fdopen(os.dup(2), "w"))
    # What a job prints goes nowhere; the descriptor keeps what the interpreter itself says before it dies.
    sys.stdout = sys.stderr = Path(os.devnull).open("w")  # noqa: SIM115 - for the process's life
    if background:
        give_way()
    sock = socket.socket(fileno=descriptor)
    threading.Thread(target=_end_with, args=(sock,), name="application-watch", daemon=True).start()
    made: dict[str, Worker] = {}
    decoder = msgspec.msgpack.Decoder(Job)
    try:
        while True:
            _, size = HEADER.unpack(_receive(sock, HEADER.size))
            kind, body = _done(made, decoder.decode(_receive(sock, size)), sock)
            sock.sendall(frame(kind, body))
    except (EOFError, ConnectionError):
        os._exit(0)


def load_worker(entry: str) -> Worker:
    """Import and make a worker object.

    Args:
        entry: ``package.module:Class``, made without arguments.
    """
    module, _, name = entry.partition(":")
    worker: Worker = getattr(import_module(module), name)()
    return worker


def fault_text(error: BaseException) -> str:
    """Return what a person should read of a job's failure: our own errors speak for themselves."""
    if isinstance(error, AresError):
        return str(error)
    if isinstance(error, MemoryError):
        return "the worker process ran out of memory"
    what = "".join(traceback.format_exception_only(error)).strip()
    return f"{what}\n{''.join(traceback.format_exception(error))[-_TEXT_MAX:]}".rstrip()


def _done(made: dict[str, Worker], job: Job, sock: socket.socket) -> tuple[bytes, bytes]:
    try:
        worker = made.get(job.entry)
        if worker is None:
            worker = made[job.entry] = load_worker(job.entry)
        return DONE, worker.run(job.payload, lambda body: sock.sendall(frame(PROGRESS, body)))
    except BaseException as error:  # noqa: BLE001 - process boundary: whatever ends a job becomes its fault
        return FAILED, fault_text(error).encode()


def _receive(sock: socket.socket, size: int) -> bytearray:
    data = bytearray(size)
    view = memoryview(data)
    while view:
        count = sock.recv_into(view)
        if not count:
            raise EOFError("the application closed the socket")
        view = view[count:]
    return data


def _end_with(sock: socket.socket) -> None:
    """Kill this process and what it started as soon as the other end is closed, whatever the job is doing."""
    poll = select.poll()
    poll.register(sock, 0)  # a hang-up is reported unasked
    poll.poll()
    os.killpg(0, signal.SIGKILL)
