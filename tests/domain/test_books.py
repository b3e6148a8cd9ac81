"""Average-cost arithmetic."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from ares_desktop.domain.books import FLAT, BookPosition, apply_fill, trade
from ares_desktop.domain.orders import Side
from tests.engine.trading.books_builders import a_fill

D = Decimal

quantities = st.integers(-1000, 1000).filter(bool).map(lambda n: D(n) / 100)
prices = st.integers(1, 1_000_000).map(lambda n: D(n) / 10_000)
trades = st.lists(st.tuples(quantities, prices), max_size=30)


def after(*steps: tuple[str, str], multiplier: str = "1") -> BookPosition:
    position = FLAT
    for quantity, price in steps:
        position = trade(position, D(quantity), D(price), multiplier=D(multiplier))
    return position


def test_adding_to_a_position_averages_its_price() -> None:
    position = after(("10", "100"), ("30", "104"))
    assert (position.quantity, position.average_price, position.realized) == (D(40), D(103), D(0))


def test_reducing_a_position_realizes_against_the_average_and_keeps_it() -> None:
    position = after(("10", "100"), ("10", "110"), ("-5", "120"))
    assert (position.quantity, position.average_price, position.realized) == (D(15), D(105), D(75))


def test_a_short_position_earns_when_the_price_falls() -> None:
    position = after(("-10", "100"), ("4", "90"))
    assert (position.quantity, position.average_price, position.realized) == (D(-6), D(100), D(40))
    assert position.unrealized(D(95)) == D(30)


def test_a_flip_through_zero_closes_the_old_side_and_opens_the_new_one_at_its_price() -> None:
    position = after(("10", "100"), ("-25", "110"))
    assert (position.quantity, position.average_price, position.realized) == (D(-15), D(110), D(100))


def test_a_closed_position_has_no_cost_and_no_average_price() -> None:
    position = after(("3", "10"), ("-3", "11"))
    assert (position.cost, position.average_price, position.realized) == (D(0), None, D(3))


def test_the_multiplier_counts_in_cost_and_profit_but_not_in_the_average_price() -> None:
    position = after(("2", "4000"), ("-1", "4010"), multiplier="50")
    assert (position.average_price, position.realized, position.cost) == (D(4000), D(500), D(200_000))
    assert position.market_value(D(4001)) == D(200_050)


def test_commission_is_kept_apart_from_profit() -> None:
    position = apply_fill(FLAT, a_fill("10", "100", commission=D("1.50")))
    position = apply_fill(position, a_fill("10", "101", side=Side.SELL, commission=D("1.50")))
    assert (position.realized, position.commission) == (D(10), D("3.00"))


@given(trades)
def test_profit_is_what_was_received_less_what_was_paid_plus_what_is_left(steps: list[tuple[Decimal, Decimal]]) -> None:
    position, received = FLAT, D(0)
    for quantity, price in steps:
        position = trade(position, quantity, price)
        received -= quantity * price
    mark = D("55.5")
    assert position.realized + position.unrealized(mark) == received + position.quantity * mark
    assert position.quantity == sum(quantity for quantity, _ in steps)


@given(trades)
def test_a_flat_book_has_no_cost_left_whatever_happened(steps: list[tuple[Decimal, Decimal]]) -> None:
    position = FLAT
    for quantity, price in steps:
        position = trade(position, quantity, price)
    if position.quantity:
        position = trade(position, -position.quantity, D(50))
    assert position.cost == 0
