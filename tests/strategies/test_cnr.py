"""The contrarian keeps its rule on hand-made bars."""

from ares_desktop.api.testing import run_on_bars
from strategies.cnr import CNR
from tests.strategies.markets import ACME, bars_of, sides


def test_cnr_buys_what_fell_and_leaves_at_the_mean() -> None:
    closes = [100.0, 101.0, 100.0, 101.0, 100.0, 90.0, 91.0, 99.0, 99.0, 99.0]
    run = run_on_bars(CNR, bars_of(closes), {"lookback": 5, "entry": 1.5})
    assert sides(run) == ["BUY 91", "SELL 99"]
    assert run.records[0][0] == f"z {ACME}"
    assert run_on_bars(CNR, bars_of(closes), {"lookback": 5, "direction": "short"}).fills == []


def test_cnr_sells_what_rose_and_gives_up_after_a_while() -> None:
    closes = [100.0, 101.0, 100.0, 101.0, 100.0, 110.0, 120.0, 130.0, 140.0, 150.0]
    run = run_on_bars(CNR, bars_of(closes), {"lookback": 5, "max_bars": 2})
    assert sides(run)[:2] == ["SELL 120", "BUY 140"]
    assert run.intents[1].reason == "held for too long"
