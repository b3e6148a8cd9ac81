"""What happened to orders, each a fact that the journal keeps."""

from datetime import datetime
from decimal import Decimal

import msgspec

from ares_desktop.domain.fills import Fill
from ares_desktop.domain.ids import ClientOrderId, VenueOrderId
from ares_desktop.domain.orders import OrderIntent
from ares_desktop.domain.risk import DenyReason


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
