"""The moving-average trend keeps its rule on hand-made bars."""

import pytest

from ares_desktop.api.testing import run_on_bars
from strategies.smag7 import SMAG7
from tests.strategies.markets import ACME, DOWN, UP, bars_of, sides

TREND = {"fast": 2, "slow": 4, "atr": 2, "exposure": 0.9}


@pytest.mark.parametrize(
    ("direction", "expected"),
    [
        ("long", ["BUY 104", "SELL 106"]),
        ("short", ["SELL 106"]),
        ("both", ["BUY 104", "SELL 106", "SELL 104"]),
    ],
)
def test_smag7_is_on_the_side_of_the_averages(direction: str, expected: list[str]) -> None:
    run = run_on_bars(SMAG7, bars_of([*UP, *DOWN][0:20]), {**TREND, "direction": direction, "stop_atr": 20})
    assert sides(run) == expected


def test_smag7_leaves_at_the_trailing_stop_and_waits_for_the_next_cross() -> None:
    closes = [*UP, 108.0, 108.5, 109.0, 110.0, 111.0, 112.0]
    run = run_on_bars(SMAG7, bars_of(closes), {**TREND, "slow": 10, "direction": "long", "stop_atr": 1.0})
    assert [intent.reason for intent in run.intents] == ["averages crossed", "trailing stop"]
    assert run.position(ACME) == 0


def test_smag7_keeps_its_stop_over_a_restart() -> None:
    past, later = bars_of(UP), bars_of([111.0], first=12)
    state = {"best": {ACME: 150.0}, "stopped": {ACME: 1}}
    run = run_on_bars(SMAG7, later, {**TREND, "slow": 10}, history=past, snapshot=state)
    assert run.intents == []
    assert run_on_bars(SMAG7, later, {**TREND, "slow": 10}, history=past).intents != []
