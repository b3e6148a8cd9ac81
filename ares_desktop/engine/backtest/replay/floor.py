"""The engine's side of a backtest: gate, books and venue, called one after the other."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any, Final

import msgspec

from ares_desktop.domain.accounts import BrokerAccount
from ares_desktop.domain.events import (
    CancelRequested,
    CarryBooked,
    CashFlowRecorded,
    OrderAccepted,
    OrderDenied,
    OrderEvent,
    OrderFilled,
    OrderSubmitted,
    PositionSplit,
    TradingStateSet,
)
from ares_desktop.domain.fills import Fill
from ares_desktop.domain.ids import ClientOrderId, StrategyId
from ares_desktop.domain.limits import ScopeLimits
from ares_desktop.domain.market import MarketEvent, from_ns
from ares_desktop.domain.orders import OrderIntent, OrderPurpose, OrderType, TimeInForce
from ares_desktop.domain.positions import NetPosition
from ares_desktop.domain.risk import KillSwitchReport, LimitsInForce, RiskLimits
from ares_desktop.domain.simulation import AccountMode, SimulationSettings
from ares_desktop.engine.backtest.replay.actor import Actor, News
from ares_desktop.engine.backtest.replay.desk import Request
from ares_desktop.engine.backtest.replay.market import ReplayedMarket
from ares_desktop.engine.backtest.replay.orders import OrderEntry, ReplayedOrders
from ares_desktop.engine.ports.broker import BrokerCapabilities, BrokerEvent, BrokerSession
from ares_desktop.engine.runtime.clocks import MarketClock
from ares_desktop.engine.simulation.simulated import SimulatedBroker
from ares_desktop.engine.trading.brackets import expand
from ares_desktop.engine.trading.gate import AccountLink, RiskGate
from ares_desktop.engine.trading.ledger import Ledger
from ares_desktop.engine.trading.opening_hours import OpeningHours
from ares_desktop.engine.trading.safety import Safety

Verdict = OrderSubmitted | OrderDenied
_REPORTS: Final = (BrokerAccount, NetPosition, BrokerSession)
ROUNDS: Final = 4
"""How often strategies may answer within a moment, as in the live run."""


class ReplayClock(MarketClock):
    """The market's clock, which makes each of its times once."""

    def __init__(self) -> None:
        super().__init__()
        self._made_ns, self._made = 0, from_ns(0)

    def now(self) -> datetime:
        """Return the aware UTC market time."""
        if self._made_ns != self._ns:
            self._made_ns, self._made = self._ns, from_ns(self._ns)
        return self._made


class ReplayFold:
    """The facts of a backtest, as the gate looks at them; nobody sets a state, a limit or the kill switch in one.

    Attributes:
        registry: orders.
        ledger: positions and cash.
    """

    def __init__(self) -> None:
        self.registry = ReplayedOrders()
        self.ledger = Ledger()
        self.states: Mapping[str, TradingStateSet] = {}
        self.limits: Mapping[str, ScopeLimits] = {}
        self.safety = Safety()
        self.kill_switch = KillSwitchReport(engaged=False)


class Floor:
    """Carries out what strategies ask for, with the gate, the fold and the venue of a paper run.

    Attributes:
        clock: the market's.
        fold: orders, fills, positions and cash.
        fills: with the time of the moment in which each came about, nanoseconds.
        account: of the run.
        catch_up: reckons what the express lane has put off.
        bookings: dividends, borrow fees, interest, funding and splits, timed in the same way.
    """

    def __init__(
        self,
        settings: SimulationSettings,
        limits: RiskLimits,
        market: ReplayedMarket,
        broker: SimulatedBroker,
        *,
        hours: OpeningHours | None = None,
    ) -> None:
        self.clock = ReplayClock()
        self.fold = ReplayFold()
        self.broker = broker
        self.fills: list[tuple[int, Fill]] = []
        self.bookings: list[tuple[int, CarryBooked | PositionSplit]] = []
        self.account = settings.account
        self.catch_up: Callable[[], None] = _nothing
        self._actors: Mapping[StrategyId, Actor] = {}
        self.gate = RiskGate(
            self.fold,
            market,
            self.clock,
            wall=self.clock,
            default_limits=limits,
            is_running=self._is_running,
            hours=hours,
        )
        link = AccountLink(_capabilities(settings), settings.currency)
        link.connected = link.reconciled = True
        self.gate.add_account(settings.account, link)

    def admit(self, actors: Iterable[Actor]) -> None:
        """Let strategies trade; they are asked in the order of their names."""
        self._actors = {actor.name: actor for actor in sorted(actors, key=lambda actor: actor.name)}

    def equity(self) -> float | None:
        """Return what the account is worth, None when a price or rate is missing."""
        total = self.gate.equity(self.account)
        return None if total is None else float(total)

    def limits_seen_by(self, strategy: StrategyId) -> LimitsInForce:
        """Return a strategy's own view of its limits, once what was put off is reckoned."""
        self.catch_up()
        return self.gate.view_of(self.account, strategy)

    def _is_running(self, strategy: StrategyId) -> bool:
        return not self._actors[strategy].ended

    def fund(self, *flows: CashFlowRecorded) -> None:
        """Book money that comes before trading begins."""
        for flow in flows:
            self.fold.ledger.post_flow(flow)

    def match(self, events: Sequence[MarketEvent]) -> None:
        """Let the market meet working orders, and tell strategies what came of it."""
        news = self.broker.on_market(events)
        if len(news) == 1 and type(news[0]) is OrderFilled:
            self._filled(news[0])
        elif news:
            self._take(news)

    async def answers(self, rounds: int) -> None:
        """Let strategies answer to the moment, and to what becomes of what they answer with."""
        now_ns = self.clock.now_ns()
        for _ in range(rounds):
            for actor in self._actors.values():
                if actor.is_awake(now_ns):
                    await actor.hear(now_ns)
            self.hand_over()
            if not any(actor.queue for actor in self._actors.values() if not actor.ended):
                break

    def hand_over(self) -> None:
        """Carry out what strategies asked for, one strategy after the other, then pass their messages on."""
        requests: list[Request] = []
        messages: list[tuple[str, bytes]] = []
        for actor in self._actors.values():
            desk = actor.desk
            if desk.requests:
                requests += desk.requests
                desk.requests = []
            if desk.messages:
                messages += desk.messages
                desk.messages = []
        if requests:
            self._carry_out(requests)
        for topic, body in messages:
            for actor in self._actors.values():
                if topic in actor.desk.topics:
                    actor.queue.append((topic, body))

    def _carry_out(self, requests: Sequence[Request]) -> None:
        """Review and write down everything first, as one commit of the journal does, then hand it to the venue."""
        if len(requests) == 1 and isinstance(requests[0], OrderIntent) and requests[0].bracket is None:
            self.carry_out_one(requests[0], self.clock.now())
            return
        batches: list[list[Verdict] | ClientOrderId] = []
        for request in requests:
            if not isinstance(request, OrderIntent):
                batches.append(request)
            elif batches and isinstance(batches[-1], list):
                batches[-1] += self._review(request)
            else:
                batches.append(self._review(request))
        fresh = self._unwritten(batches)
        steps = [self._write(batch) for batch in batches if isinstance(batch, list) or batch not in fresh]
        for step in steps:
            step()
        for order in batches:
            if not isinstance(order, list) and order in fresh:
                self._write(order)()

    def _write(self, batch: list[Verdict] | ClientOrderId) -> Callable[[], None]:
        """Write verdicts or the wish for a cancel down; return what hands them to the venue."""
        if not isinstance(batch, list):
            return partial(self._cancel, batch) if self._request_cancel(batch) else _nothing
        for verdict in batch:
            self._record(verdict)
        intents = [verdict.intent for verdict in batch if isinstance(verdict, OrderSubmitted)]
        return partial(self._submit, intents) if intents else _nothing

    def carry_out_one(self, intent: OrderIntent, now: datetime) -> None:
        """Do the same for the one intent that most moments have at most; it has no bracket."""
        if intent.purpose is not OrderPurpose.STRATEGY or intent.parent is not None:
            intent = msgspec.structs.replace(intent, purpose=OrderPurpose.STRATEGY, parent=None)
        refusal = self.gate.review(intent)
        if refusal is not None:
            self._record(OrderDenied(intent=intent, reason=refusal[0], detail=refusal[1], at=now))
            return
        self._send(intent, now)

    def accepted(self, intent: OrderIntent) -> None:
        """Carry out an intent that the gate has let through at the time it was made."""
        self.gate.let_through(intent)
        self._send(intent, intent.created_at)

    def _send(self, intent: OrderIntent, now: datetime) -> None:
        entry = self.fold.registry.submit(intent, now)
        actor = self._actors[intent.strategy]
        if actor.follows_orders or actor.queue:
            self._moved_on(entry)
            self._submit((intent,))
            return
        # The venue's answer comes before anybody can look at the order.
        events = self.broker.submit((intent,), self.broker.clock_ns)
        if len(events) == 1 and type(events[0]) is OrderAccepted and not entry.events:
            entry.events.append(events[0])
            actor.context.follow(intent.client_order_id, entry, 2)
        else:
            self._take(events)

    def _unwritten(self, verdicts: Sequence[list[Verdict] | ClientOrderId]) -> frozenset[ClientOrderId]:
        """Return the orders of this hand-over: their cancels wait until everything of it is at the venue."""
        return frozenset(
            verdict.intent.client_order_id for item in verdicts if isinstance(item, list) for verdict in item
        )

    def _review(self, intent: OrderIntent) -> list[Verdict]:
        now = self.clock.now()
        if intent.purpose is not OrderPurpose.STRATEGY or intent.parent is not None:
            intent = msgspec.structs.replace(intent, purpose=OrderPurpose.STRATEGY, parent=None)
        passed: list[OrderIntent] = []
        for member in expand(intent):
            refusal = self.gate.review(member)
            if refusal is not None:
                for other in passed:
                    self.gate.withdraw(other)
                return [OrderDenied(intent=intent, reason=refusal[0], detail=refusal[1], at=now)]
            passed.append(member)
        return [OrderSubmitted(intent=member, at=now) for member in passed]

    def _submit(self, intents: Sequence[OrderIntent]) -> None:
        self._take(self.broker.submit(intents, self.broker.clock_ns))

    def _request_cancel(self, order: ClientOrderId) -> bool:
        found = self.fold.registry.get(order)
        if found is None or not found.is_working:
            return False
        self._record(
            CancelRequested(client_order_id=order, at=self.clock.now(), reason="canceled by its strategy"),
        )
        return True

    def _cancel(self, order: ClientOrderId) -> None:
        self._take(self.broker.cancel((order,), self.broker.clock_ns))

    def _take(self, events: Iterable[BrokerEvent]) -> None:
        for event in events:
            if not isinstance(event, _REPORTS):
                self._record(event)

    def _record(self, payload: Any) -> None:  # noqa: ANN401 - what a venue or a verdict says; its type chooses
        """Write a fact down and tell whom it concerns, orders before their fills."""
        kind = type(payload)
        if kind is OrderAccepted:
            self._accepted(payload)
        elif kind is OrderFilled:
            self._filled(payload)
        elif kind is OrderSubmitted:
            self._submitted(payload.intent, payload.at)
        elif kind is OrderDenied:
            order = self.fold.registry.deny(payload)
            if order is not None:
                self._tell(order.intent.strategy, order)
        elif kind is CarryBooked:
            self.fold.ledger.post_carry(payload)
            self._booked(payload)
        elif kind is PositionSplit:
            self.fold.ledger.post_split(payload)
            self._booked(payload)
        else:
            entry = self.fold.registry.entry(payload.client_order_id)
            if entry is not None:
                self._moved(entry, payload)

    def _submitted(self, intent: OrderIntent, at: datetime) -> OrderEntry:
        entry = self.fold.registry.submit(intent, at)
        self._moved_on(entry)
        return entry

    def _accepted(self, payload: OrderAccepted) -> None:
        registry = self.fold.registry
        entry = registry.entry(payload.client_order_id)
        if entry is None:
            return
        if entry.events:
            self._moved(entry, payload)
            return
        registry.add_accepted(entry, payload)
        self._moved_on(entry)

    def _moved_on(self, entry: OrderEntry) -> None:
        """Tell of an order that changed without an end and without effect on what it may still trade."""
        actor = self._actors.get(entry.intent.strategy)
        if actor is None or actor.ended:
            return
        if (
            actor.follows_orders
            or actor.queue
            or not actor.context.follow(entry.intent.client_order_id, entry, len(entry))
        ):
            actor.queue.append(entry.upto(len(entry)))

    def _moved(self, entry: OrderEntry, payload: OrderEvent) -> None:
        order = self.fold.registry.add(entry, payload)
        self.gate.exposure.update(order)
        self._tell(order.intent.strategy, order)

    def _filled(self, payload: OrderFilled) -> None:
        fill = payload.fill
        fold = self.fold
        fold.ledger.post_fill(fill)
        self.fills.append((self.clock.now_ns(), fill))
        entry = fold.registry.entry(fill.client_order_id)
        if entry is None:
            self._tell(fill.strategy, fill)
            return
        actor, throttled = self._actors.get(fill.strategy), self.gate.counts_executions
        if len(entry.events) == 1 and fill.quantity == entry.intent.quantity:
            fold.registry.add_whole(entry, payload)
            if entry.intent.bracket is None:
                self.gate.exposure.release(fill.client_order_id)
            else:
                self.gate.exposure.update(entry.upto(len(entry)))
            if actor is not None and not actor.follows_orders and not actor.queue and not actor.ended and not throttled:
                position = fold.ledger.position(fill.account, fill.strategy, fill.instrument)
                actor.complete(fill, position, entry)
                return
            order = entry.upto(len(entry))
        else:
            order = fold.registry.add(entry, payload)
            self.gate.exposure.update(order)
        self.gate.executed(order, fill.at)
        self._tell(order.intent.strategy, order)
        self._tell(fill.strategy, fill)

    def _booked(self, payload: CarryBooked | PositionSplit) -> None:
        self.bookings.append((self.clock.now_ns(), payload))
        self._tell(payload.strategy, payload)

    def _tell(self, strategy: StrategyId, news: News) -> None:
        actor = self._actors.get(strategy)
        if actor is not None and not actor.ended:
            actor.queue.append(news)


def _capabilities(settings: SimulationSettings) -> BrokerCapabilities:
    return BrokerCapabilities(
        order_types=frozenset(OrderType),
        times_in_force=frozenset(TimeInForce),
        brackets=True,
        oco=True,
        reduce_only=True,
        reduces_books=True,
        short_sales=settings.mode is AccountMode.MARGIN,
    )


def _nothing() -> None:
    pass
