"""The accounting identity: whatever happens, in any order and twice, the books balance and add up to the account."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule

from ares_desktop.domain import events as e
from ares_desktop.domain.ids import UNASSIGNED, InstrumentId, StrategyId, TradeId
from ares_desktop.domain.money import ZERO
from ares_desktop.domain.orders import Side
from ares_desktop.engine.trading.fold import Fold
from ares_desktop.engine.trading.nav import Nav
from tests.engine.trading.books_builders import AAPL, NOW, PAPER, TREND, a_fill, a_flow, events

D = Decimal
CNR = StrategyId("cnr")
PAR = D(100)
BOOKS = (TREND, CNR, UNASSIGNED)
TERMS = {AAPL: ("USD", D(1)), InstrumentId("FDAX.EUREX"): ("EUR", D(25))}

books = st.sampled_from(BOOKS)
names = st.sampled_from(list(TERMS))
cents = st.integers(-500_000, 500_000).map(lambda n: D(n) / 100)
prices = st.integers(1, 1_000_000).map(lambda n: D(n) / 1000)
units = st.integers(1, 5_000).map(lambda n: D(n) / 100)


class Books(RuleBasedStateMachine):
    """Feeds a fold with anything, counts cash and units by itself, and values every book at prices of its own."""

    facts = Bundle("facts")

    def __init__(self) -> None:
        super().__init__()
        self.fold = Fold()
        self.log: list[e.JournalEvent] = []
        self.cash: dict[str, Decimal] = {}
        self.held: dict[InstrumentId, Decimal] = {}
        self.traded: dict[str, Decimal] = {}
        self.navs = {book: Nav() for book in BOOKS}

    def append(self, payload: e.Payload) -> None:
        (event,) = events([payload], start=len(self.log) + 1)
        self.log.append(event)
        self.fold.apply(event)

    def paid(self, currency: str, amount: Decimal) -> None:
        self.cash[currency] = self.cash.get(currency, ZERO) + amount

    @rule(target=facts, book=books, name=names, side=st.sampled_from(Side), quantity=units, price=prices, cost=cents)
    def trade(
        self, book: StrategyId, name: InstrumentId, side: Side, quantity: Decimal, price: Decimal, cost: Decimal
    ) -> e.OrderFilled:
        currency, multiplier = TERMS[name]
        fill = a_fill(
            str(quantity),
            str(price),
            f"t{len(self.log)}",
            side=side,
            strategy=book,
            instrument=name,
            currency=currency,
            multiplier=multiplier,
            commission=cost,
        )
        self.append(e.OrderFilled(fill=fill))
        signed = fill.signed_quantity
        self.held[name] = self.held.get(name, ZERO) + signed
        self.paid(currency, -signed * price * multiplier - cost)
        self.traded[fill.trade_id] = cost
        return e.OrderFilled(fill=fill)

    @rule(fact=facts)
    def tell_twice(self, fact: e.OrderFilled) -> None:
        self.append(fact)

    @rule(fact=facts, commission=cents)
    def report_commission(self, fact: e.OrderFilled, commission: Decimal) -> None:
        fill = fact.fill
        self.append(e.CommissionReported(fill=fill, commission=commission, at=NOW))
        self.paid(fill.currency, self.traded[fill.trade_id] - commission)
        self.traded[fill.trade_id] = commission

    @rule(book=books, currency=st.sampled_from(["USD", "EUR"]), amount=cents)
    def flow(self, book: StrategyId, currency: str, amount: Decimal) -> None:
        self.unmoved(lambda: self.append(a_flow(str(amount), book, currency=currency)))
        self.paid(currency, amount)

    @rule(book=books, name=names, amount=cents)
    def earn(self, book: StrategyId, name: InstrumentId, amount: Decimal) -> None:
        currency = TERMS[name][0]
        self.append(
            e.CarryBooked(
                account=PAPER,
                strategy=book,
                instrument=name,
                kind="dividend",
                amount=amount,
                currency=currency,
                key=f"c{len(self.log)}",
                at=NOW,
            )
        )
        self.paid(currency, amount)

    @rule(book=books, name=names)
    def split_in_two(self, book: StrategyId, name: InstrumentId) -> None:
        before = self.fold.ledger.position(PAPER, book, name).quantity
        self.append(
            e.PositionSplit(
                account=PAPER,
                strategy=book,
                instrument=name,
                before=before,
                after=before * 2,
                numerator=2,
                denominator=1,
                cash=ZERO,
                price=D(1),
                currency=TERMS[name][0],
                key=f"s{len(self.log)}",
                at=NOW,
            )
        )
        self.held[name] = self.held.get(name, ZERO) + before

    @rule(name=names, quantity=units, price=prices, mark=prices)
    def find(self, name: InstrumentId, quantity: Decimal, price: Decimal, mark: Decimal) -> None:
        currency, multiplier = TERMS[name]
        self.append(
            e.PositionAdjusted(
                account=PAPER,
                strategy=UNASSIGNED,
                instrument=name,
                quantity=quantity,
                price=price,
                reason="found",
                at=NOW,
                currency=currency,
                multiplier=multiplier,
                mark=mark,
            )
        )
        self.held[name] = self.held.get(name, ZERO) + quantity

    @rule(name=names, pair=st.permutations(BOOKS), share=st.integers(1, 4), mark=prices, back=st.booleans())
    def move(self, name: InstrumentId, pair: list[StrategyId], share: int, mark: Decimal, back: bool) -> None:
        giver, taker, _ = pair
        ledger, (currency, multiplier) = self.fold.ledger, TERMS[name]
        before = ledger.position(PAPER, giver, name), ledger.position(PAPER, taker, name)
        if not before[0].quantity:
            return
        part = before[0].quantity if share == 1 else (before[0].quantity / share).quantize(D("0.01"))
        cost = before[0].cost if share == 1 else (before[0].cost * part / before[0].quantity).quantize(D("1E-10"))
        if not before[0].quantity - part and cost != before[0].cost:
            return
        if not before[1].quantity + part:
            return
        terms: dict[str, Any] = {
            "account": PAPER,
            "instrument": name,
            "currency": currency,
            "multiplier": multiplier,
            "source": "test",
            "at": NOW,
            "quantity": part,
            "cost": cost,
            "value": part * mark * multiplier,
        }
        move = e.PositionMoved(giver=giver, taker=taker, kind="split", move=f"m{len(self.log)}", **terms)
        self.unmoved(lambda: self.append(move), name, mark)
        assert ledger.position(PAPER, giver, name).realized == before[0].realized
        assert ledger.position(PAPER, taker, name).realized == before[1].realized
        if back:
            undo = e.PositionMoved(
                giver=taker, taker=giver, kind="undo", move=f"m{len(self.log)}", undoes=move.move, **terms
            )
            self.unmoved(lambda: self.append(undo), name, mark)
            for book, held in ((giver, before[0]), (taker, before[1])):
                now = ledger.position(PAPER, book, name)
                assert (now.quantity, now.cost, now.realized) == (held.quantity, held.cost, held.realized)
            assert self.fold.history.moves[move.move].undone_by == undo.move

    def equity(self, book: StrategyId, marks: dict[InstrumentId, Decimal]) -> Decimal:
        ledger = self.fold.ledger
        value = sum((ledger.position(PAPER, book, name).market_value(mark) for name, mark in marks.items()), ZERO)
        return value + ledger.cash(PAPER, book, "USD") + ledger.cash(PAPER, book, "EUR")

    def capital(self, book: StrategyId) -> Decimal:
        return sum((self.fold.ledger.capital(PAPER, book, currency) for currency in ("USD", "EUR")), ZERO)

    def unmoved(self, act: Callable[[], None], name: InstrumentId = AAPL, mark: Decimal = PAR) -> None:
        """Do something that must not change the price of a NAV unit of any book, at one euro for a dollar."""
        marks = dict.fromkeys(TERMS, D(100)) | {name: mark}
        before = {}
        for book, nav in self.navs.items():
            nav.value(self.equity(book, marks), self.capital(book), NOW.date())
            before[book] = (nav.price, nav.units, self.equity(book, marks))
        act()
        for book, nav in self.navs.items():
            price, had_units, had = before[book]
            nav.value(self.equity(book, marks), self.capital(book), NOW.date())
            if had_units > 1e-6 and had > 1 and self.equity(book, marks) > 1 and price > 1e-6:
                assert abs(nav.price / price - 1) < 1e-6

    @invariant()
    def everything_adds_up(self) -> None:
        ledger = self.fold.ledger
        assert ledger.fault == ""
        assert self.fold.broken_by == 0
        assert ledger.check()
        for currency, amount in self.cash.items():
            assert ledger.account_cash(PAPER, currency) == amount
            assert sum((ledger.cash(PAPER, book, currency) for book in BOOKS), ZERO) == amount
        for name, quantity in self.held.items():
            assert ledger.net(PAPER, name) == quantity
            assert sum((ledger.position(PAPER, book, name).quantity for book in BOOKS), ZERO) == quantity

    def teardown(self) -> None:
        half = Fold()
        for event in self.log[: len(self.log) // 2]:
            half.apply(event)
        again = Fold.decode(half.encode())
        assert again is not None
        for event in self.log:
            again.apply(event)
        assert again.ledger.dump() == self.fold.ledger.dump()
        assert again.history.dump() == self.fold.history.dump()
        assert again.attribution.dump() == self.fold.attribution.dump()


Books.TestCase.settings = settings(max_examples=12, stateful_step_count=20, deadline=None)
TestBooks = Books.TestCase


def told(fold: Fold, *fills: tuple[str, str, str]) -> Fold:
    """Tell executions of the order ``trend-000001``: trade id, quantity, price."""
    payloads = [e.OrderFilled(fill=a_fill(quantity, price, trade)) for trade, quantity, price in fills]
    for event in events(payloads, start=fold.last_sequence + 1):
        fold.apply(event)
    return fold


def holding(fold: Fold) -> tuple[Decimal, Decimal, Decimal]:
    position = fold.ledger.position(PAPER, TREND, AAPL)
    return position.quantity, position.cost, fold.ledger.cash(PAPER, TREND)


def test_a_told_execution_takes_the_place_of_an_inferred_one() -> None:
    direct = told(Fold(), ("a", "3", "100"), ("b", "2", "101"))
    guessed = told(Fold(), ("a", "3", "100"), ("inferred:trend-000001:5", "2", "100"), ("b", "2", "101"))
    assert holding(guessed) == holding(direct) == (D(5), D(502), D(-502))
    assert [fill.trade_id for fill in guessed.registry.fills()] == ["a", "b"]
    assert told(guessed, ("b", "2", "101"), ("inferred:trend-000001:5", "2", "100")).ledger.fills_count == 2
    assert guessed.ledger.check()
    assert guessed.ledger.fault == ""


def test_an_inferred_execution_is_told_in_parts_and_beyond() -> None:
    fold = told(Fold(), ("inferred:trend-000001:5", "5", "100"), ("a", "2", "99"), ("b", "4", "101"))
    assert holding(fold) == (D(6), D(602), D(-602))
    again = Fold.decode(fold.encode())
    assert again is not None
    assert holding(told(again, ("a", "2", "99"))) == (D(6), D(602), D(-602))


def test_a_revision_of_an_execution_replaces_the_earlier_one() -> None:
    fold = told(Fold(), ("0001.65ab.01.01", "10", "100"), ("0001.65ab.01.02", "8", "99"))
    assert holding(fold) == (D(8), D(792), D(-792))
    assert holding(told(fold, ("0001.65ab.01.01", "10", "100"))) == (D(8), D(792), D(-792))
    assert [fill.trade_id for fill in fold.registry.fills()] == [TradeId("0001.65ab.01.02")]


def test_a_book_that_was_tampered_with_is_found_at_its_next_event() -> None:
    fold = told(Fold(), ("a", "3", "100"))
    fold.ledger._books[PAPER, TREND].postings["USD"].balances[0] += 1
    told(fold, ("b", "1", "100"), ("c", "1", "100"))
    assert fold.broken_by == 2
    assert "postings off by 1" in fold.ledger.fault
    again = Fold.decode(fold.encode())
    assert again is not None
    assert (again.broken_by, again.ledger.fault) == (2, fold.ledger.fault)
