"""A broker session."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Protocol, runtime_checkable

import msgspec

from ares_desktop.domain.accounts import BrokerAccount
from ares_desktop.domain.events import (
    CancelRejected,
    CarryBooked,
    OrderAccepted,
    OrderCanceled,
    OrderExpired,
    OrderFilled,
    OrderRejected,
    OrderSubmitted,
    OrderTriggered,
    OrderUpdated,
    PositionSplit,
    UpdateRejected,
)
from ares_desktop.domain.fills import Fill
from ares_desktop.domain.ids import AccountId, ClientOrderId, VenueOrderId
from ares_desktop.domain.instruments import AssetClass, Instrument
from ares_desktop.domain.market import MarketEvent
from ares_desktop.domain.market_actions import MarketAction
from ares_desktop.domain.orders import OrderIntent, OrderState, OrderType, TimeInForce
from ares_desktop.domain.positions import NetPosition


class BrokerSession(msgspec.Struct, frozen=True, kw_only=True):
    """The session came up or went down."""

    connected: bool
    detail: str


class OrderReport(msgspec.Struct, frozen=True, kw_only=True):
    """An order as the broker has it, in the broker's words mapped to our states.

    Attributes:
        owner: the session that placed it, where the broker tells.
    """

    intent: OrderIntent
    state: OrderState
    venue_order_id: VenueOrderId
    filled: Decimal
    updated_at: datetime
    reason: str = ""
    owner: str = ""


BrokerOrderEvent = (
    OrderSubmitted
    | OrderAccepted
    | OrderRejected
    | OrderTriggered
    | OrderFilled
    | CancelRejected
    | OrderCanceled
    | OrderExpired
    | OrderUpdated
    | UpdateRejected
)
"""What happens to an order; only an order that the venue itself placed for the account begins with its submission."""
BrokerBooking = CarryBooked | PositionSplit
"""What happens to a holding without an order."""
BrokerEvent = BrokerOrderEvent | BrokerBooking | BrokerAccount | NetPosition | BrokerSession


class BrokerCapabilities(msgspec.Struct, frozen=True, kw_only=True):
    """What the broker carries out itself; anything else is denied, never converted.

    Attributes:
        asset_classes: that the account may trade, None where the broker does not tell.
        messages_per_second: that the broker takes, None for no bound of its own.
    """

    order_types: frozenset[OrderType]
    times_in_force: frozenset[TimeInForce]
    brackets: bool
    oco: bool
    reduce_only: bool
    short_sales: bool
    asset_classes: frozenset[AssetClass] | None = None
    messages_per_second: float | None = None


class Broker(Protocol):
    """Carries orders to venues. Every call may raise BrokerError; a time-out raises BrokerTimeoutError."""

    @property
    def name(self) -> str:
        """Shown to people, ``paper`` for the built-in one."""

    @property
    def account(self) -> AccountId:
        """The account its orders belong to."""

    @property
    def paper(self) -> bool:
        """Whether its money is play money."""

    @property
    def capabilities(self) -> BrokerCapabilities:
        """What it can do."""

    def on_event(self, receiver: Callable[[BrokerEvent], None]) -> None:
        """Call ``receiver`` on the loop for every event, in the broker's order."""

    async def connect(self) -> None:
        """Open the session.

        Raises:
            ClientIdInUseError: when another session holds this client id.
        """

    async def disconnect(self) -> None:
        """Close the session; orders go on working; idempotent."""

    async def submit(self, intents: Sequence[OrderIntent]) -> None:
        """Hand orders over together, a bracket's parent before its exits; outcomes arrive as events."""

    async def update(
        self,
        order: ClientOrderId,
        *,
        quantity: Decimal | None = None,
        limit_price: Decimal | None = None,
        stop_price: Decimal | None = None,
    ) -> None:
        """Change a working order; the outcome arrives as an event."""

    async def cancel(self, orders: Sequence[ClientOrderId]) -> None:
        """Hand cancels over; outcomes arrive as events."""

    async def orders(self) -> Sequence[OrderReport]:
        """Return all working orders of the account and those that ended lately."""

    async def order(self, order: ClientOrderId) -> OrderReport | None:
        """Return one order, None when the broker is sure that it never had it."""

    async def fills(self, since: datetime | None = None) -> Sequence[Fill]:
        """Return executions of the account, oldest first."""

    async def bookings(self, since: datetime | None = None) -> Sequence[BrokerBooking]:
        """Return what was booked to the account without a trade, oldest first; nothing where it is not told."""

    async def positions(self) -> Sequence[NetPosition]:
        """Return net positions that are not zero."""

    async def balance(self) -> BrokerAccount:
        """Return cash and buying power."""


@runtime_checkable
class TimeTeller(Protocol):
    """A broker that tells its own time."""

    async def time(self) -> datetime:
        """Return the aware time at the broker."""


@runtime_checkable
class MarketSink(Protocol):
    """A broker that matches orders against market data that the engine passes on: the paper broker."""

    async def register(self, instruments: Sequence[Instrument]) -> None:
        """Make contracts known, before their market data and orders; kept for every later session."""

    async def schedule(self, actions: Iterable[MarketAction]) -> None:
        """Make all dividends, splits and funding of the market known, before its data; kept for every later session."""

    async def shutdown(self) -> None:
        """Disconnect and end what runs on this machine alone; its state stays.

        Raises:
            BrokerError: when others still use it.
        """

    async def on_market(self, events: Sequence[MarketEvent], *, settle: bool) -> None:
        """Pass market data on; with ``settle`` return only after every event it led to was delivered."""
