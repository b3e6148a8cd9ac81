"""Orders: what is wanted, what is asked of the broker, and the table of its states."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Final

import msgspec

from ares_desktop.domain.ids import AccountId, ClientOrderId, InstrumentId, StrategyId, VenueOrderId
from ares_desktop.domain.money import ZERO


class Side(StrEnum):
    """Of an order."""

    BUY = "BUY"
    SELL = "SELL"

    @property
    def sign(self) -> int:
        """+1 for BUY, -1 for SELL."""
        return 1 if self is Side.BUY else -1

    @property
    def opposite(self) -> "Side":
        """The other side."""
        return Side.SELL if self is Side.BUY else Side.BUY


class OrderType(StrEnum):
    """How an order's price is found."""

    MARKET = "MARKET"
    LIMIT = "LIMIT"
    STOP = "STOP"
    STOP_LIMIT = "STOP_LIMIT"
    TRAILING_STOP = "TRAILING_STOP"


class TimeInForce(StrEnum):
    """How long an order works."""

    DAY = "DAY"
    GTC = "GTC"
    IOC = "IOC"
    FOK = "FOK"


class OrderPurpose(StrEnum):
    """Why an order exists; the gate treats exits of the kill switch and protective stops apart."""

    STRATEGY = "strategy"
    MANUAL = "manual"
    PROTECTIVE = "protective"
    FLATTEN = "flatten"
    KILL_SWITCH = "kill_switch"
    VENUE = "venue"
    """Placed by the venue for the account: the roll or the settlement of a contract that expires."""


class OrderState(StrEnum):
    """Where an order is in its life."""

    INITIALIZED = "INITIALIZED"
    DENIED = "DENIED"
    SUBMITTED = "SUBMITTED"
    ACCEPTED = "ACCEPTED"
    REJECTED = "REJECTED"
    TRIGGERED = "TRIGGERED"
    PARTIALLY_FILLED = "PARTIALLY_FILLED"
    FILLED = "FILLED"
    PENDING_UPDATE = "PENDING_UPDATE"
    PENDING_CANCEL = "PENDING_CANCEL"
    CANCELED = "CANCELED"
    EXPIRED = "EXPIRED"
    UNKNOWN = "UNKNOWN"


FINAL_STATES: Final = frozenset(
    {OrderState.DENIED, OrderState.REJECTED, OrderState.FILLED, OrderState.CANCELED, OrderState.EXPIRED},
)
"""A late fill may still leave CANCELED, EXPIRED and REJECTED, see :mod:`ares_desktop.domain.order_table`."""


class Bracket(msgspec.Struct, frozen=True, kw_only=True):
    """Exits that are placed when an entry fills, each reduce-only, one canceling the other."""

    stop: Decimal | None = None
    target: Decimal | None = None


class OrderIntent(msgspec.Struct, frozen=True, kw_only=True):
    """What a strategy or the trader wants, before risk.

    Attributes:
        quantity: positive, in units of the instrument.
        trail: distance of a trailing stop from the best price, in quote currency.
        oco_group: orders of one group cancel each other at the first fill.
        parent: the entry that a bracket's exit belongs to.
        created_at: time of the clock in force.
        inputs: values that its strategy decided by, for the decision record.
    """

    client_order_id: ClientOrderId
    strategy: StrategyId
    account: AccountId
    instrument: InstrumentId
    side: Side
    quantity: Decimal
    created_at: datetime
    type: OrderType = OrderType.MARKET
    limit_price: Decimal | None = None
    stop_price: Decimal | None = None
    trail: Decimal | None = None
    tif: TimeInForce = TimeInForce.DAY
    reduce_only: bool = False
    bracket: Bracket | None = None
    oco_group: str = ""
    parent: ClientOrderId | None = None
    purpose: OrderPurpose = OrderPurpose.STRATEGY
    reason: str = ""
    inputs: dict[str, float] = {}


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """An intent with its state, as folded from the journal.

    Attributes:
        filled: executed quantity.
        average_price: of the executed part, None before the first fill.
        reason: the deny or reject reason and its text, or why it was canceled.
    """

    intent: OrderIntent
    state: OrderState
    updated_at: datetime
    venue_order_id: VenueOrderId | None = None
    filled: Decimal = ZERO
    average_price: Decimal | None = None
    commission: Decimal = ZERO
    reason_code: str = ""
    reason: str = ""

    @property
    def id(self) -> ClientOrderId:
        """Our id of it."""
        return self.intent.client_order_id

    @property
    def is_final(self) -> bool:
        """Nothing more is expected of it."""
        return self.state in FINAL_STATES

    @property
    def is_working(self) -> bool:
        """It is, or may be, live at the venue: an unknown outcome counts as working."""
        return self.state not in FINAL_STATES and self.state is not OrderState.INITIALIZED

    @property
    def remaining(self) -> Decimal:
        """Quantity that may still execute."""
        return ZERO if self.is_final else self.intent.quantity - self.filled
