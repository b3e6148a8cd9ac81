"""The order-state table: which event takes an order from which state to which.

Rows beyond the plain life of an order cover what venues do: a fill that overtakes the acknowledgement, a fill after a
cancel or an expiry, an acknowledgement that comes after an unknown outcome, an answer that comes after the order's end.
"""

from decimal import Decimal
from functools import cache
from typing import Final, NamedTuple

from ares_desktop.domain import events as e
from ares_desktop.domain.orders import FINAL_STATES
from ares_desktop.domain.orders import OrderState as S

_LIVE: Final = (S.SUBMITTED, S.ACCEPTED, S.TRIGGERED, S.PARTIALLY_FILLED, S.PENDING_UPDATE, S.PENDING_CANCEL, S.UNKNOWN)
_PENDING: Final = frozenset({S.PENDING_CANCEL, S.PENDING_UPDATE})


def _rows() -> dict[tuple[S, type], S]:
    table: dict[tuple[S, type], S] = {
        (S.INITIALIZED, e.OrderDenied): S.DENIED,
        (S.INITIALIZED, e.OrderSubmitted): S.SUBMITTED,
        (S.SUBMITTED, e.OrderAccepted): S.ACCEPTED,
        (S.UNKNOWN, e.OrderAccepted): S.ACCEPTED,
        # The venue is the authority: an order that it takes after all is live and must be cancelable.
        (S.REJECTED, e.OrderAccepted): S.ACCEPTED,
        (S.SUBMITTED, e.OrderTriggered): S.TRIGGERED,
        (S.ACCEPTED, e.OrderTriggered): S.TRIGGERED,
        (S.UNKNOWN, e.OrderTriggered): S.TRIGGERED,
        # A pending request keeps its state when other news arrives: its own answer is still to come.
        (S.PENDING_CANCEL, e.OrderAccepted): S.PENDING_CANCEL,
        (S.PENDING_CANCEL, e.OrderTriggered): S.PENDING_CANCEL,
        (S.PENDING_CANCEL, e.OrderUpdated): S.PENDING_CANCEL,
        (S.PENDING_CANCEL, e.UpdateRejected): S.PENDING_CANCEL,
        (S.PENDING_UPDATE, e.OrderAccepted): S.PENDING_UPDATE,
        (S.PENDING_UPDATE, e.OrderTriggered): S.PENDING_UPDATE,
        (S.PENDING_UPDATE, e.CancelRejected): S.PENDING_UPDATE,
        # A broker may report a change that nobody asked for here, such as a resized exit.
        (S.SUBMITTED, e.OrderUpdated): S.ACCEPTED,
        (S.UNKNOWN, e.OrderUpdated): S.ACCEPTED,
    }
    for state in _LIVE:
        table[state, e.OrderRejected] = S.REJECTED
        table[state, e.OrderCanceled] = S.CANCELED
        table[state, e.OrderExpired] = S.EXPIRED
        table[state, e.CancelRequested] = S.PENDING_CANCEL
        table[state, e.OrderOutcomeUnknown] = S.UNKNOWN
    for state in (S.ACCEPTED, S.TRIGGERED, S.PARTIALLY_FILLED, S.SUBMITTED, S.PENDING_UPDATE):
        table[state, e.UpdateRequested] = S.PENDING_UPDATE
    _add_late_news(table)
    return table


def _add_late_news(table: dict[tuple[S, type], S]) -> None:
    """Add what says nothing about the state that is not known yet: a repeat, or a message that was overtaken."""
    late = {
        S.SUBMITTED: (e.CancelRejected, e.UpdateRejected),
        S.ACCEPTED: (e.OrderAccepted, e.OrderUpdated, e.CancelRejected, e.UpdateRejected),
        S.TRIGGERED: (e.OrderAccepted, e.OrderTriggered, e.OrderUpdated, e.CancelRejected, e.UpdateRejected),
        S.PARTIALLY_FILLED: (e.OrderAccepted, e.OrderTriggered, e.OrderUpdated, e.CancelRejected, e.UpdateRejected),
        S.UNKNOWN: (e.CancelRejected, e.UpdateRejected),
        S.FILLED: (e.OrderAccepted, e.OrderTriggered, e.OrderUpdated, e.CancelRejected, e.UpdateRejected),
        S.CANCELED: (e.OrderAccepted, e.OrderTriggered, e.OrderCanceled, e.CancelRejected, e.UpdateRejected),
        S.EXPIRED: (e.OrderAccepted, e.OrderTriggered, e.OrderExpired, e.CancelRejected, e.UpdateRejected),
        S.REJECTED: (e.OrderRejected, e.CancelRejected, e.UpdateRejected),
    }
    for state in (S.FILLED, S.CANCELED, S.EXPIRED, S.REJECTED):
        # The order ended while the request was on its way into the journal.
        table[state, e.CancelRequested] = state
        table[state, e.UpdateRequested] = state
    for state, kinds in late.items():
        for kind in kinds:
            table[state, kind] = state


TRANSITIONS: Final = _rows()
"""Fixed rows. Fills and the answers to a pending request depend on the order itself, see :func:`advance`."""

FILLABLE: Final = frozenset({*_LIVE, S.CANCELED, S.EXPIRED, S.REJECTED})
"""States in which an execution is believed: the venue is the authority on what traded."""


_ANSWERS: Final = frozenset(
    {
        (S.PENDING_CANCEL, e.CancelRejected),
        (S.PENDING_UPDATE, e.UpdateRejected),
        (S.PENDING_UPDATE, e.OrderUpdated),
    },
)
"""What settles a pending request: the order is again what it was before it."""


class Stage(NamedTuple):
    """Where an order is.

    Attributes:
        state: as shown.
        resume: what it is apart from a pending request; equal to ``state`` where none is pending.
    """

    state: S
    resume: S


def advance(stage: Stage, event: type, *, filled: Decimal, quantity: Decimal) -> Stage | None:
    """Return the stage after an event of this kind, None when the table has no row for it.

    Args:
        stage: where the order was.
        event: the kind of event.
        filled: executed quantity after the event.
        quantity: ordered quantity after the event.
    """
    return _advance(stage, event, bool(filled), filled >= quantity)


@cache
def _advance(stage: Stage, event: type, some: bool, whole: bool) -> Stage | None:
    state, resume = stage
    if event is e.OrderFilled:
        return _after_fill(stage, whole=whole)
    base = _believed(TRANSITIONS.get((resume, event), resume), some=some)
    if (state, event) in _ANSWERS:
        target = base
    elif (state, event) in TRANSITIONS:
        target = _believed(TRANSITIONS[state, event], some=some)
    else:
        return None
    if event is e.OrderUpdated and target not in FINAL_STATES and whole:
        target = S.FILLED
    if target not in _PENDING:
        return Stage(target, target)
    return Stage(target, resume if base in _PENDING else base)


def _after_fill(stage: Stage, *, whole: bool) -> Stage | None:
    if stage.state not in FILLABLE:
        return None
    if whole:
        return Stage(S.FILLED, S.FILLED)
    if stage.state in FINAL_STATES:
        return stage
    return Stage(stage.state if stage.state in _PENDING else S.PARTIALLY_FILLED, S.PARTIALLY_FILLED)


def _believed(state: S, *, some: bool) -> S:
    return S.PARTIALLY_FILLED if state is S.ACCEPTED and some else state
