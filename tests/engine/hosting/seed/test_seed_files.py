"""Files with the entry point ``manage_strategy`` run as they are: own loop, managers, order events."""

import asyncio
import textwrap

import msgspec
import pytest

from ares_desktop.domain.backtests import BacktestSpec
from ares_desktop.domain.errors import StrategyError
from ares_desktop.domain.ids import StrategyId
from ares_desktop.domain.market import from_ns
from ares_desktop.domain.orders import Order, OrderState
from ares_desktop.domain.strategies import StrategyState
from ares_desktop.engine.backtest.replay.kinds import load_kinds
from ares_desktop.engine.hosting.catalog import Catalog
from tests.engine.hosting.stage import START, Stage, a_bar, a_fill

SEED = '''
"""Buys once and tells what became of it."""

import asyncio

from broker import connect_to_IB, disconnect_from_IB
from broker.trademanager import TradeManager
from data_and_research import fetch_strategy_params, get_strategy_allocation_bounds, get_strategy_symbol
from gui.log import add_log
from ib_async import *

PARAMS = {"size": 3, "symbol": "ACME"}
strategy = None


def manage_strategy(client_id, strategy_manager, strategy_loops):
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    global strategy
    try:
        strategy = Strategy(client_id, strategy_manager)
        asyncio.ensure_future(strategy.run(), loop=loop)
        strategy_loops[client_id] = loop
        loop.run_forever()
    finally:
        disconnect_from_IB(strategy.ib, strategy.symbol)
        loop.close()
        del strategy_loops[client_id]
        print("cleaned up")


class Strategy:
    def __init__(self, client_id, strategy_manager):
        self.manager = strategy_manager
        self.symbol = get_strategy_symbol("probe.py")
        self.ib = connect_to_IB(clientid=client_id, symbol=self.symbol)
        self.trade_manager = TradeManager(self.ib, strategy_manager)
        self.params = fetch_strategy_params(self.symbol)
        self.target, self.least, self.most = get_strategy_allocation_bounds(self.symbol)

    async def run(self):
        bars = self.manager.data_manager.get_data_from_arctic("bars", "ACME")
        add_log(f"{len(bars)} bars, newest close {bars['close'].iloc[0]:.0f}, weight {self.target}")
        contract = Stock(self.params["symbol"], "SMART", "USD")
        trade = self.manager.trade_manager.trade(contract, self.params["size"], order_type="LMT", limit=99.5)
        trade.fillEvent += self.on_fill
        trade.statusEvent += self.on_status
        while True:
            await asyncio.sleep(0.01)

    def on_fill(self, trade, fill):
        held = self.manager.portfolio_manager.match_ib_positions_with_arcticdb()
        self.manager.message_queue.put({"type": "fill", "info": f"{fill.execution.shares:.0f} filled"})
        add_log(f"holds {held['position'].iloc[-1]:.0f} {held['symbol'].iloc[-1]}")

    def on_status(self, trade):
        add_log(f"status {trade.orderStatus.status}")
'''


def told(stage: Stage) -> list[str]:
    return [line.text for line in stage.listener.lines]


async def test_a_file_written_for_the_seed_trades_and_hears_of_its_fills(stage: Stage) -> None:
    stage.past = [a_bar(number, 90.0 + number) for number in range(-3, 1)]
    name = await stage.run(SEED, "seed", parameters={"size": 7})
    await stage.listener.until(lambda: stage.listener.intents)
    intent = stage.listener.intents[0]
    assert (str(intent.quantity), str(intent.limit_price), str(intent.instrument)) == ("7", "99.5", "ACME.XNYS")
    assert "4 bars, newest close 90, weight 0.1" in told(stage)
    filled = Order(intent=intent, state=OrderState.FILLED, updated_at=from_ns(START), filled=intent.quantity)
    stage.supervisor.deliver_order(filled)
    stage.supervisor.deliver_fill(a_fill(intent.client_order_id, name, quantity="7"))
    await stage.listener.until(lambda: {"status Filled", "7 filled", "holds 7 ACME"} <= set(told(stage)))
    await stage.supervisor.stop(name)
    assert "cleaned up" in told(stage)
    assert stage.listener.states[name][-1] is StrategyState.STOPPED
    assert name not in stage.listener.faults


async def test_what_it_raises_is_its_fault_with_its_line(stage: Stage) -> None:
    body = """
    def manage_strategy(client_id, strategy_manager, strategy_loops):
        strategy_manager.trade_manager.trade("NONE", 1)
    """
    await stage.supervisor.start(stage.setup(textwrap.dedent(body), "seed"))
    await stage.listener.until_state("seed", StrategyState.FAULTED)
    fault = stage.listener.faults[StrategyId("seed")]
    assert "contract must be one of ACME.XNYS, was 'NONE'" in fault.message
    assert fault.line == 4
    assert fault.file.endswith("seed.py")


@pytest.mark.parametrize(
    ("call", "message"),
    [
        ('trade("ACME", 0)', "quantity must not be zero"),
        ('trade("ACME", 1, "ODD")', "order_type must be one of"),
        ('trade("ACME", 1, "LMT")', "needs a limit"),
    ],
)
async def test_an_order_that_makes_no_sense_is_refused_where_it_stands(stage: Stage, call: str, message: str) -> None:
    body = f"def manage_strategy(client_id, manager, loops):\n    manager.trade_manager.{call}\n"
    await stage.supervisor.start(stage.setup(body, "seed"))
    await stage.listener.until_state("seed", StrategyState.FAULTED)
    assert message in stage.listener.faults[StrategyId("seed")].message


async def test_one_that_returns_has_ended_by_itself(stage: Stage) -> None:
    body = "def manage_strategy(client_id, manager, loops):\n    manager.say(f'number {client_id}')\n"
    setup = msgspec.structs.replace(stage.setup(body, "seed"), client_id=4)
    await stage.supervisor.start(setup)
    await stage.listener.until_state("seed", StrategyState.STOPPED)
    assert told(stage) == ["number 4"]
    assert not stage.listener.faults


async def test_one_that_ignores_its_end_is_ended(stage: Stage) -> None:
    body = """
    import time
    def manage_strategy(client_id, manager, loops):
        manager.say("alive")
        while True:
            time.sleep(0.01)
    """
    name = await stage.run(textwrap.dedent(body), "seed")
    await stage.listener.until(lambda: told(stage))
    async with asyncio.timeout(15):
        await stage.supervisor.stop(name, grace_s=0.3)
    assert stage.listener.states[name][-1] is StrategyState.STOPPED


async def test_the_catalog_shows_what_it_is(stage: Stage) -> None:
    stage.file(SEED, "seed")
    entry = await Catalog([stage.folder], stage.supervisor.launcher).check("seed")
    assert (entry.seed, entry.class_name, entry.faults) == (True, "manage_strategy", ())
    assert [(info.name, info.kind, info.default) for info in entry.parameters] == [
        ("size", "int", 3),
        ("symbol", "str", "ACME"),
    ]


def test_a_backtest_says_that_it_can_not_play_it(stage: Stage) -> None:
    file = stage.file(SEED, "seed")
    instance = stage.setup(SEED, "seed").instance
    spec = BacktestSpec(strategies=(msgspec.structs.replace(instance, file=str(file)),), data=("sample",))
    with pytest.raises(StrategyError, match="lives by the wall clock"), load_kinds(spec):
        pass
