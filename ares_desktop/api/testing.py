"""Tries a strategy on a handful of bars in a unit test."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import groupby
from operator import attrgetter
from typing import Any

import msgspec

from ares_desktop.api.context import Context
from ares_desktop.api.desk import StrategyEvent, Timer
from ares_desktop.api.parameters import make_params
from ares_desktop.api.schedules import Sessions
from ares_desktop.api.setup import WorkerSetup
from ares_desktop.api.strategy import Handled, Strategy
from ares_desktop.domain.fills import Fill
from ares_desktop.domain.ids import AccountId, ClientOrderId, InstrumentId, StrategyId, TradeId
from ares_desktop.domain.instruments import Instrument
from ares_desktop.domain.market import NS_PER_SECOND, Bar, BarSpec, to_ns
from ares_desktop.domain.money import ZERO, decimal
from ares_desktop.domain.orders import Order, OrderIntent, OrderState, OrderType, TimeInForce
from ares_desktop.domain.strategies import StrategyInstance

_ACCOUNT = AccountId("TRIAL")
_DAY_NS = 86_400 * NS_PER_SECOND


@dataclass
class Trial:
    """What a strategy did.

    Attributes:
        intents: everything it wanted, in order.
        fills: what was executed.
        records: ``(name, value)`` it recorded.
        lines: ``(level, text)`` it logged.
        strategy: the object itself, stopped.
    """

    strategy: Strategy
    intents: list[OrderIntent] = field(default_factory=list)
    fills: list[Fill] = field(default_factory=list)
    records: list[tuple[str, float]] = field(default_factory=list)
    lines: list[tuple[str, str]] = field(default_factory=list)

    def position(self, instrument: str) -> Decimal:
        """Return the signed quantity held at the end."""
        return self.strategy.context.position(InstrumentId(instrument)).quantity

    @property
    def equity(self) -> Decimal:
        """Cash and market value at the end."""
        return self.strategy.context.equity


def run_on_bars(
    kind: type[Strategy],
    bars: Sequence[Bar],
    params: Mapping[str, Any] | None = None,
    *,
    history: Sequence[Bar] = (),
    capital: Decimal | int = 100_000,
    instruments: Sequence[Instrument] = (),
    snapshot: Mapping[str, Any] | None = None,
    deny: Callable[[OrderIntent], str] | None = None,
) -> Trial:
    """Run a strategy over bars and return what it did.

    A market order fills at its instrument's next open; a limit or stop order at its price or the better or worse open
    when a later bar reaches it, never within a bar that began before it was made. There are no costs, and contracts
    do not end at their expiry. An order of a group cancels the others when it fills.

    Args:
        kind: the strategy.
        bars: of one or several instruments, by end time. The instance's instruments are in the order of their first
            bars, those of ``history`` before.
        params: values for its parameters.
        history: older bars, for its warm-up.
        capital: cash at the start.
        instruments: definitions; those that are missing are shares with a lot of one.
        snapshot: state to restore.
        deny: stands for the gate: what it returns for an intent, unless empty, is why that is denied.

    Raises:
        UsageError: when the parameters are wrong.
        Exception: whatever the strategy raises.
    """
    names = tuple(dict.fromkeys(bar.instrument for bar in (*history, *bars)))
    known = {instrument.id: instrument for instrument in instruments}
    instance = StrategyInstance(
        name=StrategyId("trial"), file="", account=_ACCOUNT, instruments=names, parameters=dict(params or {})
    )
    setup = WorkerSetup(
        instance=instance,
        file="",
        instruments=tuple(known.get(name, Instrument(id=name)) for name in names),
        capital=Decimal(capital),
        cash=Decimal(capital),
        next_sequence=1,
        # Before the first session opens, so that its open is heard.
        now_ns=bars[0].start_ns - 1 if bars else 0,
        replayed=True,
    )
    strategy = kind()
    trial = Trial(strategy)
    desk = _TrialDesk(trial, bars, history, setup.now_ns, deny or (lambda _: ""))
    strategy.context = desk.context = Context(setup, make_params(kind.Params, instance.parameters), desk)
    asyncio.run(desk.run(snapshot))
    return trial


class _TrialDesk:
    context: Context

    def __init__(
        self,
        trial: Trial,
        bars: Sequence[Bar],
        history: Sequence[Bar],
        now_ns: int,
        deny: Callable[[OrderIntent], str],
    ) -> None:
        self._trial = trial
        self._deny = deny
        self._bars = bars
        self._history = sorted(history, key=lambda bar: bar.end_ns)
        self._now_ns = now_ns
        self._working: dict[ClientOrderId, Order] = {}
        self._news: deque[Order] = deque()
        days: dict[int, tuple[int, int]] = {}
        for bar in bars:
            begin, end = days.get(bar.start_ns // _DAY_NS, (bar.start_ns, bar.end_ns))
            days[bar.start_ns // _DAY_NS] = min(begin, bar.start_ns), max(end, bar.end_ns)
        self._spans = sorted(days.values())

    async def run(self, snapshot: Mapping[str, Any] | None) -> None:
        strategy, context = self._trial.strategy, self.context
        await _finish(strategy.on_start())
        if snapshot:
            strategy.restore(dict(snapshot))
        context.warming = True
        wanted = {name: self._past(name, context.warm_up_bars) for name in context.instruments}
        for bar in self._history:
            if bar in wanted[bar.instrument] and context.take(bar):
                await _finish(strategy.on_bar(bar))
        context.warming = False
        await strategy.run_strategy()
        await _finish(strategy.on_stop())

    def _past(self, instrument: InstrumentId, count: int) -> list[Bar]:
        bars = [bar for bar in self._history if bar.instrument == instrument]
        return bars[-count:] if count else []

    async def events(self) -> AsyncIterator[StrategyEvent]:
        # Orders meet all bars of a time before the strategy sees the first of them, and timers come last.
        for end_ns, group in groupby(self._bars, key=attrgetter("end_ns")):
            bars = tuple(group)
            for timer in self._due(end_ns - 1):
                yield timer
            self._expire(min(bar.start_ns for bar in bars))
            self._now_ns = max(self._now_ns, end_ns)
            for bar in bars:
                for news in self._match(bar):
                    yield news
            for bar in bars:
                if self.context.take(bar):
                    yield bar
            for timer in self._due(end_ns):
                yield timer
            for order in self._told():
                yield order

    def _expire(self, begin_ns: int) -> None:
        """End the orders for a day whose session is over when the next bars begin."""
        for order in list(self._working.values()):
            made_ns = to_ns(order.intent.created_at)
            closes = self.sessions("", made_ns, begin_ns).closes
            if order.intent.tif is TimeInForce.DAY and any(made_ns < close <= begin_ns for close in closes):
                self._end(order, OrderState.EXPIRED, "the session ended")

    def _due(self, until_ns: int) -> Iterator[Timer]:
        for due, name in self.context.timers.pop_due(until_ns):
            self._now_ns = max(self._now_ns, due)
            yield Timer(name)

    def _told(self) -> Iterator[Order]:
        while self._news:
            order = self._news.popleft()
            self.context.take(order)
            yield order

    def _match(self, bar: Bar) -> Iterator[StrategyEvent]:
        for order in [one for one in self._working.values() if one.intent.instrument == bar.instrument]:
            price = None if to_ns(order.intent.created_at) > bar.start_ns else _price(order.intent, bar)
            if price is None or order.id not in self._working:
                continue
            quantity = self._fillable(order.intent)
            if not quantity:
                self._end(order, OrderState.CANCELED, "nothing to reduce")
                continue
            fill = self._fill(order, quantity, price)
            self._end(order, OrderState.FILLED, filled=quantity, average_price=fill.price)
            for other in list(self._working.values()):
                if order.intent.oco_group and other.intent.oco_group == order.intent.oco_group:
                    self._end(other, OrderState.CANCELED, "the other order of its group was filled")
            self.context.take(fill)
            yield fill
        yield from self._told()

    def _fillable(self, intent: OrderIntent) -> Decimal:
        if not intent.reduce_only:
            return intent.quantity
        held = self.context.position(intent.instrument).quantity * -intent.side.sign
        return max(ZERO, min(intent.quantity, held))

    def _fill(self, order: Order, quantity: Decimal, price: float) -> Fill:
        intent = order.intent
        fill = Fill(
            trade_id=TradeId(f"trial-{len(self._trial.fills) + 1}"),
            client_order_id=order.id,
            strategy=intent.strategy,
            account=intent.account,
            instrument=intent.instrument,
            side=intent.side,
            quantity=quantity,
            price=decimal(price),
            at=self.context.now,
            multiplier=self.context.instrument(intent.instrument).multiplier,
        )
        self._trial.fills.append(fill)
        return fill

    def _end(self, order: Order, state: OrderState, reason: str = "", **changes: Any) -> None:  # noqa: ANN401 - fields of an order
        self._working.pop(order.id, None)
        ended = msgspec.structs.replace(order, state=state, reason=reason, updated_at=self.context.now, **changes)
        self._news.append(ended)

    def now_ns(self) -> int:
        return self._now_ns

    def submit(self, intent: OrderIntent) -> None:
        self._trial.intents.append(intent)
        refusal = self._deny(intent)
        if refusal:
            denied = Order(intent=intent, state=OrderState.DENIED, updated_at=intent.created_at, reason=refusal)
            self._news.append(denied)
            return
        order = Order(intent=intent, state=OrderState.ACCEPTED, updated_at=intent.created_at)
        self._working[order.id] = order
        self._news.append(order)

    def cancel(self, order: ClientOrderId) -> None:
        if order in self._working:
            self._end(self._working[order], OrderState.CANCELED, "canceled by the strategy")

    def history(self, instrument: InstrumentId, spec: BarSpec | None, end_ns: int, count: int) -> Sequence[Bar]:
        del spec
        past = [bar for bar in self._history if bar.instrument == instrument and bar.end_ns <= end_ns]
        return past[-count:] if count else ()

    def sessions(self, calendar: str, start_ns: int, end_ns: int) -> Sessions:
        del calendar
        spans = [span for span in self._spans if span[1] > start_ns and span[0] < end_ns]
        return Sessions(tuple(start for start, _ in spans), tuple(end for _, end in spans))

    def rate(self, currency: str, into: str) -> Decimal | None:
        del currency, into
        return None

    def timers_changed(self) -> None:
        pass

    def record(self, name: str, value: float) -> None:
        self._trial.records.append((name, value))

    def publish(self, topic: str, payload: Any) -> None:  # noqa: ANN401 - any value msgspec can encode
        pass

    def subscribe(self, topic: str) -> None:
        pass

    def log(self, level: str, text: str) -> None:
        self._trial.lines.append((level, text))


def _price(intent: OrderIntent, bar: Bar) -> float | None:
    """Return where an order fills within a bar that began after it was made, None where it doesn't."""
    if intent.type is OrderType.MARKET:
        return bar.open
    rising = intent.side.sign > 0
    if intent.type is OrderType.LIMIT and intent.limit_price is not None:
        limit = float(intent.limit_price)
        if rising:
            return min(bar.open, limit) if bar.low <= limit else None
        return max(bar.open, limit) if bar.high >= limit else None
    if intent.type is OrderType.STOP and intent.stop_price is not None:
        stop = float(intent.stop_price)
        if rising:
            return max(bar.open, stop) if bar.high >= stop else None
        return min(bar.open, stop) if bar.low <= stop else None
    return None


async def _finish(handled: Handled) -> None:
    if handled is not None:
        await handled
