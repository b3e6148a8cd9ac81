"""What books are worth at the marks."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from ares_desktop.domain.accounts import AccountSnapshot, BookSnapshot, BrokerAccount
from ares_desktop.domain.ids import InstrumentId, StrategyId
from ares_desktop.domain.instruments import Instrument
from ares_desktop.domain.market import to_ns
from ares_desktop.domain.orders import Side
from ares_desktop.domain.positions import Position
from ares_desktop.engine.trading.ledger import Ledger
from ares_desktop.engine.trading.valuation import Changes, Valuation
from tests.engine.trading.books_builders import AAPL, NOW, PAPER, TREND, a_fill, a_flow

D = Decimal
CNR = StrategyId("cnr")
MSFT = InstrumentId("MSFT.SMART")


class Desk:
    """A ledger, its valuation and a clock that the test moves."""

    def __init__(self) -> None:
        self.now = NOW
        self.ledger = Ledger()
        self.valuation = Valuation(
            self.ledger, instrument=lambda item: Instrument(id=item, margin_rate=D("0.25")), now=lambda: self.now
        )

    def mark(self, price: float, instrument: InstrumentId = AAPL, **fields: Any) -> Changes:
        self.valuation.mark(instrument, price, to_ns(self.now), **fields)
        return self.valuation.collect()

    def book(self, strategy: StrategyId = TREND) -> BookSnapshot:
        book = self.valuation.book(PAPER, strategy)
        assert book is not None
        return book

    def account(self) -> AccountSnapshot:
        (account,) = self.valuation.accounts()
        return account

    def position(self) -> Position:
        (position,) = self.valuation.positions()
        return position


@pytest.fixture
def desk() -> Desk:
    desk = Desk()
    desk.ledger.post_flow(a_flow("10000"))
    desk.valuation.collect()
    desk.ledger.post_fill(a_fill("10", "100", commission=D(1)))
    return desk


def test_a_position_is_worth_its_mark(desk: Desk) -> None:
    desk.mark(101.5)
    position = desk.position()
    assert (position.mark, position.unrealized, position.market_value) == (D("101.5"), D(15), D(1015))
    assert position.marked_at == NOW
    assert desk.book().equity == D(10014)
    assert desk.account().equity == D(10014)


def test_without_a_mark_nothing_is_guessed(desk: Desk) -> None:
    desk.valuation.collect()
    position, book, account = desk.position(), desk.book(), desk.account()
    assert (position.mark, position.unrealized, position.market_value) == (None, None, None)
    assert (book.equity, book.unrealized, book.twr, book.drawdown) == (None, None, None, None)
    assert (account.equity, account.day_pnl, account.gross, account.margin_used) == (None, None, None, None)
    assert book.cash == D(8999)


def test_a_price_that_is_no_number_is_left_aside(desk: Desk) -> None:
    desk.mark(101.5)
    assert desk.mark(float("nan")) == Changes()
    assert desk.position().mark == D("101.5")


def test_a_stale_mark_is_used_and_flagged_until_the_next_one(desk: Desk) -> None:
    desk.mark(101.5)
    desk.valuation.flag_stale(AAPL)
    desk.valuation.collect()
    assert (desk.position().stale, desk.book().stale, desk.account().stale) == (True, True, True)
    assert desk.book().equity == D(10014)
    desk.mark(102.0)
    assert (desk.position().stale, desk.book().stale, desk.account().stale) == (False, False, False)


def test_only_what_changed_is_handed_out(desk: Desk) -> None:
    desk.ledger.post_fill(a_fill("1", "50", "t2", instrument=MSFT, strategy=CNR))
    desk.mark(101.5)
    changes = desk.mark(51.0, MSFT)
    assert [(item.strategy, item.instrument) for item in changes.positions] == [(CNR, MSFT)]
    assert [book.strategy for book in changes.books] == [CNR]
    assert len(changes.accounts) == 1
    assert desk.valuation.collect() == Changes()
    assert desk.mark(7.0, InstrumentId("UNHELD.SMART")) == Changes()


def test_a_closed_position_keeps_its_realized_profit_and_needs_no_mark(desk: Desk) -> None:
    desk.ledger.post_fill(a_fill("10", "103", "t2", side=Side.SELL))
    desk.valuation.collect()
    position = desk.position()
    assert (position.quantity, position.realized, position.unrealized, position.mark) == (D(0), D(30), D(0), None)
    assert desk.book().equity == D(10029)


def test_books_that_net_to_nothing_have_no_exposure_but_their_own_profit(desk: Desk) -> None:
    desk.ledger.post_fill(a_fill("10", "102", "t2", side=Side.SELL, strategy=CNR))
    desk.mark(101.0)
    account = desk.account()
    assert (account.gross, account.net, account.margin_used) == (D(0), D(0), D(0))
    assert account.unrealized == D(20)
    (net,) = desk.valuation.net_positions()
    assert (net.strategy, net.quantity, net.average_price, net.unrealized) == ("all", D(0), None, D(20))


def test_exposure_and_margin_are_those_of_the_netted_holdings(desk: Desk) -> None:
    desk.ledger.post_fill(a_fill("4", "50", "t2", side=Side.SELL, instrument=MSFT))
    desk.mark(100.0)
    desk.mark(50.0, MSFT)
    account = desk.account()
    assert (account.gross, account.net, account.margin_used) == (D(1200), D(800), D(300))


def test_the_broker_s_word_is_shown(desk: Desk) -> None:
    desk.valuation.report(
        BrokerAccount(account=PAPER, cash={}, buying_power=D(40000), equity=None, paper=False),
    )
    desk.mark(100.0)
    assert (desk.account().buying_power, desk.account().paper) == (D(40000), False)


def test_money_in_a_currency_without_a_rate_makes_equity_unknown(desk: Desk) -> None:
    desk.ledger.post_flow(a_flow("100", currency="EUR"))
    desk.mark(100.0)
    assert (desk.book().equity, desk.account().equity) == (None, None)


def test_a_transfer_moves_no_book_s_return(desk: Desk) -> None:
    desk.mark(200.0)
    before = desk.book().twr
    desk.ledger.post_flow(a_flow("5000", kind="transfer"))
    desk.valuation.collect()
    assert desk.book().twr == before == pytest.approx(0.0999)
    assert desk.book().capital == D(15000)


def test_the_day_turns_with_the_market_s_utc_date(desk: Desk) -> None:
    desk.mark(101.0)
    assert desk.account().day_pnl == D(9)
    desk.now = datetime(2026, 3, 3, 0, 0, tzinfo=UTC) + timedelta(hours=14)
    desk.mark(99.0)
    assert desk.account().day_pnl == D(-20)


def test_peaks_and_unit_prices_outlive_a_restart(desk: Desk) -> None:
    desk.mark(200.0)
    again = Desk()
    again.ledger = Ledger.load(desk.ledger.dump())
    again.valuation = Valuation(again.ledger, instrument=lambda item: Instrument(id=item), now=lambda: NOW)
    again.valuation.restore(desk.valuation.encode())
    again.mark(150.0)
    desk.mark(150.0)
    assert again.book() == desk.book()
    assert again.account().drawdown == desk.account().drawdown == pytest.approx(1 - 10499 / 10999)


def test_a_kept_state_that_can_not_be_read_is_left_aside(desk: Desk) -> None:
    desk.mark(200.0)
    before = desk.valuation.encode()
    desk.valuation.restore(b"something else")
    assert desk.valuation.encode() == before


def test_a_day_begins_at_the_midnight_of_its_zone() -> None:
    desk = Desk()
    desk.now = datetime(2026, 3, 3, 4, 0, tzinfo=UTC)
    desk.valuation.zone = ZoneInfo("America/New_York")
    desk.ledger.post_flow(a_flow("10000"))
    desk.valuation.collect()
    desk.ledger.post_fill(a_fill("10", "100"))
    desk.mark(100.0)
    desk.mark(110.0)
    desk.now += timedelta(minutes=30)
    desk.mark(111.0)
    assert desk.account().day_pnl == D(110)
    desk.now += timedelta(hours=1)
    desk.mark(113.0)
    assert desk.account().day_pnl == D(20)
