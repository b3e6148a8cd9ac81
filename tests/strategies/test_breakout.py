"""The channel breakout keeps its rule on hand-made bars."""

from decimal import Decimal

from ares_desktop.api.testing import run_on_bars
from strategies.breakout import Breakout
from tests.strategies.markets import ACME, bars_of, sides

CHANNEL = {"entry": 4, "exit": 2, "atr": 2, "stop_atr": 2.0}


def test_breakout_enters_above_the_channel_and_protects_itself() -> None:
    run = run_on_bars(Breakout, bars_of([100.0, 101, 100, 101, 100, 103, 104, 105]), CHANNEL)
    entry, stop = run.intents[:2]
    assert (entry.side.value, entry.reason) == ("BUY", "closed beyond the entry channel")
    assert stop.reduce_only
    assert stop.quantity == entry.quantity
    assert stop.stop_price is not None
    assert 94 < stop.stop_price < 104


def test_breakout_leaves_below_the_exit_channel_and_takes_its_stop_away() -> None:
    run = run_on_bars(
        Breakout, bars_of([100.0, 101, 100, 101, 100, 103, 104, 105, 102, 102, 102]), {**CHANNEL, "stop_atr": 9}
    )
    assert run.position(ACME) == 0
    assert run.strategy.context.orders() == ()
    assert run.intents[-1].reason == "closed beyond the exit channel"


def test_breakout_sells_short_and_its_stop_works() -> None:
    closes = [100.0, 101, 100, 101, 100, 97, 96, 106, 106]
    run = run_on_bars(Breakout, bars_of(closes), {**CHANNEL, "exit": 40, "direction": "short"})
    assert sides(run) == ["SELL 96", "BUY 106"]
    assert run.intents[1].stop_price is not None


def test_breakout_keeps_its_stop_within_the_price_collar() -> None:
    closes = [100.0, 150, 100, 150, 100, 160, 161]
    run = run_on_bars(Breakout, bars_of(closes), {**CHANNEL, "stop_atr": 20})
    stop = run.intents[1].stop_price
    assert stop is not None
    assert stop == Decimal("145.6")
