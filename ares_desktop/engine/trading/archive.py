"""Records kept encoded once they are complete: a fraction of the memory, nothing for the garbage collector to walk."""

from collections.abc import Iterator
from typing import Generic, TypeVar

import msgspec

T = TypeVar("T", bound=msgspec.Struct)


class Archive(Generic[T]):
    """A list of frozen records of one type; a complete one is decoded each time it is asked for."""

    def __init__(self, record: type[T]) -> None:
        self._rows: list[bytes | T] = []
        self._encode = msgspec.msgpack.Encoder().encode
        self._decode = msgspec.msgpack.Decoder(record).decode

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, index: int) -> T:
        row = self._rows[index]
        return self._decode(row) if isinstance(row, bytes) else row

    def __iter__(self) -> Iterator[T]:
        decode = self._decode
        return (decode(row) if isinstance(row, bytes) else row for row in self._rows)

    def append(self, record: T, *, complete: bool) -> int:
        """Add a record and return its index; one that is not ``complete`` stays at hand as it is."""
        self._rows.append(self._encode(record) if complete else record)
        return len(self._rows) - 1

    def put(self, index: int, record: T, *, complete: bool) -> None:
        """Replace the record at ``index``."""
        self._rows[index] = self._encode(record) if complete else record

    def dump(self) -> list[bytes]:
        """Return every record encoded."""
        encode = self._encode
        return [row if isinstance(row, bytes) else encode(row) for row in self._rows]

    def load(self, rows: list[bytes]) -> None:
        """Replace all records by what :meth:`dump` returned, every one as complete."""
        self._rows = list(rows)
