"""The place of one instance: starts its worker, ends it, and starts it again after a fault."""

import asyncio
import signal
import socket
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

import msgspec
import psutil
import structlog

from ares_desktop.api.setup import WorkerSetup
from ares_desktop.domain.errors import StrategyError
from ares_desktop.domain.ids import StrategyId
from ares_desktop.domain.strategies import Fault, Isolation, RestartPolicy, StrategyState
from ares_desktop.engine.hosting import wire
from ares_desktop.engine.hosting.backoff import Backoff
from ares_desktop.engine.hosting.host import Host, OnMessage
from ares_desktop.engine.hosting.launcher import Launcher
from ares_desktop.engine.hosting.status import HostEvents, HostStatus, SetupFactory
from ares_desktop.engine.hosting.thread_vessel import ThreadVessel
from ares_desktop.engine.runtime.tasks import TaskSet

_log = structlog.get_logger(__name__)
_HELLO_S: Final = 20.0
_EXIT_S: Final = 1.0
_TERM_S: Final = 0.5
_KILL_S: Final = 3.0
_HOPELESS: Final = frozenset({"syntax", "import", "parameters"})
"""Faults that the next start would meet again: a person has to change something first."""
_MEMORY_MARGIN_MB: Final = 128
_MB: Final = 1 << 20


class Yard(msgspec.Struct, frozen=True):
    """What all slots share; the ``gate`` lets one process be made at a time, so that the loop turns between them."""

    launcher: Launcher
    tasks: TaskSet
    events: HostEvents
    setup: SetupFactory
    on_message: OnMessage
    hosts_changed: Callable[[], None]
    gate: asyncio.Semaphore


class Slot:
    """One instance over its starts and restarts.

    Attributes:
        host: the running worker, None when there is none.
        snapshot: state that its strategy gave last.
    """

    def __init__(self, name: StrategyId, yard: Yard) -> None:
        self.name = name
        self.host: Host | None = None
        self.snapshot = b""
        self._yard = yard
        self._state = StrategyState.STOPPED
        self._since = datetime.now(UTC)
        self._fault: Fault | None = None
        self._restarts = 0
        self._backoff = Backoff()
        self._restarting: asyncio.Task[None] | None = None
        self._stopping = False
        self._hello: asyncio.Future[None] | None = None
        self._over = asyncio.Event()
        self._over.set()
        self._process: psutil.Process | None = None
        self._cpu: float | None = None
        self._memory_mb: float | None = None

    @property
    def state(self) -> StrategyState:
        """Where the instance is in its life."""
        return self._state

    def status(self) -> HostStatus:
        """Return what is known of it."""
        host = self.host
        greeted = host is not None and host.greeted
        return HostStatus(
            name=self.name,
            state=self._state,
            since=self._since,
            pid=host.vessel.pid if host is not None and host.vessel is not None else None,
            heartbeat_age_s=host.age_s if host is not None and greeted else None,
            restarts=self._restarts,
            fault=self._fault,
            cpu_percent=self._cpu,
            memory_mb=self._memory_mb,
            dropped=host.outbox.dropped if host is not None else 0,
        )

    async def start(self, setup: WorkerSetup) -> None:
        """Start a worker and wait until its strategy exists.

        Raises:
            StrategyError: with its fault, when there is none within 20 s.
        """
        if self.host is not None:
            msg = f"{self.name} runs already"
            raise StrategyError(msg)
        self._cancel_restart()
        self._backoff.reset()
        self._restarts = 0
        await self._launch(setup)

    async def stop(self, grace_s: float) -> None:
        """Let the strategy stop in order, then end its worker; idempotent."""
        self._cancel_restart()
        host = self.host
        if host is not None:
            self._stopping = True
            self._become(StrategyState.STOPPING)
            host.send(wire.Stop())
            for number, patience in ((None, grace_s), (signal.SIGTERM, _TERM_S), (signal.SIGKILL, _KILL_S)):
                self._end(host, number)
                if await self._wait_over(patience):
                    break
        if self.host is not None:
            self._abandon(self.host)
            return
        self._become(StrategyState.STOPPED)

    async def kill(self) -> None:
        """End its worker at once."""
        self._cancel_restart()
        host = self.host
        if host is not None:
            self._stopping = True
            self._end(host, signal.SIGKILL)
            if not await self._wait_over(_KILL_S):
                self._abandon(host)
                return
        self._become(StrategyState.STOPPED)

    def greet(self) -> None:
        """Take its Hello."""
        host = self.host
        if host is None:
            return
        host.greeted = True
        host.pong()
        if self._hello is not None and not self._hello.done():
            self._hello.set_result(None)

    def progress(self, state: StrategyState) -> None:
        """Take over the state that the worker tells."""
        if self.host is not None:
            self.host.state = state
            self.look()

    def look(self) -> None:
        """Show whether it answers."""
        host = self.host
        if host is not None and host.greeted and not self._stopping:
            self._become(StrategyState.STALLED if host.stalled else host.state)

    def measure(self) -> None:
        """Sample processor and memory; end a worker that holds more than it may."""
        if self._process is None or self.host is None:
            return
        try:
            self._cpu = self._process.cpu_percent(None)
            self._memory_mb = self._process.memory_info().rss / _MB
        except psutil.Error:
            return
        most = self.host.setup.instance.memory_mb + _MEMORY_MARGIN_MB
        if self._memory_mb > most and self.host.fault is None:
            self.host.fault = Fault(
                kind="memory", message=f"the worker held {self._memory_mb:.0f} MB, {most} MB are the most"
            )
            self._end(self.host, signal.SIGKILL)

    async def _launch(self, setup: WorkerSetup) -> None:
        setup = setup if setup.snapshot else msgspec.structs.replace(setup, snapshot=self.snapshot)
        ours, theirs = socket.socketpair()
        ours.settimeout(0)
        host = self.host = Host(setup, ours, self._yard.on_message, self._closed)
        hello = self._hello = asyncio.get_running_loop().create_future()
        self._over.clear()
        self._stopping = False
        self._become(StrategyState.STARTING)
        host.send(wire.Start(setup))
        self._yard.hosts_changed()
        try:
            async with asyncio.timeout(_HELLO_S):
                await self._board(host, theirs)
                await hello
        except TimeoutError:
            host.fault = Fault(
                kind="import", message=f"importing the file took more than {_HELLO_S:.0f} s", file=setup.file
            )
            self._end(host, signal.SIGKILL)
            await self._wait_over(_KILL_S)
            raise StrategyError(host.fault.message, host.fault) from None
        except asyncio.CancelledError:
            # Whoever started it gave up, as when the application ends meanwhile: that is no fault of the strategy.
            self._stopping = True
            self._end(host, signal.SIGKILL)
            raise
        except StrategyError as error:
            host.fault = host.fault or error.fault or Fault(kind="exited", message=str(error), file=setup.file)
            host.close()
            await self._wait_over(_KILL_S)
            raise
        finally:
            hello.cancel()

    async def _board(self, host: Host, theirs: socket.socket) -> None:
        if host.setup.instance.isolation is Isolation.THREAD:
            host.vessel = ThreadVessel(theirs, self.name)
            return
        with theirs:
            async with self._yard.gate:
                vessel = await self._yard.launcher.launch(theirs)
        host.vessel = vessel
        try:
            self._process = psutil.Process(vessel.pid)
            self._process.cpu_percent(None)
        except psutil.Error:
            self._process = None

    def _closed(self, host: Host) -> None:
        self._yard.tasks.spawn(self._wind_up(host), f"{self.name}/end")

    async def _wind_up(self, host: Host) -> None:
        how = await self._exit_of(host)
        if self.host is not host:
            return
        fault = host.fault
        if fault is None and host.by_itself is None:
            fault = Fault(kind="exited", message=how or "the worker ended without a word", file=host.setup.file)
        self.host = self._process = self._cpu = self._memory_mb = None
        self._yard.hosts_changed()
        hello = self._hello
        if hello is not None and not hello.done():
            message = fault.message if fault is not None else "the strategy ended before it ran"
            hello.set_exception(StrategyError(message, fault))
        if self._stopping:
            self._become(StrategyState.STOPPED)
        elif fault is not None:
            self._become(StrategyState.FAULTED, fault)
            if host.greeted or self._restarts:
                self._restart_after(fault, host.setup)
        else:
            self._become(StrategyState.STOPPED)
            if host.setup.instance.restart is RestartPolicy.ALWAYS:
                self._restart_after(None, host.setup)
        self._over.set()

    async def _exit_of(self, host: Host) -> str:
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

    def _restart_after(self, fault: Fault | None, setup: WorkerSetup) -> None:
        policy = setup.instance.restart
        if policy is RestartPolicy.NEVER or (fault is not None and fault.kind in _HOPELESS):
            return
        delay = self._backoff.next_delay(time.monotonic())
        if delay is None:
            _log.warning("strategy_restarts_exhausted", strategy=self.name, restarts=self._restarts)
            return
        self._restarting = self._yard.tasks.spawn(self._restart(delay), f"{self.name}/restart")

    async def _restart(self, delay_s: float) -> None:
        await asyncio.sleep(delay_s)
        self._restarts += 1
        try:
            await self._launch(self._yard.setup(self.name))
        except StrategyError as error:
            _log.warning("strategy_restart_failed", strategy=self.name, error=str(error))

    def _cancel_restart(self) -> None:
        restarting, self._restarting = self._restarting, None
        if restarting is not None and restarting is not asyncio.current_task():
            restarting.cancel()

    def _end(self, host: Host, number: signal.Signals | None) -> None:
        if number is None:
            return
        if host.vessel is None:
            host.close()
        else:
            host.vessel.end(number)

    def _abandon(self, host: Host) -> None:
        fault = Fault(
            kind="stalled", message="the worker could not be ended; restart the application", file=host.setup.file
        )
        host.close()
        self.host = None
        self._yard.hosts_changed()
        self._over.set()
        self._become(StrategyState.FAULTED, fault)

    async def _wait_over(self, patience_s: float) -> bool:
        try:
            async with asyncio.timeout(patience_s):
                await self._over.wait()
        except TimeoutError:
            return False
        return True

    def _become(self, state: StrategyState, fault: Fault | None = None) -> None:
        if state is self._state and fault == self._fault:
            return
        self._state, self._fault = state, fault
        self._since = datetime.now(UTC)
        self._yard.events.on_status(self.name, state, fault)
