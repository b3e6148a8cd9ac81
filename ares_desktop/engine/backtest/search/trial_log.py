"""What a search has done so far, in a file that only grows: an end at any moment loses next to nothing."""

import os
import struct
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Final

import msgspec

from ares_desktop.domain.errors import StorageError
from ares_desktop.domain.searches import ParameterSet
from ares_desktop.engine.backtest.search.trials import TrialOrder, Tried

_HEAD: Final = struct.Struct("!II")
"""Length and CRC-32 of the body that follows."""


class _Line(msgspec.Struct, frozen=True, array_like=True):
    """One backtest that was run; ``start_ns`` and ``end_ns`` are those of its order."""

    parameters: ParameterSet
    start_ns: int | None
    end_ns: int | None
    tried: Tried


class TrialLog:
    """Backtests of one search that are done, found again after an end without a word.

    The first record is the search's identity; the file of another one is begun anew. A torn end is cut off.
    """

    def __init__(self, path: Path, identity: bytes) -> None:
        self._path = path
        self._identity = identity
        self._done: dict[int, _Line] = {}
        self._file: IO[bytes] | None = None

    def open(self) -> int:
        """Read what is there and get ready to append; return how many backtests are done. Blocks.

        Raises:
            StorageError: when the file can't be used.
        """
        try:
            known = self._path.read_bytes() if self._path.exists() else b""
            records = list(_records(known))
            whole = records[-1][0] if records else 0
            if not records or records[0][1] != self._identity:
                whole, records = 0, []
            for _, body in records[1:]:
                line = msgspec.msgpack.decode(body, type=_Line)
                self._done[line.tried.number] = line
            self._file = self._path.open("r+b" if known else "w+b")
            self._file.truncate(whole)
            self._file.seek(whole)
            if not records:
                self._write(_record(self._identity))
        except (OSError, msgspec.MsgspecError) as error:
            self.close()
            raise self._unusable(error) from error
        return len(self._done)

    def find(self, order: TrialOrder) -> Tried | None:
        """Return what came of an order before, None when it was not carried out."""
        line = self._done.get(order.number)
        if line is None or (line.parameters, line.start_ns, line.end_ns) != _asked(order):
            return None
        return line.tried

    def append(self, done: Sequence[tuple[TrialOrder, Tried]]) -> None:
        """Keep what came of orders, durably. Blocks.

        Raises:
            StorageError: when it can't be written.
        """
        lines = [_record(msgspec.msgpack.encode(_Line(*_asked(order), tried))) for order, tried in done]
        try:
            self._write(b"".join(lines))
        except OSError as error:
            raise self._unusable(error) from error

    def close(self) -> None:
        """Close the file; idempotent."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _write(self, data: bytes) -> None:
        if self._file is None:
            raise OSError("it is not open")
        self._file.write(data)
        self._file.flush()
        os.fsync(self._file.fileno())

    def _unusable(self, error: Exception) -> StorageError:
        return StorageError(f"{self._path}, where the search keeps what is done, can't be used: {error}")


def _asked(order: TrialOrder) -> tuple[ParameterSet, int | None, int | None]:
    return order.parameters, order.start_ns, order.end_ns


def _record(body: bytes) -> bytes:
    return _HEAD.pack(len(body), zlib.crc32(body)) + body


def _records(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield each whole record with where it ends, up to the first that is not."""
    at = 0
    while at + _HEAD.size <= len(data):
        size, checksum = _HEAD.unpack_from(data, at)
        body = data[at + _HEAD.size : at + _HEAD.size + size]
        if len(body) < size or zlib.crc32(body) != checksum:
            return
        at += _HEAD.size + size
        yield at, body
