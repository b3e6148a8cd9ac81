"""A second copy of the journal's newest rows, so that a torn last page loses none of them.

Rows are added after their commit and before anybody hears of them. Where the copy can't be written there is a line in
the log, and the next rows are tried again: it never delays or fails a commit.
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
        self._failing = False

    def _open(self) -> int:
        path = mirror_path(self._journal)
        self._descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        # What follows half a group could not be read.
        self._size = sum(len(body) + _HEAD for body in _groups(path))
        os.ftruncate(self._descriptor, self._size)
        return self._descriptor

    def add(self, rows: Sequence[tuple[Any, ...]]) -> None:
        """Keep committed rows, each with its hash as the last column."""
        if not rows:
            return
        body = _encode(rows)
        group = len(body).to_bytes(4, "big") + zlib.crc32(body).to_bytes(4, "big") + body
        try:
            self._write(group)
        except OSError as error:
            if not self._failing:
                _log.warning("journal_mirror_not_written", path=str(mirror_path(self._journal)), error=str(error))
            self._failing = True
            self.close()
            return
        if self._failing:
            _log.info("journal_mirror_written_again", path=str(mirror_path(self._journal)))
            self._failing = False

    def _write(self, group: bytes) -> None:
        descriptor = self._open() if self._descriptor is None else self._descriptor
        if os.write(descriptor, group) != len(group):
            msg = "only a part was written"
            raise OSError(msg)
        self._size += len(group)
        if self._size > _LARGEST:
            self.close()
            mirror_path(self._journal).replace(older_path(self._journal))

    def close(self) -> None:
        """Let go; idempotent."""
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            os.close(descriptor)


def mirrored_rows(journal: Path) -> Iterator[MirroredRow]:
    """Yield the rows that the copy holds, oldest first; each file up to the first group that is damaged."""
    for path in (older_path(journal), mirror_path(journal)):
        for body in _groups(path):
            for columns in _decode(body):
                row: Row = columns[:-1]
                yield row, columns[-1]


def _groups(path: Path) -> Iterator[bytes]:
    """Yield the groups of one file up to the first that is damaged."""
    try:
        content = path.read_bytes()
    except OSError:
        return
    start = 0
    while start + _HEAD <= len(content):
        end = start + _HEAD + int.from_bytes(content[start : start + 4], "big")
        body = content[start + _HEAD : end]
        if end > len(content) or zlib.crc32(body).to_bytes(4, "big") != content[start + 4 : start + _HEAD]:
            return
        yield body
        start = end


def forget(journal: Path) -> None:
    """Remove the copy: it is of another journal."""
    for path in (older_path(journal), mirror_path(journal)):
        path.unlink(missing_ok=True)
