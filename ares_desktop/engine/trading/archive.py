"""Records kept encoded once they are complete: a fraction of the memory, nothing for the garbage collector to walk."""

from array import array
from collections.abc import Iterator
from itertools import accumulate
from typing import Final, Generic, TypeVar

import msgspec

T = TypeVar("T", bound=msgspec.Struct)
_ENCODED: Final = (bytes, memoryview)


class ArchiveState(msgspec.Struct, frozen=True):
    """What a snapshot keeps of an :class:`Archive`: all encoded records in a row, and where each ends (int64)."""

    records: memoryview
    ends: memoryview


class Archive(Generic[T]):
    """A list of frozen records of one type; a complete one is decoded each time it is asked for.

    Records that came with a snapshot stay where they are in its memory, so loading takes no time.
    """

    def __init__(self, record: type[T], state: ArchiveState | None = None) -> None:
        self._encode = msgspec.msgpack.Encoder().encode
        self._decode = msgspec.msgpack.Decoder(record).decode
        self._old = state.records if state is not None else memoryview(b"")
        self._ends = (state.ends if state is not None else memoryview(b"")).cast("q")
        self._replaced: dict[int, bytes | T] = {}
        self._rows: list[bytes | T] = []

    def __len__(self) -> int:
        return len(self._ends) + len(self._rows)

    def __getitem__(self, index: int) -> T:
        old = len(self._ends)
        row = self._rows[index - old] if index >= old else self._old_row(index)
        return self._decode(row) if isinstance(row, _ENCODED) else row

    def __iter__(self) -> Iterator[T]:
        return map(self.__getitem__, range(len(self)))

    def append(self, record: T, *, complete: bool) -> int:
        """Add a record and return its index; one that is not ``complete`` stays at hand as it is."""
        self._rows.append(self._encode(record) if complete else record)
        return len(self) - 1

    def put(self, index: int, record: T, *, complete: bool) -> None:
        """Replace the record at ``index``."""
        row = self._encode(record) if complete else record
        old = len(self._ends)
        if index >= old:
            self._rows[index - old] = row
        else:
            self._replaced[index] = row

    def dump(self) -> ArchiveState:
        """Return every record encoded."""
        rows = [self._encoded(self._old_row(index)) for index in range(len(self._ends))]
        rows.extend(map(self._encoded, self._rows))
        return ArchiveState(memoryview(b"".join(rows)), memoryview(array("q", accumulate(map(len, rows))).tobytes()))

    def _old_row(self, index: int) -> "memoryview | bytes | T":
        replaced = self._replaced.get(index)
        if replaced is not None:
            return replaced
        return self._old[self._ends[index - 1] if index else 0 : self._ends[index]]

    def _encoded(self, row: "memoryview | bytes | T") -> "memoryview | bytes":
        return row if isinstance(row, _ENCODED) else self._encode(row)
