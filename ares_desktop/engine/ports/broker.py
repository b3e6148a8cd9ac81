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
    CashFlowRecorded,
    OrderAccepted,
    OrderCanceled,
    OrderExpired,
    OrderFilled,
    OrderRejected,
    OrderSubmitted,
    OrderTriggered,
    OrderUpdated,
    PositionMoved,
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
        average_price: of what was filled, None where the broker does not tell.
    """

    intent: OrderIntent
    state: OrderState
    venue_order_id: VenueOrderId
    filled: Decimal
    updated_at: datetime
    reason: str = ""
    owner: str = ""
    average_price: Decimal | None = None


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
Decided = CashFlowRecorded | PositionMoved
"""What a person decides about play money: money that comes or goes, and a holding that changes its book."""
BrokerBooking = CarryBooked | PositionSplit | Decided
"""What happens to a holding or to cash without an order."""


def booking_key(booking: BrokerBooking) -> str:
    """Return what a booking is known by within its account."""
    return booking.move if isinstance(booking, PositionMoved) else booking.key


BrokerEvent = BrokerOrderEvent | BrokerBooking | BrokerAccount | NetPosition | BrokerSession


class BrokerCapabilities(msgspec.Struct, frozen=True, kw_only=True):
    """What the broker carries out itself; anything else is denied, never converted.

    Attributes:
        asset_classes: that the account may trade, None where the broker does not tell.
        messages_per_second: that the broker takes, None for no bound of its own.
        reduces_books: it cuts a reduce-only order to what the order's own strategy holds, not to the account's net.
    """

    order_types: frozenset[OrderType]
    times_in_force: frozenset[TimeInForce]
    brackets: bool
    oco: bool
    reduce_only: bool
    short_sales: bool
    asset_classes: frozenset[AssetClass] | None = None
    messages_per_second: float | None = None
    reduces_books: bool = False


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
class PlayMoney(Protocol):
    """A broker whose money and books are made up on this machine: the paper broker."""

    async def decide(self, decided: Decided) -> None:
        """Carry out what a person decided; it comes back as a booking, and the same one again changes nothing.

        Raises:
            BrokerError: when it could not be carried out; BrokerTimeoutError when that is not known.
        """


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
