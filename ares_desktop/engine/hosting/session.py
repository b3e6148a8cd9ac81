"""One instance's life inside its worker: start, warm-up, events, stop."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Final

import msgspec

from ares_desktop.api.context import Context
from ares_desktop.api.desk import StrategyEvent, Timer, TopicMessage
from ares_desktop.api.parameters import Params, make_params
from ares_desktop.api.setup import WorkerSetup
from ares_desktop.api.strategy import Handled, Strategy
from ares_desktop.domain.errors import Finding, UsageError
from ares_desktop.domain.market import NS_PER_SECOND, Bar, BarSpec, MarketEvent, to_ns
from ares_desktop.domain.strategies import StrategyState
from ares_desktop.engine.data.bar_maker import BarMaker
from ares_desktop.engine.hosting import wire
from ares_desktop.engine.hosting.channel import Channel
from ares_desktop.engine.hosting.wire_desk import WireDesk

_SNAPSHOT_S: Final = 2.0
_SNAPSHOT_MAX: Final = wire.MAX_UPWARD // 2
_END_GRACE_S: Final = 0.5


class Session:
    """Runs one strategy on the running loop.

    Args:
        channel: to the engine.
        desk: what the strategy's context works with.
        setup: what the instance starts from.
        kind: the strategy's class.

    Raises:
        UsageError: when the parameters are wrong, with every finding.
    """

    def __init__(self, channel: Channel, desk: WireDesk, setup: WorkerSetup, kind: type[Strategy]) -> None:
        self._channel = channel
        self._desk = desk
        self._spec = BarSpec.parse(setup.instance.bar_spec) if setup.instance.bar_spec else None
        self._bars = BarMaker(setup.instruments, self._spec, replace=True)
        self._kind = kind
        self._values = dict(setup.instance.parameters)
        self._next_params: Params | None = None
        self._saved = setup.snapshot
        self._saved_at = time.monotonic()
        self._touched = False
        self._timer_told: int | None = None
        self._news = asyncio.Event()
        self._stop = asyncio.Event()
        self._ended: EOFError | None = None
        self._deaf = False
        self._main: asyncio.Task[None] | None = None
        desk.urgent = self._hear
        desk.stream = self._events
        desk.retime = self._news.set
        self.context = Context(setup, make_params(kind.Params, self._values), desk)
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
            await self._begin(self._saved, self._desk.now_ns())
            self._desk.send(wire.Progressed(StrategyState.RUNNING))
            by_itself = await self._live()
            if self._ended is not None:
                raise self._ended
            await _finish(self.strategy.on_stop())
            self._save()
            self._desk.send(wire.Stopped(by_itself))
        finally:
            loop.remove_reader(self._channel.fileno())

    async def _live(self) -> bool:
        """Run the strategy and return whether it ended by itself."""
        self._deaf = self._kind.run_strategy is not Strategy.run_strategy
        self._main = asyncio.current_task()
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

    async def _begin(self, state: bytes, until_ns: int) -> None:
        """Start or start over: ``on_start``, the saved state, then past bars up to ``until_ns``."""
        context, strategy = self.context, self.strategy
        context.warm_up_bars = 0
        await _finish(strategy.on_start())
        if state:
            self._restore(state)
        if not context.warm_up_bars:
            return
        self._desk.send(wire.Progressed(StrategyState.WARMING_UP))
        context.warming = True
        try:
            for bar in self._past_bars(until_ns):
                context.take(bar)
                await _finish(strategy.on_bar(bar))
        finally:
            context.warming = False

    def _past_bars(self, until_ns: int) -> list[Bar]:
        bars: list[Bar] = []
        for instrument in self.context.instruments:
            bars += self._desk.history(instrument, self._spec, until_ns, self.context.warm_up_bars)
        return sorted(bars, key=lambda bar: bar.end_ns)

    def _restore(self, state: bytes) -> None:
        try:
            self.strategy.restore(msgspec.msgpack.decode(state))
        except Exception as error:  # noqa: BLE001 - strategy boundary: state of an older version must not keep it from starting
            self._desk.log("warning", f"the saved state could not be restored and is left out: {error!r}")

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
        while inbox:
            message = inbox.popleft()
            if isinstance(message, wire.Market):
                for event in self._bars.extend(message.events):
                    self._desk.advance(event.ts)
                    self.context.take(event)
            elif isinstance(message, wire.OrderChanged):
                self.context.take(message.order)
            elif isinstance(message, wire.Filled):
                self.context.take(message.fill)
            elif isinstance(message, wire.Booked):
                self.context.take(message.booking)
            elif isinstance(message, wire.Settle):
                self._settled(message)

    def _hear(self, message: wire.Governed | wire.SetParameters | wire.Stop) -> None:
        if isinstance(message, wire.Stop):
            self._end_soon()
        elif isinstance(message, wire.SetParameters):
            self._desk.send(wire.ParametersChecked(message.request, self._check(message)))
        else:
            self.context.limits = message.limits or self.context.limits
            if message.trading is not None:
                self.context.trading = message.trading
            if message.no_trade_band is not None:
                self.context.no_trade_band = message.no_trade_band

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
                for event in self._heard(message):
                    yield event
                    self._touched = True
                    desk.flush()
                    if stop.is_set():
                        return
                if isinstance(message, wire.Settle):
                    self._settled(message)
            for timer in self._due(desk.now_ns()):
                yield timer
                desk.flush()
            await self._wait()

    def _heard(self, message: wire.Downward) -> Iterator[StrategyEvent]:
        """Yield what the strategy hears of a message, each once the context has taken it in."""
        desk, context = self._desk, self.context
        if isinstance(message, wire.Market):
            yield from self._seen(message.events)
        elif isinstance(message, wire.OrderChanged):
            context.take(message.order)
            yield message.order
        elif isinstance(message, wire.Filled):
            # Fills of a bar are told before the bar itself; it is its time already.
            desk.advance(to_ns(message.fill.at))
            if context.take(message.fill):
                yield message.fill
        elif isinstance(message, wire.Booked):
            context.take(message.booking)
        elif isinstance(message, wire.Told):
            yield TopicMessage(message.topic, msgspec.msgpack.decode(message.payload))
        elif isinstance(message, wire.Settle):
            yield from self._due(message.now_ns)
            desk.advance(message.now_ns)

    def _seen(self, events: Sequence[MarketEvent]) -> Iterator[StrategyEvent]:
        for event in self._bars.extend(events):
            if self.context.timers.next_due is not None:
                yield from self._due(event.ts - 1)
            self._desk.advance(event.ts)
            if self.context.take(event):
                yield event
        yield from self._due(events[-1].ts)

    def _due(self, until_ns: int) -> Iterator[Timer]:
        for due, name in self.context.timers.pop_due(until_ns):
            self._desk.advance(due)
            yield Timer(name)

    async def _apply_parameters(self, market: wire.Market) -> None:
        first = next((event for event in market.events if isinstance(event, Bar)), None)
        params = self._next_params
        if first is None or params is None:
            return
        self._next_params = None
        state = msgspec.msgpack.encode(self.strategy.snapshot())
        self.context.params = params
        await self._begin(state, first.end_ns - 1)
        self._desk.send(wire.Progressed(StrategyState.RUNNING))

    def _settled(self, message: wire.Settle) -> None:
        due = self.context.timers.next_due
        if due != self._timer_told:
            self._timer_told = due
            self._desk.send(wire.TimerDue(due))
        self._desk.send(wire.Settled(message.request))

    async def _wait(self) -> None:
        self._desk.flush()
        if self._touched and time.monotonic() - self._saved_at > _SNAPSHOT_S:
            self._save()
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

    def _save(self) -> None:
        self._touched = False
        self._saved_at = time.monotonic()
        state = msgspec.msgpack.encode(self.strategy.snapshot())
        if state == self._saved:
            return
        if len(state) > _SNAPSHOT_MAX:
            self._desk.log(
                "warning", f"the snapshot has {len(state)} bytes and is not kept: {_SNAPSHOT_MAX} are the most"
            )
            return
        self._saved = state
        self._desk.send(wire.Snapshot(state))


async def _finish(handled: Handled) -> None:
    if handled is not None:
        await handled
