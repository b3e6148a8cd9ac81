"""Looks at a journal before it is opened, and mends a torn or damaged end from the copy of its newest rows."""

import os
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

import structlog

from ares_desktop.domain.errors import JournalCorruptError, StorageError
from ares_desktop.engine.adapters.stores.journal_codec import GENESIS, Row, chain
from ares_desktop.engine.adapters.stores.journal_mirror import MirroredRow, forget, mirrored_rows
from ares_desktop.engine.adapters.stores.journal_schema import SELECT_AFTER, open_reader, open_writer

_log = structlog.get_logger(__name__)
_LARGEST_CHECK: Final = 64 * 1024 * 1024
"""Of a larger file only what is read is checked: the whole would hold up the start for seconds."""
_PARTS: Final = ("", "-wal", "-shm")
_NEWEST_TWO: Final = """
    SELECT sequence, id, at, kind, version, cause, correlation, payload, hash
    FROM events ORDER BY sequence DESC LIMIT 2
"""
_INSERT: Final = "INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"


class Head(NamedTuple):
    """A journal's newest row."""

    sequence: int
    digest: bytes


def mend(path: Path, *, busy_timeout_s: float) -> str:
    """Make whole what can be made whole, and return what was done for people to read, empty when nothing was.

    Rows are taken over only where their hashes follow.

    Raises:
        JournalCorruptError: when there is damage that the copy does not cover; everything is left as it was.
        StorageError: when the journal can't be written.
    """
    if not path.exists():
        forget(path)
        return ""
    copy = {row[0]: (row, digest) for row, digest in mirrored_rows(path)}
    head = _sound_head(path, copy, busy_timeout_s)
    if head is None:
        return _rebuild(path, copy, busy_timeout_s)
    if copy and not head.sequence and min(copy) > 1:
        raise JournalCorruptError(1, f"the journal is empty, but its copy holds events from {min(copy)} on")
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


def _sound_head(path: Path, copy: dict[int, MirroredRow], busy_timeout_s: float) -> Head | None:
    """Return the newest row of a journal without damage, None where it is damaged."""
    try:
        connection = open_writer(path, busy_timeout_s=busy_timeout_s)
    except StorageError as error:
        cause = error.__cause__
        if copy and isinstance(cause, sqlite3.DatabaseError) and not isinstance(cause, sqlite3.OperationalError):
            return None
        raise
    try:
        # Garbled text shall be found different from its copy, not end the search.
        connection.text_factory = lambda raw: raw.decode(errors="replace")
        if path.stat().st_size <= _LARGEST_CHECK:
            (found,) = connection.execute("PRAGMA integrity_check(1)").fetchone()
            if found != "ok":
                return None
        if copy and not _is_as_copied(connection, copy):
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


def _is_as_copied(connection: sqlite3.Connection, copy: dict[int, MirroredRow]) -> bool:
    """Say whether the newest rows are those of the copy, or at least follow from each other as another journal's do.

    SQLite itself does not notice bytes that changed within a row.
    """
    first = min(copy)
    before = connection.execute("SELECT hash FROM events WHERE sequence = ?", (first - 1,)).fetchone()
    previous: bytes | None = before[0] if before else None
    if first == 1:
        previous = GENESIS
    for columns in connection.execute(SELECT_AFTER, (first - 1,)):
        row, digest = columns[:-1], columns[-1]
        if copy.get(row[0]) != (row, digest) and previous is not None and chain(previous, row) != digest:
            return False
        previous = digest
    return True


def _following(head: Head, copy: dict[int, MirroredRow]) -> Iterator[MirroredRow]:
    """Yield the copied rows after ``head`` whose hashes follow from it."""
    sequence, digest = head
    while (found := copy.get(sequence + 1)) is not None and chain(digest, found[0]) == found[1]:
        yield found
        sequence, digest = sequence + 1, found[1]


def _legible(path: Path, head: Head) -> Iterator[MirroredRow]:
    """Yield the file's rows after ``head`` that can be read and whose hashes follow from it."""
    try:
        connection = open_reader(path)
    except StorageError:
        return
    sequence, digest = head
    try:
        for columns in connection.execute(SELECT_AFTER, (sequence,)):
            row: Row = columns[:-1]
            digest = chain(digest, row)
            if row[0] != sequence + 1 or digest != columns[-1]:
                return
            sequence += 1
            yield row, digest
    except sqlite3.Error as error:
        _log.warning("journal_is_damaged", path=str(path), after=sequence, error=str(error))
    finally:
        connection.close()


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
    rows: list[MirroredRow] = []
    restored, before = 0, -1
    while len(rows) > before:
        # Behind a damaged page that the copy covers, the file may go on.
        before = len(rows)
        rows += _legible(path, _head_of(rows))
        copied = list(_following(_head_of(rows), copy))
        restored += len(copied)
        rows += copied
    if not rows or len(rows) < max(_newest(path), *copy, 0):
        _log.error("journal_not_mended", path=str(path), readable=len(rows), copied_from=min(copy, default=None))
        raise JournalCorruptError(len(rows) + 1, "it can't be read, and no copy of it is left")
    _add(fresh, rows, busy_timeout_s)
    aside = _put_aside(path)
    fresh.replace(path)
    _sync_folder(path.parent)
    _log.warning("journal_mended", path=str(path), events=len(rows), restored=restored, damaged=str(aside))
    return (
        f"the journal's file was damaged; {len(rows) - restored} events were read from it and {restored} put back from "
        f"their copy. The damaged file is kept as {aside.name}"
    )


def _head_of(rows: list[MirroredRow]) -> Head:
    return Head(rows[-1][0][0], rows[-1][1]) if rows else Head(0, GENESIS)


def _newest(path: Path) -> int:
    """Return the sequence of the newest row where it follows from the one before it, 0 otherwise.

    A damaged page may show rows that never were.
    """
    try:
        connection = open_reader(path)
    except StorageError:
        return 0
    try:
        rows = connection.execute(_NEWEST_TWO).fetchall()
    except sqlite3.Error:
        return 0
    finally:
        connection.close()
    match rows:
        case [last, before] if chain(before[-1], last[:-1]) == last[-1]:
            return int(last[0])
    return 0


def _put_aside(path: Path) -> Path:
    """Give the damaged file a second name and move its log away; an end in between leaves a journal to be mended."""
    number = 1
    while (aside := path.with_name(f"{path.name}.damaged-{number}")).exists():
        number += 1
    try:
        aside.hardlink_to(path)
    except OSError:
        shutil.copyfile(path, aside)
    for part in _PARTS[1:]:
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
