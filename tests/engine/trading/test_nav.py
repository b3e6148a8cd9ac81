"""Units that money coming and going does not move."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ares_desktop.engine.trading.nav import Nav

MONDAY, TUESDAY = date(2026, 3, 2), date(2026, 3, 3)
D = Decimal


def a_nav(*valuations: tuple[int, int]) -> Nav:
    """Return a nav after valuations of equity and capital, all on Monday."""
    nav = Nav()
    for equity, capital in valuations:
        nav.value(D(equity), D(capital), MONDAY)
    return nav


def test_the_return_is_what_the_market_added() -> None:
    assert a_nav((1000, 1000), (1100, 1000)).twr == pytest.approx(0.1)


def test_a_deposit_at_the_top_neither_adds_nor_takes_performance() -> None:
    nav = a_nav((1000, 1000), (1100, 1000), (6100, 6000), (6710, 6000))
    assert nav.twr == pytest.approx(0.21)
    assert nav.drawdown == 0


def test_a_withdrawal_is_no_drawdown() -> None:
    nav = a_nav((1000, 1000), (600, 600), (540, 600))
    assert nav.twr == pytest.approx(-0.1)
    assert nav.drawdown == nav.max_drawdown == pytest.approx(0.1)


def test_the_deepest_fall_is_remembered_after_a_recovery() -> None:
    nav = a_nav((1000, 1000), (1200, 1000), (900, 1000), (1300, 1000))
    assert nav.drawdown == 0
    assert nav.max_drawdown == pytest.approx(0.25)


def test_a_book_without_capital_has_profit_but_no_return() -> None:
    nav = a_nav((0, 0), (-25, 0))
    assert (nav.twr, nav.drawdown, nav.day_pnl) == (None, None, D(-25))


def test_a_book_that_was_emptied_goes_on_from_its_last_price() -> None:
    nav = a_nav((1000, 1000), (1100, 1000), (0, -100))
    assert nav.twr is None
    nav.value(D(500), D(400), MONDAY)
    assert nav.twr == pytest.approx(0.1)


def test_a_book_that_lost_everything_and_is_funded_anew_starts_anew() -> None:
    nav = a_nav((1000, 1000), (0, 1000), (500, 1500), (550, 1500))
    assert nav.twr == pytest.approx(0.1)
    assert nav.max_drawdown == 1


def test_the_day_opens_with_the_last_valuation_of_the_day_before() -> None:
    nav = a_nav((1000, 1000), (1100, 1000))
    assert nav.day_pnl == D(100)
    nav.value(D(1070), D(1000), TUESDAY)
    assert nav.day_pnl == D(-30)


def test_cash_flows_are_no_profit_of_the_day() -> None:
    nav = a_nav((1000, 1000), (1600, 1500))
    assert nav.day_pnl == D(100)


@given(
    st.lists(st.tuples(st.floats(0.5, 1.5), st.integers(-90, 500)), min_size=1, max_size=20),
)
def test_the_return_is_the_product_of_the_market_s_moves_whatever_money_came_and_went(
    steps: list[tuple[float, int]],
) -> None:
    nav, equity, capital, growth = Nav(), D(1000), D(1000), 1.0
    nav.value(equity, capital, MONDAY)
    for factor, percent in steps:
        equity *= D(repr(factor))
        growth *= factor
        nav.value(equity, capital, MONDAY)
        flow = (equity * percent / 100).quantize(D("0.01"))
        equity, capital = equity + flow, capital + flow
        nav.value(equity, capital, MONDAY)
    assert nav.twr is not None
    assert nav.twr + 1 == pytest.approx(growth, rel=1e-9)
    assert nav.drawdown is not None
    assert 0 <= nav.drawdown <= nav.max_drawdown <= 1
