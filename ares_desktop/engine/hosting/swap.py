"""Puts a fresh worker in the place of one that runs, without losing or repeating anything."""

import asyncio
from collections.abc import Callable
from typing import Final

import msgspec

from ares_desktop.api.setup import WorkerSetup
from ares_desktop.domain.errors import StrategyError
from ares_desktop.domain.orders import Order, OrderState
from ares_desktop.domain.strategies import Fault
from ares_desktop.engine.hosting import wire
from ares_desktop.engine.hosting.boarding import Yard
from ares_desktop.engine.hosting.host import Host
from ares_desktop.engine.hosting.trial import Trial

_LOOK_S: Final = 0.1


class Swap:
    """One exchange of workers: rehearsal, rest, hand-over, end of the old one, or everything as it was.

    From the moment at which the old worker is told to rest, both are sent everything. The books at that moment are
    what the new one starts from, and nothing that came before it reaches the new one: so each event is seen once,
    whichever of the two goes on.

    Args:
        old: the worker that runs.
        setup: what the new one rehearses from; brought up to date with the books when it takes over.
        yard: what all workers share.
        number: greater than that of any swap before.

    Attributes:
        both: both workers are sent everything.
        taken_over: the new one has the place.
    """

    def __init__(self, old: Host, setup: WorkerSetup, yard: Yard, number: int) -> None:
        self.both = self.taken_over = False
        self._old = old
        self._setup = setup
        self._yard = yard
        self._number = number
        self._news = asyncio.Event()
        self._trial = Trial(setup, yard, self._news.set)
        self._rest: wire.Quiesced | None = None
        self._failure: StrategyError | None = None
        self._ready = False
        # What whoever asks for the swap is about to book stays on top of what the books have by then.
        books = yard.refresh(setup)
        self._more_cash, self._more_capital = setup.cash - books.cash, setup.capital - books.capital

    @property
    def heir(self) -> Host:
        """The new worker."""
        return self._trial.host

    def abort(self, reason: str, fault: Fault | None = None) -> None:
        """Leave the old worker its place, if it still has it."""
        self._failure = self._failure or StrategyError(reason, fault)
        self._news.set()

    def rested(self, message: wire.Quiesced) -> None:
        """Take the old worker's answer."""
        if message.request == self._number:
            self._rest = message
            self._news.set()

    def at_boundary(self) -> None:
        """Tell the old worker to rest, if the new one is ready and the old one keeps up."""
        if not self._ready or self.both or self._failure or self._old.outbox.waiting or self._old.stalled:
            return
        fresh = self._yard.refresh(self._setup)
        self._setup = msgspec.structs.replace(
            fresh, cash=fresh.cash + self._more_cash, capital=fresh.capital + self._more_capital
        )
        self._old.send(wire.Quiesce(self._number))
        self.both = True
        self._yard.hosts_changed()
        self._news.set()

    async def carry_out(self, take_place: Callable[[Trial], None], *, timeout_s: float) -> None:
        """Swap, or leave everything as it was.

        Args:
            take_place: gives the new worker the place; called once, when it runs.
            timeout_s: how long the rehearsal may take.

        Raises:
            StrategyError: with its fault, when the new worker could not take over; the old one goes on.
        """
        patience = self._yard.patience
        try:
            async with asyncio.timeout(timeout_s):
                await self._trial.begin()
                await self._until(lambda: self._trial.rehearsed)
        except TimeoutError:
            self._give_up()
            raise self._late("it did not get ready", timeout_s) from None
        except BaseException:
            self._give_up()
            raise
        try:
            await self._boundary(patience.quiet_s, patience.take_over_s)
            async with asyncio.timeout(patience.take_over_s):
                await self._until(lambda: self._rest)
            self._hand_over()
            async with asyncio.timeout(patience.take_over_s):
                await self._until(lambda: self._trial.running)
        except TimeoutError:
            self._give_up()
            who = "the worker that runs did not come to rest" if self._rest is None else "it did not take over"
            raise self._late(who, patience.take_over_s) from None
        except BaseException:
            self._give_up()
            raise
        self.taken_over = True
        self.both = False
        take_place(self._trial)

    async def _boundary(self, quiet_s: float, within_s: float) -> None:
        """Wait for a bar; in a quiet market for a moment at which the old worker is idle."""
        self._ready = True
        try:
            async with asyncio.timeout(quiet_s):
                await self._until(lambda: self.both)
        except TimeoutError:
            async with asyncio.timeout(within_s):
                while not self.both:
                    self.at_boundary()
                    self._raise_failure()
                    if not self.both:
                        await asyncio.sleep(_LOOK_S)

    def _hand_over(self) -> None:
        rest = self._rest
        handover = rest.handover if rest is not None else None
        if rest is None or handover is None:
            fault = rest.fault if rest is not None else None
            text = fault.message if fault is not None else "the worker that runs left nothing to take over"
            msg = f"the worker that runs can't hand over: {text}"
            raise StrategyError(msg, None if fault is None else msgspec.structs.replace(fault, message=msg))
        before, setup = self._old.setup.instance, self._setup
        known = {order.id for order in setup.orders}
        in_flight = tuple(
            Order(intent=intent, state=OrderState.INITIALIZED, updated_at=intent.created_at)
            for intent in handover.in_flight
            if intent.client_order_id not in known
        )
        setup = msgspec.structs.replace(
            setup,
            snapshot=handover.state,
            next_sequence=max(setup.next_sequence, handover.next_sequence),
            orders=(*setup.orders, *in_flight),
        )
        if before.bar_spec != setup.instance.bar_spec:
            handover = msgspec.structs.replace(handover, bars={})
        self._trial.take_over(setup, handover)

    async def _until(self, done: Callable[[], object]) -> None:
        while True:
            self._raise_failure()
            if done():
                return
            self._news.clear()
            await self._news.wait()

    def _raise_failure(self) -> None:
        failure = self._failure or self._trial.failure
        if failure is not None:
            raise StrategyError(str(failure), failure.fault)

    def _give_up(self) -> None:
        told, self.both, self._ready = self.both, False, False
        self._trial.end()
        self._yard.hosts_changed()
        if told:
            self._old.send(wire.Resume(self._number))

    def _late(self, what: str, within_s: float) -> StrategyError:
        text = f"{what} within {within_s:g} s"
        fault = Fault(kind="stalled", message=text, file=self._setup.file)
        return StrategyError(text, fault)
