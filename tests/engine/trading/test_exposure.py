"""Working exposure equals the sum over the orders that work, whatever happened before."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from ares_desktop.domain.orders import OrderIntent, Side
from ares_desktop.engine.trading.exposure import WorkingExposure
from tests.engine.trading.books_builders import AAPL, PAPER, TREND, an_intent

KEY = (PAPER, TREND, AAPL)
Step = tuple[int, Side, int, str, bool]
steps = st.lists(
    st.tuples(
        st.integers(0, 5),
        st.sampled_from(Side),
        st.integers(1, 100),
        st.sampled_from(["", "", "a", "b"]),
        st.booleans(),
    ),
    max_size=40,
)


def expected(orders: dict[int, OrderIntent]) -> tuple[Decimal, Decimal]:
    totals = {Side.BUY: Decimal(0), Side.SELL: Decimal(0)}
    groups: dict[tuple[Side, str], Decimal] = {}
    for intent in orders.values():
        quantity = Decimal(0) if intent.reduce_only else intent.quantity
        if intent.oco_group:
            key = (intent.side, intent.oco_group)
            groups[key] = max(groups.get(key, Decimal(0)), quantity)
        else:
            totals[intent.side] += quantity
    for (side, _), quantity in groups.items():
        totals[side] += quantity
    return totals[Side.BUY], totals[Side.SELL]


@given(steps)
def test_it_equals_the_sum_over_the_working_orders(changes: list[Step]) -> None:
    exposure = WorkingExposure()
    orders: dict[int, OrderIntent] = {}
    for number, side, quantity, group, reduces in changes:
        if number in orders and quantity % 3 == 0:
            exposure.release(orders.pop(number).client_order_id)
        else:
            intent = an_intent(f"trend-{number:06d}", str(quantity), side=side, oco_group=group, reduce_only=reduces)
            orders[number] = intent
            exposure.reserve(intent)
        assert exposure.remaining(KEY) == expected(orders)
        assert exposure.account_remaining(PAPER, AAPL) == expected(orders)
        assert exposure.open_orders(TREND) == len(orders)
