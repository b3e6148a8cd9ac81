"""The strength-index short keeps its rule on hand-made bars."""

from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace

from ares_desktop.api import Bar
from ares_desktop.api.testing import Trial, run_on_bars
from ares_desktop.domain.ids import InstrumentId
from strategies.short_rsi_thrust import ShortRSIThrust
from tests.strategies.markets import ACME, OTHER, bars_of, merged

CALM = [100.0, 99.5] * 15
THRUST = [*CALM, 102.0, 105.0]
"""Two higher closes after days that go nowhere: the strength index of three days is far above 90."""
MILLIONS = 1_000_000.0


def days(closes: list[float], name: InstrumentId = ACME, *, volume: float = MILLIONS, first: int = 0) -> list[Bar]:
    """Days with a range of four around their close, so that it is more than 3 % of it."""
    return [replace(bar, volume=volume) for bar in bars_of(closes, name, first=first, spread=2.0)]


def a_day(opened: float, high: float, low: float, close: float, at: int, name: InstrumentId = ACME) -> Bar:
    return replace(days([close], name, first=at)[0], open=opened, high=high, low=low)


def told(run: Trial) -> list[str]:
    return [f"{fill.side.value} {fill.price.normalize():f}" for fill in run.fills]


def test_it_offers_four_percent_above_the_close_for_the_next_session_alone() -> None:
    run = run_on_bars(ShortRSIThrust, [*days(THRUST), a_day(105, 108, 104, 106, 32), a_day(106, 120, 105, 107, 33)])
    offer = run.intents[0]
    assert (offer.side.value, offer.limit_price, offer.tif.value) == ("SELL", Decimal("109.2"), "DAY")
    assert offer.reason.startswith("RSI 9")
    # A tenth of 100,000 at 105 is 95 shares; what is risked, three ranges of some 4.1 a share, admits 158.
    assert offer.quantity == 95
    # The next high is 108; the offer ended with that session, so 120 a day later is not sold at it.
    assert "SELL 109.2" not in told(run)
    recorded = dict(run.records)
    assert recorded[f"strength {ACME}"] > 90
    assert recorded[f"range {ACME}"] > 3.15


def test_what_was_sold_is_protected_and_bought_back_at_the_target() -> None:
    falls = [a_day(106, 110, 104, 104, 32), a_day(104, 105, 102, 103, 33), a_day(103, 104, 102, 103, 34)]
    run = run_on_bars(ShortRSIThrust, [*days(THRUST), *falls])
    stop = next(intent for intent in run.intents if intent.stop_price is not None)
    assert stop.reduce_only
    assert stop.quantity == 95
    # 104 is 4.8 % below 109.20, so it is bought back at the next open.
    assert told(run) == ["SELL 109.2", "BUY 104"]
    assert run.intents[-1].reason == "target reached"
    assert run.strategy.context.orders() == ()


def test_it_gives_up_after_two_bars_and_at_the_stop() -> None:
    flat = [a_day(106, 110, 105, 108, 32), a_day(108, 109, 106, 108, 33), a_day(108.5, 109, 108, 108, 34)]
    run = run_on_bars(ShortRSIThrust, [*days(THRUST), *flat], {"least_close": 5.0})
    assert told(run)[:2] == ["SELL 109.2", "BUY 108.5"]
    assert next(intent.reason for intent in run.intents[2:] if intent.reduce_only) == "held for too long"
    squeezed = [a_day(106, 110, 105, 108, 32), a_day(108, 140, 107, 139, 33)]
    run = run_on_bars(ShortRSIThrust, [*days(THRUST), *squeezed])
    stop = next(intent.stop_price for intent in run.intents if intent.stop_price is not None)
    assert told(run)[:2] == ["SELL 109.2", f"BUY {stop.normalize():f}"]


@pytest.mark.parametrize(
    ("params", "volume", "scale"),
    [
        ({}, 200_000.0, 1.0),  # 20 million a day
        ({}, 100 * MILLIONS, 0.04),  # a close of 4.20
        ({"least_range": 0.06}, MILLIONS, 1.0),
        ({"thrust": 99.9}, MILLIONS, 1.0),
    ],
)
def test_what_is_not_in_the_universe_is_not_offered(params: dict[str, Any], volume: float, scale: float) -> None:
    bars = [
        replace(bar, open=bar.open * scale, high=bar.high * scale, low=bar.low * scale, close=bar.close * scale)
        for bar in days(THRUST, volume=volume)
    ]
    assert run_on_bars(ShortRSIThrust, [*bars, bars[-1]], params).intents == []


def test_the_strongest_trend_comes_first_when_there_is_room_for_one() -> None:
    trend = [*[80 + 0.5 * (at - at % 2) - at % 2 * 0.4 for at in range(30)], 98.0, 101.0]
    bars = merged(days(THRUST), days(trend, OTHER))
    both = run_on_bars(ShortRSIThrust, bars)
    assert [intent.instrument for intent in both.intents] == [OTHER, ACME]
    recorded = dict(both.records)
    assert recorded[f"trend {OTHER}"] > recorded[f"trend {ACME}"]
    one = run_on_bars(ShortRSIThrust, bars, {"positions": 1})
    assert [intent.instrument for intent in one.intents] == [OTHER]


def test_bars_without_a_volume_offer_nothing() -> None:
    assert run_on_bars(ShortRSIThrust, days(THRUST, volume=float("nan"))).intents == []
