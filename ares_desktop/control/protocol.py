"""What goes over the control socket: one JSON document a line.

A client sends a :class:`Request`. The application answers at once with a :class:`Receipt`, which shows that it is
alive, and then with a :class:`Reply` when the command is done. A connection may carry any number of requests, one
after another.
"""

from decimal import Decimal
from enum import IntEnum
from typing import Any, Final

import msgspec

from ares_desktop.domain.errors import AresError, Finding, ProfileInUseError, RefusedError, UsageError

MAX_REQUEST_BYTES: Final = 1 << 20
"""A longer line is garbage."""


class ExitCode(IntEnum):
    """What a command of ``ares-desktop`` ends with."""

    DONE = 0
    FAILED = 1
    USAGE = 2
    NO_APP = 3
    REFUSED = 4


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """A command and its arguments."""

    command: str
    arguments: dict[str, Any] = {}


class Receipt(msgspec.Struct, frozen=True, kw_only=True):
    """The application has read the request and works on it."""

    received: str


class Failure(msgspec.Struct, frozen=True, kw_only=True):
    """Why a command was not done.

    Attributes:
        kind: ``usage``, ``refused``, ``failed`` or ``no_app``.
        code: reason code of a refusal.
        findings: each thing wrong with the input.
    """

    kind: str
    message: str
    code: str = ""
    findings: tuple[Finding, ...] = ()


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """How a command ended; ``document`` is its JSON, null when there is none."""

    exit_code: int
    document: msgspec.Raw = msgspec.Raw(b"null")
    failure: Failure | None = None


_encoder: Final = msgspec.json.Encoder(decimal_format="number")


def encode(message: object) -> bytes:
    """Return JSON without line breaks; a Decimal becomes a number with all its digits, NaN becomes null."""
    return _encoder.encode(message)


def failed(error: AresError) -> Reply:
    """Return the reply that tells of ``error``."""
    if isinstance(error, UsageError):
        failure = Failure(kind="usage", message=str(error), findings=error.findings)
        return Reply(exit_code=ExitCode.USAGE, failure=failure)
    if isinstance(error, RefusedError):
        failure = Failure(kind="refused", message=error.detail, code=error.code)
        return Reply(exit_code=ExitCode.REFUSED, failure=failure)
    if isinstance(error, ProfileInUseError):
        failure = Failure(kind="refused", message=str(error), code="PROFILE_IN_USE")
        return Reply(exit_code=ExitCode.REFUSED, failure=failure)
    return Reply(exit_code=ExitCode.FAILED, failure=Failure(kind="failed", message=str(error)))


def decode_document(document: bytes) -> Any:  # noqa: ANN401 - any JSON
    """Return the plain objects of a JSON document, its fractions as exact decimals."""
    return msgspec.json.Decoder(float_hook=Decimal).decode(document)
