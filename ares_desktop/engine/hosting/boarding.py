"""Gets a worker onto its wire: a socket pair, and the process or thread at its other end."""

import asyncio
import signal
import socket
from collections.abc import Callable
from typing import Final

import msgspec

from ares_desktop.api.setup import WorkerSetup
from ares_desktop.domain.strategies import Isolation
from ares_desktop.engine.hosting.host import Host, OnMessage
from ares_desktop.engine.hosting.launcher import Launcher
from ares_desktop.engine.hosting.patience import Patience
from ares_desktop.engine.hosting.requests import Requests
from ares_desktop.engine.hosting.status import HostEvents, SetupFactory
from ares_desktop.engine.hosting.thread_vessel import ThreadVessel
from ares_desktop.engine.runtime.tasks import TaskSet

HELLO_S: Final = 20.0
_EXIT_S: Final = 1.0
_KILL_S: Final = 3.0


class Yard(msgspec.Struct, frozen=True, kw_only=True):
    """What all slots share; the ``gate`` lets one process be made at a time, so that the loop turns between them.

    Attributes:
        setup: asked for a fresh start at each restart.
        refresh: brings a setup up to date with the books.
    """

    launcher: Launcher
    tasks: TaskSet
    events: HostEvents
    setup: SetupFactory
    refresh: Callable[[WorkerSetup], WorkerSetup]
    requests: Requests
    on_message: OnMessage
    hosts_changed: Callable[[], None]
    gate: asyncio.Semaphore
    patience: Patience


def new_host(
    setup: WorkerSetup, on_message: OnMessage, on_closed: Callable[[Host], None], patience: Patience
) -> tuple[Host, socket.socket]:
    """Return the engine's end of a new wire, and the worker's."""
    ours, theirs = socket.socketpair()
    ours.settimeout(0)
    return Host(setup, ours, on_message, on_closed, stall_after_s=patience.stall_after_s), theirs


async def board(host: Host, theirs: socket.socket, yard: Yard) -> None:
    """Start the thread or process that serves the worker's end.

    Raises:
        StrategyError: when no process could be made.
    """
    if host.setup.instance.isolation is Isolation.THREAD:
        host.vessel = ThreadVessel(theirs, host.name)
        return
    with theirs:
        async with yard.gate:
            host.vessel = await yard.launcher.launch(theirs)


async def exit_of(host: Host) -> str:
    """Wait for the end of a worker whose wire is closed, force it after a second, and return how it ended."""
    vessel = host.vessel
    if vessel is None:
        return ""
    for patience in (_EXIT_S, _KILL_S):
        try:
            async with asyncio.timeout(patience):
                return await vessel.ended()
        except TimeoutError:
            vessel.end(signal.SIGKILL)
    return "the worker could not be ended"
