"""What the sentinel's socket carries: one JSON message a line, each request with a number that its answer repeats."""

from typing import Final

import msgspec

from ares_desktop.domain.risk import ALL_SCOPE, KillMode
from ares_desktop.domain.sentinel import GuardPlan, SentinelAct, SentinelStatus

MAX_LINE: Final = 1 << 24
"""A longer line is garbage."""


class Hello(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """An application begins to beat."""

    number: int
    pid: int
    plan: GuardPlan


class Beat(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """The application's loop turns."""

    number: int


class Goodbye(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """The application ends in order; its silence means nothing from now on."""

    number: int


class Ask(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Asks how the sentinel is."""

    number: int


class TakeOver(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """The application has journaled an act: what is left of it is the application's."""

    number: int
    act: str


class Kill(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """A person wants trading stopped and the application does not answer.

    It is answered twice: at once with an :class:`Answer`, then with an :class:`Outcome`.

    Attributes:
        mode: None for what is chosen for each account.
    """

    number: int
    reason: str
    source: str
    scope: str = ALL_SCOPE
    mode: KillMode | None = None


Request = Hello | Beat | Goodbye | Ask | TakeOver | Kill


class Answer(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """How the sentinel is; number 0 when nobody asked: an act has begun or ended."""

    number: int
    status: SentinelStatus


class Outcome(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """An act that was asked for has come to its end, or to what it can't undo yet."""

    number: int
    act: SentinelAct


Message = Answer | Outcome

_encode = msgspec.json.Encoder().encode
request_decoder = msgspec.json.Decoder(Request)
message_decoder = msgspec.json.Decoder(Message)


def line(message: Request | Message) -> bytes:
    """Return a message as one line."""
    return _encode(message) + b"\n"
