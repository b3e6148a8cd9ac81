"""The opening-range breakout keeps its rule on hand-made bars."""

from decimal import Decimal

import pytest

from ares_desktop.api.testing import Trial, run_on_bars
from strategies.opening_range_breakout import OpeningRangeBreakout
from tests.strategies.markets import ACME, minutes

QUICK = {"minutes": 5, "flat": 2}
RANGE = [100.0, 100.5, 99.8, 100.2, 100.1]
"""The first five minutes: from 99.8 to 100.5."""


def told(run: Trial) -> list[str]:
    return [f"{fill.at:%H:%M} {fill.side.value} {fill.price.normalize():f}" for fill in run.fills]


def test_it_follows_the_first_close_above_the_range_and_is_flat_before_the_end() -> None:
    # The close of 100.6 at 14:37 is the first beyond; thirteen minutes end at 14:43, so it is flat at 14:42.
    run = run_on_bars(
        OpeningRangeBreakout, minutes([*RANGE, 100.4, 100.6, 100.8, 101.0, 101.0, 101.1, 101.2, 101.3]), QUICK
    )
    assert told(run) == ["14:38 BUY 100.6", "14:42 SELL 101.1"]
    assert [intent.reason for intent in run.intents] == [
        "closed beyond the opening range",
        "other side of the range",
        "the session ends",
    ]
    assert dict(run.records) == {f"range low {ACME}": 99.8, f"range high {ACME}": 100.5}
    stop = run.intents[1]
    assert (stop.stop_price, stop.reduce_only, stop.quantity) == (Decimal("99.8"), True, run.fills[0].quantity)


def test_the_stop_at_the_other_side_ends_the_day() -> None:
    run = run_on_bars(
        OpeningRangeBreakout, minutes([*RANGE, 100.6, 100.6, 99.7, 99.5, 101.0, 101.0, 101.0, 101.0]), QUICK
    )
    assert told(run) == ["14:37 BUY 100.6", "14:38 SELL 99.8"]


@pytest.mark.parametrize(
    ("direction", "expected"),
    [("both", ["14:37 SELL 99.6", "14:40 BUY 99.5"]), ("short", ["14:37 SELL 99.6", "14:40 BUY 99.5"]), ("long", [])],
)
def test_it_follows_a_close_below_the_range_where_it_may(direction: str, expected: list[str]) -> None:
    closes = [*RANGE, 99.6, 99.6, 99.4, 99.5, 99.5, 99.5]
    assert told(run_on_bars(OpeningRangeBreakout, minutes(closes), {**QUICK, "direction": direction})) == expected


def test_a_range_that_is_too_wide_is_not_traded() -> None:
    closes = [*RANGE, 100.6, 100.8, 101.0, 101.0, 101.0]
    assert run_on_bars(OpeningRangeBreakout, minutes(closes), {**QUICK, "widest": 0.005}).intents == []


def test_each_session_has_a_range_of_its_own() -> None:
    one = minutes([*RANGE, 100.6, 100.8, 101.0, 101.0, 101.0])
    two = minutes([*(close + 10 for close in RANGE), 110.4, 110.4, 110.4, 110.4, 110.4], day=2)
    run = run_on_bars(OpeningRangeBreakout, [*one, *two], QUICK)
    assert len(run.fills) == 2
    assert dict(run.strategy.snapshot()["ranges"]) == {ACME: (109.8, 110.5)}
