"""Runs every strategy instance in a worker of its own and keeps each one's trouble to itself."""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import msgspec

from ares_desktop.api.setup import WorkerSetup
from ares_desktop.domain.errors import Finding, StrategyError, UsageError
from ares_desktop.domain.events import CarryBooked, PositionSplit
from ares_desktop.domain.fills import Fill
from ares_desktop.domain.ids import StrategyId
from ares_desktop.domain.market import MarketEvent, from_ns
from ares_desktop.domain.orders import Order
from ares_desktop.domain.risk import RiskLimits, TradingState
from ares_desktop.domain.strategies import StrategyInstance, StrategyLog, StrategyRecord, StrategyState
from ares_desktop.engine.hosting import wire
from ares_desktop.engine.hosting.barrier import Barrier
from ares_desktop.engine.hosting.fanout import Fanout
from ares_desktop.engine.hosting.host import Host
from ares_desktop.engine.hosting.launcher import Launcher
from ares_desktop.engine.hosting.requests import Requests
from ares_desktop.engine.hosting.slot import Slot, Yard
from ares_desktop.engine.hosting.snapshots import Snapshots
from ares_desktop.engine.hosting.status import History, HostEvents, HostStatus, SetupFactory
from ares_desktop.engine.ports.clock import Clock
from ares_desktop.engine.runtime.tasks import TaskSet

_BEAT_S: Final = 0.25
_MEASURE_EVERY: Final = 4
_ANSWER_S: Final = 5.0


class Supervisor:
    """Starts, feeds, watches and ends strategy workers on the engine's loop.

    Args:
        events: hears intents, states, lines and values.
        history: asked for stored bars on behalf of strategies.
        setup: asked for a fresh start at each restart after a fault.
        clock: the clock in force.
        snapshots: folder in which states outlive the application, None to keep them only while it runs.
        launcher: makes worker processes; one of its own, which it closes, unless given.
    """

    def __init__(
        self,
        events: HostEvents,
        *,
        history: History,
        setup: SetupFactory,
        clock: Clock,
        snapshots: Path | None = None,
        launcher: Launcher | None = None,
    ) -> None:
        self._snapshots = Snapshots(snapshots)
        self._events = events
        self._clock = clock
        self._tasks = TaskSet("hosting")
        self._launcher = launcher or Launcher()
        self._owns_launcher = launcher is None
        self._fanout = Fanout()
        self._slots: dict[StrategyId, Slot] = {}
        self._requests = Requests(history, self._tasks)
        self._barrier = Barrier()
        self._saving = asyncio.Lock()
        self._checks: dict[tuple[StrategyId, int], asyncio.Future[tuple[Finding, ...]]] = {}
        self._check_number = 0
        self._beating: asyncio.Task[None] | None = None
        self._yard = Yard(
            launcher=self._launcher,
            tasks=self._tasks,
            events=events,
            setup=setup,
            on_message=self._hear,
            hosts_changed=self._hosts_changed,
            gate=asyncio.Semaphore(1),
        )
        self._handlers = self._table()

    @property
    def launcher(self) -> Launcher:
        """Starts worker processes; the catalog uses it too."""
        return self._launcher

    def prepare(self) -> None:
        """Start the fork server early, so that the first strategies start at once; idempotent."""
        self._launcher.prepare()
        if self._beating is None:
            self._beating = self._tasks.spawn(self._beat(), "beat")

    async def start(self, setup: WorkerSetup) -> None:
        """Start an instance and return once its strategy exists; it warms up and runs by itself then.

        Raises:
            StrategyError: with its fault, when it can't be started.
        """
        self.prepare()
        name = setup.instance.name
        slot = self._slots.get(name)
        if slot is None:
            slot = self._slots[name] = Slot(name, self._yard)
            slot.snapshot = self._snapshots.load(name)
        await slot.start(setup)

    async def stop(self, name: StrategyId, *, grace_s: float = 3.0) -> None:
        """Stop an instance: ``on_stop``, then SIGTERM after ``grace_s`` seconds, then SIGKILL; idempotent."""
        slot = self._slots.get(name)
        if slot is not None:
            await slot.stop(grace_s)

    async def kill(self, name: StrategyId) -> None:
        """End an instance's worker at once; idempotent."""
        slot = self._slots.get(name)
        if slot is not None:
            await slot.kill()

    async def close(self, *, grace_s: float = 3.0) -> None:
        """Stop everything; idempotent."""
        await asyncio.gather(*(slot.stop(grace_s) for slot in self._slots.values()))
        async with self._saving:
            # Behind the snapshots that are still being written: a canceled one would go on in its thread.
            await self._tasks.close()
        for slot in self._slots.values():
            if slot.snapshot:
                self._snapshots.save(slot.name, slot.snapshot)
        if self._owns_launcher:
            await self._launcher.close()

    def deliver_market(self, events: Sequence[MarketEvent]) -> None:
        """Pass market data on at once, in one write for each instance."""
        self._fanout.send(events)

    def deliver_order(self, order: Order) -> None:
        """Tell an instance of a change of its order."""
        self._send(order.intent.strategy, wire.OrderChanged(order))

    def deliver_fill(self, fill: Fill) -> None:
        """Tell an instance of an execution of its order."""
        self._send(fill.strategy, wire.Filled(fill))

    def deliver_booking(self, booking: CarryBooked | PositionSplit) -> None:
        """Tell an instance what its book was given without a trade."""
        self._send(booking.strategy, wire.Booked(booking))

    def deliver_message(self, topic: str, payload: bytes) -> None:
        """Tell every instance that subscribed to the topic."""
        for host in self._hosts():
            if topic in host.topics:
                self._send(host.name, wire.Told(topic, payload))

    def update_limits(self, name: StrategyId, limits: RiskLimits) -> None:
        """Tell an instance the limits in force."""
        self._send(name, wire.Governed(limits=limits))

    def update_trading(self, name: StrategyId, state: TradingState) -> None:
        """Tell an instance its effective trading state."""
        self._send(name, wire.Governed(trading=state))

    def update_instance(self, instance: StrategyInstance) -> None:
        """Put an instance's restart policy, bounds and no-trade band in force; its parameters are not touched."""
        slot = self._slots.get(instance.name)
        if slot is not None and slot.host is not None:
            setup = slot.host.setup
            changed = msgspec.structs.replace(instance, instruments=setup.instance.instruments)
            slot.host.setup = msgspec.structs.replace(setup, instance=changed, no_trade_band=instance.no_trade_band)
            self._send(instance.name, wire.Governed(no_trade_band=instance.no_trade_band))

    async def set_parameters(self, name: StrategyId, values: Mapping[str, Any]) -> None:
        """Have a running instance take values over at its next bar.

        Raises:
            UsageError: with every finding; then nothing changes.
            StrategyError: when it does not run or does not answer.
        """
        slot = self._slots.get(name)
        host = slot.host if slot is not None else None
        if host is None:
            msg = f"{name} does not run"
            raise StrategyError(msg)
        self._check_number += 1
        key = (name, self._check_number)
        answer = self._checks[key] = asyncio.get_running_loop().create_future()
        host.send(wire.SetParameters(self._check_number, dict(values)))
        try:
            async with asyncio.timeout(_ANSWER_S):
                findings = await answer
        except TimeoutError:
            msg = f"{name} did not answer within {_ANSWER_S:.0f} s; it may be stalled"
            raise StrategyError(msg) from None
        finally:
            del self._checks[key]
        if findings:
            raise UsageError(*findings)

    async def settle(self, timeout_s: float) -> frozenset[StrategyId]:
        """Wait until every instance has handled what was delivered and its intents were passed on.

        An instance that did not answer in time is left out of later calls until it has caught up, so that it costs a
        replay one time-out at most.

        Returns:
            The names of those that did not answer in time.
        """
        return await self._barrier.pass_through(self._hosts(), self._clock.now_ns(), timeout_s)

    def is_settled(self) -> bool:
        """Say whether every instance that keeps up has handled all that it was told."""
        return not any(host.dirty and host.greeted and not host.lagging for host in self._hosts())

    def status(self, name: StrategyId) -> HostStatus | None:
        """Return what is known of an instance, None when it was never started."""
        slot = self._slots.get(name)
        return None if slot is None else slot.status()

    def statuses(self) -> tuple[HostStatus, ...]:
        """Return what is known of every instance that was started."""
        return tuple(slot.status() for slot in self._slots.values())

    def forget(self, name: StrategyId) -> None:
        """Drop what is kept of an instance that does not run, its snapshot too.

        Raises:
            StrategyError: when it runs.
        """
        slot = self._slots.get(name)
        if slot is not None and slot.host is not None:
            msg = f"{name} must be stopped first"
            raise StrategyError(msg)
        self._slots.pop(name, None)
        self._snapshots.remove(name)

    def _hosts(self) -> Iterable[Host]:
        return [slot.host for slot in self._slots.values() if slot.host is not None]

    def _hosts_changed(self) -> None:
        hosts = self._hosts()
        self._fanout.rebuild(hosts)
        self._barrier.keep(hosts)

    def _send(self, name: StrategyId, message: wire.Downward) -> None:
        slot = self._slots.get(name)
        if slot is not None and slot.host is not None:
            slot.host.send(message)

    async def _beat(self) -> None:
        turn = 0
        while True:
            turn += 1
            for index, slot in enumerate(tuple(self._slots.values())):
                if slot.host is not None:
                    slot.look()
                    slot.host.beat()
                    if (index + turn) % _MEASURE_EVERY == 0:
                        slot.measure()
            await asyncio.sleep(_BEAT_S)

    def _table(self) -> Mapping[type, Callable[[Slot, Host, Any], None]]:
        events = self._events
        return {
            wire.Intents: lambda slot, _, message: events.on_intents(slot.name, message.intents),
            wire.Cancels: lambda slot, _, message: events.on_cancels(slot.name, message.orders),
            wire.Pong: self._on_pong,
            wire.Settled: lambda _, host, message: self._barrier.answered(host, message),
            wire.TimerDue: self._on_timer_due,
            wire.Hello: lambda slot, _, __: slot.greet(),
            wire.Progressed: lambda slot, _, message: slot.progress(message.state),
            wire.Logged: self._on_logged,
            wire.Recorded: self._on_recorded,
            wire.Published: lambda slot, _, message: events.on_publish(slot.name, message.topic, message.payload),
            wire.Subscribed: lambda _, host, message: host.topics.add(message.topic),
            wire.HistoryRequest: lambda _, host, message: self._requests.history(host, message),
            wire.SessionsRequest: lambda _, host, message: self._requests.sessions(host, message),
            wire.ParametersChecked: self._on_parameters_checked,
            wire.Snapshot: self._on_snapshot,
            wire.Faulted: self._on_faulted,
            wire.Stopped: self._on_stopped,
        }

    def _hear(self, host: Host, message: wire.Upward) -> None:
        slot = self._slots[host.name]
        if slot.host is host:
            self._handlers[type(message)](slot, host, message)

    def _on_pong(self, slot: Slot, host: Host, _: wire.Pong) -> None:
        host.pong()
        if slot.state is StrategyState.STALLED:
            slot.look()

    @staticmethod
    def _on_timer_due(_: Slot, host: Host, message: wire.TimerDue) -> None:
        host.timer_due = message.ns

    def _on_logged(self, slot: Slot, _: Host, message: wire.Logged) -> None:
        at = from_ns(message.at_ns)
        self._events.on_log(StrategyLog(strategy=slot.name, level=message.level, text=message.text, at=at))

    def _on_recorded(self, slot: Slot, _: Host, message: wire.Recorded) -> None:
        record = StrategyRecord(strategy=slot.name, name=message.name, value=message.value, ts=message.ts)
        self._events.on_record(record)

    def _on_parameters_checked(self, slot: Slot, _: Host, message: wire.ParametersChecked) -> None:
        answer = self._checks.get((slot.name, message.request))
        if answer is not None and not answer.done():
            answer.set_result(message.findings)

    def _on_snapshot(self, slot: Slot, _: Host, message: wire.Snapshot) -> None:
        slot.snapshot = message.state
        self._tasks.spawn(self._keep(slot), f"{slot.name}/snapshot")

    async def _keep(self, slot: Slot) -> None:
        async with self._saving:
            await asyncio.to_thread(self._snapshots.save, slot.name, slot.snapshot)

    @staticmethod
    def _on_faulted(_: Slot, host: Host, message: wire.Faulted) -> None:
        host.fault = message.fault

    @staticmethod
    def _on_stopped(_: Slot, host: Host, message: wire.Stopped) -> None:
        host.by_itself = message.by_itself
