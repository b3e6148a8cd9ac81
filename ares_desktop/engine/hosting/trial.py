"""A fresh worker on probation: it may ask for data, what else it wants waits until it has taken over."""

import asyncio
import signal
from collections.abc import Callable
from typing import Final

from ares_desktop.api.setup import WorkerSetup
from ares_desktop.domain.errors import StrategyError
from ares_desktop.domain.strategies import Fault, StrategyState
from ares_desktop.engine.hosting import wire
from ares_desktop.engine.hosting.boarding import Yard, board, exit_of, new_host
from ares_desktop.engine.hosting.host import Host, OnMessage

_HELD_MAX: Final = 20_000


class Trial:
    """One candidate for the place of a running worker.

    Args:
        setup: what it rehearses from.
        yard: what all workers share.
        news: called when something came that may be waited for.

    Attributes:
        host: the engine's end of its wire.
        rehearsed: it could begin.
        running: it has begun for real.
        failure: why it can't take over, None while it may.
    """

    def __init__(self, setup: WorkerSetup, yard: Yard, news: Callable[[], None]) -> None:
        self.rehearsed = self.running = False
        self.failure: StrategyError | None = None
        self.host, self._theirs = new_host(setup, self._hear, self._closed, yard.patience)
        self._yard = yard
        self._news = news
        self._for_real = False
        self._held: list[wire.Upward] = []

    async def begin(self) -> None:
        """Start it on its rehearsal.

        Raises:
            StrategyError: when no process could be made.
        """
        self.host.send(wire.Start(self.host.setup, rehearse=True))
        await board(self.host, self._theirs, self._yard)

    def take_over(self, setup: WorkerSetup, handover: wire.Handover) -> None:
        """Let it begin for real; what it wants is kept from here on."""
        self._for_real = True
        self.host.setup = setup
        self.host.send(wire.TakeOver(setup, handover))

    def hand_in(self, on_message: OnMessage, on_closed: Callable[[Host], None]) -> None:
        """End the probation: others hear it from here on, and first what it wanted meanwhile."""
        self.host.adopt(on_message, on_closed)
        self.host.pong()
        self.host.state = StrategyState.RUNNING
        self.host.dirty = True
        for message in self._held:
            on_message(self.host, message)
        self._held.clear()

    def end(self) -> None:
        """End it at once; idempotent."""
        self.failure = self.failure or StrategyError("the worker on trial was ended")
        self._theirs.close()
        vessel = self.host.vessel
        if vessel is not None and vessel.pid is not None:
            vessel.end(signal.SIGKILL)
        self.host.close()
        self._yard.tasks.spawn(exit_of(self.host), f"{self.host.name}/trial over")

    def _hear(self, host: Host, message: wire.Upward) -> None:
        match message:
            case wire.Hello():
                host.greet(message)
            case wire.Pong():
                host.pong(message.busy_s)
            case wire.Subscribed():
                host.topics.add(message.topic)
            case wire.HistoryRequest():
                self._yard.requests.history(host, message)
            case wire.SessionsRequest():
                self._yard.requests.sessions(host, message)
            case wire.Faulted():
                host.fault = message.fault
            case wire.Rehearsed():
                self.rehearsed = True
                self._news()
            case wire.Progressed():
                self._progress(message.state)
            case _:
                self._hold(message)

    def _progress(self, state: StrategyState) -> None:
        if self._for_real and state is StrategyState.RUNNING:
            self.running = True
            self._news()

    def _hold(self, message: wire.Upward) -> None:
        if not self._for_real:
            return
        self._held.append(message)
        if len(self._held) > _HELD_MAX:
            text = f"it sent more than {_HELD_MAX} messages before it ran"
            self._fail(Fault(kind="flood", message=text, file=self.host.setup.file))

    def _closed(self, host: Host) -> None:
        if self.failure is None:
            self._yard.tasks.spawn(self._explain(host), f"{host.name}/trial")

    async def _explain(self, host: Host) -> None:
        how = await exit_of(host)
        text = how or "the worker on trial ended without a word"
        self._fail(host.fault or Fault(kind="exited", message=text, file=host.setup.file))

    def _fail(self, fault: Fault) -> None:
        self.failure = self.failure or StrategyError(fault.message, fault)
        self._news()


async def retire(host: Host) -> None:
    """End a worker whose successor has taken over: in order if it can, by force after a second."""
    host.send(wire.Retire())
    await exit_of(host)
    host.close()


def spawn_retirement(host: Host, yard: Yard) -> "asyncio.Task[None]":
    """Have a worker retire while everything goes on."""
    return yard.tasks.spawn(retire(host), f"{host.name}/retire")
