"""Volume-weighted reversion keeps its rule on hand-made bars."""

import pytest

from ares_desktop.api import VWAP
from ares_desktop.api.testing import Trial, run_on_bars
from strategies.vow import VOW, _Day
from tests.strategies.markets import ACME, minutes

QUICK = {"settle": 10, "flat": 2}
CALM = [100.0, 100.0, 100.2, 100.2] * 4
"""Sixteen minutes around 100.1 with a deviation of 0.075."""


def told(run: Trial) -> list[str]:
    return [f"{fill.at:%H:%M} {fill.side.value} {fill.price.normalize():f}" for fill in run.fills]


def test_it_buys_below_the_band_and_sells_at_the_average() -> None:
    run = run_on_bars(VOW, minutes([*CALM, 99.9, 99.95, *[100.15] * 6]), QUICK)
    assert told(run) == ["14:48 BUY 99.9", "14:50 SELL 100.15"]
    assert run.intents[0].reason.endswith("deviations from the average")
    assert run.intents[1].reason == "back at the average"
    recorded = [value for name, value in run.records if name == f"deviations {ACME}"]
    assert any(value < -2 for value in recorded)


@pytest.mark.parametrize(("direction", "count"), [("both", 2), ("short", 2), ("long", 0)])
def test_it_sells_short_above_the_band_where_it_may(direction: str, count: int) -> None:
    run = run_on_bars(VOW, minutes([*CALM, 100.35, 100.25, *[100.05] * 6]), {**QUICK, "direction": direction})
    assert len(run.fills) == count
    assert all(fill.side.value == side for fill, side in zip(run.fills, ("SELL", "BUY"), strict=False))


def test_a_side_that_strayed_too_far_is_closed_and_not_entered_again_that_day() -> None:
    closes = [*CALM, 99.9, 99.5, 99.4, 99.7, 99.75, 99.7, 99.7, 99.7, 99.7, 99.7]
    run = run_on_bars(VOW, minutes(closes), QUICK)
    assert [intent.reason.split()[-1] for intent in run.intents][:2] == ["average", "far"]
    assert len([fill for fill in run.fills if fill.side.value == "BUY"]) == 1
    tomorrow = minutes([*CALM, 99.9, 99.95, *[100.15] * 6], day=2)
    assert len(run_on_bars(VOW, [*minutes(closes), *tomorrow], QUICK).fills) == 4


def test_it_is_flat_before_the_session_ends() -> None:
    run = run_on_bars(VOW, minutes([*CALM, 99.9, 99.92, 99.91, 99.92]), QUICK)
    # The session has twenty minutes here: two before its end what is held is sold.
    assert told(run) == ["14:48 BUY 99.9", "14:49 SELL 99.92"]
    assert run.intents[1].reason == "the session ends"


def test_nothing_is_traded_before_it_settled_or_without_volume() -> None:
    early = run_on_bars(VOW, minutes([100.0, 100.1, 100.0, 100.1, 99.0, 99.0, 99.0, 99.0, 99.0, 99.0]), QUICK)
    assert early.intents == []
    silent = run_on_bars(VOW, minutes([*CALM, 99.9, 99.9], volume=float("nan")), QUICK)
    assert silent.intents == []


def test_its_average_is_that_of_the_api_and_its_deviation_that_of_the_prices() -> None:
    day, average = _Day(), VWAP()
    bars = [*minutes([100.0, 101.0, 99.0], spread=0.5), *minutes([50.0, 51.0, 53.0], day=2, spread=0.2)]
    for at, bar in enumerate(bars):
        day.update(bar)
        assert day.mean == pytest.approx(average.update(bar), rel=1e-12)
        if at == 3:
            assert day.deviation == pytest.approx(0.0, abs=1e-12)
    prices = [(bar.high + bar.low + bar.close) / 3 for bar in bars[3:]]
    mean = sum(prices) / 3
    assert day.deviation == pytest.approx((sum((price - mean) ** 2 for price in prices) / 3) ** 0.5)
