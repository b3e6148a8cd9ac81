"""The life of well-behaved instances."""

import asyncio
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from ares_desktop.domain.errors import StrategyError, UsageError
from ares_desktop.domain.events import CarryBooked, PositionSplit
from ares_desktop.domain.ids import AccountId, ClientOrderId, StrategyId
from ares_desktop.domain.market import Quote, from_ns
from ares_desktop.domain.orders import Order, OrderState
from ares_desktop.domain.risk import LimitsInForce, TradingState
from ares_desktop.domain.strategies import Isolation, RestartPolicy, StrategyState
from tests.engine.hosting.stage import ACME, HOUR, START, Stage, a_bar, a_fill

BOTH = pytest.mark.parametrize("isolation", list(Isolation))
CROSS = """
class Cross(Strategy):
    class Params(Params):
        fast: int = param(2, ge=1, le=20)
        slow: int = param(4, ge=2, le=40)

    def on_start(self):
        self.fast, self.slow = SMA(self.params.fast), SMA(self.params.slow)
        self.context.warm_up(self.params.slow)

    def on_bar(self, bar):
        self.fast.update(bar.close)
        self.slow.update(bar.close)
        order = self.context.target(bar.instrument, 10)
        if self.context.warming:
            assert order.is_final and order.reason == "the strategy is warming up"
        else:
            self.context.record("fast", self.fast.value)
            self.context.record("slow", self.slow.value)
"""


@BOTH
async def test_a_strategy_warms_up_on_past_bars_and_orders_on_new_ones(stage: Stage, isolation: Isolation) -> None:
    stage.past = [a_bar(number - 10, close=float(number)) for number in range(11)]
    name = await stage.run(CROSS, isolation=isolation)
    assert stage.listener.states[name] == [StrategyState.STARTING, StrategyState.WARMING_UP, StrategyState.RUNNING]
    assert stage.listener.intents == []
    await stage.play(a_bar(1, close=14.0))
    assert [record.value for record in stage.listener.records] == [12.0, 10.25]
    intent = stage.listener.intents[0]
    assert (intent.client_order_id, intent.quantity) == ("probe-000001", Decimal(10))
    assert intent.created_at == from_ns(START + HOUR)
    await stage.supervisor.stop(name)
    assert stage.listener.states[name][-2:] == [StrategyState.STOPPING, StrategyState.STOPPED]


@BOTH
async def test_prints_and_logs_become_lines(stage: Stage, isolation: Isolation) -> None:
    await stage.run(
        """
        class Talker(Strategy):
            def on_start(self):
                print("hello", 1, sep="-")
                self.context.log.warning("careful")
        """,
        isolation=isolation,
    )
    assert [(line.level, line.text) for line in stage.listener.lines] == [("info", "hello-1"), ("warning", "careful")]


@BOTH
async def test_an_endless_loop_can_be_ended(stage: Stage, isolation: Isolation) -> None:
    name = await stage.run(
        "class Loop(Strategy):\n    def on_bar(self, bar):\n        while True:\n            pass\n",
        isolation=isolation,
    )
    await stage.play(a_bar(1), timeout_s=0.1)
    await stage.supervisor.stop(name, grace_s=0.1)
    assert stage.listener.states[name][-1] is StrategyState.STOPPED


async def test_fills_move_the_position_before_the_handler_hears(stage: Stage) -> None:
    name = await stage.run(
        """
        class Holder(Strategy):
            def on_bar(self, bar):
                self.context.target(bar.instrument, 10)
            def on_fill(self, fill):
                position = self.context.position(fill.instrument)
                self.context.record("held", position.quantity)
                self.context.record("cash", self.context.cash)
                assert self.context.target(fill.instrument, 10) is None
        """
    )
    await stage.play(a_bar(1))
    fill = a_fill(ClientOrderId("probe-000001"), name)
    stage.supervisor.deliver_fill(fill)
    stage.supervisor.deliver_fill(fill)
    intent = stage.listener.intents[0]
    order = Order(intent=intent, state=OrderState.FILLED, updated_at=intent.created_at, filled=Decimal(10))
    stage.supervisor.deliver_order(order)
    await stage.play(a_bar(2))
    assert [record.value for record in stage.listener.records] == [10.0, 9000.0]
    assert len(stage.listener.intents) == 1


async def test_a_dividend_and_a_split_move_the_book_and_are_no_event(stage: Stage) -> None:
    name = await stage.run(
        """
        class Holder(Strategy):
            def on_bar(self, bar):
                self.context.record("held", self.context.position(bar.instrument).quantity)
                self.context.record("cash", self.context.cash)
        """
    )
    at = datetime(2024, 3, 4, tzinfo=UTC)
    whose: dict[str, Any] = {
        "account": AccountId("PAPER"),
        "strategy": name,
        "instrument": ACME,
        "currency": "USD",
        "at": at,
    }
    stage.supervisor.deliver_fill(a_fill(ClientOrderId("probe-000001"), name))
    stage.supervisor.deliver_booking(CarryBooked(kind="dividend", amount=Decimal(25), key="B-1", **whose))
    ratio: dict[str, Any] = {"numerator": 2, "denominator": 1, "before": Decimal(10), "after": Decimal(20)}
    stage.supervisor.deliver_booking(PositionSplit(cash=Decimal(0), price=Decimal(50), key="B-2", **ratio, **whose))
    await stage.play(a_bar(1))
    assert [record.value for record in stage.listener.records] == [20.0, 9025.0]


async def test_orders_made_before_an_exception_leave(stage: Stage) -> None:
    await stage.run(
        """
        class Half(Strategy):
            def on_bar(self, bar):
                self.context.buy(bar.instrument, 1)
                1 / 0
        """
    )
    await stage.play(a_bar(1))
    assert len(stage.listener.intents) == 1


async def test_parameters_change_at_the_next_bar_with_fresh_indicators(stage: Stage) -> None:
    stage.past = [a_bar(number - 10, close=float(number)) for number in range(11)]
    name = await stage.run(CROSS)
    with pytest.raises(UsageError) as raised:
        await stage.supervisor.set_parameters(name, {"fast": "0", "slow": "x", "other": 1})
    assert sorted(finding.place for finding in raised.value.findings) == ["fast", "other", "slow"]
    await stage.supervisor.set_parameters(name, {"fast": "1"})
    await stage.play(a_bar(1, close=14.0))
    assert stage.listener.records[0].value == 14.0
    assert stage.asked[-1] == (ACME, START + HOUR - 1, 4)


async def test_an_unknown_instance_takes_no_parameters(stage: Stage) -> None:
    with pytest.raises(StrategyError):
        await stage.supervisor.set_parameters(StrategyId("nobody"), {})


async def test_timers_of_a_replay_run_on_the_markets_time(stage: Stage) -> None:
    await stage.run(
        """
        class Timed(Strategy):
            def on_start(self):
                self.context.schedule("often", "every 30m")
            def on_bar(self, bar):
                self.context.record("bar", 0)
            def on_timer(self, name):
                self.context.record(name, self.context.now.minute)
        """
    )
    await stage.play(a_bar(1))
    names = [(record.name, record.value) for record in stage.listener.records]
    assert names == [("often", 30.0), ("bar", 0.0), ("often", 0.0)]
    stage.clock.advance(START + 3 * HOUR)
    await stage.supervisor.settle(10)
    assert [record.ts for record in stage.listener.records[3:]] == [START + 3 * HOUR // 2]


async def test_timers_on_the_wall_clock_run_by_themselves(stage: Stage) -> None:
    await stage.run(
        """
        from datetime import timedelta
        class Timed(Strategy):
            def on_start(self):
                self.context.schedule("often", timedelta(milliseconds=20))
            def on_timer(self, name):
                self.context.record(name, 1)
        """,
        replayed=False,
    )
    await stage.listener.until(lambda: len(stage.listener.records) >= 3)


async def test_sessions_come_from_the_calendar_of_the_instrument(stage: Stage) -> None:
    await stage.run(
        """
        class Timed(Strategy):
            def on_start(self):
                self.context.schedule("close", "session close -10m")
                self.context.schedule("end", "month end")
            def on_timer(self, name):
                self.context.log.info(f"{name} {self.context.now:%m-%d %H:%M}")
        """
    )
    for hour in range(1, 24 * 40):
        stage.clock.advance(START + hour * HOUR)
        await stage.supervisor.settle(10)
    assert "close 02-11 20:50" in stage.texts()
    assert [text for text in stage.texts() if text.startswith("end")] == ["end 02-27 21:00"]


async def test_messages_reach_those_who_subscribed(stage: Stage) -> None:
    await stage.run(
        "class Ear(Strategy):\n    def on_start(self):\n        self.context.subscribe('regime')\n"
        "    def on_message(self, topic, payload):\n        self.context.record(topic, payload['risk'])\n",
        "ear",
    )
    await stage.run(
        "class Mouth(Strategy):\n    def on_bar(self, bar):\n        self.context.publish('regime', {'risk': 0.5})\n",
        "mouth",
    )
    await stage.play(a_bar(1))
    sender, topic, payload = stage.listener.published[0]
    assert (sender, topic, msgspec.msgpack.decode(payload)) == ("mouth", "regime", {"risk": 0.5})
    stage.supervisor.deliver_message(topic, payload)
    stage.supervisor.deliver_message("other", payload)
    await stage.supervisor.settle(10)
    assert [(record.strategy, record.name, record.value) for record in stage.listener.records] == [
        ("ear", "regime", 0.5)
    ]


async def test_limits_and_trading_state_are_told(stage: Stage) -> None:
    name = await stage.run(
        "class Look(Strategy):\n    def on_bar(self, bar):\n"
        "        self.context.log.info(f'{self.context.trading.name} {self.context.limits.max_open_orders}')\n"
    )
    stage.supervisor.update_trading(name, TradingState.REDUCING)
    stage.supervisor.update_limits(name, LimitsInForce(max_open_orders=7))
    await stage.play(a_bar(1))
    assert stage.texts() == ["REDUCING 7"]


async def test_state_survives_a_restart(stage: Stage) -> None:
    body = """
    class Counter(Strategy):
        count = 0
        def on_bar(self, bar):
            self.count += 1
            self.context.record("count", self.count)
        def snapshot(self):
            return {"count": self.count}
        def restore(self, state):
            self.count = state["count"]
    """
    name = await stage.run(body)
    await stage.play(a_bar(1), a_bar(2))
    await stage.supervisor.stop(name)
    await stage.run(body)
    await stage.play(a_bar(3))
    assert [record.value for record in stage.listener.records] == [1.0, 2.0, 3.0]


async def test_async_handlers_take_their_turn(stage: Stage) -> None:
    await stage.run(
        """
        import asyncio
        class Patient(Strategy):
            async def on_bar(self, bar):
                await asyncio.sleep(0.01)
                self.context.record("bar", bar.close)
        """
    )
    stage.supervisor.deliver_market([a_bar(1, close=1.0), a_bar(2, close=2.0)])
    assert await stage.supervisor.settle(10) == frozenset()
    assert [record.value for record in stage.listener.records] == [1.0, 2.0]


async def test_a_life_of_its_own_is_settled_and_may_end_by_itself(stage: Stage) -> None:
    body = """
    import asyncio
    class Own(Strategy):
        async def run_strategy(self):
            while (self.context.price(self.context.instruments[0]) or 0) < 5:
                await asyncio.sleep(0.005)
            self.context.record("seen", 5)
    """
    name = await stage.run(body, restart=RestartPolicy.ON_FAULT)
    assert await stage.play(a_bar(1, close=1.0), a_bar(2, close=5.0)) == frozenset()
    await stage.listener.until_state(name, StrategyState.STOPPED)
    assert stage.listener.records[-1].value == 5.0


async def test_a_life_of_its_own_ends_at_a_stop(stage: Stage) -> None:
    name = await stage.run(
        "import asyncio\nclass Own(Strategy):\n    async def run_strategy(self):\n        await asyncio.sleep(600)\n"
        "    def on_stop(self):\n        self.context.log.info('bye')\n"
    )
    await stage.supervisor.stop(name, grace_s=10)
    assert stage.texts() == ["bye"]
    assert stage.listener.states[name][-1] is StrategyState.STOPPED


async def test_only_its_own_instruments_are_delivered(stage: Stage) -> None:
    await stage.run(
        "class Look(Strategy):\n    def on_quote(self, quote):\n        self.context.record('bid', quote.bid)\n"
    )
    other = msgspec.structs.replace(a_bar(1), instrument="OTHER.XNYS")
    stage.supervisor.deliver_market([Quote(ACME, START, 1.0, 2.0), other, Quote(ACME, START + 1, 3.0, 4.0)])
    await stage.supervisor.settle(10)
    assert [record.value for record in stage.listener.records] == [1.0, 3.0]


async def test_bars_before_the_start_are_asked_for(stage: Stage) -> None:
    stage.past = [a_bar(number - 10, close=float(number)) for number in range(11)]
    await stage.run(
        """
        class Look(Strategy):
            def on_bar(self, bar):
                bars = self.context.bars(bar.instrument, 5)
                self.context.log.info(f"{bars.close.tolist()}")
                start = self.context.now.replace(year=1960)
                self.context.log.info(str(len(self.context.history(bar.instrument, "1h", start, self.context.now))))
        """
    )
    await stage.play(a_bar(1, close=11.0), a_bar(2, close=12.0))
    assert stage.texts() == ["[7.0, 8.0, 9.0, 10.0, 11.0]", "11", "[8.0, 9.0, 10.0, 11.0, 12.0]", "11"]


async def test_twenty_instances_start_together(stage: Stage) -> None:
    body = "class Idle(Strategy):\n    def on_bar(self, bar):\n        self.context.buy(bar.instrument, 1)\n"
    names = [f"idle{number}" for number in range(20)]
    await asyncio.gather(*(stage.run(body, name) for name in names))
    await stage.play(a_bar(1))
    assert sorted(intent.strategy for intent in stage.listener.intents) == sorted(names)


async def test_a_start_that_is_given_up_is_no_fault_of_the_strategy(stage: Stage) -> None:
    setup = stage.setup("import time\ntime.sleep(5)\n\nclass Late(Strategy): ...")
    starting = asyncio.get_running_loop().create_task(stage.supervisor.start(setup))
    await asyncio.sleep(0.05)
    starting.cancel()
    name = setup.instance.name
    await stage.supervisor.stop(name)
    status = stage.supervisor.status(name)
    assert status is not None
    assert (status.state, status.pid) == (StrategyState.STOPPED, None)
    assert not stage.listener.faults


async def test_starting_twice_is_refused(stage: Stage) -> None:
    await stage.run("class One(Strategy): ...")
    with pytest.raises(StrategyError, match="runs already"):
        await stage.supervisor.start(stage.setup("class One(Strategy): ..."))


@BOTH
async def test_an_instance_may_ask_for_longer_bars_than_the_feed_has(stage: Stage, isolation: Isolation) -> None:
    await stage.run(
        """
        class Slow(Strategy):
            def on_bar(self, bar):
                self.context.record("close", bar.close)
                self.context.record("hours", (bar.end - bar.start).total_seconds() / 3600)
        """,
        isolation=isolation,
        bar_spec="4h",
    )
    await stage.play(*(a_bar(number, close=float(number)) for number in range(10)))
    closes = [record.value for record in stage.listener.records if record.name == "close"]
    assert {record.value for record in stage.listener.records if record.name == "hours"} == {4.0}
    assert closes == [0.0, 4.0, 8.0]
