"""Facts that the journal keeps, each frozen and in the past tense.

State is a fold of these: orders, ledger, trading states and strategy instances can be rebuilt from them alone.
"""

from datetime import datetime
from decimal import Decimal

import msgspec

from ares_desktop.domain.fills import Fill
from ares_desktop.domain.ids import (
    AccountId,
    ClientOrderId,
    CorrelationId,
    EventId,
    InstrumentId,
    StrategyId,
    VenueOrderId,
)
from ares_desktop.domain.orders import OrderIntent
from ares_desktop.domain.risk import DenyReason, KillSwitchReport, RiskLimits, TradingState
from ares_desktop.domain.strategies import Fault, StrategyInstance


class OrderDenied(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """The gate refused an intent; it was never sent."""

    intent: OrderIntent
    reason: DenyReason
    detail: str
    at: datetime


class OrderSubmitted(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """An approved order, committed before it is handed to the broker."""

    intent: OrderIntent
    at: datetime


class OrderAccepted(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """The broker has the order."""

    client_order_id: ClientOrderId
    venue_order_id: VenueOrderId
    at: datetime


class OrderRejected(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """The broker refused the order."""

    client_order_id: ClientOrderId
    reason: str
    at: datetime


class OrderTriggered(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """A stop's price was touched; it works as a market or limit order now."""

    client_order_id: ClientOrderId
    at: datetime


class OrderFilled(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """An execution of one of our orders."""

    fill: Fill


class CommissionReported(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """The final commission of an execution, which replaces what the fill carried."""

    fill: Fill
    commission: Decimal
    at: datetime


class CancelRequested(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """A cancel, committed before it is handed to the broker."""

    client_order_id: ClientOrderId
    at: datetime
    reason: str = ""


class CancelRejected(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """The broker refused a cancel; the order is what it was before."""

    client_order_id: ClientOrderId
    reason: str
    at: datetime


class OrderCanceled(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """The broker says that the order is gone."""

    client_order_id: ClientOrderId
    at: datetime
    reason: str = ""


class OrderExpired(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Its time in force ended."""

    client_order_id: ClientOrderId
    at: datetime


class UpdateRequested(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """A change of a working order, committed before it is handed to the broker; None leaves a value."""

    client_order_id: ClientOrderId
    at: datetime
    quantity: Decimal | None = None
    limit_price: Decimal | None = None
    stop_price: Decimal | None = None


class OrderUpdated(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """The broker changed a working order; None left a value."""

    client_order_id: ClientOrderId
    at: datetime
    quantity: Decimal | None = None
    limit_price: Decimal | None = None
    stop_price: Decimal | None = None


class UpdateRejected(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """The broker refused a change; the order is what it was before."""

    client_order_id: ClientOrderId
    reason: str
    at: datetime


class OrderOutcomeUnknown(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """No reply came: the order may or may not be live; it is queried, never resent."""

    client_order_id: ClientOrderId
    reason: str
    at: datetime


OrderEvent = (
    OrderDenied
    | OrderSubmitted
    | OrderAccepted
    | OrderRejected
    | OrderTriggered
    | OrderFilled
    | CancelRequested
    | CancelRejected
    | OrderCanceled
    | OrderExpired
    | UpdateRequested
    | OrderUpdated
    | UpdateRejected
    | OrderOutcomeUnknown
)
"""Whatever moves an order through its state table."""


class CashFlowRecorded(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Money that came or went without a trade: it moves NAV units, not performance.

    Attributes:
        amount: positive into the book.
        kind: ``deposit``, ``withdrawal``, ``transfer`` or ``fee``; what a holding earns is :class:`CarryBooked`.
        transfer: equal for the two sides of a transfer between books.
    """

    account: AccountId
    strategy: StrategyId
    currency: str
    amount: Decimal
    kind: str
    at: datetime
    transfer: str = ""


class PositionAdjusted(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """A holding found at the broker without a fill of ours, booked at the broker's cost."""

    account: AccountId
    strategy: StrategyId
    instrument: InstrumentId
    quantity: Decimal
    price: Decimal
    reason: str
    at: datetime
    currency: str = "USD"
    multiplier: Decimal = Decimal(1)


class CarryBooked(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Money that a holding or a debt earned (positive) or cost without a trade: performance, not a flow.

    Attributes:
        instrument: what was held, None for interest on cash.
        kind: ``dividend``, ``borrow``, ``interest`` or ``funding``.
        key: unique within the account.
    """

    account: AccountId
    strategy: StrategyId
    instrument: InstrumentId | None
    kind: str
    amount: Decimal
    currency: str
    key: str
    at: datetime


class PositionSplit(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """A book's holding became more or fewer units at the same cost; what makes no whole lot was paid out.

    Attributes:
        before, after: signed quantities.
        numerator, denominator: new units for so many old ones.
        cash: received for the fraction, negative when a short position paid for it.
        price: of a new unit, at which the fraction was valued.
        key: unique within the account.
    """

    account: AccountId
    strategy: StrategyId
    instrument: InstrumentId
    before: Decimal
    after: Decimal
    numerator: int
    denominator: int
    cash: Decimal
    price: Decimal
    currency: str
    key: str
    at: datetime


class TradingStateSet(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Somebody set the trading state of a scope."""

    scope: str
    state: TradingState
    reason: str
    source: str
    at: datetime


class KillSwitchEngaged(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """The latch: committed before anything else happens."""

    report: KillSwitchReport


class KillSwitchStepped(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """A step began or ended, or a further reason came; holds the whole state so far."""

    report: KillSwitchReport


class KillSwitchReleased(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """A person re-armed trading."""

    source: str
    at: datetime


class LimitsChanged(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """The limits of a scope were set."""

    scope: str
    limits: RiskLimits
    source: str
    at: datetime


class InstanceSaved(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """A strategy instance was added or changed; ``note`` says why, where a person wrote it."""

    instance: StrategyInstance
    source: str
    at: datetime
    note: str = ""


class InstanceRemoved(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """A strategy instance was removed; its book stays."""

    name: StrategyId
    source: str
    at: datetime


class InstanceFaulted(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """An instance failed."""

    name: StrategyId
    fault: Fault
    at: datetime


class StartForced(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """A person started an instance in spite of failed checks, whose codes are kept."""

    name: StrategyId
    failed: tuple[str, ...]
    source: str
    at: datetime


class StrategyReloaded(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """A changed file took over from the one that ran; ``sha256`` is that of the new source."""

    name: StrategyId
    file: str
    sha256: str
    at: datetime


class Reconciled(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Our books were compared with a broker's; counts of what had to be added or differs."""

    account: AccountId
    missing_events: int
    discrepancies: int
    at: datetime


class SessionStarted(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """The application opened the journal for writing."""

    version: str
    pid: int
    at: datetime


class SessionStopped(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """The application ended in order; without it the session was killed."""

    at: datetime


Payload = (
    OrderEvent
    | CommissionReported
    | CashFlowRecorded
    | PositionAdjusted
    | CarryBooked
    | PositionSplit
    | TradingStateSet
    | KillSwitchEngaged
    | KillSwitchStepped
    | KillSwitchReleased
    | LimitsChanged
    | InstanceSaved
    | InstanceRemoved
    | InstanceFaulted
    | StartForced
    | StrategyReloaded
    | Reconciled
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
