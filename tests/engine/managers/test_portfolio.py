"""The books add up to the broker after every event, and what is not known is not shown as zero."""

from decimal import Decimal

import pytest

from ares_desktop.domain.accounts import AccountSnapshot, BookSnapshot, CurvePoint
from ares_desktop.domain.events import OrderFilled
from ares_desktop.domain.ids import MANUAL, UNASSIGNED
from ares_desktop.domain.orders import Side
from ares_desktop.domain.positions import Position, Proof
from ares_desktop.domain.tickets import OrderTicket
from ares_desktop.engine.managers.portfolio import PortfolioManager
from ares_desktop.engine.trading.curves import EquityCurves
from ares_desktop.engine.trading.valuation import Valuation
from tests.engine.house import ACME, House
from tests.engine.trading.books_builders import AAPL, a_fill, a_flow
from tests.engine.trading.desk import Desk


@pytest.fixture
def portfolio(house: House) -> PortfolioManager:
    return house.managers.portfolio


async def trade(house: House, quantity: str, side: Side = Side.BUY) -> None:
    await house.managers.trades.submit(OrderTicket(side=side, quantity=Decimal(quantity), instrument="ACME"))
    await house.play(1)


async def test_books_and_unassigned_add_up_to_the_broker_after_every_trade(
    house: House, portfolio: PortfolioManager
) -> None:
    proofs: list[Proof] = []
    portfolio.proof_changed.connect(proofs.append)
    for quantity, side in (("10", Side.BUY), ("25", Side.SELL), ("15", Side.BUY)):
        await trade(house, quantity, side)
        portfolio.collect()
    portfolio.proof_changed.disconnect(proofs.append)
    assert len(proofs) >= 3
    assert all(line.balanced for proof in proofs for line in proof.lines)
    assert {line.item for line in proofs[0].lines} == {ACME, "cash USD"}


async def test_figures_are_shown_when_they_change_and_not_otherwise(house: House, portfolio: PortfolioManager) -> None:
    positions: list[Position] = []
    books: list[BookSnapshot] = []
    accounts: list[AccountSnapshot] = []
    portfolio.position_changed.connect(positions.append)
    portfolio.book_changed.connect(books.append)
    portfolio.account_changed.connect(accounts.append)
    await trade(house, "5")
    portfolio.collect()
    counts = len(positions), len(books), len(accounts)
    portfolio.collect()
    portfolio.position_changed.disconnect(positions.append)
    portfolio.book_changed.disconnect(books.append)
    portfolio.account_changed.disconnect(accounts.append)
    assert min(counts) > 0
    assert counts == (len(positions), len(books), len(accounts))
    assert positions[-1].strategy == MANUAL
    assert positions[-1].quantity == 5
    assert portfolio.net_positions()[0].quantity == 5


async def test_an_account_s_equity_is_the_sum_of_its_books(portfolio: PortfolioManager) -> None:
    account = portfolio.account()
    assert account is not None
    assert account.equity == sum(book.equity or Decimal(0) for book in portfolio.books())
    assert account.cash == sum(book.cash for book in portfolio.books())


async def test_a_curve_grows_with_the_market(house: House, portfolio: PortfolioManager) -> None:
    points: list[CurvePoint] = []
    portfolio.curve_extended.connect(points.append)
    before = portfolio.curve().ts.size
    for _ in range(3):
        await house.play(1)
        portfolio.collect()
    portfolio.curve_extended.disconnect(points.append)
    assert portfolio.curve().ts.size > before
    assert "all" in {point.book for point in points}


def on(desk: Desk) -> PortfolioManager:
    """Return a portfolio over a desk."""
    valuation = Valuation(desk.fold.ledger, instrument=desk.hub.instrument, now=desk.clock.now)
    curves = EquityCurves(interval_ns=1)
    return PortfolioManager(desk.recorder, valuation, curves, desk.hub, (desk.link,), clock=desk.clock)


async def test_before_the_broker_reported_nothing_is_proven(desk: Desk) -> None:
    desk.link.balance = None
    desk.link.cash = {}
    portfolio = on(desk)
    portfolio.collect()
    assert {line.broker for line in portfolio.proof().lines} == {None}
    assert {line.balanced for line in portfolio.proof().lines} == {None}
    account = portfolio.account()
    assert account is not None
    assert account.buying_power is None


async def test_a_fill_told_twice_counts_once(desk: Desk) -> None:
    desk.broker.fills_at_once = True
    await desk.recorder.record(a_flow("-100000", UNASSIGNED), a_flow("100000"))
    await desk.buy()
    portfolio = on(desk)
    desk.broker.tell(OrderFilled(fill=desk.broker.executions[0]))
    await desk.settled()
    await desk.recorder.record(OrderFilled(fill=desk.broker.executions[0]))
    assert await desk.link.reconcile() == ()
    portfolio.collect()
    assert [row.quantity for row in portfolio.positions()] == [Decimal(10)]
    assert all(line.balanced for line in portfolio.proof().lines)
    assert desk.fold.ledger.fills_count == 1


async def test_a_fill_that_nobody_placed_is_told_as_a_discrepancy_until_it_has_gone(desk: Desk) -> None:
    portfolio = on(desk)
    told: list[bool] = []
    portfolio.discrepancy_changed.connect(lambda item: told.append(item.resolved))
    desk.broker.held[AAPL] = Decimal(3)
    await desk.link.reconcile()
    assert [item.kind for item in portfolio.discrepancies()] == ["position"]
    desk.broker.held.clear()
    await desk.link.reconcile()
    assert portfolio.discrepancies() == ()
    assert told[0] is False
    assert told[-1] is True


async def test_a_holding_whose_price_is_missing_makes_equity_unknown(desk: Desk) -> None:
    other = "OTHER.SMART"
    await desk.recorder.record(a_flow("1000"), OrderFilled(fill=a_fill(instrument=other)))
    portfolio = on(desk)
    portfolio.collect()
    account = portfolio.account()
    assert account is not None
    assert account.equity is None
    assert account.day_pnl is None


async def test_the_day_s_profit_begins_anew_each_day_and_leaves_cash_flows_out(desk: Desk) -> None:
    desk.broker.fills_at_once = True
    await desk.recorder.record(a_flow("-100000", UNASSIGNED), a_flow("100000"))
    portfolio = on(desk)
    portfolio.collect()
    await desk.buy()
    desk.quote(103.0)
    portfolio.collect()
    account = portfolio.account()
    assert account is not None
    assert account.day_pnl == Decimal(30)
    await desk.recorder.record(a_flow("500", UNASSIGNED))
    portfolio.collect()
    account = portfolio.account()
    assert account is not None
    assert account.day_pnl == Decimal(30)
    desk.clock.advance(desk.clock.now_ns() + 86_400_000_000_000)
    desk.quote(104.0)
    portfolio.collect()
    account = portfolio.account()
    assert account is not None
    assert account.day_pnl == Decimal(10)
