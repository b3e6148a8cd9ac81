"""The put-call ratio oscillator keeps its rule on hand-made bars."""

from collections.abc import Sequence
from typing import Any

import pytest

from ares_desktop.api import Bar
from ares_desktop.api.testing import Trial, run_on_bars
from ares_desktop.domain.ids import InstrumentId
from strategies.pea_oss import PEAOSS
from tests.api.chains import SPY, a_session, definitions

RATIO = InstrumentId("PCR.SIM")
QUICK = {"fast": 1, "slow": 2, "window": 5, "entry": 1.5}
CALM = [0.6, 0.61, 0.6, 0.61, 0.6, 0.61, 0.6, 0.61]


def a_market(ratios: Sequence[float]) -> list[Bar]:
    """Return bars of a ratio and of a fund that rises by 1 a day from 100."""
    days = enumerate(ratios)
    return [bar for day, ratio in days for bar in (a_session(day, ratio, RATIO), a_session(day, 100 + day, SPY))]


def played(ratios: Sequence[float], params: dict[str, Any] | None = None, **more: Any) -> Trial:
    bars = a_market(ratios)
    return run_on_bars(PEAOSS, bars, {**QUICK, **(params or {})}, instruments=definitions(bars), **more)


def told(run: Trial) -> list[str]:
    return [f"{fill.side.value} {fill.price.normalize():f}" for fill in run.fills]


def test_fear_is_bought_and_the_position_is_closed_at_the_mean() -> None:
    # The ratio jumps on day 8, the order fills on day 9; on day 9 it falls, which is below the mean.
    run = played([*CALM, 0.9, 0.7, 0.7, 0.7], {"direction": "long"})
    assert told(run) == ["BUY 109", "SELL 110"]
    assert run.intents[0].reason.startswith("put-call oscillator at 2.00 ")
    assert run.intents[1].reason == "the oscillator is back at its mean"


def test_no_fear_is_sold_short() -> None:
    run = played([*CALM, 0.4, 0.4, 0.4, 0.4], {"direction": "both"})
    assert told(run)[0] == "SELL 109"
    assert played([*CALM, 0.4, 0.4], {"direction": "long"}).intents == []
    assert played([*CALM, 0.9, 0.9], {"direction": "short"}).intents == []


def test_a_position_is_given_up_after_a_while() -> None:
    rising = [0.6 * 1.3**day for day in range(8)]
    run = played([*CALM, *rising[1:]], {"direction": "long", "max_bars": 2})
    assert told(run)[:2] == ["BUY 109", "SELL 111"]
    assert run.intents[1].reason == "held for too long"


def test_the_score_is_that_of_the_averages_by_hand() -> None:
    run = played([*CALM, 0.9])
    scores = [value for name, value in run.records if name == "z"]
    fast: list[float] = []
    slow: list[float] = []
    for at, ratio in enumerate([*CALM, 0.9]):
        fast.append(ratio)
        slow.append((0.6 + 0.61) / 2 if at == 1 else ratio if not at else slow[-1] + 2 / 3 * (ratio - slow[-1]))
    line = [one - other for one, other in zip(fast, slow, strict=True)][-5:]
    mean = sum(line) / 5
    deviation = (sum((value - mean) ** 2 for value in line) / 5) ** 0.5
    assert scores[-1] == pytest.approx((line[-1] - mean) / deviation)


def test_nothing_is_done_on_the_ratio_of_another_day() -> None:
    bars = [bar for bar in a_market([*CALM, 0.9, 0.9]) if bar.instrument != SPY or bar.end_ns < 1_710_200_000 * 10**9]
    run = run_on_bars(PEAOSS, bars, QUICK, instruments=definitions(bars))
    assert run.intents == []


def test_the_instruments_share_the_exposure_and_the_ratio_is_never_traded() -> None:
    other = InstrumentId("QQQ.SIM")
    bars = a_market([*CALM, 0.9, 0.9])
    bars = sorted([*bars, *(a_session(day, 50, other) for day in range(10))], key=lambda bar: bar.end_ns)
    run = run_on_bars(PEAOSS, bars, QUICK, instruments=definitions(bars))
    assert {intent.instrument for intent in run.intents} == {SPY, other}
    assert [round(float(fill.notional), -3) for fill in run.fills] == [45_000, 45_000]


def test_it_warms_up_and_keeps_the_holding_time() -> None:
    past, later = a_market([*CALM, 0.9])[:-2], a_market([*CALM, 0.9, 0.9])[-4:]
    run = run_on_bars(PEAOSS, later, QUICK, history=past, instruments=definitions(past))
    assert told(run) == ["BUY 109"]
    state = {"held_bars": {SPY: 7}}
    assert run_on_bars(PEAOSS, later, QUICK, instruments=definitions(past), snapshot=state).strategy.snapshot() == state


def test_a_market_without_one_ratio_is_refused() -> None:
    with pytest.raises(ValueError, match="needs one ratio that only informs"):
        run_on_bars(PEAOSS, [a_session(0, 100, SPY)])
