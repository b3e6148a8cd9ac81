"""How events become journal rows: payload bytes with a schema version, and the hash that chains the rows."""

import hashlib
import typing
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import msgspec

from ares_desktop.domain.errors import StorageError
from ares_desktop.domain.events import JournalEvent, Payload
from ares_desktop.domain.ids import CorrelationId, EventId

GENESIS: Final = bytes(32)
"""Stands for the hash before the first row."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)

Upgrade = Callable[[dict[str, Any]], dict[str, Any]]
"""Turns the fields of a payload of one version into those of the next."""


Row = tuple[int, str, int, str, int, str, str, bytes]
"""Sequence, id, microseconds since the epoch, kind, its schema version, cause, correlation and payload.

The payload is JSON, so that the file can be read without this program.
"""

_canonical = msgspec.msgpack.Encoder().encode


def chain(previous: bytes, row: Row) -> bytes:
    """Return the SHA-256 over the previous row's hash and all columns of this one, each with its type and length."""
    return hashlib.sha256(previous + _canonical(row)).digest()


def to_microseconds(at: datetime) -> int:
    """Return whole microseconds since the epoch."""
    return (at - _EPOCH) // _MICROSECOND


def from_microseconds(at: int) -> datetime:
    """Return the aware UTC time."""
    return _EPOCH + timedelta(microseconds=at)


class EventCodec:
    """Encodes payloads at their newest version and reads every older one.

    Attributes:
        versions: newest version by kind; 1 where a kind is not named.
        upgrades: by kind and the version it starts from.
    """

    def __init__(
        self,
        versions: Mapping[str, int] | None = None,
        upgrades: Mapping[tuple[str, int], Upgrade] | None = None,
    ) -> None:
        self.versions = {kind.__name__: 1 for kind in typing.get_args(Payload)} | dict(versions or {})
        self.upgrades = dict(upgrades or {})
        self._encode = msgspec.json.Encoder().encode
        self._decode: Callable[[bytes], Payload] = msgspec.json.Decoder(Payload).decode
        # All events of one commit have the same time.
        self._at, self._time = 0, _EPOCH

    def encode(self, payload: Payload) -> tuple[str, int, bytes]:
        """Return the kind, its version and the payload's bytes.

        Raises:
            TypeError: when the payload is none of the journal's kinds.
        """
        kind = type(payload).__name__
        version = self.versions.get(kind)
        if version is None:
            msg = f"expected an event of the journal, was {kind}"
            raise TypeError(msg)
        return kind, version, self._encode(payload)

    def decode(self, kind: str, version: int, payload: bytes) -> Payload:
        """Return the payload of a row, upgraded where it is older.

        Raises:
            StorageError: when a newer version of the program wrote it.
            msgspec.ValidationError: when the bytes don't hold such a payload.
        """
        newest = self.versions.get(kind, 0)
        if version == newest:
            return self._decode(payload)
        if version > newest:
            msg = f"the journal holds {kind} of version {version}, this program knows {newest}; start the newer program"
            raise StorageError(msg)
        fields = msgspec.json.decode(payload)
        for step in range(version, newest):
            fields = self.upgrades[kind, step](fields)
        upgraded: Payload = msgspec.convert(fields, Payload, strict=False)
        return upgraded

    def event(self, row: Row) -> JournalEvent:
        """Return the event of a row; raises as :meth:`decode`."""
        sequence, name, at, kind, version, cause, correlation, payload = row
        if at != self._at:
            self._at, self._time = at, from_microseconds(at)
        return JournalEvent(
            sequence=sequence,
            id=EventId(name),
            at=self._time,
            cause=EventId(cause),
            correlation=CorrelationId(correlation),
            payload=self.decode(kind, version, payload),
        )
