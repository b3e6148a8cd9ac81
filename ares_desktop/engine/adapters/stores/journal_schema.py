"""The journal's tables, how an older file becomes a newer one, and connections to it."""

import sqlite3
from pathlib import Path
from typing import Final

from ares_desktop.domain.errors import StorageError

MIGRATIONS: Final = (
    """
    CREATE TABLE events (
        sequence INTEGER PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,
        at INTEGER NOT NULL,
        kind TEXT NOT NULL,
        version INTEGER NOT NULL,
        cause TEXT NOT NULL,
        correlation TEXT NOT NULL,
        payload BLOB NOT NULL,
        hash BLOB NOT NULL
    );
    CREATE TRIGGER events_are_never_changed BEFORE UPDATE ON events
        BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;
    CREATE TRIGGER events_are_never_deleted BEFORE DELETE ON events
        BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;
    """,
)
"""Statement n takes a file from schema version n to n + 1."""

SELECT_AFTER: Final = """
    SELECT sequence, id, at, kind, version, cause, correlation, payload, hash
    FROM events WHERE sequence > ? ORDER BY sequence
"""


def open_writer(path: Path, *, busy_timeout_s: float) -> sqlite3.Connection:
    """Open or create the journal for writing: WAL, every commit on the disk before it returns, newest schema.

    Raises:
        StorageError: when the file or its folder can't be written, or a newer program made the file.
    """
    try:
        connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=busy_timeout_s)
    except sqlite3.Error as error:
        raise _unusable(path, error) from error
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        _migrate(connection, path)
    except sqlite3.Error as error:
        connection.close()
        raise _unusable(path, error) from error
    except StorageError:
        connection.close()
        raise
    return connection


def open_reader(path: Path) -> sqlite3.Connection:
    """Open the journal for reading only, also beside a running writer or in a folder that can't be written.

    Raises:
        StorageError: when there is no readable journal.
    """
    if not path.is_file():
        msg = f"there is no journal at {path}"
        raise StorageError(msg)
    uri = path.resolve().as_uri() + "?mode=ro"
    wal = path.with_name(path.name + "-wal")
    # Without its shared memory file a WAL database opens in a read-only folder only when it is declared immutable,
    # which is true as long as nothing waits in the log.
    alone = not wal.exists() or not wal.stat().st_size
    try:
        try:
            return _connect_reader(uri)
        except sqlite3.OperationalError:
            if not alone:
                raise
            return _connect_reader(uri + "&immutable=1")
    except sqlite3.Error as error:
        raise _unusable(path, error) from error


def _connect_reader(uri: str) -> sqlite3.Connection:
    connection = sqlite3.connect(uri, uri=True, isolation_level=None, check_same_thread=False)
    try:
        connection.execute("PRAGMA schema_version")
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def _migrate(connection: sqlite3.Connection, path: Path) -> None:
    connection.execute("CREATE TABLE IF NOT EXISTS migrations (version INTEGER PRIMARY KEY, applied_at TEXT NOT NULL)")
    (version,) = connection.execute("SELECT coalesce(max(version), 0) FROM migrations").fetchone()
    if version > len(MIGRATIONS):
        msg = f"{path} has schema {version}, this program knows {len(MIGRATIONS)}; start the newer program"
        raise StorageError(msg)
    for number, statements in enumerate(MIGRATIONS[version:], start=version + 1):
        try:
            connection.executescript(f"BEGIN IMMEDIATE; {statements}")
            connection.execute("INSERT INTO migrations VALUES (?, strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))", (number,))
            connection.execute("COMMIT")
        except sqlite3.Error:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise


_REMEDIES: Final = {
    sqlite3.SQLITE_NOTADB: "put a backup in its place, or move it away",
    sqlite3.SQLITE_CORRUPT: "put a backup in its place, or move it away",
    sqlite3.SQLITE_BUSY: "end the other program that holds it",
}


def _unusable(path: Path, error: sqlite3.Error) -> StorageError:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # the rest of it is detail
    remedy = _REMEDIES.get(code, "check that its folder exists, is writable and has space")
    return StorageError(f"the journal {path} can't be used: {error}; {remedy}")
