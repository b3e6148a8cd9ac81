"""What a session and the paper broker's process say to each other: length-prefixed MessagePack over a unix socket.

A frame is four bytes of length, most significant first, and one message. A session begins with :class:`Hello`; every
request has a number, and its answer carries it. News arrive unasked, each with the next number of a sequence, and
always before the answer of the request that caused them.
"""

from datetime import datetime
from decimal import Decimal
from typing import Final

import msgspec

from ares_desktop.domain.accounts import BrokerAccount
from ares_desktop.domain.fills import Fill
from ares_desktop.domain.ids import AccountId, ClientOrderId
from ares_desktop.domain.instruments import Instrument
from ares_desktop.domain.market import MarketEvent
from ares_desktop.domain.market_actions import MarketAction
from ares_desktop.domain.orders import OrderIntent
from ares_desktop.domain.positions import NetPosition
from ares_desktop.engine.ports.broker import (
    BrokerBooking,
    BrokerEvent,
    BrokerOrderEvent,
    BrokerSession,
    Decided,
    OrderReport,
)

VERSION: Final = 1
MAX_FRAME: Final = 256 * 1024 * 1024
_LENGTH: Final = 4


class Hello(msgspec.Struct, frozen=True, tag=True):
    """Opens a session under a name that only one living session may have."""

    client: str
    version: int = VERSION


class Register(msgspec.Struct, frozen=True, tag=True):
    """Makes instruments known, before their market data and orders."""

    request: int
    instruments: tuple[Instrument, ...]


class Schedule(msgspec.Struct, frozen=True, tag=True):
    """Tells all dividends, splits and funding of the session's market; they replace what was told before.

    Understood where :attr:`Welcome.bookings` says so.
    """

    request: int
    actions: tuple[MarketAction, ...]


class Market(msgspec.Struct, frozen=True, tag=True):
    """Market data of one moment; a request of 0 wants no answer."""

    request: int
    events: tuple[MarketEvent, ...]


class Submit(msgspec.Struct, frozen=True, tag=True):
    """Orders, an entry before its exits."""

    request: int
    intents: tuple[OrderIntent, ...]


class Update(msgspec.Struct, frozen=True, tag=True):
    """A change of a working order; None leaves a value."""

    request: int
    order: ClientOrderId
    quantity: Decimal | None = None
    limit_price: Decimal | None = None
    stop_price: Decimal | None = None


class Cancel(msgspec.Struct, frozen=True, tag=True):
    """Cancels of working orders."""

    request: int
    orders: tuple[ClientOrderId, ...]


class CancelAll(msgspec.Struct, frozen=True, tag=True):
    """Cancels every working order of the account, where :attr:`Welcome.cancels_all` says so."""

    request: int


class Decide(msgspec.Struct, frozen=True, tag=True):
    """What a person decided about money or holdings; one of the same key again changes nothing.

    Understood where :attr:`Welcome.decisions` says so.
    """

    request: int
    decided: Decided


class CancelAfter(msgspec.Struct, frozen=True, tag=True):
    """Cancels every working order after so long, unless it is asked again before; None takes that back.

    Understood where :attr:`Welcome.dead_man` says so.
    """

    request: int
    seconds: float | None


class AskOrders(msgspec.Struct, frozen=True, tag=True):
    """Asks for working orders and those that ended lately, or for one order."""

    request: int
    order: ClientOrderId | None = None


class AskFills(msgspec.Struct, frozen=True, tag=True):
    """Asks for executions at or after a time, by the market's or the process's clock."""

    request: int
    since: datetime | None = None


class AskBookings(msgspec.Struct, frozen=True, tag=True):
    """Asks for bookings at or after a time, as :class:`AskFills`, where :attr:`Welcome.bookings` says so."""

    request: int
    since: datetime | None = None


class AskAccount(msgspec.Struct, frozen=True, tag=True):
    """Asks for positions, cash and buying power."""

    request: int


class Shutdown(msgspec.Struct, frozen=True, tag=True):
    """Ends the process when no other session is open."""

    request: int


Request = (
    Hello
    | Register
    | Schedule
    | Market
    | Submit
    | Update
    | Cancel
    | CancelAll
    | CancelAfter
    | Decide
    | AskOrders
    | AskFills
    | AskBookings
    | AskAccount
    | Shutdown
)


class Welcome(msgspec.Struct, frozen=True, tag=True):
    """The session is open.

    Attributes:
        sequence: number of the newest news, which this session does not get any more.
        short_sales: whether the account may sell short.
        bookings: whether it knows of :class:`Schedule` and :class:`AskBookings`.
        decisions: whether it knows of :class:`Decide`.
        cancels_all: whether it knows of :class:`CancelAll`.
        dead_man: whether it knows of :class:`CancelAfter`.
    """

    account: AccountId
    pid: int
    sequence: int
    short_sales: bool
    bookings: bool = False
    decisions: bool = False
    cancels_all: bool = False
    dead_man: bool = False


class Refused(msgspec.Struct, frozen=True, tag=True):
    """The session is not opened."""

    reason: str
    in_use: bool = False


class Done(msgspec.Struct, frozen=True, tag=True):
    """A request was carried out, and everything it led to was sent before."""

    request: int


class Failed(msgspec.Struct, frozen=True, tag=True):
    """A request could not be carried out and changed nothing."""

    request: int
    reason: str


class Orders(msgspec.Struct, frozen=True, tag=True):
    """The answer to :class:`AskOrders`."""

    request: int
    orders: tuple[OrderReport, ...]


class Fills(msgspec.Struct, frozen=True, tag=True):
    """The answer to :class:`AskFills`, oldest first."""

    request: int
    fills: tuple[Fill, ...]


class Bookings(msgspec.Struct, frozen=True, tag=True):
    """The answer to :class:`AskBookings`, oldest first."""

    request: int
    bookings: tuple[BrokerBooking, ...]


class AccountState(msgspec.Struct, frozen=True, tag=True):
    """The answer to :class:`AskAccount`."""

    request: int
    positions: tuple[NetPosition, ...]
    balance: BrokerAccount


class AccountNews(msgspec.Struct, frozen=True, tag=True):
    """Cash or buying power changed with a fill."""

    account: BrokerAccount


class PositionNews(msgspec.Struct, frozen=True, tag=True):
    """A net position changed."""

    position: NetPosition


class News(msgspec.Struct, frozen=True, tag=True):
    """What happened to the account, whoever caused it."""

    sequence: int
    events: tuple[BrokerOrderEvent | BrokerBooking | AccountNews | PositionNews, ...]


Reply = Done | Failed | Orders | Fills | Bookings | AccountState
Message = Welcome | Refused | News | Reply

_encoder = msgspec.msgpack.Encoder()
request_decoder = msgspec.msgpack.Decoder(Request)
message_decoder = msgspec.msgpack.Decoder(Message)


def frame(message: Request | Message) -> bytes:
    """Return a message as one frame."""
    buffer = bytearray(_LENGTH)
    _encoder.encode_into(message, buffer, _LENGTH)
    buffer[:_LENGTH] = (len(buffer) - _LENGTH).to_bytes(_LENGTH, "big")
    return bytes(buffer)


def news(sequence: int, events: list[BrokerEvent]) -> News:
    """Return events as news."""
    return News(sequence, tuple(_wrapped(event) for event in events))


def _wrapped(event: BrokerEvent) -> BrokerOrderEvent | BrokerBooking | AccountNews | PositionNews:
    match event:
        case BrokerAccount():
            return AccountNews(event)
        case NetPosition():
            return PositionNews(event)
        case BrokerSession():
            msg = "a session's own state is not news"
            raise TypeError(msg)
        case _:
            return event


def unwrapped(item: BrokerOrderEvent | BrokerBooking | AccountNews | PositionNews) -> BrokerEvent:
    """Return a piece of news as the event it was."""
    match item:
        case AccountNews(account=account):
            return account
        case PositionNews(position=position):
            return position
        case _:
            return item


class FrameReader:
    """Cuts a stream of bytes into frames."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> list[bytes]:
        """Return the frames that ``data`` completes.

        Raises:
            ValueError: when a length can't be one of ours; the stream is of no use any more.
        """
        buffer = self._buffer
        buffer += data
        frames: list[bytes] = []
        start = 0
        while len(buffer) - start >= _LENGTH:
            length = int.from_bytes(buffer[start : start + _LENGTH], "big")
            if length > MAX_FRAME:
                msg = f"a frame of {length} bytes is larger than {MAX_FRAME}"
                raise ValueError(msg)
            end = start + _LENGTH + length
            if len(buffer) < end:
                break
            frames.append(bytes(buffer[start + _LENGTH : end]))
            start = end
        if start:
            del buffer[:start]
        return frames
