"""An order takes along what its strategy knew when it made it."""

from typing import Any

import pytest

from ares_desktop.api import Bar, Strategy
from ares_desktop.api.testing import run_on_bars
from ares_desktop.domain.decisions import INPUT_NAME_CHARS, MOST_INPUTS, bounded_inputs
from ares_desktop.domain.instruments import Instrument
from tests.api.test_context import ACME, bars_of, trial


def test_an_order_has_the_newest_recorded_values_and_what_was_seen() -> None:
    def first(context: Any) -> None:
        context.record("fast", 1.0)
        context.record("slow", 2.0)
        context.buy(ACME, 5)

    def second(context: Any) -> None:
        context.record("fast", 3.0)
        context.sell(ACME, 2)

    run = trial({0: first, 1: second}, *bars_of(10, 12), capital=1000)
    assert run.intents[0].inputs == {"price": 10.0, "position": 0.0, "equity": 1000.0, "fast": 1.0, "slow": 2.0}
    assert run.intents[1].inputs == {"price": 12.0, "position": 5.0, "equity": 1000.0, "fast": 3.0, "slow": 2.0}


def test_a_strategy_s_own_value_of_a_known_name_stays() -> None:
    def step(context: Any) -> None:
        context.record("price", 7.0)
        context.buy(ACME, 1)

    (intent,) = trial({0: step}, *bars_of(10)).intents
    assert intent.inputs["price"] == 7.0


def test_the_names_recorded_last_are_kept_and_none_is_long() -> None:
    def step(context: Any) -> None:
        for number in range(1000):
            context.record(f"{number:04d}" + "x" * 500, number)
        context.buy(ACME, 1)

    (intent,) = trial({0: step}, *bars_of(10)).intents
    assert len(intent.inputs) == MOST_INPUTS
    assert max(map(len, intent.inputs)) == INPUT_NAME_CHARS
    assert set(intent.inputs.values()) >= {999.0, 971.0}


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_what_is_no_number_is_left_out(value: float) -> None:
    def step(context: Any) -> None:
        context.record("ratio", value)
        context.buy(ACME, 1)

    (intent,) = trial({0: step}, *bars_of(10)).intents
    assert "ratio" not in intent.inputs
    assert bounded_inputs({"a": value, "b": 1.0}) == {"b": 1.0}


def test_equity_without_a_rate_of_its_currency_is_left_out() -> None:
    class Buyer(Strategy):
        def on_bar(self, bar: Bar) -> None:
            self.context.buy(ACME, 1)

    euro = Instrument(id=ACME, currency="EUR")
    run = run_on_bars(Buyer, bars_of(10, 11, 12), instruments=[euro])
    assert "equity" in run.intents[0].inputs
    assert "equity" not in run.intents[2].inputs
