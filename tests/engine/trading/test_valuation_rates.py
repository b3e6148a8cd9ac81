"""What books in several currencies are worth by dated rates."""

from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ares_desktop.domain.accounts import AccountSnapshot, BookSnapshot
from ares_desktop.domain.currencies import FxRate
from ares_desktop.domain.ids import InstrumentId
from ares_desktop.domain.instruments import AssetClass, Instrument
from ares_desktop.domain.market import to_ns
from ares_desktop.engine.data.fx_rates import DatedRates
from ares_desktop.engine.trading.conversion import Conversion
from ares_desktop.engine.trading.ledger import Ledger
from ares_desktop.engine.trading.valuation import Valuation
from tests.engine.trading.books_builders import NOW, PAPER, TREND, a_fill, a_flow

D = Decimal
PAIR = Instrument(id=InstrumentId("EURUSD.SIM"), asset_class=AssetClass.FX)


class Desk:
    """A ledger with euros, and a pair whose price the test sets."""

    def __init__(self) -> None:
        self.now = NOW
        self.price: tuple[float, int] | None = None
        self.rates = DatedRates(lambda item: self.price if item == PAIR.id else None, lambda: (PAIR,))
        self.ledger = Ledger()
        self.valuation = self.fresh()
        self.ledger.post_flow(a_flow("10000"))

    def fresh(self) -> Valuation:
        return Valuation(
            self.ledger,
            instrument=lambda item: PAIR if item == PAIR.id else Instrument(id=item),
            now=lambda: self.now,
            rates=self.rates.rate,
        )

    def quote(self, price: float, at: datetime | None = None) -> None:
        self.price = (price, to_ns(at or self.now))
        self.valuation.mark(PAIR.id, *self.price)
        self.valuation.collect()

    @property
    def book(self) -> BookSnapshot:
        book = self.valuation.book(PAPER, TREND)
        assert book is not None
        return book

    @property
    def account(self) -> AccountSnapshot:
        (account,) = self.valuation.accounts()
        return account


@pytest.fixture
def desk() -> Desk:
    desk = Desk()
    desk.ledger.post_flow(a_flow("100", currency="EUR"))
    desk.valuation.collect()
    return desk


def test_without_a_rate_there_is_no_figure_and_it_says_why(desk: Desk) -> None:
    assert (desk.book.equity, desk.book.gross, desk.book.twr) == (None, None, None)
    assert desk.book.missing == desk.account.missing == ("no rate EUR/USD",)
    assert desk.account.equity is None


def test_a_rate_that_comes_makes_the_figure_whole(desk: Desk) -> None:
    desk.quote(1.25)
    assert desk.book.equity == desk.account.equity == D(10125)
    assert (desk.book.missing, desk.book.rate_at, desk.book.stale) == ((), NOW, False)


def test_money_that_was_paid_in_is_no_profit_and_its_rate_s_change_is(desk: Desk) -> None:
    desk.quote(1.25)
    assert (desk.book.capital, desk.book.twr) == (D(10125), 0.0)
    desk.quote(1.5)
    assert (desk.book.equity, desk.book.capital) == (D(10150), D(10125))
    assert desk.book.twr == pytest.approx(25 / 10125)


def test_what_foreign_money_was_worth_when_it_came_outlives_a_restart(desk: Desk) -> None:
    desk.quote(1.25)
    kept, desk.valuation = desk.valuation.encode(), desk.fresh()
    desk.ledger = Ledger.load(desk.ledger.dump())
    desk.valuation = desk.fresh()
    desk.valuation.restore(kept)
    desk.quote(1.5)
    assert desk.book.capital == D(10125)


def test_a_holding_in_a_foreign_currency_is_valued_by_the_rate(desk: Desk) -> None:
    desk.ledger.post_fill(a_fill("10", "8", currency="EUR"))
    desk.quote(1.5)
    assert desk.book.equity is None, "it has no mark"
    desk.valuation.mark(a_fill("10", "8").instrument, 9.0, to_ns(NOW))
    desk.valuation.collect()
    assert desk.book.equity == D(10000) + D("1.5") * (100 - 80 + 90)
    assert (desk.book.gross, desk.account.gross, desk.book.unrealized) == (D(135), D(135), D(15))


def test_an_old_rate_is_used_and_marked(desk: Desk) -> None:
    desk.quote(1.25, NOW - timedelta(days=4))
    assert (desk.book.equity, desk.book.stale) == (D(10125), True)
    assert desk.account.stale
    assert desk.account.rate_at == NOW - timedelta(days=4)


def test_a_rate_that_was_known_is_known_after_a_restart_with_its_age(desk: Desk) -> None:
    desk.quote(1.25)
    again = DatedRates(lambda _: None, lambda: ())
    again.restore(desk.rates.encode())
    assert again.rate("EUR", "USD") == FxRate(base="EUR", quote="USD", rate=D("1.25"), at=NOW, source=PAIR.id)
    assert again.rate("USD", "EUR") == again.rate("EUR", "USD").inverse()  # type: ignore[union-attr]
    assert again.rate("GBP", "USD") is None


@given(st.decimals(min_value="0.0001", max_value="10000", places=6), st.decimals(-(10**9), 10**9, places=2))
def test_there_and_back_is_where_it_was(price: Decimal, amount: Decimal) -> None:
    rates = DatedRates(lambda _: (float(price), to_ns(NOW)), lambda: (PAIR,))
    there = Conversion(rates.rate, "EUR").amount(amount, "USD")
    back = Conversion(rates.rate, "USD").amount(there, "EUR")
    assert back is not None
    assert abs(back - amount) <= abs(amount) * D("1e-24")


@given(st.floats(max_value=0.0) | st.just(float("nan")) | st.just(float("inf")))
def test_what_is_no_price_is_no_rate(price: float) -> None:
    rates = DatedRates(lambda _: (price, to_ns(NOW)), lambda: (PAIR,))
    assert rates.rate("EUR", "USD") is None
    assert Conversion(rates.rate, "USD").amount(D(5), "EUR") is None
