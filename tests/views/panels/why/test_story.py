"""What a decision's story says, and in which order."""

from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ares_desktop.domain.decisions import DecisionStep
from ares_desktop.domain.orders import OrderState, OrderType
from ares_desktop.views.models.common_columns import Ticks
from ares_desktop.views.panels.why.story import Beat, figure, lapse, story_of, told
from ares_desktop.views.tokens import Tone
from tests.views.panels.why.decision_records import a_decision
from tests.views.records import NOW, a_fill

NO_TICKS = Ticks(lambda _: None)


def titles(beats: tuple[Beat, ...]) -> list[str]:
    return [beat.title for beat in beats]


def test_a_story_runs_from_inputs_to_money() -> None:
    beats = story_of(a_decision(realized=Decimal("-12.5"), forecast="up 0.6"), NO_TICKS)
    assert titles(beats) == ["Inputs", "Forecast", "Intent", "Gate", "Submitted", "Accepted", "Fill", "P&L"]
    assert beats[0].values == (("fast", "101.25"), ("slow", "99.50"))
    assert beats[1].detail == "up 0.6"
    assert "limit 187.25" in beats[2].detail
    assert "Crossed upward, number 1" in beats[2].detail
    assert beats[-1].detail.startswith("\N{MINUS SIGN}12.50 USD realized")
    assert beats[-1].tone is Tone.NEGATIVE


def test_each_step_says_how_long_after_the_one_before_it_came() -> None:
    beats = story_of(a_decision(), NO_TICKS)
    assert [beat.after_s for beat in beats if beat.at is not None] == [None, 0.25, 0.25, 0.25, 0.25]


def test_a_denied_one_ends_at_the_gate_with_code_and_text() -> None:
    beats = story_of(a_decision(state=OrderState.DENIED), NO_TICKS)
    assert titles(beats) == ["Inputs", "Forecast", "Intent", "Gate", "P&L"]
    assert beats[3].detail == "Denied: BUYING_POWER: needs 10, has 4"
    assert beats[3].icon == "error"
    assert beats[-1].detail == "None: nothing was executed."


def test_values_of_other_instruments_stand_last() -> None:
    inputs = {"fast SPY.SMART": 2.0, "price": 1.0, "fast AAPL.SMART": 3.0, "x.y z": 4.0}
    beats = story_of(a_decision(inputs=inputs), NO_TICKS)
    assert [name for name, _ in beats[0].values] == ["price", "fast AAPL.SMART", "x.y z", "fast SPY.SMART"]


def test_what_was_not_recorded_is_said_to_be_missing() -> None:
    beats = story_of(a_decision(inputs={}), NO_TICKS)
    assert beats[0].detail == "None were recorded with this order."
    assert beats[1].detail == "None was asked for."
    assert beats[-1].detail.startswith("None realized: its fills closed nothing.")


def test_partial_fills_add_up_and_many_of_them_are_told_by_their_sum() -> None:
    fills = tuple(a_fill(number, quantity=Decimal(4)) for number in range(25))
    steps = tuple(DecisionStep(at=fill.at, what="fill", detail="") for fill in fills)
    beats = story_of(a_decision(fills=fills, steps=steps), NO_TICKS)
    told_fills = [beat for beat in beats if beat.title == "Fill"]
    assert len(told_fills) == 12
    assert "13 more fills" in titles(beats)
    assert told_fills[0].detail.endswith("4 of 100")
    assert told_fills[-1].detail.endswith("100 of 100")


def test_stop_and_reduce_only_are_part_of_the_wish() -> None:
    decision = a_decision(type=OrderType.STOP, limit_price=None, stop_price=Decimal("90.5"), reduce_only=True)
    wish = story_of(decision, NO_TICKS)[2].detail
    assert "stop 90.50" in wish
    assert "reduce-only" in wish


def test_a_correction_with_an_earlier_time_is_not_told_as_negative_time() -> None:
    steps = (
        DecisionStep(at=NOW + timedelta(seconds=9), what="accepted", detail=""),
        DecisionStep(at=NOW + timedelta(seconds=3), what="canceled", detail=""),
    )
    beats = story_of(a_decision(state=OrderState.CANCELED, steps=steps), NO_TICKS)
    assert all(beat.after_s is None or beat.after_s >= 0 for beat in beats)


def test_the_story_can_be_read_as_text() -> None:
    text = told(story_of(a_decision(), NO_TICKS))
    assert "    fast: 101.25" in text
    assert "Gate  2026-11-20 15:30:01  (+250 ms)" in text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (3.0, "3"),
        (1_234_567.891, "1,234,567.89"),
        (101.25, "101.25"),
        (1.092201, "1.0922"),
        (0.00091, "0.00091"),
        (4.2e-9, "4.2e\N{MINUS SIGN}09"),
        (-0.5, "\N{MINUS SIGN}0.50"),
    ],
)
def test_inputs_are_written_with_the_digits_that_matter(value: float, text: str) -> None:
    assert figure(value) == text


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_no_input_that_is_something_reads_as_nothing(value: float) -> None:
    assert (figure(value).strip("0.,") == "") == (value == 0)


def test_long_waits_are_told_in_minutes_and_short_ones_in_milliseconds() -> None:
    assert [lapse(seconds) for seconds in (0.0, 0.012, 3.21, 240.0, 7200.0)] == [
        "0 ms",
        "12 ms",
        "3.2 s",
        "4 min",
        "2 h",
    ]
