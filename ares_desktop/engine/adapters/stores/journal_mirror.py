"""A second copy of the journal's newest rows, so that a torn last page loses none of them.

Rows are added after their commit and before anybody hears of them. A copy that can't be written is given up with a
line in the log: it never delays or fails a commit.
"""

import os
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import msgspec
import structlog

from ares_desktop.engine.adapters.stores.journal_codec import Row

_LARGEST: Final = 4 * 1024 * 1024
"""Bytes of one file; with the one before it there is always more than SQLite's log holds between two checkpoints."""
_HEAD: Final = 8
_log = structlog.get_logger(__name__)

MirroredRow = tuple[Row, bytes]
"""A row and its hash."""

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(list[tuple[int, str, int, str, int, str, str, bytes, bytes]]).decode


def mirror_path(journal: Path) -> Path:
    """Return where the copy of a journal's newest rows is."""
    return journal.with_name(journal.name + ".mirror")


def older_path(journal: Path) -> Path:
    """Return where those before them are."""
    return journal.with_name(journal.name + ".mirror-old")


class JournalMirror:
    """Adds rows to the copy; each group with its length and a checksum."""

    def __init__(self, journal: Path) -> None:
        self._journal = journal
        self._descriptor: int | None = None
        self._size = 0
        self._open()

    def _open(self) -> None:
        try:
            path = mirror_path(self._journal)
            self._descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
            self._size = os.fstat(self._descriptor).st_size
        except OSError as error:
            self._give_up(error)

    def add(self, rows: Sequence[tuple[Any, ...]]) -> None:
        """Keep committed rows, each with its hash as the last column."""
        if self._descriptor is None or not rows:
            return
        body = _encode(rows)
        group = len(body).to_bytes(4, "big") + zlib.crc32(body).to_bytes(4, "big") + body
        try:
            if os.write(self._descriptor, group) != len(group):
                # What follows half a group could not be read: begin another file at once.
                self._size = _LARGEST
            self._size += len(group)
            if self._size > _LARGEST:
                self._turn()
        except OSError as error:
            self._give_up(error)

    def _turn(self) -> None:
        self.close()
        mirror_path(self._journal).replace(older_path(self._journal))
        self._open()

    def _give_up(self, error: OSError) -> None:
        _log.warning("journal_mirror_not_written", path=str(mirror_path(self._journal)), error=str(error))
        self.close()

    def close(self) -> None:
        """Let go; idempotent."""
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            os.close(descriptor)


def mirrored_rows(journal: Path) -> Iterator[MirroredRow]:
    """Yield the rows that the copy holds, oldest first; each file up to the first group that is damaged."""
    for path in (older_path(journal), mirror_path(journal)):
        try:
            content = path.read_bytes()
        except OSError:
            continue
        start = 0
        while start + _HEAD <= len(content):
            end = start + _HEAD + int.from_bytes(content[start : start + 4], "big")
            body = content[start + _HEAD : end]
            if end > len(content) or zlib.crc32(body).to_bytes(4, "big") != content[start + 4 : start + _HEAD]:
                break
            for columns in _decode(body):
                row: Row = columns[:-1]
                yield row, columns[-1]
            start = end


def forget(journal: Path) -> None:
    """Remove the copy: it is of another journal."""
    for path in (older_path(journal), mirror_path(journal)):
        path.unlink(missing_ok=True)
