"""A person moves holdings and money between the books: exactly, undoably, and without moving anybody's performance."""

from decimal import Decimal
from typing import Any

import pytest

from ares_desktop.domain.errors import RefusedError, UsageError
from ares_desktop.domain.ids import MANUAL, UNASSIGNED, StrategyId
from ares_desktop.domain.orders import Side
from ares_desktop.domain.positions import Remedy
from ares_desktop.domain.tickets import OrderTicket
from ares_desktop.engine.managers.portfolio import PortfolioManager
from tests.engine.house import ACME, House
from tests.engine.managers.test_portfolio import on
from tests.engine.trading.books_builders import AAPL, PAPER
from tests.engine.trading.desk import Desk

BY: Any = {"source": "test"}
D = Decimal


@pytest.fixture
def portfolio(house: House) -> PortfolioManager:
    return house.managers.portfolio


async def bought(house: House, quantity: str) -> None:
    await house.managers.trades.submit(OrderTicket(side=Side.BUY, quantity=Decimal(quantity), instrument="ACME"))
    await house.play(1)
    house.managers.portfolio.collect()


def held(portfolio: PortfolioManager, book: str) -> Decimal:
    portfolio.collect()
    return sum((one.quantity for one in portfolio.positions() if one.strategy == book), Decimal(0))


def twr(portfolio: PortfolioManager) -> dict[str, float | None]:
    portfolio.collect()
    return {book.strategy: book.twr for book in portfolio.books()}


async def test_a_holding_moves_and_comes_back_while_the_proof_holds(house: House, portfolio: PortfolioManager) -> None:
    start, had = held(portfolio, MANUAL), held(portfolio, UNASSIGNED)
    await bought(house, "12")
    before = twr(portfolio)
    move = await portfolio.move(ACME, Decimal(5), giver=MANUAL, taker=UNASSIGNED, **BY)
    assert (move.kind, held(portfolio, MANUAL) - start, held(portfolio, UNASSIGNED) - had) == ("split", D(7), D(5))
    after = twr(portfolio)
    for book in (MANUAL, UNASSIGNED):
        assert after[book] == pytest.approx(before[book], abs=1e-9)
    assert portfolio.proof().balanced
    undo = await portfolio.undo_move(move.move, **BY)
    assert (undo.undoes, held(portfolio, MANUAL) - start, held(portfolio, UNASSIGNED) - had) == (move.move, D(12), D(0))
    assert portfolio.moves()[-2].undone_by == undo.move
    with pytest.raises(RefusedError, match="was undone"):
        await portfolio.undo_move(move.move, **BY)


async def test_a_move_that_was_traded_on_is_not_undone(house: House, portfolio: PortfolioManager) -> None:
    await bought(house, "3")
    move = await portfolio.move(ACME, Decimal(1), giver=MANUAL, taker=UNASSIGNED, **BY)
    await bought(house, "1")
    with pytest.raises(RefusedError, match="traded or moved"):
        await portfolio.undo_move(move.move, **BY)
    assert portfolio.moves()[-1].why_not


async def test_everything_wrong_with_a_move_is_said_at_once(portfolio: PortfolioManager) -> None:
    with pytest.raises(UsageError) as raised:
        await portfolio.move(ACME, Decimal(99999), giver=StrategyId("nobody"), taker=StrategyId("nobody"), **BY)
    assert [finding.place for finding in raised.value.findings][:2] == ["from", "to"]
    assert len(raised.value.findings) >= 4


async def test_no_book_gets_a_part_of_a_lot_that_no_order_could_close(
    house: House, portfolio: PortfolioManager
) -> None:
    await bought(house, "10")
    with pytest.raises(UsageError, match="whole lots of 1"):
        await portfolio.move(ACME, D("2.5"), giver=MANUAL, taker=UNASSIGNED, **BY)


async def test_money_paid_in_and_out_reaches_the_broker_and_no_performance(portfolio: PortfolioManager) -> None:
    before, account = twr(portfolio), portfolio.account()
    assert account is not None
    assert account.equity is not None
    await portfolio.deposit(Decimal("2500.50"), **BY, note="a gift")
    portfolio.collect()
    richer = portfolio.account()
    assert richer is not None
    assert richer.equity == account.equity + Decimal("2500.50")
    assert richer.day_pnl == account.day_pnl
    assert portfolio.proof().balanced
    await portfolio.withdraw(Decimal("2500.50"), **BY)
    assert twr(portfolio)[UNASSIGNED] == pytest.approx(before[UNASSIGNED], abs=1e-9)
    assert portfolio.proof().balanced
    assert [record.flow.kind for record in portfolio.flows()][-2:] == ["deposit", "withdrawal"]
    with pytest.raises(UsageError, match="more than"):
        await portfolio.withdraw(Decimal(10**9), **BY)


async def test_cash_goes_from_book_to_book(portfolio: PortfolioManager) -> None:
    await portfolio.transfer(Decimal(1000), giver=UNASSIGNED, taker=MANUAL, **BY)
    out, into = (record.flow for record in portfolio.flows()[-2:])
    assert (out.amount, into.amount, out.transfer) == (D(-1000), D(1000), into.transfer)
    assert portfolio.proof().balanced
    with pytest.raises(UsageError, match="in cash"):
        await portfolio.transfer(Decimal(10**12), giver=MANUAL, taker=UNASSIGNED, **BY)


async def test_a_book_without_profit_has_nothing_to_sweep(portfolio: PortfolioManager) -> None:
    assert portfolio.sweepable(MANUAL) == 0
    with pytest.raises(UsageError, match="high-water"):
        await portfolio.sweep(MANUAL, **BY)


async def test_profit_is_swept_once_up_to_the_mark(desk: Desk) -> None:
    portfolio = on(desk)
    desk.broker.fills_at_once = True
    await portfolio.transfer(Decimal(100_000), giver=UNASSIGNED, taker=MANUAL, **BY)
    for side, price in ((Side.BUY, 100), (Side.SELL, 103)):
        desk.broker.price = Decimal(price)
        desk.quote(float(price))
        await desk.buy(f"manual-00000{price - 99}", side=side, strategy=MANUAL)
    assert portfolio.sweepable(MANUAL) == 30
    assert await portfolio.sweep(MANUAL, **BY) == 30
    assert portfolio.sweepable(MANUAL) == 0
    assert desk.fold.ledger.account_cash(PAPER) == desk.broker.cash


async def test_real_money_is_paid_in_at_the_broker(desk: Desk) -> None:
    with pytest.raises(RefusedError, match="next comparison finds it"):
        await on(desk).deposit(Decimal(5), **BY)


async def test_unexplained_cash_is_booked_with_one_remedy(desk: Desk) -> None:
    portfolio = on(desk)
    desk.broker.cash += 250
    (found,) = await desk.link.reconcile()
    assert (found.kind, found.seen, found.remedies[0]) == ("cash", 1, Remedy.DEPOSIT)
    assert await portfolio.resolve(found.id, Remedy.DEPOSIT, **BY)
    assert portfolio.discrepancies() == ()
    assert portfolio.resolved_discrepancies()[0].resolution == "book as deposit, test"
    portfolio.collect()
    assert portfolio.proof().balanced


async def test_what_no_strategy_claims_is_adopted_at_the_residual_cost(desk: Desk) -> None:
    portfolio = on(desk)
    desk.quote(100.0)
    desk.broker.held[AAPL] = Decimal(3)
    (found,) = await desk.link.reconcile()
    with pytest.raises(UsageError, match="does not help"):
        await portfolio.resolve(found.id, Remedy.FEE, **BY)
    assert await portfolio.resolve(found.id, Remedy.ADOPT, **BY)
    position = desk.fold.ledger.position(PAPER, UNASSIGNED, AAPL)
    assert (position.quantity, position.average_price) == (D(3), D(100))


async def test_the_proof_names_the_event_that_broke_it(desk: Desk) -> None:
    portfolio = on(desk)
    await desk.link.reconcile()
    portfolio.collect()
    whole = portfolio.proof()
    assert (whole.held_sequence, whole.broken_by) == (desk.fold.last_sequence, 0)
    desk.broker.held[AAPL] = Decimal(3)
    await desk.link.reconcile()
    portfolio.collect()
    broken = portfolio.proof()
    assert broken.broken_by >= whole.held_sequence
    assert broken.held_at == whole.held_at
    assert broken.broken_at is not None
