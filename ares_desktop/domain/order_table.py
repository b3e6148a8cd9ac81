"""The order-state table: which event takes an order from which state to which.

Rows beyond the plain life of an order cover what venues do: a fill that overtakes the acknowledgement, a fill after a
cancel or an expiry, an acknowledgement that comes after an unknown outcome.
"""

from typing import Final

from ares_desktop.domain import events as e
from ares_desktop.domain.orders import OrderState as S

_LIVE: Final = (S.SUBMITTED, S.ACCEPTED, S.TRIGGERED, S.PARTIALLY_FILLED, S.PENDING_UPDATE, S.PENDING_CANCEL, S.UNKNOWN)


def _rows() -> dict[tuple[S, type], S]:
    table: dict[tuple[S, type], S] = {
        (S.INITIALIZED, e.OrderDenied): S.DENIED,
        (S.INITIALIZED, e.OrderSubmitted): S.SUBMITTED,
        (S.SUBMITTED, e.OrderAccepted): S.ACCEPTED,
        (S.UNKNOWN, e.OrderAccepted): S.ACCEPTED,
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
        # A broker may report a change that nobody asked for here, such as a resized exit.
        (S.ACCEPTED, e.OrderUpdated): S.ACCEPTED,
        (S.TRIGGERED, e.OrderUpdated): S.TRIGGERED,
        (S.PARTIALLY_FILLED, e.OrderUpdated): S.PARTIALLY_FILLED,
        (S.PARTIALLY_FILLED, e.OrderTriggered): S.PARTIALLY_FILLED,
        (S.SUBMITTED, e.OrderUpdated): S.ACCEPTED,
        (S.UNKNOWN, e.OrderUpdated): S.ACCEPTED,
    }
    for state in _LIVE:
        table[state, e.OrderRejected] = S.REJECTED
        table[state, e.OrderCanceled] = S.CANCELED
        table[state, e.OrderExpired] = S.EXPIRED
        table[state, e.CancelRequested] = S.PENDING_CANCEL
        table[state, e.OrderOutcomeUnknown] = S.UNKNOWN
    for state in (S.ACCEPTED, S.TRIGGERED, S.PARTIALLY_FILLED, S.SUBMITTED):
        table[state, e.UpdateRequested] = S.PENDING_UPDATE
    return table


TRANSITIONS: Final = _rows()
"""Fixed rows. Fills and the answers to a pending request depend on the order itself, see the registry."""

FILLABLE: Final = frozenset({*_LIVE, S.CANCELED, S.EXPIRED, S.REJECTED})
"""States in which an execution is believed: the venue is the authority on what traded."""
