"""One instance's life inside its worker: start, warm-up, events, stop or hand-over."""

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Final

from ares_desktop.api.context import Context
from ares_desktop.api.desk import StrategyEvent
from ares_desktop.api.parameters import Params, make_params
from ares_desktop.api.setup import WorkerSetup
from ares_desktop.api.strategy import Handled, Strategy
from ares_desktop.domain.errors import Finding, UsageError
from ares_desktop.domain.market import NS_PER_SECOND, Bar
from ares_desktop.domain.strategies import StrategyState
from ares_desktop.engine.data.bar_maker import BarMaker
from ares_desktop.engine.hosting import wire
from ares_desktop.engine.hosting.channel import Channel
from ares_desktop.engine.hosting.faults import fault_of
from ares_desktop.engine.hosting.hearing import Hearing, bar_length
from ares_desktop.engine.hosting.keeper import Keeper, final_state, snapshot_of
from ares_desktop.engine.hosting.wire_desk import WireDesk

_END_GRACE_S: Final = 0.5


class Session:
    """Runs one strategy on the running loop.

    Args:
        channel: to the engine.
        desk: what the strategy's context works with.
        setup: what the instance starts from.
        kind: the strategy's class.
        handover: what a predecessor left, None for a start of its own.

    Raises:
        UsageError: when the parameters are wrong, with every finding.
    """

    def __init__(
        self,
        channel: Channel,
        desk: WireDesk,
        setup: WorkerSetup,
        kind: type[Strategy],
        handover: wire.Handover | None = None,
    ) -> None:
        self._channel = channel
        self._desk = desk
        self._setup = setup
        self._handover = handover
        self._spec = bar_length(setup.instance.bar_spec)
        self._kind = kind
        self._values = dict(setup.instance.parameters)
        self._next_params: Params | None = None
        self._keeper = Keeper(desk, setup.snapshot)
        self._timer_told: int | None = None
        self._news = asyncio.Event()
        self._stop = asyncio.Event()
        self._ended: EOFError | None = None
        self._deaf = False
        self._resting = self._retired = False
        self._resumed = 0
        self._at_work: float | None = None
        self._main: asyncio.Task[None] | None = None
        desk.urgent = self._hear
        desk.stream = self._events
        desk.retime = self._news.set
        desk.busy_s = self._busy_s
        self.context = Context(setup, make_params(kind.Params, self._values), desk)
        bars = BarMaker(setup.instruments, self._spec, replace=True)
        self._hearing = Hearing(desk, self.context, bars)
        self.strategy = kind()
        self.strategy.context = self.context

    async def run(self) -> None:
        """Live until the engine says stop, the strategy returns, or something is raised.

        Raises:
            EOFError: when the engine is gone.
            BaseException: whatever the strategy raises.
        """
        loop = asyncio.get_running_loop()
        loop.add_reader(self._channel.fileno(), self._readable)
        try:
            await self._begin_life()
            self._desk.send(wire.Progressed(StrategyState.RUNNING))
            by_itself = await self._live()
            if self._ended is not None:
                raise self._ended
            if self._retired:
                return
            await _finish(self.strategy.on_stop())
            self._keeper.save(self.strategy)
            self._desk.send(wire.Stopped(by_itself))
        finally:
            loop.remove_reader(self._channel.fileno())

    async def rehearse(self) -> None:
        """Begin as if for real; whatever can't be done is raised, a state that can't be restored too.

        Raises:
            BaseException: whatever the strategy raises.
        """
        await self._begin(self._setup.snapshot, self._desk.now_ns(), strict=True)

    async def _begin_life(self) -> None:
        left = self._handover
        if left is None:
            await self._begin(self._setup.snapshot, self._desk.now_ns(), strict=False)
            return
        self._hearing.bars.resume(left.bars)
        await self._begin(self._setup.snapshot, self._setup.now_ns, strict=True)
        self.context.timers.resume(left.timers)

    async def _live(self) -> bool:
        """Run the strategy and return whether it ended by itself."""
        self._deaf = self._kind.run_strategy is not Strategy.run_strategy
        # Tasks and threads of a strategy order while no event is at work; nobody else would send that.
        self._desk.eager = True
        self._main = asyncio.current_task()
        if self._deaf:
            self._absorb()
        try:
            await self.strategy.run_strategy()
        except asyncio.CancelledError:
            if self._main is None or not self._stop.is_set():
                raise
            self._main.uncancel()
        finally:
            self._main = None
        return not self._stop.is_set()

    def _end_soon(self) -> None:
        """Let the handler at work finish; cancel a strategy that goes on living its own life."""
        self._stop.set()
        self._news.set()
        asyncio.get_running_loop().call_later(_END_GRACE_S, self._cancel)

    def _cancel(self) -> None:
        if self._main is not None:
            self._main.cancel()

    async def _begin(self, state: bytes, until_ns: int, *, strict: bool) -> None:
        """Start or start over: ``on_start``, the saved state, then past bars up to ``until_ns``."""
        context, strategy = self.context, self.strategy
        context.warm_up_bars = 0
        self._at_work = time.monotonic()
        await _finish(strategy.on_start())
        self._keeper.restore(strategy, state, strict=strict)
        self._at_work = None
        if context.warm_up_bars:
            await self._warm_up(until_ns)

    async def _warm_up(self, until_ns: int) -> None:
        context, strategy = self.context, self.strategy
        self._desk.send(wire.Progressed(StrategyState.WARMING_UP))
        context.warming = True
        try:
            for bar in self._past_bars(until_ns):
                context.take(bar)
                self._at_work = time.monotonic()
                await _finish(strategy.on_bar(bar))
        finally:
            context.warming = False
            self._at_work = None

    def _busy_s(self) -> float:
        """Say how long a handler has been at work; a strategy with a life of its own may take its time."""
        own_life = self._kind.run_strategy is not Strategy.run_strategy
        if own_life or self._at_work is None:
            return 0.0
        return time.monotonic() - max(self._at_work, self._desk.answered_at)

    def _past_bars(self, until_ns: int) -> list[Bar]:
        bars: list[Bar] = []
        for instrument in self.context.instruments:
            bars += self._desk.history(instrument, self._spec, until_ns, self.context.warm_up_bars)
        return sorted(bars, key=lambda bar: bar.end_ns)

    def _readable(self) -> None:
        try:
            for message in self._channel.receive():
                self._desk.accept(message)
        except EOFError as error:
            self._ended = error
            asyncio.get_running_loop().remove_reader(self._channel.fileno())
            self._end_soon()
        if self._deaf:
            self._absorb()
        self._news.set()

    def _absorb(self) -> None:
        """Keep the context of a strategy current that lives without listening to its events."""
        inbox = self._desk.inbox
        while inbox and not self._resting:
            message = inbox.popleft()
            if isinstance(message, wire.Settle):
                self._settled(message)
            elif isinstance(message, wire.Quiesce):
                self._rest(message)
            else:
                self._hearing.absorb(message)

    def _hear(self, message: wire.Urgent) -> None:
        if isinstance(message, wire.Stop):
            self._end_soon()
        elif isinstance(message, wire.Retire):
            self._retired = True
            self._end_soon()
        elif isinstance(message, wire.Resume):
            self._resumed = message.request
            self._resting = False
            self._desk.release()
        elif isinstance(message, wire.SetParameters):
            self._desk.send(wire.ParametersChecked(message.request, self._check(message)))
        elif isinstance(message, wire.Governed):
            self.govern(message)

    def govern(self, message: wire.Governed) -> None:
        """Take over limits, trading state, weights and no-trade band."""
        if (limits := message.limits) is not None:
            self.context.look_up_limits = lambda: limits
        if message.trading is not None:
            self.context.trading = message.trading
        if message.no_trade_band is not None:
            self.context.no_trade_band = message.no_trade_band
        if message.weights is not None:
            target, least, most = message.weights
            self.context.weights = float(target), float(least), float(most)

    def _check(self, message: wire.SetParameters) -> tuple[Finding, ...]:
        values = self._values | message.values
        try:
            self._next_params = make_params(self._kind.Params, values)
        except UsageError as error:
            return error.findings
        self._values = values
        return ()

    async def _events(self) -> AsyncIterator[StrategyEvent]:
        self._deaf = False
        desk, stop = self._desk, self._stop
        while not stop.is_set():
            while desk.inbox and not stop.is_set():
                message = desk.inbox.popleft()
                if self._next_params is not None and isinstance(message, wire.Market):
                    await self._apply_parameters(message)
                for event in self._hearing.heard(message):
                    self._at_work = time.monotonic()
                    yield event
                    self._at_work = None
                    self._keeper.touched = True
                    desk.flush()
                    if stop.is_set():
                        return
                if isinstance(message, wire.Settle):
                    self._settled(message)
                elif isinstance(message, wire.Quiesce):
                    self._rest(message)
                    await self._resume()
            for timer in self._hearing.due(desk.now_ns()):
                self._at_work = time.monotonic()
                yield timer
                self._at_work = None
                desk.flush()
            await self._wait()

    def _rest(self, message: wire.Quiesce) -> None:
        """Say what a successor has to know, and rest until it has taken over or can't."""
        if message.request <= self._resumed:
            return
        desk = self._desk
        desk.flush()
        try:
            state = final_state(self.strategy)
        except Exception as error:  # noqa: BLE001 - strategy boundary: one that can't be swapped goes on as it is
            desk.send(wire.Quiesced(message.request, fault=fault_of(error, self._setup.file)))
            return
        self._resting = True
        desk.hold()
        sequence, in_flight = self.context.in_flight()
        handover = wire.Handover(
            state, sequence, in_flight, self._hearing.bars.suspend(), self.context.timers.suspend()
        )
        desk.send(wire.Quiesced(message.request, handover))

    async def _resume(self) -> None:
        while self._resting and not self._stop.is_set():
            self._news.clear()
            await self._news.wait()

    async def _apply_parameters(self, market: wire.Market) -> None:
        first = next((event for event in market.events if isinstance(event, Bar)), None)
        params = self._next_params
        if first is None or params is None:
            return
        self._next_params = None
        state = snapshot_of(self.strategy)
        self.context.params = params
        await self._begin(state, first.end_ns - 1, strict=False)
        self._desk.send(wire.Progressed(StrategyState.RUNNING))

    def _settled(self, message: wire.Settle) -> None:
        due = self.context.timers.next_due
        if due != self._timer_told:
            self._timer_told = due
            self._desk.send(wire.TimerDue(due))
        self._desk.send(wire.Settled(message.request))

    async def _wait(self) -> None:
        self._desk.flush()
        if self._keeper.due:
            self._keeper.save(self.strategy)
        self._news.clear()
        if self._desk.inbox or self._stop.is_set():
            return
        due = None if self._desk.replayed else self.context.timers.next_due
        if due is None:
            await self._news.wait()
            return
        delay = max(0.0, (due - self._desk.now_ns()) / NS_PER_SECOND)
        alarm = asyncio.get_running_loop().call_later(delay, self._news.set)
        try:
            await self._news.wait()
        finally:
            alarm.cancel()


async def _finish(handled: Handled) -> None:
    if handled is not None:
        await handled
