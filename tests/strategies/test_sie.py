"""Sector rotation keeps its rule on hand-made bars."""

from datetime import UTC, datetime
from typing import Any

import pytest

from ares_desktop.api import Bar
from ares_desktop.api.testing import Trial, run_on_bars
from ares_desktop.domain.ids import InstrumentId
from strategies.sie import SIE
from tests.strategies.markets import bars_of, merged

QUICK = {"quarter": 3, "top": 1}
A, B, C = (InstrumentId(f"{name}.XNYS") for name in "ABC")


def rising(name: InstrumentId, daily: float, days: int = 65, *, first: int = 0, turn: int = 999) -> list[Bar]:
    """Bars from 2024-01-01 on that rise by a share a day, and fall by it from day ``turn`` on."""
    closes = [100.0]
    for at in range(1, days):
        closes.append(closes[-1] * (1 + (daily if at < turn else -daily)))
    return bars_of([round(close, 2) for close in closes], name, first=first)


def told(run: Trial) -> list[str]:
    return [f"{fill.at:%m-%d} {fill.side.value} {fill.instrument[0]}" for fill in run.fills]


def test_it_holds_the_strongest_from_the_next_open_on() -> None:
    # Twelve days before the end of January are enough; it ends with day 30, the order fills on February 1.
    run = run_on_bars(SIE, merged(rising(A, 0.001, 45), rising(B, 0.003, 45), rising(C, -0.002, 45)), QUICK)
    assert told(run) == ["02-01 BUY B"]
    assert run.fills[0].at == datetime(2024, 2, 1, 21, tzinfo=UTC)
    # 95 % of 100,000 at 109.41, its close of January 31.
    assert run.fills[0].quantity == 868
    strengths = dict(run.records[:3])
    assert strengths["strength B.XNYS"] == pytest.approx(2 * (1.003**3 - 1) + 1.003**6 - 1 + 1.003**12 - 1, abs=2e-4)
    assert strengths["strength C.XNYS"] < 0 < strengths["strength A.XNYS"]


def test_what_leaves_is_sold_before_what_comes_is_bought() -> None:
    bars = merged(rising(A, 0.001), rising(B, 0.003, turn=40))
    run = run_on_bars(SIE, bars, QUICK)
    # February ends with the 29th: the sale fills on March 1, and at its close the other is bought.
    assert told(run) == ["02-01 BUY B", "03-01 SELL B", "03-02 BUY A"]


def test_nothing_is_bought_while_all_are_weak_and_a_part_stays_cash() -> None:
    weak = run_on_bars(SIE, merged(rising(A, -0.001), rising(B, -0.003)), QUICK)
    assert weak.intents == []
    assert len(weak.records) > 0
    run = run_on_bars(SIE, merged(rising(A, -0.001), rising(B, 0.003)), {**QUICK, "top": 2})
    assert told(run) == ["02-01 BUY B"]
    assert run.fills[0].quantity == 434


def test_what_has_too_short_a_past_or_is_no_longer_quoted_is_left() -> None:
    short = merged(rising(A, 0.001), rising(B, 0.01, days=45, first=20))
    assert told(run_on_bars(SIE, short, QUICK)) == ["02-01 BUY A", "03-01 SELL A", "03-02 BUY B"]
    gone = merged(rising(A, 0.001), rising(B, 0.01, days=15))
    assert told(run_on_bars(SIE, gone, QUICK)) == ["02-01 BUY A"]


def test_a_ranking_does_not_see_the_bars_after_its_month() -> None:
    calm = run_on_bars(SIE, merged(rising(A, 0.001, 31), rising(B, 0.003, 31)), QUICK)
    leap = merged(rising(A, 0.001, 31), rising(B, 0.003, 31), bars_of([900.0], A, first=31))
    assert calm.intents == []
    # Without the last bar of B on the month's last day the ranking waits, and takes the others as of that day.
    late = [bar for bar in leap if not (bar.instrument == B and bar.end.day == 31)]
    seen = dict(run_on_bars(SIE, late, QUICK).records)
    assert seen["strength A.XNYS"] == pytest.approx(2 * (1.001**3 - 1) + 1.001**6 - 1 + 1.001**12 - 1, abs=1e-3)


def test_a_restart_keeps_what_is_to_be_held() -> None:
    past = merged(rising(A, 0.001, 40), rising(B, 0.003, 40))
    later = merged(rising(A, 0.001, 3, first=40), rising(B, 0.003, 3, first=40))
    state: dict[str, Any] = {"wanted": {B: 0.95}, "done": [], "due": None}
    run = run_on_bars(SIE, later, QUICK, history=past, snapshot=state)
    assert told(run)[:1] == ["02-11 BUY B"]
    assert run_on_bars(SIE, later, QUICK, history=past).intents == []


def test_an_order_that_found_no_bar_is_made_again() -> None:
    # B has no bars on March 1 and 2, so its sale of February's end ends with those sessions.
    bars = [
        bar
        for bar in merged(rising(A, 0.001), rising(B, 0.003, turn=40))
        if bar.instrument == A or (bar.end.month, bar.end.day) not in {(3, 1), (3, 2)}
    ]
    run = run_on_bars(SIE, bars, QUICK)
    assert told(run) == ["02-01 BUY B", "03-04 SELL B", "03-05 BUY A"]
