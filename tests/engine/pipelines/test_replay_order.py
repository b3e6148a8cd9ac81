"""In a replay it does not matter which strategy is quicker."""

from collections.abc import Callable
from datetime import timedelta

from ares_desktop.domain.events import OrderSubmitted
from tests.engine.house import BEGIN, House

MakeHouse = Callable[..., House]
_BARS = 7

TALKER = """
import time
from ares_desktop.api import Params, Strategy, param


class Talker(Strategy):
    class Params(Params):
        delay: float = param(0.0)

    def on_bar(self, bar):
        time.sleep(self.params.delay)
        self.context.publish("bar", bar.instrument)
"""
LISTENER = """
from ares_desktop.api import Strategy


class Listener(Strategy):
    def on_start(self):
        self.context.subscribe("bar")

    def on_message(self, topic, payload):
        self.context.buy(payload, 2)
"""
BUYER = """
import time
from ares_desktop.api import Params, Strategy, param


class Buyer(Strategy):
    class Params(Params):
        delay: float = param(0.0)

    def on_bar(self, bar):
        time.sleep(self.params.delay)
        self.context.buy(bar.instrument, 1)
"""
ANSWERER = """
import time
from ares_desktop.api import Params, Strategy, param


class Answerer(Strategy):
    class Params(Params):
        delay: float = param(0.0)

    def on_bar(self, bar):
        if not self.context.position(bar.instrument).quantity and not self.context.orders():
            self.context.buy(bar.instrument, 2)

    def on_fill(self, fill):
        time.sleep(self.params.delay)
        self.context.buy(fill.instrument, 3)
"""


async def _submitted(house: House, strategies: dict[str, tuple[str, dict[str, float]]]) -> list[tuple[str, str]]:
    """Return who ordered when, in the order in which the orders left; the last bar may be cut off by the end."""
    for name, (code, _) in strategies.items():
        (house.strategies / f"{name}.py").write_text(code)
    await house.open()
    for name, (_, parameters) in strategies.items():
        await house.managers.strategies.add(name, name=name, source="test")
        if parameters:
            await house.managers.strategies.set_parameters(name, parameters, source="test")
        await house.managers.strategies.enable(name, source="test")
    await house.until_all_run()
    await house.play(_BARS)
    await house.close()
    intents = [event.payload.intent for event in house.events() if isinstance(event.payload, OrderSubmitted)]
    cut = BEGIN + timedelta(minutes=_BARS)
    return [(intent.client_order_id, f"{intent.created_at:%M}") for intent in intents if intent.created_at < cut]


async def test_an_answer_to_a_message_does_not_overtake_answers_to_the_bar(make_house: MakeHouse) -> None:
    runs = [
        await _submitted(
            make_house(name),
            {
                "talker": (TALKER, {"delay": talker}),
                "listener": (LISTENER, {}),
                "zebra": (BUYER, {"delay": zebra}),
            },
        )
        for name, talker, zebra in (("talker-slow", 0.05, 0.0), ("buyer-slow", 0.0, 0.05))
    ]
    assert {order.partition("-")[0] for order, _ in runs[0]} == {"listener", "zebra"}
    assert runs[0] == runs[1]


async def test_an_answer_to_a_fill_does_not_overtake_answers_to_the_bar(make_house: MakeHouse) -> None:
    runs = [
        await _submitted(make_house(name), {"zebra": (ANSWERER, {"delay": delay}), "buyer": (BUYER, {})})
        for name, delay in (("quick", 0.0), ("slow", 0.05))
    ]
    assert len(runs[0]) > 6
    assert runs[0] == runs[1]


async def test_an_order_made_at_a_fill_carries_the_time_of_the_fill(make_house: MakeHouse) -> None:
    orders = await _submitted(make_house(), {"zebra": (ANSWERER, {})})
    assert orders[:3] == [("zebra-000001", "01"), ("zebra-000002", "02"), ("zebra-000003", "03")]
