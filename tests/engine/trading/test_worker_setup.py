"""A fresh worker starts from its own book, whatever else there is."""

from decimal import Decimal

import pytest
from msgspec.structs import replace

from ares_desktop.domain.events import TradingStateSet
from ares_desktop.domain.ids import UNASSIGNED, InstrumentId, StrategyId
from ares_desktop.domain.instruments import Instrument
from ares_desktop.domain.orders import OrderType
from ares_desktop.domain.risk import ALL_SCOPE, LimitsInForce, TradingState
from ares_desktop.domain.strategies import StrategyInstance
from ares_desktop.engine.trading.worker_setup import WorkerSetups
from tests.engine.trading.books_builders import AAPL, NOW, PAPER, TREND, a_flow
from tests.engine.trading.desk import Desk

INDEX = Instrument(id=InstrumentId("SPX.SIM"), tradable=False)
INSTANCE = StrategyInstance(name=TREND, file="trend", account=PAPER, instruments=(AAPL,))


@pytest.fixture
def setups(desk: Desk) -> WorkerSetups:
    return WorkerSetups(
        desk.fold,
        desk.clock,
        instruments=lambda: (*desk.hub.instruments(), INDEX),
        last=desk.hub.last,
        limits=lambda _: LimitsInForce(max_quantity=Decimal(7)),
        replayed=True,
    )


async def test_it_holds_the_instance_s_own_money_orders_and_positions(desk: Desk, setups: WorkerSetups) -> None:
    desk.broker.fills_at_once = True
    await desk.recorder.record(a_flow("-2000", UNASSIGNED), a_flow("2000"), a_flow("3000", "trend-2"))
    await desk.buy(quantity="3")
    await desk.buy("trend-000002", "1", type=OrderType.LIMIT, limit_price=Decimal(90))
    await desk.buy("trend-2-000001", "5", strategy=StrategyId("trend-2"))
    setup = setups.make(INSTANCE, "/trend.py")
    assert (setup.capital, setup.cash) == (Decimal(2000), Decimal(1700))
    assert [(item.strategy, item.quantity) for item in setup.positions] == [(TREND, Decimal(3))]
    assert [order.id for order in setup.orders] == ["trend-000002"]
    assert setup.next_sequence == 3
    assert setup.limits.max_quantity == 7
    assert setup.now_ns == desk.clock.now_ns()
    assert [event.instrument for event in setup.last] == [AAPL]


def test_one_that_names_no_instrument_trades_everything_tradable(setups: WorkerSetups) -> None:
    every = replace(INSTANCE, instruments=())
    assert [item.id for item in setups.instruments_of(every)] == [AAPL]
    assert setups.make(every, "").instance.instruments == (AAPL,)
    assert setups.missing(every) == ()


def test_what_the_feed_lacks_is_missing(setups: WorkerSetups) -> None:
    gone = InstrumentId("GONE.SIM")
    lost = replace(INSTANCE, instruments=(AAPL, gone, INDEX.id))
    assert setups.missing(lost) == (gone,)
    assert [item.id for item in setups.instruments_of(lost)] == [AAPL, INDEX.id]


async def test_it_knows_the_most_restrictive_state_that_concerns_it(desk: Desk, setups: WorkerSetups) -> None:
    for scope, state in ((f"strategy:{TREND}", TradingState.REDUCING), (ALL_SCOPE, TradingState.PAUSED)):
        await desk.recorder.record(TradingStateSet(scope=scope, state=state, reason="", source="test", at=NOW))
    assert setups.make(INSTANCE, "").trading is TradingState.PAUSED
