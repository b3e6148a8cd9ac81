"""Runs every strategy instance in a worker of its own and keeps each one's trouble to itself."""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import msgspec

from ares_desktop.api.setup import WorkerSetup
from ares_desktop.domain.errors import StrategyError
from ares_desktop.domain.events import BookNews, PositionMoved
from ares_desktop.domain.fills import Fill
from ares_desktop.domain.ids import StrategyId
from ares_desktop.domain.market import Bar, MarketEvent
from ares_desktop.domain.orders import Order
from ares_desktop.domain.risk import LimitsInForce, TradingState
from ares_desktop.domain.strategies import StrategyInstance
from ares_desktop.engine.hosting import wire
from ares_desktop.engine.hosting.barrier import Barrier
from ares_desktop.engine.hosting.boarding import Yard
from ares_desktop.engine.hosting.fanout import Fanout
from ares_desktop.engine.hosting.host import Host
from ares_desktop.engine.hosting.launcher import Launcher
from ares_desktop.engine.hosting.patience import Patience
from ares_desktop.engine.hosting.reception import Reception
from ares_desktop.engine.hosting.requests import Requests
from ares_desktop.engine.hosting.slot import Slot
from ares_desktop.engine.hosting.snapshots import Snapshots
from ares_desktop.engine.hosting.status import History, HostEvents, HostStatus, SetupFactory
from ares_desktop.engine.ports.clock import Clock
from ares_desktop.engine.runtime.tasks import TaskSet

_BEAT_S: Final = 0.25
_MEASURE_EVERY: Final = 4
_SWAP_S: Final = 30.0
_PATIENCE: Final = Patience()


class Supervisor:
    """Starts, feeds, watches and ends strategy workers on the engine's loop.

    Args:
        events: hears intents, states, lines and values.
        history: asked for stored bars on behalf of strategies.
        setup: asked for a fresh start at each restart after a fault.
        clock: the clock in force.
        snapshots: folder in which states outlive the application, None to keep them only while it runs.
        launcher: makes worker processes; one of its own, which it closes, unless given.
        refresh: brings a setup up to date with the books, at the moment at which a swap takes place.
        patience: how long workers may take, and how often they are started again.
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
        refresh: Callable[[WorkerSetup], WorkerSetup] = lambda setup: setup,
        patience: Patience = _PATIENCE,
    ) -> None:
        self._snapshots = Snapshots(snapshots)
        self._events = events
        self._clock = clock
        self._tasks = TaskSet("hosting")
        self._swapping = 0
        self._delivered_ns = 0
        self._launcher = launcher or Launcher()
        self._owns_launcher = launcher is None
        self._fanout = Fanout()
        self._slots: dict[StrategyId, Slot] = {}
        self._barrier = Barrier()
        requests = Requests(history, self._tasks)
        self._reception = Reception(events, requests, self._barrier, self._keep_later)
        self._saving = asyncio.Lock()
        self._single = asyncio.Event()
        self._single.set()
        self._beating: asyncio.Task[None] | None = None
        self._yard = Yard(
            launcher=self._launcher,
            tasks=self._tasks,
            events=events,
            setup=setup,
            refresh=lambda setup: self._up_to_date(refresh(setup)),
            requests=requests,
            on_message=self._hear,
            hosts_changed=self._hosts_changed,
            gate=asyncio.Semaphore(1),
            patience=patience,
        )

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
        self._delivered_ns = events[-1].ts if events else self._delivered_ns
        if self._swapping:
            bars = {event.instrument for event in events if isinstance(event, Bar)}
            for slot in self._slots.values():
                if slot.exchange is not None and slot.host is not None and not bars.isdisjoint(slot.host.instruments):
                    slot.exchange.at_boundary()

    def deliver_order(self, order: Order) -> None:
        """Tell an instance of a change of its order."""
        self._send(order.intent.strategy, wire.OrderChanged(order))

    def deliver_fill(self, fill: Fill) -> None:
        """Tell an instance of an execution of its order."""
        self._send(fill.strategy, wire.Filled(fill))

    def deliver_booking(self, booking: BookNews) -> None:
        """Tell an instance what its book was given without a trade; a holding that moved concerns two."""
        books = (booking.giver, booking.taker) if isinstance(booking, PositionMoved) else (booking.strategy,)
        for strategy in books:
            self._send(strategy, wire.Booked(booking))

    def deliver_message(self, topic: str, payload: bytes) -> None:
        """Tell every instance that subscribed to the topic; one that can't keep up loses its oldest messages."""
        frame = wire.frame(wire.Told(topic, payload))
        for host in self._hosts():
            if topic in host.topics:
                host.send_told(frame)

    def update_limits(self, name: StrategyId, limits: LimitsInForce) -> None:
        """Tell an instance the limits in force."""
        self._send(name, wire.Governed(limits=limits))

    def update_trading(self, name: StrategyId, state: TradingState) -> None:
        """Tell an instance its effective trading state."""
        self._send(name, wire.Governed(trading=state))

    def update_instance(self, instance: StrategyInstance) -> None:
        """Put an instance's restart policy, bounds, weights and no-trade band in force, but no parameters."""
        slot = self._slots.get(instance.name)
        if slot is not None and slot.host is not None:
            setup = slot.host.setup
            changed = msgspec.structs.replace(instance, instruments=setup.instance.instruments)
            slot.host.setup = msgspec.structs.replace(setup, instance=changed, no_trade_band=instance.no_trade_band)
            weights = (instance.weight, instance.min_weight, instance.max_weight)
            self._send(instance.name, wire.Governed(no_trade_band=instance.no_trade_band, weights=weights))

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
        await self._reception.set_parameters(name, host, values)

    async def swap(self, name: StrategyId, setup: WorkerSetup, *, timeout_s: float = _SWAP_S) -> None:
        """Put a fresh worker in the place of one that runs, at its next bar or in a quiet moment.

        The new one is tried first: import, parameters, ``on_start``, the newest snapshot, warm-up. Then the old one
        comes to rest and the new one begins with its final snapshot and with what the books have at that moment. No
        event is lost or seen twice, and no order id is used again. ``on_stop`` of the old one is not called.

        Args:
            name: of an instance that runs.
            setup: what the new worker is made from; money, positions and orders of it are brought up to date, and cash
                and capital that it has beyond the books stay on top of them.
            timeout_s: how long the trial may take.

        Raises:
            StrategyError: with its fault, when the new one could not take over; the old one goes on as if nothing had
                happened.
        """
        slot = self._slots.get(name)
        if slot is None:
            msg = f"{name} does not run"
            raise StrategyError(msg)
        self._swapping += 1
        try:
            await slot.swap(setup, timeout_s=timeout_s)
        finally:
            self._swapping -= 1

    def abort_swap(self, name: StrategyId, reason: str) -> None:
        """Leave the worker that runs its place, if it is being exchanged and still has it."""
        slot = self._slots.get(name)
        if slot is not None and slot.exchange is not None:
            slot.exchange.abort(reason)

    async def settle(self, timeout_s: float) -> frozenset[StrategyId]:
        """Wait until every instance has handled what was delivered and its intents were passed on.

        An instance that did not answer in time is left out of later calls until it has caught up, so that it costs a
        replay one time-out at most.

        Returns:
            The names of those that did not answer in time.
        """
        # In the middle of a swap it is open who will answer.
        await self._single.wait()
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
        return [host for slot in self._slots.values() for host in slot.hosts]

    def _up_to_date(self, setup: WorkerSetup) -> WorkerSetup:
        """Let the clock of a replay stand where workers saw it: what it brings next is still to be told."""
        if not setup.replayed or not self._delivered_ns:
            return setup
        return msgspec.structs.replace(setup, now_ns=min(setup.now_ns, self._delivered_ns))

    def _hosts_changed(self) -> None:
        hosts = self._hosts()
        self._fanout.rebuild(hosts)
        self._barrier.keep(hosts)
        if any(slot.exchange is not None and slot.exchange.both for slot in self._slots.values()):
            self._single.clear()
        else:
            self._single.set()

    def _send(self, name: StrategyId, message: wire.Downward) -> None:
        slot = self._slots.get(name)
        for host in slot.hosts if slot is not None else ():
            host.send(message)

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

    def _hear(self, host: Host, message: wire.Upward) -> None:
        slot = self._slots.get(host.name)
        if slot is not None and slot.host is host:
            self._reception.hear(slot, host, message)

    def _keep_later(self, slot: Slot) -> None:
        self._tasks.spawn(self._keep(slot), f"{slot.name}/snapshot")

    async def _keep(self, slot: Slot) -> None:
        async with self._saving:
            await asyncio.to_thread(self._snapshots.save, slot.name, slot.snapshot)
