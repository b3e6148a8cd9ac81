"""Facts that the journal keeps, each frozen and in the past tense.

State is a fold of these: orders, ledger, trading states and strategy instances can be rebuilt from them alone.
"""

from datetime import datetime

import msgspec

from ares_desktop.domain.allocation_events import AllocationApproved, AllocationProposed, AllocationRejected
from ares_desktop.domain.book_events import (
    FLOW_KINDS,
    BookNews,
    CarryBooked,
    CashFlowRecorded,
    PositionAdjusted,
    PositionMoved,
    PositionSplit,
)
from ares_desktop.domain.house_events import (
    CommandFinished,
    CommandIssued,
    InstanceFaulted,
    InstanceRemoved,
    InstanceSaved,
    Reconciled,
    RemedyApplied,
    SessionStarted,
    SessionStopped,
    StartForced,
    StrategyReloaded,
)
from ares_desktop.domain.ids import CorrelationId, EventId
from ares_desktop.domain.order_events import (
    CancelRejected,
    CancelRequested,
    CommissionReported,
    OrderAccepted,
    OrderCanceled,
    OrderDenied,
    OrderEvent,
    OrderExpired,
    OrderFilled,
    OrderOutcomeUnknown,
    OrderRejected,
    OrderSubmitted,
    OrderTriggered,
    OrderUpdated,
    UpdateRejected,
    UpdateRequested,
)
from ares_desktop.domain.safety_events import (
    ExecutionsConfirmed,
    GainPeaked,
    KillSwitchDrilled,
    KillSwitchEngaged,
    KillSwitchReleased,
    KillSwitchStepped,
    LadderStepped,
    LimitsChanged,
    LockLifted,
    LockPlaced,
    LossBaseKept,
    ProtectionsChanged,
    SentinelActed,
    TradingStateSet,
)

__all__ = [
    "FLOW_KINDS",
    "AllocationApproved",
    "AllocationProposed",
    "AllocationRejected",
    "BookNews",
    "CancelRejected",
    "CancelRequested",
    "CarryBooked",
    "CashFlowRecorded",
    "CommandFinished",
    "CommandIssued",
    "CommissionReported",
    "EventDraft",
    "ExecutionsConfirmed",
    "GainPeaked",
    "InstanceFaulted",
    "InstanceRemoved",
    "InstanceSaved",
    "JournalEvent",
    "KillSwitchDrilled",
    "KillSwitchEngaged",
    "KillSwitchReleased",
    "KillSwitchStepped",
    "LadderStepped",
    "LimitsChanged",
    "LockLifted",
    "LockPlaced",
    "LossBaseKept",
    "OrderAccepted",
    "OrderCanceled",
    "OrderDenied",
    "OrderEvent",
    "OrderExpired",
    "OrderFilled",
    "OrderOutcomeUnknown",
    "OrderRejected",
    "OrderSubmitted",
    "OrderTriggered",
    "OrderUpdated",
    "Payload",
    "PositionAdjusted",
    "PositionMoved",
    "PositionSplit",
    "ProtectionsChanged",
    "Reconciled",
    "RemedyApplied",
    "SentinelActed",
    "SessionStarted",
    "SessionStopped",
    "StartForced",
    "StrategyReloaded",
    "TradingStateSet",
    "UpdateRejected",
    "UpdateRequested",
]

Payload = (
    OrderEvent
    | CommissionReported
    | CashFlowRecorded
    | PositionAdjusted
    | CarryBooked
    | PositionSplit
    | PositionMoved
    | TradingStateSet
    | KillSwitchEngaged
    | KillSwitchStepped
    | KillSwitchReleased
    | KillSwitchDrilled
    | LimitsChanged
    | LockPlaced
    | LockLifted
    | LadderStepped
    | LossBaseKept
    | GainPeaked
    | ProtectionsChanged
    | ExecutionsConfirmed
    | SentinelActed
    | InstanceSaved
    | InstanceRemoved
    | InstanceFaulted
    | StartForced
    | StrategyReloaded
    | Reconciled
    | RemedyApplied
    | AllocationProposed
    | AllocationApproved
    | AllocationRejected
    | CommandIssued
    | CommandFinished
    | SessionStarted
    | SessionStopped
)
"""Everything the journal can hold."""


class EventDraft(msgspec.Struct, frozen=True, kw_only=True):
    """An event on its way into the journal.

    Attributes:
        id: deterministic for what may be delivered twice (a trade id, a broker's event); empty to have one made.
        cause: the event that led to this one.
        correlation: equal for everything that one intent led to.
    """

    payload: Payload
    id: EventId = EventId("")
    cause: EventId = EventId("")
    correlation: CorrelationId = CorrelationId("")


class JournalEvent(msgspec.Struct, frozen=True, kw_only=True):
    """A committed event; ``at`` is the wall clock's time of the append, aware UTC."""

    sequence: int
    id: EventId
    at: datetime
    cause: EventId
    correlation: CorrelationId
    payload: Payload
