"""Ends paper brokers' processes, kindly or not."""

import os
import signal
import time
from pathlib import Path

import psutil


def server_pid(folder: Path) -> int:
    """Return the process id of the broker of ``folder``."""
    return int((folder / "server.pid").read_text())


def end_server(folder: Path, number: signal.Signals = signal.SIGTERM) -> None:
    """Signal the broker of ``folder`` and wait until it is gone; none is fine."""
    try:
        pid = server_pid(folder)
        os.kill(pid, number)
    except (FileNotFoundError, ProcessLookupError):
        return
    wait_until_gone(pid)


def wait_until_gone(pid: int) -> None:
    """Return once a process has ended."""
    deadline = time.monotonic() + 10
    while _runs(pid):
        assert time.monotonic() < deadline, f"paper broker {pid} does not end"
        time.sleep(0.005)


def _runs(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
