"""The wire protocol between the engine and an instance: length-prefixed msgpack messages over a socket pair."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Final

import msgspec

from ares_desktop.api.schedules import Sessions
from ares_desktop.api.setup import WorkerSetup
from ares_desktop.domain.errors import Finding
from ares_desktop.domain.events import BookNews
from ares_desktop.domain.fills import Fill
from ares_desktop.domain.ids import ClientOrderId, InstrumentId
from ares_desktop.domain.market import Bar, BarSpec, MarketEvent
from ares_desktop.domain.orders import Order, OrderIntent
from ares_desktop.domain.risk import LimitsInForce, TradingState
from ares_desktop.domain.strategies import CatalogEntry, Fault, StrategyState
from ares_desktop.engine.data.bar_builder import OpenBar
from ares_desktop.engine.hosting.frames import PREFIX

EMPTY_STATE: Final = msgspec.msgpack.encode({})
"""What a strategy without a ``snapshot`` of its own leaves: nothing to restore."""
MAX_UPWARD: Final = 1 << 20
"""Longest message that is believed of a worker, in bytes."""


class _Message(msgspec.Struct, frozen=True, array_like=True, tag=True):
    """Base: an array whose first element is the class name."""


class Handover(_Message, frozen=True):
    """What a worker that comes to rest leaves to its successor, beyond what the books have.

    Attributes:
        state: its final snapshot, msgpack.
        next_sequence: number of its next order.
        in_flight: intents that nothing has been heard of when it came to rest.
        bars: what is known of the bars that it was building.
        timers: what each was set to, as text, and when it is due next.
    """

    state: bytes = b""
    next_sequence: int = 1
    in_flight: tuple[OrderIntent, ...] = ()
    bars: dict[InstrumentId, OpenBar] = {}
    timers: dict[str, tuple[str, int]] = {}


class Start(_Message, frozen=True):
    """First message: run this instance; with ``rehearse`` only try whether it could, then wait for TakeOver."""

    setup: WorkerSetup
    rehearse: bool = False


class Check(_Message, frozen=True):
    """First message instead of Start: look at a file, and at values for its parameters if there are any."""

    file: str
    values: dict[str, Any] | None = None


class Market(_Message, frozen=True, tag="m"):
    """Market data of one or more moments, oldest first."""

    events: tuple[MarketEvent, ...]


class OrderChanged(_Message, frozen=True):
    """One of the instance's orders changed."""

    order: Order


class Filled(_Message, frozen=True):
    """One of the instance's orders was executed."""

    fill: Fill


class Booked(_Message, frozen=True):
    """The instance's book was given money or units without a trade."""

    booking: BookNews


class Told(_Message, frozen=True):
    """Another strategy published; the payload is msgpack."""

    topic: str
    payload: bytes


class Governed(_Message, frozen=True):
    """Limits, trading state, no-trade band or weights changed; None leaves what it was.

    Attributes:
        weights: target, minimum and maximum share of the account's equity.
    """

    limits: LimitsInForce | None = None
    trading: TradingState | None = None
    no_trade_band: Decimal | None = None
    weights: tuple[Decimal, Decimal, Decimal] | None = None


class SetParameters(_Message, frozen=True):
    """Take these values over at the next bar; answered by ParametersChecked at once."""

    request: int
    values: dict[str, Any]


class Settle(_Message, frozen=True):
    """Answer once everything before is handled and the timers due at ``now_ns`` have run."""

    request: int
    now_ns: int


class Quiesce(_Message, frozen=True):
    """Come to rest once everything before is handled, and say what a successor has to know."""

    request: int


class Resume(_Message, frozen=True):
    """Go on after ``request``, or do not come to rest for it."""

    request: int


class Retire(_Message, frozen=True):
    """End at once and in order, without ``on_stop``: a successor has taken over."""


class TakeOver(_Message, frozen=True):
    """Begin for real from here, with what the predecessor left."""

    setup: WorkerSetup
    handover: Handover


class Ping(_Message, frozen=True):
    """Answer from the strategy's own loop."""

    request: int


class HistoryReply(_Message, frozen=True):
    """Bars that were asked for."""

    request: int
    bars: tuple[Bar, ...]
    error: str = ""


class SessionsReply(_Message, frozen=True):
    """Sessions that were asked for."""

    request: int
    sessions: Sessions
    error: str = ""


class Stop(_Message, frozen=True):
    """Run ``on_stop`` and end."""


class Hello(_Message, frozen=True):
    """The file is imported, the parameters are good, the strategy exists."""

    pid: int
    class_name: str
    sha256: str = ""


class Progressed(_Message, frozen=True):
    """The instance reached a state."""

    state: StrategyState


class Intents(_Message, frozen=True):
    """What the strategy wants."""

    intents: tuple[OrderIntent, ...]


class Cancels(_Message, frozen=True):
    """Orders the strategy wants canceled."""

    orders: tuple[ClientOrderId, ...]


class Logged(_Message, frozen=True):
    """A line of the strategy's log or of its standard output."""

    level: str
    text: str
    at_ns: int


class Recorded(_Message, frozen=True):
    """A value the strategy recorded."""

    name: str
    value: float
    ts: int


class Published(_Message, frozen=True):
    """A message for other strategies; the payload is msgpack."""

    topic: str
    payload: bytes


class Subscribed(_Message, frozen=True):
    """The strategy wants a topic's messages."""

    topic: str


class HistoryRequest(_Message, frozen=True):
    """Ask for stored bars; no ``spec`` means those the feed delivers, a negative ``end_ns`` means now."""

    request: int
    instrument: InstrumentId
    spec: BarSpec | None
    end_ns: int
    count: int


class SessionsRequest(_Message, frozen=True):
    """Ask for the sessions of a calendar."""

    request: int
    calendar: str
    start_ns: int
    end_ns: int


class ParametersChecked(_Message, frozen=True):
    """Answer to SetParameters; without findings they are applied at the next bar."""

    request: int
    findings: tuple[Finding, ...]


class Settled(_Message, frozen=True):
    """Answer to Settle, behind every intent that came before."""

    request: int


class TimerDue(_Message, frozen=True):
    """When the instance's next timer is due, None when it has none; a replay's clock is brought to it."""

    ns: int | None


class Pong(_Message, frozen=True):
    """Answer to Ping; ``busy_s`` is for how long the handler at work has been at it, 0 when there is none."""

    request: int
    busy_s: float = 0.0


class Faulted(_Message, frozen=True):
    """The instance can't go on; its worker ends."""

    fault: Fault


class Snapshot(_Message, frozen=True):
    """State to carry over, msgpack."""

    state: bytes


class Rehearsed(_Message, frozen=True):
    """It could start: ``on_start``, the newest snapshot and the warm-up went well."""


class Quiesced(_Message, frozen=True):
    """Answer to Quiesce: it rests, or goes on because of a fault."""

    request: int
    handover: Handover | None = None
    fault: Fault | None = None


class Stopped(_Message, frozen=True):
    """``on_stop`` has run, or the strategy ended by itself."""

    by_itself: bool


class Checked(_Message, frozen=True):
    """Answer to Check."""

    entry: CatalogEntry
    findings: tuple[Finding, ...] = ()


Downward = (
    Start
    | Check
    | Market
    | OrderChanged
    | Filled
    | Booked
    | Told
    | Governed
    | SetParameters
    | Settle
    | Quiesce
    | Resume
    | Retire
    | TakeOver
    | Ping
    | HistoryReply
    | SessionsReply
    | Stop
)
Urgent = Governed | SetParameters | Stop | Resume | Retire | TakeOver
"""What does not wait its turn."""
Upward = (
    Hello
    | Progressed
    | Intents
    | Cancels
    | Logged
    | Recorded
    | Published
    | Subscribed
    | HistoryRequest
    | SessionsRequest
    | ParametersChecked
    | Settled
    | TimerDue
    | Pong
    | Faulted
    | Snapshot
    | Rehearsed
    | Quiesced
    | Stopped
    | Checked
)

_encoder: Final = msgspec.msgpack.Encoder()
encode_event: Final = _encoder.encode
"""Encodes one market event for :func:`market_frame`."""


def frame(message: Downward | Upward) -> bytes:
    """Return a message with its length in front."""
    body = _encoder.encode(message)
    return len(body).to_bytes(PREFIX, "big") + body


def market_frame(events: Sequence[bytes]) -> bytes:
    """Return the frame of a :class:`Market` message whose events are encoded already."""
    body = b"".join(events)
    # ["m", [event, ...]]: an array of two, the text "m", then an array with a 32-bit length.
    length = len(body) + 8
    return length.to_bytes(PREFIX, "big") + b"\x92\xa1m\xdd" + len(events).to_bytes(4, "big") + body
