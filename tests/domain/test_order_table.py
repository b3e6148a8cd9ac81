"""The order-state table."""

import typing
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ares_desktop.domain import events as e
from ares_desktop.domain.order_table import FILLABLE, TRANSITIONS, Stage, advance
from ares_desktop.domain.orders import FINAL_STATES
from ares_desktop.domain.orders import OrderState as S

KINDS: tuple[type, ...] = typing.get_args(e.OrderEvent)
PENDING = {S.PENDING_CANCEL, S.PENDING_UPDATE}
REVIVED = (S.REJECTED, e.OrderAccepted)
TEN = Decimal(10)


def walk(*kinds: type, filled: int = 0, start: S = S.INITIALIZED) -> Stage:
    stage = Stage(start, start)
    for kind in kinds:
        following = advance(stage, kind, filled=Decimal(filled), quantity=TEN)
        assert following is not None, f"{stage} has no row for {kind.__name__}"
        stage = following
    return stage


@pytest.mark.parametrize("kind", [e.OrderAccepted, e.OrderTriggered])
def test_news_while_a_cancel_is_pending_is_what_a_refused_cancel_returns_to(kind: type) -> None:
    stage = walk(e.OrderSubmitted, e.CancelRequested, kind)
    assert stage.state is S.PENDING_CANCEL
    assert advance(stage, e.CancelRejected, filled=Decimal(0), quantity=TEN) == walk(e.OrderSubmitted, kind)


def test_a_refused_change_returns_to_the_state_before_it() -> None:
    assert walk(e.OrderSubmitted, e.OrderTriggered, e.UpdateRequested, e.UpdateRejected).state is S.TRIGGERED


def test_a_carried_out_change_returns_to_the_state_before_it() -> None:
    assert walk(e.OrderSubmitted, e.OrderAccepted, e.UpdateRequested, e.OrderUpdated).state is S.ACCEPTED


def test_a_change_to_no_more_than_was_filled_fills_the_order() -> None:
    stage = walk(e.OrderSubmitted, e.OrderAccepted, e.UpdateRequested)
    assert advance(stage, e.OrderUpdated, filled=TEN, quantity=TEN) == Stage(S.FILLED, S.FILLED)


def test_a_partial_fill_leaves_a_pending_request_pending_and_is_resumed_after_it() -> None:
    stage = walk(e.OrderSubmitted, e.OrderAccepted, e.CancelRequested, e.OrderFilled, filled=4)
    assert stage == Stage(S.PENDING_CANCEL, S.PARTIALLY_FILLED)


def test_an_acknowledgement_after_a_partial_fill_does_not_hide_the_fill() -> None:
    assert walk(e.OrderSubmitted, e.OrderFilled, e.OrderOutcomeUnknown, e.OrderAccepted, filled=4).state is (
        S.PARTIALLY_FILLED
    )


@pytest.mark.parametrize("end", [e.OrderCanceled, e.OrderExpired, e.OrderRejected])
def test_a_partial_fill_after_the_end_does_not_open_the_order_again(end: type) -> None:
    ended = walk(e.OrderSubmitted, end)
    assert advance(ended, e.OrderFilled, filled=Decimal(4), quantity=TEN) == ended


@pytest.mark.parametrize("end", [e.OrderCanceled, e.OrderExpired, e.OrderRejected])
def test_a_whole_fill_after_the_end_is_believed(end: type) -> None:
    assert walk(e.OrderSubmitted, end, e.OrderFilled, filled=10).state is S.FILLED


def test_an_order_that_the_venue_takes_after_a_rejection_is_live() -> None:
    assert walk(e.OrderSubmitted, e.OrderRejected, e.OrderAccepted).state is S.ACCEPTED


def test_every_live_state_can_be_canceled_expired_rejected_filled_and_lost() -> None:
    for state in set(S) - FINAL_STATES - {S.INITIALIZED}:
        assert state in FILLABLE
        for kind in (e.OrderCanceled, e.OrderExpired, e.OrderRejected, e.OrderOutcomeUnknown, e.CancelRequested):
            assert (state, kind) in TRANSITIONS


@given(st.lists(st.tuples(st.sampled_from(KINDS), st.integers(0, 12)), max_size=40))
def test_no_sequence_of_events_leaves_the_table(steps: list[tuple[type, int]]) -> None:
    stage = Stage(S.INITIALIZED, S.INITIALIZED)
    for kind, filled in steps:
        following = advance(stage, kind, filled=Decimal(filled), quantity=TEN)
        if following is None:
            assert (stage.state, kind) not in TRANSITIONS
            continue
        assert following.resume not in PENDING
        assert following.state is following.resume or following.state in PENDING
        if stage.state in FINAL_STATES and kind is not e.OrderFilled and (stage.state, kind) != REVIVED:
            assert following.state is stage.state
        stage = following
