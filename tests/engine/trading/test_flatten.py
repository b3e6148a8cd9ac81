"""Every holding in a scope is closed with its own quantity, and what the trader held outside is left alone."""

from decimal import Decimal

import pytest

from ares_desktop.domain.events import JournalEvent, OrderFilled
from ares_desktop.domain.ids import UNASSIGNED, InstrumentId, StrategyId
from ares_desktop.domain.orders import OrderPurpose, Side
from ares_desktop.domain.risk import ALL_SCOPE
from ares_desktop.engine.runtime.clocks import MarketClock
from ares_desktop.engine.trading.flatten import closing_intents, holdings
from ares_desktop.engine.trading.fold import Fold
from ares_desktop.engine.trading.order_ids import OrderIds
from tests.engine.trading.books_builders import AAPL, PAPER, TREND, a_fill, events

OTHER = InstrumentId("OTHER.SMART")
TREND_2 = StrategyId("trend-2")


@pytest.fixture
def fold() -> Fold:
    made = Fold()
    fills = [
        a_fill("10", trade="1"),
        a_fill("4", trade="2", side=Side.SELL, instrument=OTHER),
        a_fill("5", trade="3", strategy=TREND_2),
        a_fill("6", trade="4", strategy=UNASSIGNED),
        a_fill("7", trade="5", instrument=InstrumentId("GONE.SMART")),
        a_fill("7", trade="6", instrument=InstrumentId("GONE.SMART"), side=Side.SELL),
    ]
    told: list[JournalEvent] = events([OrderFilled(fill=fill) for fill in fills])
    for event in told:
        made.apply(event)
    return made


@pytest.mark.parametrize(
    ("scope", "expected"),
    [
        (ALL_SCOPE, {(TREND, AAPL), (TREND, OTHER), (TREND_2, AAPL)}),
        (f"account:{PAPER}", {(TREND, AAPL), (TREND, OTHER), (TREND_2, AAPL)}),
        (f"strategy:{TREND}", {(TREND, AAPL), (TREND, OTHER)}),
        (f"instrument:{AAPL}", {(TREND, AAPL), (TREND_2, AAPL)}),
        ("account:OTHER", set()),
    ],
)
def test_a_scope_holds_what_belongs_to_it(fold: Fold, scope: str, expected: set[tuple[str, str]]) -> None:
    assert {(strategy, instrument) for _, strategy, instrument in holdings(fold, scope)} == expected


def test_longs_are_sold_and_shorts_bought_back_whole(fold: Fold) -> None:
    intents = closing_intents(
        fold,
        [*holdings(fold, f"strategy:{TREND}"), (PAPER, TREND, InstrumentId("GONE.SMART"))],
        ids=OrderIds(),
        clock=MarketClock(),
        purpose=OrderPurpose.FLATTEN,
        reason="test",
    )
    assert [(item.instrument, item.side, item.quantity) for item in intents] == [
        (AAPL, Side.SELL, Decimal(10)),
        (OTHER, Side.BUY, Decimal(4)),
    ]
    assert all(item.reduce_only and item.purpose is OrderPurpose.FLATTEN for item in intents)
    assert len({item.client_order_id for item in intents}) == 2
