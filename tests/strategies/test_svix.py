"""The term structure of the VIX decides, on hand-made bars."""

from collections.abc import Sequence
from typing import Any

import pytest

from ares_desktop.api import Bar
from ares_desktop.api.testing import Trial, run_on_bars
from strategies.svix import SVIX
from tests.api.chains import SPY, VIX, VIX3M, a_session, definitions


def a_market(ratios: Sequence[float], prices: Sequence[float] = ()) -> list[Bar]:
    """Return bars of both indices and of the fund; the far index stays at 20."""
    closes = prices or [100.0] * len(ratios)
    return [
        bar
        for day, (ratio, close) in enumerate(zip(ratios, closes, strict=True))
        for bar in (a_session(day, 20 * ratio, VIX), a_session(day, 20, VIX3M), a_session(day, close, SPY))
    ]


def played(bars: list[Bar], params: dict[str, Any] | None = None, **more: Any) -> Trial:
    return run_on_bars(SVIX, bars, params or {}, instruments=definitions(bars), **more)


def told(run: Trial) -> list[tuple[str, int]]:
    return [(intent.side.value, int(intent.quantity)) for intent in run.intents]


def test_contango_sells_volatility_by_buying_the_fund_once_it_is_confirmed() -> None:
    run = played(a_market([0.9, 0.99, 0.9, 0.9, 0.9]))
    assert told(run) == [("BUY", 900)]
    assert run.fills[0].at == a_session(4, 100, SPY).end
    assert run.intents[0].reason == "near / far 0.900: volatility is sold"


def test_backwardation_buys_volatility_by_selling_the_fund_short() -> None:
    run = played(a_market([0.9, 0.9, 1.1, 1.1, 1.1]))
    assert told(run) == [("BUY", 900), ("SELL", 1400)]
    assert run.position(SPY) == -500


def test_in_between_the_side_stays() -> None:
    run = played(a_market([0.9, 0.9, 0.97, 0.97, 0.97, 0.97]))
    assert told(run) == [("BUY", 900)]


def test_a_vehicle_that_rises_with_volatility_is_traded_the_other_way_round() -> None:
    assert told(played(a_market([0.9, 0.9, 0.9]), {"vehicle": "volatility"})) == [("SELL", 900)]
    assert told(played(a_market([1.1, 1.1, 1.1]), {"vehicle": "volatility"})) == [("BUY", 500)]


def test_a_side_that_is_not_admitted_is_flat() -> None:
    run = played(a_market([0.9, 0.9, 1.1, 1.1, 1.1]), {"direction": "short"})
    assert told(run) == [("BUY", 900), ("SELL", 900)]
    assert told(played(a_market([0.9, 0.9, 0.9]), {"direction": "long"})) == []


def test_a_weight_within_the_band_is_left_alone() -> None:
    ratios = [0.9] * 5
    assert told(played(a_market(ratios, [100, 100, 100, 105, 105]))) == [("BUY", 900)]
    # The weight counts against the budget of 100,000, not against what was gained: 450 x 200 is 90 % of it.
    assert told(played(a_market(ratios, [100, 100, 100, 200, 200]))) == [("BUY", 900), ("SELL", 450)]


def test_bars_that_do_not_end_together_decide_nothing() -> None:
    bars = [bar for bar in a_market([0.9] * 6) if bar.instrument != VIX3M or bar.end_ns == a_session(0, 1, SPY).end_ns]
    assert told(played(bars)) == []


def test_the_order_of_the_bars_of_a_day_does_not_matter() -> None:
    bars = a_market([0.9, 0.9, 0.9])
    turned = [*bars[2::-1], *bars[5:2:-1], *bars[8:5:-1]]
    run = run_on_bars(SVIX, turned, instruments=[*definitions(bars)])
    # The instruments are then far before near: 1 / 0.9 is backwardation.
    assert told(run) == [("SELL", 500)]


def test_inputs_are_recorded_before_the_order() -> None:
    run = played(a_market([0.9, 0.9]))
    assert [name for name, _ in run.records] == ["ratio", "slope", "side"] * 2
    assert run.records[0][1] == pytest.approx(0.9)


def test_a_restart_keeps_the_side_and_warms_up_on_past_bars() -> None:
    bars = a_market([0.9, 0.97, 0.97])
    assert told(played(bars[3:], snapshot={"side": -1})) == [("BUY", 900)]
    assert told(played(bars[3:])) == []
    again = played(a_market([0.9, 0.9, 0.9])[6:], history=a_market([0.9, 0.9, 0.9])[:6])
    assert told(again) == [("BUY", 900)]


def test_other_instruments_are_refused() -> None:
    with pytest.raises(ValueError, match="needs two indices, near before far, and a vehicle"):
        played([a_session(0, 20, VIX), a_session(0, 100, SPY)])
