"""Messages between strategies reach whom they concern, and a flood of them harms nobody."""

from pathlib import Path

import msgspec

from ares_desktop.domain.ids import StrategyId
from ares_desktop.domain.strategies import StrategyState
from ares_desktop.engine.hosting.topic_budget import BYTES_A_TURN, MESSAGES_A_TURN, TopicBudget
from tests.engine.hosting.stage import Stage, a_bar

RECEIVER = """
import msgspec
from ares_desktop.api.topics import Topic

class Regime(msgspec.Struct):
    name: str

REGIME = Topic("regime", Regime)

class Receiver(Strategy):
    def on_start(self):
        self.context.subscribe(REGIME)
        self.context.subscribe("ready")

    def on_message(self, topic, payload):
        self.context.log.info(f"{type(payload).__name__} {payload.name}")
"""
SLOW = """
import time

class Slow(Strategy):
    def on_start(self):
        self.context.subscribe("noise")

    def on_bar(self, bar):
        time.sleep(1.0)

    def on_message(self, topic, payload):
        self.context.record("heard", payload)
"""
GOOD = """
class Good(Strategy):
    def on_bar(self, bar):
        self.context.buy(bar.instrument, 1)
"""


def told(stage: Stage) -> list[str]:
    return [line.text for line in stage.listener.lines]


async def test_a_message_of_the_topics_type_arrives_as_that_type_and_another_is_left_out(stage: Stage) -> None:
    receiver = await stage.run(RECEIVER, "receiver")
    stage.supervisor.deliver_message("regime", msgspec.msgpack.encode({"name": 5}))
    stage.supervisor.deliver_message("other", msgspec.msgpack.encode({"name": "calm"}))
    stage.supervisor.deliver_message("regime", msgspec.msgpack.encode({"name": "calm"}))
    await stage.listener.until(lambda: "Regime calm" in told(stage))
    refused, heard = told(stage)
    assert "topic 'regime' is left out" in refused
    assert heard == "Regime calm"
    assert stage.supervisor.status(receiver).state is StrategyState.RUNNING  # type: ignore[union-attr]


async def test_a_receiver_that_is_too_slow_loses_its_oldest_messages_and_nobody_else_anything(stage: Stage) -> None:
    slow = await stage.run(SLOW, "slow")
    await stage.run(GOOD, "good")
    stage.supervisor.deliver_market([a_bar(1)])
    padding = b"x" * 1000
    count = 8000
    for number in range(count):
        stage.supervisor.deliver_message("noise", msgspec.msgpack.encode([number, padding]))
    await stage.listener.until(lambda: stage.listener.intents)
    status = stage.supervisor.status(slow)
    assert status is not None
    assert status.dropped > count // 2


async def test_payloads_that_a_type_refuses_end_at_their_sender(stage: Stage) -> None:
    body = RECEIVER.replace("Receiver", "Sender").replace(
        "self.context.subscribe(REGIME)", 'self.context.publish(REGIME, {"name": 5})'
    )
    await stage.supervisor.start(stage.setup(body, "sender"))
    await stage.listener.until_state("sender", StrategyState.FAULTED)
    fault = stage.listener.faults[StrategyId("sender")]
    assert "topic 'regime' takes Regime" in fault.message
    assert Path(fault.file).name == "sender.py"


def test_a_strategy_may_send_so_many_messages_and_bytes_a_turn() -> None:
    excess: list[StrategyId] = []
    budget = TopicBudget(excess.append)
    loud, calm = StrategyId("loud"), StrategyId("calm")
    passed = sum(budget.admit(loud, 10, timed=False) for _ in range(3 * MESSAGES_A_TURN))
    assert (passed, excess) == (MESSAGES_A_TURN, [loud])
    assert budget.admit(calm, BYTES_A_TURN, timed=False)
    assert not budget.admit(calm, 1, timed=False)
    assert excess == [loud, calm]
    budget.renew()
    assert budget.admit(loud, 10, timed=False)
