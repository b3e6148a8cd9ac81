"""The four-day decline keeps its rule on hand-made bars."""

import pytest

from ares_desktop.api.testing import run_on_bars
from strategies.four_day_decline import FourDayDecline
from tests.strategies.markets import ACME, OTHER, bars_of, merged, sides

QUICK = {"trend": 12, "strength": 3}
RISE = [80.0, 84, 88, 92, 96, 100, 104, 108]
DECLINE = [*RISE, 107.0, 106.0, 105.0, 104.0]
"""The average of these twelve closes is 97.83; the last four are lower than the one before."""


def test_it_buys_at_the_open_after_the_fourth_lower_close_and_sells_into_strength() -> None:
    # 104 is not above the average of three closes of 104; 107 is above that of 104, 104 and 107, so it is sold at 108.
    run = run_on_bars(FourDayDecline, bars_of([*DECLINE, 104.0, 104.0, 107.0, 108.0]), QUICK)
    assert sides(run) == ["BUY 104", "SELL 108"]
    assert [intent.reason for intent in run.intents] == [
        "4 lower closes in an up-trend",
        "closed above the strength average",
    ]
    assert run.fills[0].quantity == 913
    assert ("lower closes ACME.XNYS", 4.0) in run.records


def test_three_lower_closes_or_a_close_below_the_trend_are_not_bought() -> None:
    assert run_on_bars(FourDayDecline, bars_of([*DECLINE[:-1], 105.5, 105.6]), QUICK).intents == []
    assert run_on_bars(FourDayDecline, bars_of([*DECLINE[:-1], 90.0, 90.0]), QUICK).intents == []


def test_it_leaves_below_the_trend_and_after_its_time() -> None:
    broken = run_on_bars(FourDayDecline, bars_of([*DECLINE, 103.9, 95.0, 94.0]), QUICK)
    assert sides(broken) == ["BUY 103.9", "SELL 94"]
    assert broken.intents[1].reason == "closed below the trend average"
    slow = [103.9, 103.8, 103.7, 103.6, 103.5]
    late = run_on_bars(FourDayDecline, bars_of([*DECLINE, *slow]), {**QUICK, "max_bars": 3})
    assert sides(late) == ["BUY 103.9", "SELL 103.6"]
    assert late.intents[1].reason == "held for too long"


def test_several_instruments_share_the_exposure() -> None:
    bars = merged(bars_of(DECLINE), bars_of([*DECLINE, 104.0], OTHER), bars_of([104.0], first=12))
    run = run_on_bars(FourDayDecline, bars, QUICK)
    assert {fill.instrument: int(fill.quantity) for fill in run.fills} == {ACME: 456, OTHER: 456}


@pytest.mark.parametrize("held", [2, 3])
def test_a_restart_keeps_how_long_it_was_held(held: int) -> None:
    run = run_on_bars(FourDayDecline, bars_of(DECLINE), QUICK)
    run.strategy.restore({"held_bars": {ACME: held}})
    assert run.strategy.snapshot() == {"held_bars": {ACME: held}}
