"""Looks at a journal before it is opened, and mends a torn or damaged end from the copy of its newest rows."""

import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

import structlog

from ares_desktop.domain.errors import JournalCorruptError, StorageError
from ares_desktop.engine.adapters.stores.journal_codec import GENESIS, chain
from ares_desktop.engine.adapters.stores.journal_mirror import MirroredRow, forget, mirrored_rows
from ares_desktop.engine.adapters.stores.journal_reader import read_rows
from ares_desktop.engine.adapters.stores.journal_schema import open_writer

_log = structlog.get_logger(__name__)
_LARGEST_CHECK: Final = 64 * 1024 * 1024
"""Of a larger file only what is read is checked: the whole would hold up the start for seconds."""
_PARTS: Final = ("", "-wal", "-shm")
_INSERT: Final = "INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"


class Head(NamedTuple):
    """A journal's newest row."""

    sequence: int
    digest: bytes


def mend(path: Path, *, busy_timeout_s: float) -> str:
    """Make whole what can be made whole, and return what was done for people to read, empty when nothing was.

    Rows are taken over only where their hashes follow. What can't be mended is left as it was: reading it tells.

    Raises:
        StorageError: when the journal can't be written.
    """
    if not path.exists():
        forget(path)
        return ""
    copy = {row[0]: (row, digest) for row, digest in mirrored_rows(path)}
    if not copy:
        return ""
    head = _sound_head(path, busy_timeout_s)
    if head is None:
        return _rebuild(path, copy, busy_timeout_s)
    missing = list(_following(head, copy))
    if missing:
        _add(path, missing, busy_timeout_s)
        text = f"{len(missing)} events at the journal's end were torn off; they were put back from their copy"
        _log.warning("journal_end_restored", path=str(path), events=len(missing))
        return text
    if head.sequence not in copy or copy[head.sequence][1] != head.digest:
        # Its rows would not follow from this journal's.
        forget(path)
    return ""


def _sound_head(path: Path, busy_timeout_s: float) -> Head | None:
    """Return the newest row of a journal without damage, None where it is damaged."""
    try:
        connection = open_writer(path, busy_timeout_s=busy_timeout_s)
    except StorageError as error:
        cause = error.__cause__
        if isinstance(cause, sqlite3.DatabaseError) and not isinstance(cause, sqlite3.OperationalError):
            return None
        raise
    try:
        if path.stat().st_size <= _LARGEST_CHECK:
            (found,) = connection.execute("PRAGMA integrity_check(1)").fetchone()
            if found != "ok":
                return None
        row = connection.execute("SELECT sequence, hash FROM events ORDER BY sequence DESC LIMIT 1").fetchone()
        return Head(*row) if row else Head(0, GENESIS)
    except sqlite3.OperationalError as error:
        msg = f"the journal {path} can't be looked at: {error}"
        raise StorageError(msg) from error
    except sqlite3.DatabaseError:
        return None
    finally:
        connection.close()


def _following(head: Head, copy: dict[int, MirroredRow]) -> Iterator[MirroredRow]:
    """Yield the copied rows after ``head`` whose hashes follow from it."""
    sequence, digest = head
    while (found := copy.get(sequence + 1)) is not None and chain(digest, found[0]) == found[1]:
        yield found
        sequence, digest = sequence + 1, found[1]


def _add(path: Path, rows: list[MirroredRow], busy_timeout_s: float) -> None:
    connection = open_writer(path, busy_timeout_s=busy_timeout_s)
    try:
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany(_INSERT, [(*row, digest) for row, digest in rows])
        connection.execute("COMMIT")
    except sqlite3.Error as error:
        msg = f"the end of the journal {path} could not be put back: {error}"
        raise StorageError(msg) from error
    finally:
        connection.close()


def _rebuild(path: Path, copy: dict[int, MirroredRow], busy_timeout_s: float) -> str:
    """Write the readable rows and the copied ones into a new file, which takes the place of the damaged one."""
    fresh = path.with_name(path.name + ".mending")
    _remove(fresh)
    head = Head(0, GENESIS)
    rows: list[MirroredRow] = []
    try:
        for row in read_rows(path):
            head = Head(row[0], chain(head.digest, row))
            rows.append((row, head.digest))
    except (JournalCorruptError, StorageError) as error:
        _log.warning("journal_is_damaged", path=str(path), error=str(error))
    readable = len(rows)
    rows += _following(head, copy)
    if len(rows) < max(copy):
        _log.error("journal_not_mended", path=str(path), readable=readable, copied_from=min(copy))
        return ""
    _add(fresh, rows, busy_timeout_s)
    aside = _put_aside(path)
    fresh.replace(path)
    _sync_folder(path.parent)
    _log.warning("journal_mended", path=str(path), readable=readable, restored=len(rows) - readable, damaged=str(aside))
    return (
        f"the journal's file was damaged; {readable} events were read from it and {len(rows) - readable} put back from "
        f"their copy. The damaged file is kept as {aside.name}"
    )


def _put_aside(path: Path) -> Path:
    number = 1
    while (aside := path.with_name(f"{path.name}.damaged-{number}")).exists():
        number += 1
    for part in _PARTS:
        piece = path.with_name(path.name + part)
        if piece.exists():
            piece.replace(aside.with_name(aside.name + part))
    return aside


def _remove(path: Path) -> None:
    for part in _PARTS:
        path.with_name(path.name + part).unlink(missing_ok=True)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
