"""The loss ladder never flaps, no cash flow moves it, and what is not known never calms it."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from ares_desktop.domain.protections import LadderState, LossBase, LossMeasure, ProtectionRules, Rung
from ares_desktop.engine.trading.loss_base import loss_of, matters, rebased, valued
from ares_desktop.engine.trading.loss_ladder import (
    RETURNS_BELOW,
    Thresholds,
    climb,
    multiplier,
    released,
    stands,
    thresholds,
)

NOW = datetime(2026, 3, 2, 15, tzinfo=UTC)
MARKS = Thresholds(0.05, 0.1, 0.2)
losses = st.one_of(st.none(), st.floats(0, 1))
rungs = st.sampled_from([Rung.CALM, Rung.WARNED, Rung.REDUCING])


def walk(*path: float | None) -> LadderState:
    """Return where a scope stands after these losses."""
    state: LadderState | None = None
    for loss in path:
        state = stands("all", LossMeasure.DRAWDOWN, loss, state, MARKS, NOW)
    assert state is not None
    return state


@pytest.mark.parametrize(
    ("loss", "rung"),
    [(0.0, Rung.CALM), (0.049, Rung.CALM), (0.05, Rung.WARNED), (0.1, Rung.REDUCING), (0.2, Rung.HALTED)],
)
def test_each_rung_begins_at_its_threshold(loss: float, rung: Rung) -> None:
    assert climb(loss, Rung.CALM, MARKS) is rung


def test_the_warning_is_at_half_the_limit_and_halves_risk() -> None:
    assert thresholds(ProtectionRules(day_limit=0.04, day_hard=0.09), LossMeasure.DAY) == Thresholds(0.02, 0.04, 0.09)
    assert str(multiplier(Rung.WARNED)) == "0.5"
    assert str(multiplier(Rung.CALM)) == "1"


def test_a_limit_that_is_off_has_no_rung() -> None:
    assert climb(0.99, Rung.CALM, thresholds(ProtectionRules(), LossMeasure.DAY)) is Rung.CALM


def test_risk_returns_only_below_nine_tenths_of_the_threshold() -> None:
    assert walk(0.1, 0.091).rung is Rung.REDUCING
    assert walk(0.1, 0.0899).rung is Rung.WARNED
    assert walk(0.1, 0.0451).rung is Rung.WARNED
    assert walk(0.1, 0.0449).rung is Rung.CALM


@given(st.lists(losses, max_size=30))
def test_nothing_but_a_person_leads_out_of_a_halt(path: list[float | None]) -> None:
    assert walk(0.2, *path).rung is Rung.HALTED


@given(rungs, losses)
def test_what_is_not_known_never_calms(before: Rung, loss: float | None) -> None:
    known = climb(MARKS.of(before) or 0.0, Rung.CALM, MARKS)
    state = stands("all", LossMeasure.DAY, None, walk(MARKS.of(before) or 0.0), MARKS, NOW)
    assert state.rung is Rung.UNKNOWN
    assert state.beneath is known
    after = stands("all", LossMeasure.DAY, loss, state, MARKS, NOW)
    assert after.rung is climb(loss, before, MARKS)


@given(rungs, st.floats(0, 1), st.floats(0, 1))
def test_a_loss_that_hovers_within_the_band_never_makes_the_rung_flap(before: Rung, one: float, other: float) -> None:
    first = climb(one, before, MARKS)
    second = climb(other, first, MARKS)
    if second < first:
        assert other < RETURNS_BELOW * (MARKS.of(first) or 0.0)
    if second > first:
        assert other >= (MARKS.of(second) or 0.0)


@given(st.floats(0, 1), rungs)
def test_a_greater_loss_never_stands_lower(loss: float, before: Rung) -> None:
    assert climb(min(1.0, loss + 0.01), before, MARKS) >= climb(loss, before, MARKS)


def test_a_release_beyond_the_hard_limit_neither_halts_again_at_once_nor_disarms() -> None:
    halted = walk(0.25)
    free = released(halted, MARKS, NOW)
    assert free.rung is Rung.REDUCING
    assert free.hard == pytest.approx(0.35)
    again = stands("all", LossMeasure.DRAWDOWN, 0.26, free, MARKS, NOW)
    assert (again.rung, again.hard) == (Rung.REDUCING, free.hard)
    assert stands("all", LossMeasure.DRAWDOWN, 0.36, again, MARKS, NOW).rung is Rung.HALTED
    back = stands("all", LossMeasure.DRAWDOWN, 0.17, again, MARKS, NOW)
    assert (back.rung, back.hard) == (Rung.REDUCING, 0.2)
    assert stands("all", LossMeasure.DRAWDOWN, 0.2, back, MARKS, NOW).rung is Rung.HALTED


def test_a_tighter_hard_limit_holds_at_once() -> None:
    assert stands("all", LossMeasure.DAY, 0.15, walk(0.15), MARKS._replace(hard=0.12), NOW).rung is Rung.HALTED


money = st.floats(1, 1e6)


@given(money, st.floats(0.2, 3), st.floats(-0.95, 5), st.floats(0.2, 3))
def test_money_that_comes_or_goes_moves_no_loss(begin: float, gain: float, flow: float, later: float) -> None:
    base = valued(LossBase(scope="all"), begin, begin, "1")
    lost = valued(base, begin * gain, begin, "1")
    amount = begin * gain * flow
    moved = valued(lost, begin * gain + amount, begin + amount, "1")
    for measure in LossMeasure:
        assert loss_of(moved, measure) == pytest.approx(loss_of(lost, measure), abs=1e-6)
    without = valued(lost, begin * gain * later, begin, "1")
    with_it = valued(moved, (begin * gain + amount) * later, begin + amount, "1")
    for measure in LossMeasure:
        assert loss_of(with_it, measure) == pytest.approx(loss_of(without, measure), abs=1e-6)


def test_a_day_opens_with_the_last_valuation_before_it() -> None:
    base = valued(valued(LossBase(scope="all"), 100, 100, "1"), 110, 100, "1")
    base = valued(base, 99, 100, "2")
    assert loss_of(base, LossMeasure.DAY) == pytest.approx(0.1)
    assert loss_of(base, LossMeasure.DRAWDOWN) == pytest.approx(0.1)


def test_what_was_lost_whole_is_not_forgotten_when_money_comes_anew() -> None:
    base = valued(valued(LossBase(scope="all"), 100, 100, "1"), -5, 100, "1")
    assert loss_of(base, LossMeasure.DRAWDOWN) == pytest.approx(1.05)
    base = valued(base, 995, 1100, "1")
    assert loss_of(base, LossMeasure.DRAWDOWN) == 1.0
    assert loss_of(rebased(base, 995, 1100, "1"), LossMeasure.DRAWDOWN) == 0.0


def test_a_book_that_was_emptied_begins_anew_with_the_next_money() -> None:
    base = valued(valued(LossBase(scope="all"), 90, 100, "1"), 80, 100, "1")
    base = valued(base, 0, 20, "1")
    base = valued(base, 500, 520, "1")
    assert loss_of(base, LossMeasure.DRAWDOWN) == 0.0
    assert not base.ruined


def test_a_peak_is_kept_when_losing_it_would_loosen_a_limit() -> None:
    kept = valued(LossBase(scope="all"), 100, 100, "1")
    assert matters(None, kept, 0.001)
    assert not matters(kept, replace(kept, peak=100.05), 0.001)
    assert matters(kept, replace(kept, peak=100.2), 0.001)
    assert matters(kept, replace(kept, day="2"), 0.001)
