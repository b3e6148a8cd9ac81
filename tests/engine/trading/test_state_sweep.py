"""What was approved or filled around the moment in which a state became stricter opens nothing."""

from decimal import Decimal
from typing import Any

import pytest

from ares_desktop.domain.events import TradingStateSet
from ares_desktop.domain.ids import ClientOrderId
from ares_desktop.domain.orders import Bracket, OrderType, Side
from ares_desktop.domain.risk import ALL_SCOPE, TradingState
from ares_desktop.engine.trading.state_sweep import StateSweep
from tests.engine.trading.books_builders import AAPL, NOW, PAPER, TREND, a_flow, an_intent
from tests.engine.trading.desk import Desk

D = Decimal


@pytest.fixture
async def swept(desk: Desk) -> Desk:
    """A desk with money whose states take back what they do not allow; its venue cuts nothing."""
    sweep = StateSweep(desk.fold, desk.router, lambda _: False)
    desk.recorder.subscribe(sweep.recorded)
    desk.quote()
    await desk.recorder.record(a_flow("100000", TREND))
    return desk


def set_to(state: TradingState) -> TradingStateSet:
    return TradingStateSet(scope=ALL_SCOPE, state=state, reason="", source="test", at=NOW)


@pytest.mark.parametrize("state", [TradingState.REDUCING, TradingState.PAUSED])
async def test_an_entry_that_a_stricter_state_overtook_is_never_sent(swept: Desk, state: TradingState) -> None:
    swept.router.accept([an_intent(bracket=Bracket(stop=D(90), target=D(110)))])
    await swept.recorder.record(set_to(state))
    await swept.settled()
    assert {order.state.name for order in swept.fold.registry.orders()} == {"CANCELED"}
    assert not await swept.broker.orders()


async def test_an_exit_that_a_stricter_state_overtook_is_sent(swept: Desk) -> None:
    swept.broker.fills_at_once = True
    await swept.buy()
    swept.router.accept([an_intent("trend-000002", side=Side.SELL)])
    await swept.recorder.record(set_to(TradingState.REDUCING))
    await swept.settled()
    assert swept.state("trend-000002") == "FILLED"


async def test_a_fill_takes_back_what_would_flip_the_book_now(swept: Desk) -> None:
    swept.broker.fills_at_once = True
    await swept.buy()
    swept.broker.fills_at_once = False
    far: dict[str, Any] = {"type": OrderType.LIMIT, "limit_price": D(104), "side": Side.SELL}
    await swept.buy("trend-000002", "10", oco_group="one", **far)
    await swept.buy("trend-000003", "10", **far)
    # Both are exits of ten units: the first one stays, and the other one fills before its cancel arrives.
    await swept.recorder.record(set_to(TradingState.REDUCING))
    swept.broker.fill(ClientOrderId("trend-000003"), D(6))
    await swept.settled()
    await swept.settled()
    assert swept.fold.ledger.position(PAPER, TREND, AAPL).quantity == 4
    assert swept.state("trend-000002") == "CANCELED"
