"""Whatever is sent, filled, canceled and decided in whatever order: a close-only book never grows and never flips."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Final

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from ares_desktop.domain import events as e
from ares_desktop.domain.fills import Fill
from ares_desktop.domain.ids import MANUAL, ClientOrderId, CorrelationId, EventId, StrategyId, TradeId, VenueOrderId
from ares_desktop.domain.instruments import Instrument
from ares_desktop.domain.market import Quote
from ares_desktop.domain.money import ZERO
from ares_desktop.domain.orders import Bracket, Order, OrderIntent, OrderPurpose, OrderState, OrderType, Side
from ares_desktop.domain.risk import ALL_SCOPE, RiskLimits, TradingState
from ares_desktop.engine.data.hub import DataHub
from ares_desktop.engine.runtime.clocks import MarketClock
from ares_desktop.engine.trading.brackets import expand
from ares_desktop.engine.trading.fold import Fold
from ares_desktop.engine.trading.gate import AccountLink, RiskGate
from ares_desktop.engine.trading.state_sweep import StateSweep, excess
from ares_desktop.engine.trading.states import effective_state
from tests.engine.trading.books_builders import AAPL, NOW, PAPER, a_flow, an_intent
from tests.engine.trading.desk import EVERYTHING, NOW_NS

D = Decimal
BOOKS: Final = (StrategyId("one"), StrategyId("two"), MANUAL)
SCOPES: Final = (ALL_SCOPE, f"account:{PAPER}", "strategy:one", "strategy:two", f"instrument:{AAPL}")
STATES: Final = (TradingState.ACTIVE, TradingState.REDUCING, TradingState.REDUCING, TradingState.PAUSED)
BRACKETS: Final = (None, None, Bracket(stop=D(90), target=D(110)), Bracket(stop=D(90)))
TYPES: Final[tuple[tuple[OrderType, dict[str, Any]], ...]] = (
    (OrderType.MARKET, {}),
    (OrderType.LIMIT, {"limit_price": D(100)}),
    (OrderType.STOP, {"stop_price": D(100)}),
    (OrderType.TRAILING_STOP, {"trail": D(1)}),
)


class House(RuleBasedStateMachine):
    """A real gate over a real fold, and a venue that fills what it likes and cuts nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.fold = Fold()
        hub = DataHub([Instrument(id=AAPL)])
        clock = MarketClock(NOW_NS)
        limits = RiskLimits(duplicate_window_s=0.0, messages_per_second=1e9, max_leverage=D(1000))
        self.gate = RiskGate(self.fold, hub, clock, wall=clock, default_limits=limits, is_running=lambda _: True)
        link = AccountLink(EVERYTHING)
        link.connected = link.reconciled = True
        self.gate.add_account(PAPER, link)
        hub.publish([Quote(AAPL, NOW_NS, 100.0, 100.0)])
        self.taken_back: list[ClientOrderId] = []
        self.sweep = StateSweep(self.fold, self, lambda _: False)  # type: ignore[arg-type] # stands for the router
        self.number = 0
        for book in BOOKS:
            self.tell(a_flow("100000000", book))

    # what happens

    def tell(self, payload: e.Payload) -> None:
        self.number += 1
        event = e.JournalEvent(
            sequence=self.number,
            id=EventId(f"#{self.number}"),
            at=NOW,
            cause=EventId(""),
            correlation=CorrelationId(""),
            payload=payload,
        )
        applied = self.fold.apply(event)
        self.gate.recorded(event, applied)
        self.sweep.recorded(event, applied)

    def cancel_later(self, orders: Sequence[ClientOrderId], *, reason: str) -> None:
        assert reason
        self.taken_back += orders

    def position(self, book: StrategyId) -> Decimal:
        return self.fold.ledger.position(PAPER, book, AAPL).quantity

    def state(self, book: StrategyId) -> TradingState:
        return effective_state(self.fold.states, PAPER, book, AAPL)

    def working(self) -> list[Order]:
        return list(self.fold.registry.working())

    def send(self, intent: OrderIntent) -> bool:
        family, passed = expand(intent), list[OrderIntent]()
        for member in family:
            if self.gate.review(member) is not None:
                for other in passed:
                    self.gate.withdraw(other)
                return False
            passed.append(member)
        for member in family:
            self.tell(e.OrderSubmitted(intent=member, at=NOW))
            order = member.client_order_id
            self.tell(e.OrderAccepted(client_order_id=order, venue_order_id=VenueOrderId(f"v-{order}"), at=NOW))
        return True

    @rule(
        book=st.sampled_from(BOOKS),
        side=st.sampled_from(Side),
        quantity=st.integers(1, 12),
        kind=st.sampled_from(TYPES),
        purpose=st.sampled_from(
            [OrderPurpose.STRATEGY, OrderPurpose.STRATEGY, OrderPurpose.MANUAL, OrderPurpose.PROTECTIVE]
        ),
        reduce_only=st.booleans(),
        group=st.sampled_from(["", "", "pair"]),
        bracket=st.sampled_from(BRACKETS),
    )
    def submit(
        self,
        book: StrategyId,
        side: Side,
        quantity: int,
        kind: tuple[OrderType, dict[str, Any]],
        purpose: OrderPurpose,
        group: str,
        bracket: Bracket | None,
        *,
        reduce_only: bool,
    ) -> None:
        if bracket is not None and side is Side.SELL:
            bracket = Bracket(stop=D(110))
        intent = an_intent(
            f"{book}-{self.number:06d}",
            str(quantity),
            strategy=book,
            side=side,
            type=kind[0],
            purpose=purpose,
            reduce_only=reduce_only and bracket is None,
            oco_group=group if bracket is None else "",
            bracket=bracket,
            **kind[1],
        )
        passed = self.send(intent)
        if self.state(book) is TradingState.PAUSED and purpose is OrderPurpose.STRATEGY:
            assert not passed
        if self.state(book) is TradingState.HALTED:
            assert not passed

    @initialize(held=st.tuples(*[st.integers(-10, 10)] * len(BOOKS)), bracket=st.sampled_from(BRACKETS))
    def hold(self, held: tuple[int, ...], bracket: Bracket | None) -> None:
        """Begin with positions, some with a bracket's exits."""
        for book, quantity in zip(BOOKS, held, strict=True):
            if quantity:
                exits = bracket if quantity > 0 else None
                side = Side.BUY if quantity > 0 else Side.SELL
                order = f"{book}-000000"
                self.send(an_intent(order, str(abs(quantity)), strategy=book, side=side, bracket=exits))
                self.execute(order, D(abs(quantity)))

    @rule(
        book=st.sampled_from(BOOKS),
        kind=st.sampled_from(TYPES),
        purpose=st.sampled_from([OrderPurpose.STRATEGY, OrderPurpose.MANUAL]),
        part=st.integers(1, 3),
        reduce_only=st.booleans(),
    )
    def close(
        self,
        book: StrategyId,
        kind: tuple[OrderType, dict[str, Any]],
        purpose: OrderPurpose,
        part: int,
        *,
        reduce_only: bool,
    ) -> None:
        """Ask for an exit of a part of what a book holds."""
        held = self.position(book)
        quantity = abs(held) // part
        if quantity:
            side = Side.SELL if held > 0 else Side.BUY
            fields = {"type": kind[0], "purpose": purpose, "reduce_only": reduce_only, **kind[1]}
            self.send(an_intent(f"{book}-{self.number:06d}", str(quantity), strategy=book, side=side, **fields))

    def venue_allows(self, order: Order) -> Decimal:
        """Return what the venue may fill of an order: an exit waits for its entry."""
        if order.intent.parent is None:
            return order.remaining
        entry = self.fold.registry.get(order.intent.parent)
        assert entry is not None
        return min(order.remaining, entry.filled - order.filled)

    @rule(pick=st.integers(0, 50), part=st.integers(1, 12))
    def fill(self, pick: int, part: int) -> None:
        able = [order for order in self.working() if self.venue_allows(order) > 0]
        if not able:
            return
        order = able[pick % len(able)]
        self.execute(order.id, min(D(part), self.venue_allows(order)))

    def execute(self, name: str, quantity: Decimal) -> None:
        """Fill a part of an order, and hold the books to what their state allows."""
        order = self.fold.registry.get(ClientOrderId(name))
        assert order is not None
        intent = order.intent
        before = self.position(intent.strategy)
        fill = Fill(
            trade_id=TradeId(f"t{self.number}"),
            client_order_id=order.id,
            strategy=intent.strategy,
            account=PAPER,
            instrument=AAPL,
            side=intent.side,
            quantity=quantity,
            price=D(100),
            at=NOW,
        )
        self.tell(e.OrderFilled(fill=fill))
        after = self.position(intent.strategy)
        if self.state(intent.strategy) is not TradingState.ACTIVE:
            assert abs(after) < abs(before), f"{intent.strategy} went from {before} to {after} by {intent}"
            assert before * after >= 0, f"{intent.strategy} flipped from {before} to {after}"
        self.follow(order, quantity)

    def follow(self, order: Order, quantity: Decimal) -> None:
        """Let OCO partners shrink by what one of them filled; once a bracket's exit fills, its entry ends."""
        intent = order.intent
        if intent.parent is not None:
            self.cancel_at_venue(intent.parent)
        for other in self.working():
            same = other.intent.oco_group == intent.oco_group and other.intent.strategy == intent.strategy
            if not intent.oco_group or not same or other.id == order.id:
                continue
            left = other.intent.quantity - quantity
            if left <= other.filled:
                self.cancel_at_venue(other.id)
            else:
                self.tell(e.OrderUpdated(client_order_id=other.id, at=NOW, quantity=left))

    def cancel_at_venue(self, order: ClientOrderId) -> None:
        found = self.fold.registry.get(order)
        if found is None or not found.is_working:
            return
        self.tell(e.OrderCanceled(client_order_id=order, at=NOW, reason="as asked"))
        if not found.filled:
            for child in self.working():
                if child.intent.parent == order:
                    self.cancel_at_venue(child.id)

    @rule(pick=st.integers(0, 50), confirmed=st.booleans())
    def cancel(self, pick: int, *, confirmed: bool) -> None:
        orders = self.working()
        if not orders:
            return
        order = orders[pick % len(orders)]
        self.tell(e.CancelRequested(client_order_id=order.id, at=NOW, reason="changed its mind"))
        if confirmed:
            self.cancel_at_venue(order.id)

    @rule(scope=st.sampled_from(SCOPES[:3]))
    def reduce(self, scope: str) -> None:
        self.decide(scope, TradingState.REDUCING, "")

    @rule(scope=st.sampled_from(SCOPES), state=st.sampled_from(STATES), holder=st.sampled_from(["", "loss ladder"]))
    def decide(self, scope: str, state: TradingState, holder: str) -> None:
        """Set a state; what it no longer allows is canceled before anything else fills."""
        self.tell(e.TradingStateSet(scope=scope, state=state, reason="", source="test", at=NOW, holder=holder))
        self.hurry()
        for name in self.sweep.found(ALL_SCOPE):
            self.cancel_at_venue(name)

    def hurry(self) -> None:
        """Confirm the cancels that were asked for before."""
        for order in self.working():
            if order.state is OrderState.PENDING_CANCEL:
                self.cancel_at_venue(order.id)

    @rule(giver=st.sampled_from(BOOKS), taker=st.sampled_from(BOOKS), part=st.integers(1, 3))
    def move(self, giver: StrategyId, taker: StrategyId, part: int) -> None:
        """Give a part of a holding to another book; what works for it and is too much now is canceled."""
        held = self.position(giver)
        quantity = D(int(held / part))
        if giver == taker or not quantity:
            return
        self.tell(
            e.PositionMoved(
                account=PAPER,
                instrument=AAPL,
                giver=giver,
                taker=taker,
                quantity=quantity,
                cost=quantity * 100,
                currency="USD",
                multiplier=D(1),
                kind="assign",
                move=f"m{self.number}",
                source="test",
                at=NOW,
            )
        )
        self.hurry()
        for name in self.taken_back:
            self.cancel_at_venue(name)
        self.taken_back.clear()

    @invariant()
    def everything_that_works_together_only_closes(self) -> None:
        """Say it of all orders at once: their sum, OCO groups counted once, is at most the position."""
        for book in BOOKS:
            if self.state(book) is TradingState.ACTIVE:
                continue
            mine = [order for order in self.working() if order.intent.strategy == book]
            assert excess(self.position(book), mine) == []


CloseOnly = House.TestCase
CloseOnly.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)


def a_working(order: str, quantity: str, **fields: Any) -> Order:
    return Order(intent=an_intent(order, quantity, **fields), state=OrderState.ACCEPTED, updated_at=NOW)


@pytest.mark.parametrize("state", [TradingState.REDUCING, TradingState.PAUSED])
def test_a_stricter_state_takes_entries_back_and_leaves_the_stop(state: TradingState) -> None:
    house = House()
    house.send(an_intent("one-000001", "10", strategy=BOOKS[0]))
    house.fill(0, 10)
    stop = {"type": OrderType.STOP, "stop_price": D(90), "purpose": OrderPurpose.PROTECTIVE, "reduce_only": True}
    for order, quantity, fields in (
        ("one-000002", "10", {"side": Side.SELL, **stop}),
        ("one-000003", "5", {"type": OrderType.LIMIT, "limit_price": D(95)}),
        ("one-000004", "10", {"side": Side.SELL, "type": OrderType.LIMIT, "limit_price": D(105)}),
    ):
        assert house.send(an_intent(order, quantity, strategy=BOOKS[0], **fields))
    house.decide(ALL_SCOPE, state, "")
    assert [order.id for order in house.working()] == ["one-000002"]
    assert not house.send(an_intent("one-000005", "1", strategy=BOOKS[0], side=Side.SELL))
    house.cancel(0, confirmed=True)
    by_hand = {"strategy": BOOKS[0], "side": Side.SELL, "purpose": OrderPurpose.MANUAL}
    assert not house.send(an_intent("ares-000006", "11", **by_hand))
    assert house.send(an_intent("ares-000007", "10", **by_hand))


def test_two_exits_of_one_book_beside_another_book_can_t_flip_it_together() -> None:
    house = House()
    for book in BOOKS[:2]:
        house.send(an_intent(f"{book}-000001", "10", strategy=book))
        house.fill(0, 10)
    house.decide("strategy:one", TradingState.REDUCING, "")
    out: dict[str, Any] = {"strategy": BOOKS[0], "side": Side.SELL, "reduce_only": True}
    assert house.send(an_intent("one-000002", "10", type=OrderType.STOP, stop_price=D(90), **out))
    assert not house.send(an_intent("one-000003", "1", **out))


def test_an_order_can_t_be_changed_into_more_than_its_book_holds() -> None:
    house = House()
    house.send(an_intent("one-000001", "10", strategy=BOOKS[0]))
    house.fill(0, 10)
    out: dict[str, Any] = {"strategy": BOOKS[0], "side": Side.SELL, "type": OrderType.LIMIT, "limit_price": D(105)}
    assert house.send(an_intent("one-000002", "4", **out))
    house.decide(ALL_SCOPE, TradingState.REDUCING, "")
    (order,) = house.working()
    assert house.gate.review_growth(order, D(10)) is None
    assert house.gate.review_growth(order, D(3)) is None
    assert house.gate.review_growth(order, D(11)) is not None


def test_an_oco_pair_counts_once() -> None:
    pair = [
        a_working("one-1", "10", side=Side.SELL, oco_group="pair"),
        a_working("one-2", "10", side=Side.SELL, oco_group="pair"),
    ]
    assert excess(D(10), pair) == []
    assert excess(D(10), [*pair, a_working("one-3", "1", side=Side.SELL)]) == ["one-3"]


@pytest.mark.parametrize(("position", "left"), [(ZERO, ["one-1", "one-2"]), (D(5), ["one-2"]), (D(-5), ["one-1"])])
def test_a_flat_book_keeps_nothing_and_others_their_exits(position: Decimal, left: list[str]) -> None:
    orders = [a_working("one-1", "5", side=Side.SELL), a_working("one-2", "5", side=Side.BUY)]
    assert excess(position, orders) == left
