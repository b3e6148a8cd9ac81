"""Equity curves that stay small."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from ares_desktop.domain.accounts import BookSnapshot, EquityPoint
from ares_desktop.domain.market import to_ns
from ares_desktop.engine.trading.curves import EquityCurves, equity_point
from tests.engine.trading.books_builders import NOW, PAPER, TREND


def a_point(ts: int, equity: float = 100.0, drawdown: float = 0.0) -> EquityPoint:
    return EquityPoint(ts, equity, drawdown, 0.0)


def test_a_point_within_the_interval_is_not_due() -> None:
    curves = EquityCurves(interval_ns=10)
    assert curves.append("trend", a_point(0)) is not None
    assert curves.append("trend", a_point(9)) is None
    assert curves.append("all", a_point(9)) is not None
    assert list(curves.curve("trend").ts) == [0]
    assert set(curves.books()) == {"trend", "all"}


def test_an_unknown_book_has_an_empty_curve() -> None:
    assert EquityCurves(interval_ns=1).curve("none").equity.size == 0


def test_a_full_curve_merges_neighbours_and_keeps_the_deeper_drawdown() -> None:
    curves = EquityCurves(interval_ns=1, capacity=4)
    for ts, drawdown in enumerate([0.0, -0.5, -0.2, -0.1, 0.0]):
        curves.append("trend", a_point(ts, 100.0 + ts, drawdown))
    curve = curves.curve("trend")
    assert list(curve.ts) == [1, 3, 4]
    assert list(curve.drawdown) == [-0.5, -0.2, 0.0]
    assert list(curve.equity) == [101.0, 103.0, 104.0]


@given(st.integers(1, 3000), st.integers(1, 40))
def test_a_curve_of_any_length_is_bounded_ascending_and_up_to_date(length: int, step: int) -> None:
    curves = EquityCurves(interval_ns=5, capacity=100)
    for number in range(length):
        curves.append("trend", a_point(number * step, float(number), -float(number % 7)))
    curve = curves.curve("trend")
    assert 0 < curve.ts.size <= 100
    assert all(curve.ts[1:] > curve.ts[:-1])
    newest = (length - 1) * step
    assert newest - curve.ts[-1] < max(5, newest / 50) + step
    assert list(curve.equity * step) == list(curve.ts)


def test_a_curve_that_was_handed_out_does_not_change() -> None:
    curves = EquityCurves(interval_ns=1)
    curves.append("trend", a_point(0))
    before = curves.curve("trend")
    curves.append("trend", a_point(1))
    assert before.ts.size == 1


def test_a_valuation_becomes_a_point_with_the_drawdown_below_zero() -> None:
    book = BookSnapshot(
        account=PAPER,
        strategy=TREND,
        capital=Decimal(100),
        cash=Decimal(90),
        equity=Decimal(90),
        realized=Decimal(0),
        unrealized=Decimal(0),
        commission=Decimal(0),
        drawdown=0.1,
        max_drawdown=0.1,
        twr=-0.1,
        fills=1,
        at=NOW,
    )
    assert equity_point(book) == EquityPoint(to_ns(NOW), 90.0, -0.1, -0.1)


def test_kept_curves_go_on_where_they_were() -> None:
    curves = EquityCurves(interval_ns=5, capacity=100)
    for number in range(300):
        curves.append("trend", a_point(number * 5, float(number), -1.0))
    again = EquityCurves(interval_ns=5, capacity=100)
    again.restore(curves.encode())
    for item in (curves, again):
        item.append("trend", a_point(300 * 5, 300.0, -2.0))
    assert again.curve("trend").ts.tolist() == curves.curve("trend").ts.tolist()
    assert again.curve("trend").equity.tolist() == curves.curve("trend").equity.tolist()


def test_what_is_no_kept_curve_leaves_the_curves_empty() -> None:
    curves = EquityCurves(interval_ns=5, capacity=100)
    curves.restore(b"garbage")
    assert curves.books() == ()


def test_market_time_that_goes_back_begins_a_curve_anew() -> None:
    curves = EquityCurves(interval_ns=5, capacity=100)
    curves.append("trend", a_point(1000, 1.0, 0.0))
    curves.append("trend", a_point(10, 2.0, 0.0))
    assert curves.curve("trend").ts.tolist() == [10]
