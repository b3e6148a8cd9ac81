"""Where an event comes from: what led to it, and which intent all of it goes back to."""

from typing import Final

import msgspec

from ares_desktop.domain.events import EventDraft, KillSwitchEngaged, OrderDenied, OrderSubmitted, Payload
from ares_desktop.domain.ids import ClientOrderId, CorrelationId, EventId
from ares_desktop.domain.kill import KillSwitchReport
from ares_desktop.engine.runtime.causes import current_cause
from ares_desktop.engine.trading.decision_steps import order_of
from ares_desktop.engine.trading.registry import OrderRegistry

_NONE: Final = EventId("")


def submission_id(order: ClientOrderId) -> EventId:
    """Return the id of the event that tells of an order's submission, whoever tells it."""
    return EventId(f"submitted:{order}")


def latch_id(report: KillSwitchReport) -> EventId:
    """Return the id of the event that tells of a latch: everything that the kill switch does then was caused by it."""
    return EventId(f"kill:{report.scope}:{report.at.isoformat() if report.at else ''}")


def first_draft(payload: Payload) -> EventDraft:
    """Return a draft of what goes ahead of everything else, a latch under its own id."""
    if isinstance(payload, KillSwitchEngaged):
        return EventDraft(payload=payload, id=latch_id(payload.report), cause=current_cause())
    return EventDraft(payload=payload, cause=current_cause())


def traced(draft: EventDraft, orders: OrderRegistry) -> EventDraft:
    """Return a draft with its cause and its correlation, where its maker named none.

    What a broker says of an order was caused by its submission, a bracket's exit by its entry, and everything else
    by the command that goes on. An order's whole family shares the client order id of its first order.
    """
    payload = draft.payload
    order = order_of(payload)
    if order is None:
        cause = draft.cause or current_cause()
        return draft if cause == draft.cause else msgspec.structs.replace(draft, cause=cause)
    if isinstance(payload, OrderSubmitted | OrderDenied):
        parent = payload.intent.parent
        cause = submission_id(parent) if parent else current_cause()
    else:
        known = orders.get(order)
        parent = None if known is None else known.intent.parent
        # A command that changes or cancels the order is the nearer cause; what the broker says runs in no command.
        cause = current_cause() or submission_id(order)
    return msgspec.structs.replace(
        draft, cause=draft.cause or cause, correlation=CorrelationId(parent or draft.correlation or order)
    )
