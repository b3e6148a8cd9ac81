"""Reads journal rows without ever writing, each checked against the row before."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

from ares_desktop.domain.errors import JournalCorruptError
from ares_desktop.engine.adapters.stores.journal_codec import GENESIS, Row, chain
from ares_desktop.engine.adapters.stores.journal_schema import SELECT_AFTER, open_reader


def last_sequence(path: Path) -> int:
    """Return the sequence of the newest row, 0 where there is none.

    Raises:
        StorageError: when there is no readable journal.
    """
    connection = open_reader(path)
    try:
        (sequence,) = connection.execute("SELECT coalesce(max(sequence), 0) FROM events").fetchone()
    except sqlite3.Error as error:
        raise JournalCorruptError(0, f"the table can't be read: {error}") from error
    finally:
        connection.close()
    return int(sequence)


def hash_of(path: Path, sequence: int) -> bytes | None:
    """Return the hash of a row, None when there is no such row."""
    if sequence == 0:
        return GENESIS
    connection = open_reader(path)
    try:
        row = connection.execute("SELECT hash FROM events WHERE sequence = ?", (sequence,)).fetchone()
    except sqlite3.Error:
        return None
    finally:
        connection.close()
    return row[0] if row else None


def read_rows(path: Path, after: int = 0) -> Iterator[Row]:
    """Yield the rows after ``after``, each once its hash was found to follow from the row before.

    Raises:
        JournalCorruptError: at the first row that can't be read or whose hash does not follow.
        StorageError: when there is no readable journal.
    """
    previous = hash_of(path, after)
    if previous is None:
        raise JournalCorruptError(after, "it is missing or can't be read")
    sequence = after
    connection = open_reader(path)
    try:
        for columns in connection.execute(SELECT_AFTER, (after,)):
            row: Row = columns[:-1]
            sequence += 1
            if row[0] != sequence:
                raise JournalCorruptError(sequence, f"it is missing, the next one is {row[0]}")
            previous = chain(previous, row)
            if previous != columns[-1]:
                raise JournalCorruptError(sequence, "its hash does not follow from its columns and the row before")
            yield row
    except sqlite3.Error as error:
        raise JournalCorruptError(sequence + 1, f"it can't be read: {error}") from error
    finally:
        connection.close()
