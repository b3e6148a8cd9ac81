"""The engine's side of a backtest: gate, books and venue, called one after the other."""

from collections.abc import Callable, Iterable, Mapping, Sequence

import msgspec

from ares_desktop.domain.accounts import BrokerAccount
from ares_desktop.domain.events import (
    CancelRequested,
    CarryBooked,
    CashFlowRecorded,
    JournalEvent,
    OrderDenied,
    OrderFilled,
    OrderSubmitted,
    Payload,
    PositionSplit,
)
from ares_desktop.domain.fills import Fill
from ares_desktop.domain.ids import ClientOrderId, CorrelationId, EventId, StrategyId
from ares_desktop.domain.market import MarketEvent
from ares_desktop.domain.orders import OrderIntent, OrderPurpose, OrderType, TimeInForce
from ares_desktop.domain.positions import NetPosition
from ares_desktop.domain.risk import RiskLimits
from ares_desktop.domain.simulation import AccountMode, SimulationSettings
from ares_desktop.engine.backtest.replay.actor import Actor
from ares_desktop.engine.backtest.replay.desk import Request
from ares_desktop.engine.backtest.replay.market import ReplayedMarket
from ares_desktop.engine.ports.broker import BrokerCapabilities, BrokerEvent, BrokerSession
from ares_desktop.engine.runtime.clocks import MarketClock
from ares_desktop.engine.simulation.simulated import SimulatedBroker
from ares_desktop.engine.trading.brackets import expand
from ares_desktop.engine.trading.fold import Fold
from ares_desktop.engine.trading.gate import AccountLink, RiskGate

Verdict = OrderSubmitted | OrderDenied
_NO_EVENT = EventId("")
_ALONE = CorrelationId("")


class Floor:
    """Carries out what strategies ask for, with the gate, the fold and the venue of a paper run.

    Attributes:
        clock: the market's.
        fold: orders, fills, positions and cash.
        fills: with the time of the moment in which each came about, nanoseconds.
        bookings: dividends, borrow fees, interest, funding and splits, timed in the same way.
    """

    def __init__(
        self, settings: SimulationSettings, limits: RiskLimits, market: ReplayedMarket, broker: SimulatedBroker
    ) -> None:
        self.clock = MarketClock()
        self.fold = Fold()
        self.broker = broker
        self.fills: list[tuple[int, Fill]] = []
        self.bookings: list[tuple[int, CarryBooked | PositionSplit]] = []
        self._account = settings.account
        self._actors: Mapping[StrategyId, Actor] = {}
        self._sequence = 0
        self.gate = RiskGate(
            self.fold,
            market,
            self.clock,
            wall=self.clock,
            default_limits=limits,
            is_running=self._is_running,
        )
        link = AccountLink(_capabilities(settings), settings.currency)
        link.connected = link.reconciled = True
        self.gate.add_account(settings.account, link)

    def admit(self, actors: Iterable[Actor]) -> None:
        """Let strategies trade; they are asked in the order of their names."""
        self._actors = {actor.name: actor for actor in sorted(actors, key=lambda actor: actor.name)}

    def equity(self) -> float | None:
        """Return what the account is worth, None when a price or rate is missing."""
        total = self.gate.equity(self._account)
        return None if total is None else float(total)

    def _is_running(self, strategy: StrategyId) -> bool:
        return not self._actors[strategy].ended

    def fund(self, *flows: CashFlowRecorded) -> None:
        """Book money that comes before trading begins."""
        for flow in flows:
            self._record(flow)

    def match(self, events: Sequence[MarketEvent]) -> None:
        """Let the market meet working orders, and tell strategies what came of it."""
        self._take(self.broker.on_market(events))

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
        steps: list[Callable[[], None]] = []
        late: list[ClientOrderId] = []
        verdicts: list[list[Verdict] | ClientOrderId] = []
        for request in requests:
            if not isinstance(request, OrderIntent):
                verdicts.append(request)
            elif verdicts and isinstance(verdicts[-1], list):
                verdicts[-1] += self._review(request)
            else:
                verdicts.append(self._review(request))
        for item in verdicts:
            if isinstance(item, list):
                for verdict in item:
                    self._record(verdict)
                intents = [verdict.intent for verdict in item if isinstance(verdict, OrderSubmitted)]
                if intents:
                    steps.append(lambda intents=intents: self._submit(intents))  # type: ignore[misc]
            elif item in self._unwritten(verdicts):
                late.append(item)
            elif self._request_cancel(item):
                steps.append(lambda order=item: self._cancel(order))  # type: ignore[misc]
        for step in steps:
            step()
        for order in late:
            if self._request_cancel(order):
                self._cancel(order)

    def _unwritten(self, verdicts: Sequence[list[Verdict] | ClientOrderId]) -> frozenset[ClientOrderId]:
        """Return the orders of this hand-over: their cancels wait until everything of it is at the venue."""
        return frozenset(
            verdict.intent.client_order_id for item in verdicts if isinstance(item, list) for verdict in item
        )

    def _review(self, intent: OrderIntent) -> list[Verdict]:
        now = self.clock.now()
        if intent.purpose is not OrderPurpose.STRATEGY:
            intent = msgspec.structs.replace(intent, purpose=OrderPurpose.STRATEGY)
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
            if not isinstance(event, BrokerAccount | NetPosition | BrokerSession):
                self._record(event)

    def _record(self, payload: Payload) -> None:
        """Fold a fact and tell whom it concerns."""
        self._sequence += 1
        at = self.clock.now()
        event = JournalEvent(
            sequence=self._sequence, id=_NO_EVENT, at=at, cause=_NO_EVENT, correlation=_ALONE, payload=payload
        )
        applied = self.fold.apply(event)
        self.gate.recorded(event, applied)
        if applied.order is not None:
            self._tell(applied.order.intent.strategy, applied.order)
        if isinstance(payload, OrderFilled) and applied.fill is not None:
            self.fills.append((self.clock.now_ns(), applied.fill))
            self._tell(applied.fill.strategy, applied.fill)
        elif isinstance(payload, CarryBooked | PositionSplit):
            self.bookings.append((self.clock.now_ns(), payload))
            self._tell(payload.strategy, payload)

    def _tell(self, strategy: StrategyId, news: object) -> None:
        actor = self._actors.get(strategy)
        if actor is not None and not actor.ended:
            actor.queue.append(news)  # type: ignore[arg-type]


def _capabilities(settings: SimulationSettings) -> BrokerCapabilities:
    return BrokerCapabilities(
        order_types=frozenset(OrderType),
        times_in_force=frozenset(TimeInForce),
        brackets=True,
        oco=True,
        reduce_only=True,
        short_sales=settings.mode is AccountMode.MARGIN,
    )
