"""What orders earned adds up to what the ledger booked, and round trips are counted where positions end."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from ares_desktop.domain.events import CommissionReported, OrderFilled, Payload, PositionAdjusted
from ares_desktop.domain.ids import ClientOrderId
from ares_desktop.domain.money import ZERO
from ares_desktop.domain.orders import Side
from ares_desktop.engine.trading.book import BookKey
from ares_desktop.engine.trading.fold import Fold
from ares_desktop.engine.trading.ledger import PositionKey
from tests.engine.trading.books_builders import AAPL, NOW, PAPER, TREND, a_fill, events

BOOK = BookKey(PAPER, TREND)
KEY = PositionKey(PAPER, TREND, AAPL)

TRADES = st.lists(
    st.tuples(
        st.integers(-20, 20).filter(bool),
        st.decimals("1", "200", places=2),
        st.decimals("0", "3", places=2),
    ),
    min_size=1,
    max_size=40,
)


def folded(trades: list[tuple[int, Decimal, Decimal]]) -> Fold:
    """Return the fold of one fill an order: signed quantity, price, commission."""
    fold = Fold()
    fills = [
        a_fill(
            str(abs(quantity)),
            str(price),
            f"t{number}",
            side=Side.BUY if quantity > 0 else Side.SELL,
            commission=commission,
            client_order_id=ClientOrderId(f"trend-{number:06d}"),
        )
        for number, (quantity, price, commission) in enumerate(trades)
    ]
    for event in events([OrderFilled(fill=fill) for fill in fills]):
        fold.apply(event)
    return fold


@given(TRADES)
def test_the_profits_of_orders_add_up_to_the_ledger_s(trades: list[tuple[int, Decimal, Decimal]]) -> None:
    fold = folded(trades)
    orders = [ClientOrderId(f"trend-{number:06d}") for number in range(len(trades))]
    assert sum((fold.attribution.realized(order) or ZERO for order in orders), ZERO) == fold.ledger.realized(
        PAPER, TREND
    )
    loaded = Fold.decode(fold.encode())
    assert loaded is not None
    assert loaded.attribution.trips(BOOK) == fold.attribution.trips(BOOK)
    assert loaded.attribution.orders(KEY) == fold.attribution.orders(KEY)


@given(TRADES)
def test_a_round_trip_ends_where_the_position_is_flat_or_turns(trades: list[tuple[int, Decimal, Decimal]]) -> None:
    held, closed, won, profit = 0, 0, 0, Decimal(0)
    for quantity, price, commission in trades:
        left, per_unit = quantity, commission / abs(quantity)
        if held and (held > 0) != (quantity > 0):
            part = max(-abs(held), min(abs(held), quantity))
            profit -= part * price + abs(part) * per_unit
            held += part
            left -= part
            if not held:
                closed, won, profit = closed + 1, won + (profit > Decimal("1E-9")), Decimal(0)
        if left:
            profit -= left * price + abs(left) * per_unit
            held += left
    trips = folded(trades).attribution.trips(BOOK)
    assert trips.closed == closed
    assert trips.won == won


def test_a_position_lists_the_orders_since_it_turned() -> None:
    ten = (Decimal(10), Decimal(0))
    fold = folded([(5, *ten), (3, *ten), (-12, *ten), (2, *ten)])
    assert [order[-1] for order in fold.attribution.orders(KEY)] == ["2", "3"]


def test_a_late_commission_makes_an_open_trip_lose() -> None:
    fold = folded([(10, Decimal(100), ZERO)])
    fill = a_fill("10", "100", "t0", client_order_id=ClientOrderId("trend-000000"))
    sale = a_fill("10", "101", "t9", side=Side.SELL, client_order_id=ClientOrderId("trend-000009"))
    later: list[Payload] = [CommissionReported(fill=fill, commission=Decimal(20), at=NOW), OrderFilled(fill=sale)]
    for event in events(later, start=2):
        fold.apply(event)
    assert (fold.attribution.trips(BOOK).closed, fold.attribution.trips(BOOK).won) == (1, 0)


def test_a_holding_that_leaves_in_kind_is_no_round_trip() -> None:
    fold = folded([(10, Decimal(100), ZERO)])
    gone = PositionAdjusted(
        account=PAPER, strategy=TREND, instrument=AAPL, quantity=Decimal(-10), price=Decimal(120), reason="", at=NOW
    )
    for event in events([gone], start=2):
        fold.apply(event)
    assert fold.attribution.trips(BOOK).closed == 0
    assert fold.attribution.orders(KEY) == ()
