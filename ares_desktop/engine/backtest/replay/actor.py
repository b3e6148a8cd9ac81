"""One strategy of a backtest: what it was told and has yet to hear, and what it makes of it."""

from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from ares_desktop.api.context import Context
from ares_desktop.api.desk import StrategyEvent, Timer
from ares_desktop.api.market_view import MarketView
from ares_desktop.api.parameters import make_params
from ares_desktop.api.setup import WorkerSetup
from ares_desktop.api.strategy import Handled, Strategy
from ares_desktop.domain.books import BookPosition
from ares_desktop.domain.errors import AresError, StrategyError
from ares_desktop.domain.events import CarryBooked, PositionSplit
from ares_desktop.domain.fills import Fill
from ares_desktop.domain.market import Bar, BarSpec, MarketEvent, to_ns
from ares_desktop.domain.orders import Order
from ares_desktop.engine.backtest.replay.desk import ReplayDesk
from ares_desktop.engine.backtest.replay.orders import OrderEntry
from ares_desktop.engine.backtest.replay.own_life import OwnLife
from ares_desktop.engine.data.bar_maker import BarMaker
from ares_desktop.engine.hosting.faults import fault_of, told

Told = tuple[str, bytes]
Whole = tuple[Fill, BookPosition, OrderEntry]
News = list[MarketEvent] | Order | Fill | Whole | CarryBooked | PositionSplit | Told
"""Events of one moment, news of orders and holdings, the fill of a whole order, or a message of another strategy."""


class Actor:
    """Runs one strategy; what it hears and in which order is that of a live worker.

    Args:
        kind: the strategy's class.
        setup: what the instance starts from.
        desk: what its context works with.
        market: its view of the market, None for one that keeps what it hears.

    Attributes:
        name: of the instance.
        queue: what it has yet to hear.
        ended: it returned by itself; it hears nothing any more.
        is_plain: it hears its events through its handlers alone.
        follows_orders: it hears of every change of its orders.
        hears_fills: it hears of fills.
    """

    def __init__(
        self, kind: type[Strategy], setup: WorkerSetup, desk: ReplayDesk, market: MarketView | None = None
    ) -> None:
        self.name = setup.instance.name
        self.file = setup.file
        self.instruments = frozenset(setup.instance.instruments)
        self.desk = desk
        self.queue: deque[News] = deque()
        self.ended = False
        self.market = market
        self.is_plain = False
        self.spec = BarSpec.parse(setup.instance.bar_spec) if setup.instance.bar_spec else None
        self._maker = BarMaker(setup.instruments, self.spec, replace=True)
        self.context = Context(setup, make_params(kind.Params, setup.instance.parameters), desk, market)
        with self.answerable():
            self.strategy = kind()
        self.strategy.context = self.context
        self.follows_orders = True
        self.hears_fills = True
        self._life = None
        if kind.run_strategy is not Strategy.run_strategy:
            self._life = OwnLife(self.name, self.strategy)
            desk.stream = self._life.stream

    @contextmanager
    def answerable(self) -> Iterator[None]:
        """Make whatever the strategy raises a fault of its file.

        Raises:
            StrategyError: with the fault.
        """
        try:
            yield
        except (Exception, SystemExit) as error:
            if isinstance(error, StrategyError) and error.fault is not None:
                raise
            fault = fault_of(error, self.file)
            message = str(error) if isinstance(error, AresError) else fault.message
            raise StrategyError(told(self.name, fault, message), fault) from error

    async def begin(self, until_ns: int) -> None:
        """Call ``on_start``, feed the past bars that it asked for, and let a life of its own begin."""
        context, strategy = self.context, self.strategy
        with self.answerable():
            await _finish(strategy.on_start())
            context.warming = True
            for bar in self._past_bars(until_ns):
                context.take(bar)
                await _finish(strategy.on_bar(bar))
            context.warming = False
            if self._life is not None:
                await self._life.begin()
        self._look_at_handlers()

    def _look_at_handlers(self) -> None:
        """Note which news nobody in the strategy listens to, so that its orders can be told when it looks at them."""
        own = vars(self.strategy).keys()
        kind = type(self.strategy)
        if self._life is not None or kind.dispatch is not Strategy.dispatch or "dispatch" in own:
            return
        self.is_plain = True
        self.follows_orders = kind.on_order is not Strategy.on_order or "on_order" in own
        self.hears_fills = kind.on_fill is not Strategy.on_fill or "on_fill" in own

    def complete(self, fill: Fill, position: BookPosition, entry: OrderEntry) -> None:
        """Hear of the one fill of a whole order, when nothing else is left to be heard."""
        if self.hears_fills:
            self.queue.append((fill, position, entry))
        else:
            self.context.complete(fill, position, entry, len(entry))

    def _past_bars(self, until_ns: int) -> Sequence[Bar]:
        count = self.context.warm_up_bars
        if not count:
            return ()
        bars: list[Bar] = []
        for instrument in self.context.instruments:
            bars += self.desk.history(instrument, self.spec, until_ns, count)
        return sorted(bars, key=_end)

    def is_awake(self, now_ns: int) -> bool:
        """Say whether it has anything to hear: news, or a timer that is due."""
        if self.ended:
            return False
        due = self.context.timers.next_due
        return bool(self.queue) or (due is not None and due <= now_ns)

    async def hear(self, now_ns: int) -> None:
        """Hear everything that was told so far, then the timers due at ``now_ns``."""
        with self.answerable():
            if self._life is not None:
                self.ended = await self._life.hear(self._heard(now_ns))
                return
            dispatch = self.strategy.dispatch
            for event in self._heard(now_ns):
                handled = dispatch(event)
                if handled is not None:
                    await handled

    async def stop(self) -> None:
        """End a life of its own, then call ``on_stop``."""
        with self.answerable():
            if self._life is not None:
                await self._life.end()
            await _finish(self.strategy.on_stop())
        self.ended = True

    def _heard(self, now_ns: int) -> Iterator[StrategyEvent]:
        """Yield each event once the context has taken it in; in a worker, ``Session`` does this."""
        queue, desk = self.queue, self.desk
        while queue:
            yield from self._of(queue.popleft())
        yield from self._due(now_ns)
        desk.advance(now_ns)

    def _of(self, news: News) -> Iterator[StrategyEvent]:
        context, desk = self.context, self.desk
        if isinstance(news, list):
            timers = context.timers
            for event in self._maker.extend(news):
                if timers.next_due is not None:
                    yield from self._due(event.ts - 1)
                desk.advance(event.ts)
                if context.take(event):
                    yield event
            yield from self._due(news[-1].ts)
        elif isinstance(news, Order):
            context.take(news)
            yield news
        elif isinstance(news, Fill):
            desk.advance(to_ns(news.at))
            if context.take(news):
                yield news
        elif isinstance(news, tuple) and len(news) == 3:  # noqa: PLR2004 - a fill, the position and the order
            fill, position, entry = news
            desk.advance(to_ns(fill.at))
            context.complete(fill, position, entry, 3)
            yield fill
        elif isinstance(news, tuple):
            yield from context.read_message(*news)
        else:
            context.take(news)

    def _due(self, until_ns: int) -> Iterator[Timer]:
        for due, name in self.context.timers.pop_due(until_ns):
            self.desk.advance(due)
            yield Timer(name)


async def _finish(handled: Handled) -> None:
    if handled is not None:
        await handled


def _end(bar: Bar) -> int:
    return bar.end_ns
