"""Keeps a worker process from hurting the machine, and from outliving the application."""

import ctypes
import os
import random
import resource
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from ares_desktop.engine.runtime.priority import give_way

_PR_SET_PDEATHSIG: Final = 1
_PR_SET_CHILD_SUBREAPER: Final = 36
_WATCH_S: Final = 0.5


def settle_in(parent: int) -> None:
    """Make a freshly forked process a modest one that dies with its parent.

    Args:
        parent: process id of the fork server.
    """
    os.setsid()
    _die_with(parent)
    give_way()
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nowhere, descriptor)
    os.close(nowhere)
    random.seed()
    numpy_random = sys.modules.get("numpy.random")
    if numpy_random is not None:
        numpy_random.seed()


def _die_with(parent: int) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    else:
        threading.Thread(target=_watch, args=(parent,), name="parent-watch", daemon=True).start()
    if os.getppid() != parent:
        os._exit(1)


def adopt_orphans() -> None:
    """Have what descends from this process become its child when its own parent ends, instead of the system's."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(_WATCH_S)
    os._exit(1)


@contextmanager
def memory_limit(megabytes: int) -> Iterator[None]:
    """Let this process allocate so much more than it has; beyond it Python raises MemoryError.

    The bound is on address space, the only one that the kernel enforces at the allocation itself.
    """
    statm = Path("/proc/self/statm")
    used = int(statm.read_text().split()[0]) * resource.getpagesize() if statm.exists() else 0
    if used:
        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        resource.setrlimit(resource.RLIMIT_AS, (used + (megabytes << 20), hard))
    yield
    lift_memory_limit()


def lift_memory_limit() -> None:
    """Give a worker that hit its limit the room to tell so."""
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (hard, hard))
