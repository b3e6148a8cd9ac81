"""The place of one instance: starts its worker, ends it, exchanges it, and starts it again after a fault."""

import asyncio
import signal
import time
from datetime import UTC, datetime, timedelta
from typing import Final

import msgspec
import structlog

from ares_desktop.api.setup import WorkerSetup
from ares_desktop.domain.errors import StrategyError
from ares_desktop.domain.ids import StrategyId
from ares_desktop.domain.strategies import Fault, StrategyState
from ares_desktop.engine.hosting import wire
from ares_desktop.engine.hosting.boarding import HELLO_S, Yard, board, exit_of, new_host
from ares_desktop.engine.hosting.gauge import Gauge
from ares_desktop.engine.hosting.host import Host
from ares_desktop.engine.hosting.restarts import Restarts, wants_restart
from ares_desktop.engine.hosting.source import source_sha256
from ares_desktop.engine.hosting.status import HostStatus
from ares_desktop.engine.hosting.swap import Swap
from ares_desktop.engine.hosting.trial import Trial, spawn_retirement

_log = structlog.get_logger(__name__)
_TERM_S: Final = 0.5
_KILL_S: Final = 3.0
_NOT_YET: Final = frozenset({StrategyState.STARTING, StrategyState.WARMING_UP})


class Slot:
    """One instance over its starts and restarts.

    Attributes:
        host: the running worker, None when there is none.
        snapshot: state that its strategy gave last.
        exchange: the swap under way, None when there is none.
    """

    def __init__(self, name: StrategyId, yard: Yard) -> None:
        self.name = name
        self.host: Host | None = None
        self.snapshot = b""
        self.exchange: Swap | None = None
        self._yard = yard
        self._state = StrategyState.STOPPED
        self._since = datetime.now(UTC)
        self._fault: Fault | None = None
        self._restarts = 0
        self._rule = Restarts(yard.patience)
        self._restarting: asyncio.Task[None] | None = None
        self._restart_at: datetime | None = None
        self._stopping = False
        self._hello: asyncio.Future[None] | None = None
        self._over = asyncio.Event()
        self._over.set()
        self._gauge = Gauge()
        self._ran_sha256 = ""
        self._swaps = 0

    @property
    def state(self) -> StrategyState:
        """Where the instance is in its life."""
        return self._state

    @property
    def hosts(self) -> tuple[Host, ...]:
        """Who is to be told what happens: nobody, the worker, or in the middle of a swap both."""
        if self.host is None:
            return ()
        exchange = self.exchange
        return (self.host,) if exchange is None or not exchange.both else (self.host, exchange.heir)

    def status(self) -> HostStatus:
        """Return what is known of it."""
        host, gauge = self.host, self._gauge
        greeted = host is not None and host.greeted
        return HostStatus(
            name=self.name,
            state=self._state,
            since=self._since,
            pid=host.vessel.pid if host is not None and host.vessel is not None else None,
            heartbeat_age_s=host.age_s if host is not None and greeted else None,
            restarts=self._restarts,
            fault=self._fault,
            cpu_percent=gauge.cpu_percent,
            memory_mb=gauge.memory_mb,
            dropped=host.outbox.dropped if host is not None else 0,
            messages_per_s=gauge.rate(host.messages) if host is not None else None,
            restart_at=self._restart_at,
            sha256=host.sha256 if host is not None else "",
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
        self._rule.reset()
        self._restarts = 0
        self._ran_sha256 = ""
        await self._launch(setup)

    async def stop(self, grace_s: float) -> None:
        """Let the strategy stop in order, then end its worker; idempotent."""
        self._cancel_restart()
        host = self.host
        if host is not None:
            self._stopping = True
            self._abort_exchange("it is being stopped")
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
            self._abort_exchange("it was ended")
            self._end(host, signal.SIGKILL)
            if not await self._wait_over(_KILL_S):
                self._abandon(host)
                return
        self._become(StrategyState.STOPPED)

    async def swap(self, setup: WorkerSetup, *, timeout_s: float) -> None:
        """Put a fresh worker in the place of the one that runs.

        Raises:
            StrategyError: with its fault; the old worker goes on.
        """
        host = self.host
        if host is None or not host.greeted or host.state in _NOT_YET or self._stopping or host.stalled:
            msg = f"{self.name} does not run in order, is {self._state}; restart it instead"
            raise StrategyError(msg)
        if self.exchange is not None:
            msg = f"{self.name} is being exchanged already"
            raise StrategyError(msg)
        self._swaps += 1
        if not setup.snapshot:
            setup = msgspec.structs.replace(setup, snapshot=self.snapshot)
        self.exchange = Swap(host, setup, self._yard, self._swaps)
        try:
            await self.exchange.carry_out(self._take_place, timeout_s=timeout_s)
        finally:
            self.exchange = None
            self._yard.hosts_changed()

    def greet(self, hello: wire.Hello) -> None:
        """Take its Hello."""
        host = self.host
        if host is None:
            return
        host.greet(hello)
        if self._hello is not None and not self._hello.done():
            self._hello.set_result(None)

    def progress(self, state: StrategyState) -> None:
        """Take over the state that the worker tells."""
        if self.host is not None:
            self.host.state = state
            if state not in _NOT_YET:
                self._ran_sha256 = self.host.sha256
            self.look()

    def look(self) -> None:
        """Show whether it answers."""
        host = self.host
        if host is not None and host.greeted and not self._stopping:
            self._gauge.count(host.messages)
            self._become(StrategyState.STALLED if host.stalled else host.state)

    def measure(self) -> None:
        """Sample processor and memory; end a worker that holds more than it may."""
        host = self.host
        fault = self._gauge.measure(host) if host is not None else None
        if host is not None and fault is not None and host.fault is None:
            host.fault = fault
            self._end(host, signal.SIGKILL)

    def _take_place(self, trial: Trial) -> None:
        old, new = self.host, trial.host
        self.host = new
        self._gauge = Gauge(new.vessel.pid if new.vessel is not None else None)
        self._ran_sha256 = new.sha256
        self.snapshot = new.setup.snapshot
        self._yard.hosts_changed()
        if old is not None:
            spawn_retirement(old, self._yard)
        trial.hand_in(self._yard.on_message, self._closed)
        self.look()

    async def _launch(self, setup: WorkerSetup) -> None:
        setup = setup if setup.snapshot else msgspec.structs.replace(setup, snapshot=self.snapshot)
        host, theirs = new_host(setup, self._yard.on_message, self._closed, self._yard.patience)
        self.host = host
        hello = self._hello = asyncio.get_running_loop().create_future()
        self._over.clear()
        self._stopping = False
        self._become(StrategyState.STARTING)
        host.send(wire.Start(setup))
        self._yard.hosts_changed()
        try:
            async with asyncio.timeout(HELLO_S):
                await board(host, theirs, self._yard)
                self._gauge = Gauge(host.vessel.pid if host.vessel is not None else None)
                await hello
        except TimeoutError:
            host.fault = Fault(
                kind="import", message=f"importing the file took more than {HELLO_S:.0f} s", file=setup.file
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

    def _closed(self, host: Host) -> None:
        self._yard.tasks.spawn(self._wind_up(host), f"{self.name}/end")

    async def _wind_up(self, host: Host) -> None:
        how = await exit_of(host)
        fault = host.fault
        if fault is None and host.by_itself is None:
            fault = Fault(kind="exited", message=how or "the worker ended without a word", file=host.setup.file)
        if fault is not None and not self._stopping:
            fault = await self._with_change(host, fault)
        if self.host is not host:
            return
        self.host, self._gauge = None, Gauge()
        self._abort_exchange("the worker that ran has ended", fault)
        self._yard.hosts_changed()
        hello = self._hello
        if hello is not None and not hello.done():
            message = fault.message if fault is not None else "the strategy ended before it ran"
            hello.set_exception(StrategyError(message, fault))
        if self._stopping:
            self._become(StrategyState.STOPPED)
        else:
            self._ended(host, fault)
        self._over.set()

    def _ended(self, host: Host, fault: Fault | None) -> None:
        """Show why a worker ended that nobody had stopped, and start it again if it is to be."""
        instance = host.setup.instance
        delay = None
        if wants_restart(instance, fault) and (fault is None or host.greeted or self._restarts):
            delay = self._rule.next_delay(instance, time.monotonic())
            if delay is None:
                text = self._rule.exhausted(instance)
                _log.warning("strategy_restarts_exhausted", strategy=self.name, restarts=self._restarts)
                fault = fault or Fault(kind="exited", message="the strategy ended by itself", file=host.setup.file)
                fault = msgspec.structs.replace(fault, message=f"{fault.message}; {text}")
        if delay is not None:
            self._restart_at = datetime.now(UTC) + timedelta(seconds=delay)
            self._restarting = self._yard.tasks.spawn(self._restart(delay), f"{self.name}/restart")
        self._become(StrategyState.FAULTED if fault is not None else StrategyState.STOPPED, fault)

    async def _with_change(self, host: Host, fault: Fault) -> Fault:
        """Say so when a worker failed to get going with a source that is not the one that ran last."""
        if not self._ran_sha256 or host.state not in _NOT_YET:
            return fault
        now = host.sha256 or await asyncio.to_thread(source_sha256, host.setup.file)
        if now == self._ran_sha256:
            return fault
        change = "the file was changed since the strategy last ran" if now else "the file can't be read any more"
        return msgspec.structs.replace(fault, message=f"{fault.message} ({change})")

    async def _restart(self, delay_s: float) -> None:
        await asyncio.sleep(delay_s)
        self._restart_at = None
        self._restarts += 1
        try:
            await self._launch(self._yard.setup(self.name))
        except StrategyError as error:
            _log.warning("strategy_restart_failed", strategy=self.name, error=str(error))
            if self.host is None and self._state is not StrategyState.FAULTED:
                self._become(StrategyState.FAULTED, error.fault or Fault(kind="start", message=str(error)))

    def _cancel_restart(self) -> None:
        restarting, self._restarting = self._restarting, None
        self._restart_at = None
        if restarting is not None and restarting is not asyncio.current_task():
            restarting.cancel()

    def _abort_exchange(self, reason: str, fault: Fault | None = None) -> None:
        if self.exchange is not None:
            self.exchange.abort(reason, fault)

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
