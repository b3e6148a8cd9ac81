"""Short volatility by VIX futures keeps its rule on hand-made bars."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from ares_desktop.api import Bar
from ares_desktop.api.testing import Trial, run_on_bars
from ares_desktop.domain.ids import InstrumentId
from ares_desktop.domain.orders import OrderIntent
from strategies.short_vix import ShortVIX
from tests.api.chains import APRIL, MARCH, MAY, SPY, VIX, a_session, definitions

QUICK = {"window": 5, "weight": 0.3, "min_days": 0, "max_days": 365}
CONTANGO = {MARCH: 15.0, APRIL: 16.0, MAY: 16.5}
BACKWARDATION = {MARCH: 25.0, APRIL: 22.0, MAY: 20.0}


def a_day(number: int, curve: Mapping[InstrumentId, float], *, index: float = 14.0, share: float = 500.0) -> list[Bar]:
    """Return the bars of a day: the shares, the index and the futures."""
    futures = [a_session(number, price, name) for name, price in curve.items()]
    return [a_session(number, share, SPY), a_session(number, index, VIX), *futures]


def calm(days: int = 6, first: int = 0, **changes: Any) -> list[Bar]:
    """Return days on which shares hardly move."""
    made = []
    for number in range(first, first + days):
        made += a_day(number, CONTANGO, share=500.0 + number % 2, **changes)
    return made


def played(bars: Sequence[Bar], params: dict[str, Any] | None = None, **more: Any) -> Trial:
    return run_on_bars(ShortVIX, bars, {**QUICK, **(params or {})}, instruments=definitions(bars), **more)


def told(run: Trial) -> list[tuple[str, int, str]]:
    return [(intent.side.value, int(intent.quantity), intent.instrument) for intent in run.intents]


def test_it_sells_the_contract_with_the_best_roll_yield_for_a_seller() -> None:
    # A year: VIX to March ln(15/14) x 365 / 9.1 = 2.8, March to April 0.84 over 28 days, April to May 0.32 over 35.
    run = played(calm())
    assert told(run) == [("SELL", 2, MARCH)]
    assert run.intents[0].reason.endswith("points, contango")
    found = dict(run.records)
    assert found["roll yield"] == pytest.approx(2.5, abs=0.5)
    # With at least 20 days left it is April; 0.3 x 100,000 / 16,000 is one contract.
    assert told(played(calm(), {"min_days": 20})) == [("SELL", 1, APRIL)]
    assert told(played(calm(), {"min_days": 50})) == [("SELL", 1, MAY)]
    assert told(played(calm(), {"min_days": 90})) == []


def test_the_premium_is_the_index_less_the_realized_volatility() -> None:
    run = played(calm())
    # Returns of ln(501/500) every day: 252 times their square, rooted, is 3.17 %.
    assert dict(run.records)["premium"] == pytest.approx(14 - 3.17, abs=0.01)
    assert told(played(calm(index=3.0))) == []
    assert told(played(calm(), {"premium": 11.0})) == []


def test_backwardation_sells_nothing_and_closes_what_is_held() -> None:
    inverted = [bar for number in range(6) for bar in a_day(number, BACKWARDATION, index=30.0)]
    assert told(played(inverted)) == []
    run = played([*calm(), *calm(1, 6), *a_day(7, BACKWARDATION, index=30.0), *a_day(8, BACKWARDATION, index=30.0)])
    assert told(run) == [("SELL", 2, MARCH), ("BUY", 2, MARCH)]
    assert run.intents[1].reason == "the premium or the contango is gone"


def test_it_rolls_by_value_before_the_contract_ends() -> None:
    # March ends with Wednesday, day 12: with the close of day 8, which UTC has not ended yet, 5 sessions are left.
    run = played(calm(10), {"stop": 1.0})
    assert told(run) == [("SELL", 2, MARCH), ("BUY", 2, MARCH), ("SELL", 1, APRIL)]
    assert run.intents[1].reason == f"rolled to {APRIL}"
    days = [fill.at.day for fill in run.fills]
    assert days[1:] == [15, 15]


def test_what_has_no_other_contract_is_closed_before_its_end() -> None:
    bars = [bar for bar in calm(10) if bar.instrument != MAY]
    run = played(bars, {"max_days": 14, "stop": 1.0})
    assert told(run) == [("SELL", 2, MARCH), ("BUY", 2, MARCH)]
    assert run.intents[1].reason == "its end is near and there is no other"


def test_it_leaves_at_the_stop_and_waits_until_the_premium_was_gone() -> None:
    jump = {MARCH: 21.0, APRIL: 22.0, MAY: 22.5}
    bars = [*calm(7), *(bar for number in (7, 8, 9) for bar in a_day(number, jump, index=20.0))]
    run = played(bars, {"roll_sessions": 1})
    assert [intent.reason for intent in run.intents[1:]] == ["lost more than the stop"]
    assert run.strategy.snapshot()["waits"]
    after = [*bars, *a_day(10, BACKWARDATION, index=30.0)]
    assert not played(after, {"roll_sessions": 1}).strategy.snapshot()["waits"]


def test_it_comes_back_to_its_weight_when_it_is_beyond_the_band() -> None:
    cheap = {MARCH: 11.0, APRIL: 12.0, MAY: 12.5}
    bars = [*calm(7), *(bar for number in (7, 8) for bar in a_day(number, cheap, index=10.5))]
    more = {"roll_sessions": 1, "weight": 0.9, "stop": 1.0}
    run = played(bars, {**more, "band": 0.05})
    assert told(run)[0] == ("SELL", 6, MARCH)
    # At 11 six contracts are 66,000 of the 100,000 that count: 0.9 of it are eight.
    assert run.intents[1].reason == "back to its weight"
    assert run.position(MARCH) == -8
    assert len(played(bars, {**more, "band": 0.5}).intents) == 1


def test_two_contracts_that_a_half_refused_roll_left_become_one() -> None:
    refused: list[OrderIntent] = []

    def deny(intent: OrderIntent) -> str:
        if intent.instrument == MARCH and intent.side.sign > 0 and not refused:
            refused.append(intent)
            return "too many orders"
        return ""

    run = played(calm(13), {"stop": 1.0, "weight": 0.5}, deny=deny)
    assert refused
    assert run.position(MARCH) == 0
    assert run.position(APRIL) < 0


def test_a_round_of_bars_decides_once() -> None:
    run = played(calm())
    assert [name for name, _ in run.records].count("premium") == 1


def test_a_refused_order_is_asked_again_with_the_next_round() -> None:
    refused: list[OrderIntent] = []

    def deny(intent: OrderIntent) -> str:
        refused.append(intent)
        return "no margin" if len(refused) == 1 else ""

    run = played(calm(8), {"roll_sessions": 1}, deny=deny)
    assert len(run.intents) == 2
    assert run.position(MARCH) == -2


def test_other_instruments_are_refused() -> None:
    with pytest.raises(ValueError, match="needs one index, an underlying and futures of the root 'VX'"):
        played([bar for bar in calm(1) if bar.instrument != SPY])
