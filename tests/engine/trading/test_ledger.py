"""Books, netted accounts and the proof that they add up."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from ares_desktop.domain.events import CarryBooked, PositionAdjusted, PositionSplit
from ares_desktop.domain.fills import Fill
from ares_desktop.domain.ids import UNASSIGNED, InstrumentId, StrategyId
from ares_desktop.domain.money import ZERO
from ares_desktop.domain.orders import Side
from ares_desktop.engine.trading.ledger import Ledger
from tests.engine.trading.books_builders import AAPL, NOW, PAPER, TREND, a_fill, a_flow

D = Decimal
CNR = StrategyId("cnr")

MULTIPLIERS = {AAPL: D(1), InstrumentId("ES.CME"): D(50)}


def fills_of(instrument: InstrumentId) -> st.SearchStrategy[Fill]:
    return st.builds(
        a_fill,
        quantity=st.integers(1, 10_000).map(lambda n: str(D(n) / 100)),
        price=st.integers(1, 10_000_000).map(lambda n: str(D(n) / 10_000)),
        side=st.sampled_from(Side),
        strategy=st.sampled_from([TREND, CNR, UNASSIGNED]),
        instrument=st.just(instrument),
        multiplier=st.just(MULTIPLIERS[instrument]),
        commission=st.integers(-500, 500).map(lambda n: D(n) / 100),
    )


fills = st.sampled_from(list(MULTIPLIERS)).flatmap(fills_of)


def a_ledger(*facts: object) -> Ledger:
    ledger = Ledger()
    for fact in facts:
        if isinstance(fact, Fill):
            ledger.post_fill(fact)
        elif isinstance(fact, PositionAdjusted):
            ledger.post_adjustment(fact)
        else:
            ledger.post_flow(fact)  # type: ignore[arg-type]
    return ledger


def test_a_purchase_turns_cash_into_inventory_and_commission() -> None:
    ledger = a_ledger(a_flow("10000"), a_fill("10", "100", commission=D("1.5")))
    assert ledger.cash(PAPER, TREND) == D("8998.5")
    assert ledger.position(PAPER, TREND, AAPL).quantity == D(10)
    assert ledger.commission(PAPER, TREND) == D("1.5")
    assert ledger.capital(PAPER, TREND) == D(10000)
    assert ledger.check()


def test_a_sale_realizes_profit() -> None:
    ledger = a_ledger(a_fill("10", "100"), a_fill("10", "103", side=Side.SELL))
    assert (ledger.realized(PAPER, TREND), ledger.cash(PAPER, TREND)) == (D(30), D(30))
    assert ledger.book_positions(PAPER, TREND) == {}
    assert ledger.position(PAPER, TREND, AAPL).realized == D(30)


def test_a_corrected_commission_moves_cash_once() -> None:
    fill = a_fill("10", "100", commission=D(1))
    ledger = a_ledger(fill)
    ledger.post_commission(fill, D("0.25"))
    assert (ledger.commission(PAPER, TREND), ledger.account_cash(PAPER)) == (D("1.25"), D("-1001.25"))
    assert ledger.position(PAPER, TREND, AAPL).commission == D("1.25")
    assert ledger.check()


def test_books_stay_when_the_account_nets_to_nothing() -> None:
    ledger = a_ledger(a_fill("10", "100"), a_fill("10", "100", side=Side.SELL, strategy=CNR))
    assert ledger.net(PAPER, AAPL) == 0
    assert ledger.net_positions(PAPER) == {}
    assert {book.strategy for book in ledger.holders(AAPL)} == {TREND, CNR}
    assert [line.item for line in ledger.proof({}, {}, NOW).lines] == ["AAPL.SMART", "cash USD"]


def test_a_transfer_moves_capital_between_books_and_leaves_the_account_alone() -> None:
    ledger = a_ledger(
        a_flow("10000", UNASSIGNED),
        a_flow("-4000", UNASSIGNED, kind="transfer"),
        a_flow("4000", kind="transfer"),
    )
    assert (ledger.cash(PAPER, UNASSIGNED), ledger.cash(PAPER, TREND)) == (D(6000), D(4000))
    assert ledger.account_cash(PAPER) == D(10000)
    assert ledger.books(PAPER) == (UNASSIGNED, TREND)


def test_a_holding_found_at_the_broker_is_capital_in_kind() -> None:
    found = PositionAdjusted(
        account=PAPER, strategy=UNASSIGNED, instrument=AAPL, quantity=D(5), price=D(90), reason="held before", at=NOW
    )
    ledger = a_ledger(found)
    assert ledger.position(PAPER, UNASSIGNED, AAPL).average_price == D(90)
    assert (ledger.capital(PAPER, UNASSIGNED), ledger.account_cash(PAPER)) == (D(450), D(0))
    assert ledger.check()


def test_the_proof_shows_strategies_beside_unassigned_and_the_broker() -> None:
    ledger = a_ledger(a_flow("1000", UNASSIGNED), a_fill("10", "1"), a_fill("3", "1", strategy=UNASSIGNED, trade="t2"))
    proof = ledger.proof({(PAPER, AAPL): D(13)}, {(PAPER, "USD"): D(987)}, NOW)
    lines = [(line.item, line.books, line.unassigned, line.broker, line.balanced) for line in proof.lines]
    assert lines == [
        ("AAPL.SMART", D(10), D(3), D(13), True),
        ("cash USD", D(-10), D(997), D(987), True),
    ]
    assert proof.balanced is True


def test_the_proof_is_unknown_until_the_broker_reports_and_wrong_when_it_differs() -> None:
    ledger = a_ledger(a_fill("10", "1"))
    assert ledger.proof({}, {}, NOW).balanced is None
    assert ledger.proof({}, {(PAPER, "USD"): D(-10)}, NOW).balanced is False
    assert ledger.proof({(PAPER, AAPL): D(10)}, {(PAPER, "USD"): D("-9.99")}, NOW).balanced is False


def test_a_holding_that_only_the_broker_knows_is_a_line_of_the_proof() -> None:
    proof = Ledger().proof({(PAPER, AAPL): D(7)}, {(PAPER, "USD"): D(0)}, NOW)
    assert [(line.item, line.books, line.broker) for line in proof.lines] == [
        ("AAPL.SMART", D(0), D(7)),
        ("cash USD", D(0), D(0)),
    ]
    assert proof.balanced is False


def test_changes_are_handed_out_once() -> None:
    ledger = a_ledger(a_flow("1000", CNR), a_fill("10", "1"))
    positions, books = ledger.take_changes()
    assert {(key.strategy, key.instrument) for key in positions} == {(TREND, AAPL)}
    assert {book.strategy for book in books} == {CNR}
    assert ledger.take_changes() == (set(), set())


def test_the_check_finds_a_book_that_was_tampered_with() -> None:
    ledger = a_ledger(a_fill("10", "100"))
    ledger._books[PAPER, TREND].postings["USD"].balances[0] += 1
    assert not ledger.check()


@given(st.lists(fills, max_size=30))
def test_whatever_is_filled_the_books_balance_and_add_up_to_the_account(executions: list[Fill]) -> None:
    ledger = a_ledger(*executions)
    assert ledger.check()
    cash = -sum((fill.signed_quantity * fill.price * fill.multiplier + fill.commission for fill in executions), D(0))
    assert ledger.account_cash(PAPER) == cash
    for strategy in ledger.books(PAPER):
        held = ledger.book_positions(PAPER, strategy)
        assert sum(held.values()) == sum(fill.signed_quantity for fill in executions if fill.strategy == strategy)
    for instrument in {fill.instrument for fill in executions}:
        total = sum((ledger.position(PAPER, book, instrument).quantity for book in ledger.books(PAPER)), D(0))
        assert ledger.net(PAPER, instrument) == total
    assert ledger.fills_count == len(executions)


@given(st.lists(fills, max_size=30))
def test_a_ledger_comes_back_from_its_own_dump(executions: list[Fill]) -> None:
    ledger = a_ledger(a_flow("500"), *executions)
    again = Ledger.load(ledger.dump())
    assert again.dump() == ledger.dump()
    assert again.check()
    assert again.net_positions(PAPER) == ledger.net_positions(PAPER)
    assert again.account_cash(PAPER) == ledger.account_cash(PAPER)
    assert set(again.holders(AAPL)) == set(ledger.holders(AAPL))


def a_carry(amount: str, *, strategy: StrategyId = TREND, kind: str = "dividend", key: str = "C-1") -> CarryBooked:
    return CarryBooked(
        account=PAPER,
        strategy=strategy,
        instrument=AAPL,
        kind=kind,
        amount=D(amount),
        currency="USD",
        key=key,
        at=NOW,
    )


def a_split(before: Decimal, after: Decimal, numerator: int, denominator: int, cash: Decimal = ZERO) -> PositionSplit:
    return PositionSplit(
        account=PAPER,
        strategy=TREND,
        instrument=AAPL,
        before=before,
        after=after,
        numerator=numerator,
        denominator=denominator,
        cash=cash,
        price=D(50),
        currency="USD",
        key="S-1",
        at=NOW,
    )


def test_a_dividend_is_earned_and_not_paid_in() -> None:
    ledger = a_ledger(a_flow("10000"), a_fill("10", "100"))
    ledger.post_carry(a_carry("12.5"))
    assert (ledger.carry(PAPER, TREND), ledger.cash(PAPER, TREND)) == (D("12.5"), D("9012.5"))
    assert ledger.capital(PAPER, TREND) == D(10000)
    assert ledger.account_cash(PAPER) == D("9012.5")
    assert ledger.check()


def test_a_split_changes_the_units_and_not_their_cost() -> None:
    ledger = a_ledger(a_flow("10000"), a_fill("10", "100"))
    ledger.post_split(a_split(D(10), D(20), 2, 1))
    position = ledger.position(PAPER, TREND, AAPL)
    assert (position.quantity, position.cost, position.average_price) == (D(20), D(1000), D(50))
    assert (ledger.net(PAPER, AAPL), ledger.account_cash(PAPER)) == (D(20), D(9000))
    assert ledger.check()


def test_a_fraction_that_a_split_leaves_is_sold_at_its_price() -> None:
    ledger = a_ledger(a_fill("5", "90"))
    ledger.post_split(a_split(D(5), D(7), 3, 2, cash=D(25)))
    position = ledger.position(PAPER, TREND, AAPL)
    assert (position.quantity, position.cost, position.realized) == (D(7), D(420), D(-5))
    assert ledger.account_cash(PAPER) == D(-425)
    assert ledger.check()


@given(
    st.lists(fills, max_size=20),
    st.lists(st.tuples(st.sampled_from([TREND, CNR]), st.integers(-10_000, 10_000)), max_size=10),
    st.integers(1, 7),
    st.integers(1, 7),
)
def test_whatever_is_earned_or_split_the_books_stay_balanced(
    executions: list[Fill], earned: list[tuple[StrategyId, int]], numerator: int, denominator: int
) -> None:
    ledger = a_ledger(*executions)
    before = ledger.account_cash(PAPER)
    for number, (strategy, cents) in enumerate(earned):
        ledger.post_carry(a_carry(str(D(cents) / 100), strategy=strategy, key=f"C-{number}"))
    assert ledger.account_cash(PAPER) == before + sum((D(cents) / 100 for _, cents in earned), D(0))
    held = ledger.position(PAPER, TREND, AAPL).quantity
    if held:
        after = D(int(held * numerator / denominator))
        cash = (held * numerator / denominator - after).quantize(D("1E-8")) * 50
        ledger.post_split(a_split(held, after, numerator, denominator, cash))
        assert ledger.position(PAPER, TREND, AAPL).quantity == after
    assert ledger.check()
    assert Ledger.load(ledger.dump()).check()
