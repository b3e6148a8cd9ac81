"""The list of runs in SQLite, and a folder for each run beside it."""

import shutil
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import msgspec
import structlog

from ares_desktop.domain.errors import Finding, StorageError, UsageError
from ares_desktop.domain.runs import Run, RunKind, RunState

_PREFIXES: Final = {
    RunKind.LIVE: "li",
    RunKind.BACKTEST: "bt",
    RunKind.SEARCH: "op",
    RunKind.MONTE_CARLO: "mc",
    RunKind.FIDELITY: "fi",
}
_KINDS: Final = {prefix: kind for kind, prefix in _PREFIXES.items()}
_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS ids (number INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS runs (number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, run BLOB NOT NULL,
                                 spec BLOB NOT NULL) STRICT;
"""
_WAIT_S: Final = 10.0
_log = structlog.get_logger(__name__)


class SqliteRunStore:
    """Implements :class:`~ares_desktop.engine.ports.run_store.RunStore`; its calls may come from any thread.

    Nothing is opened, and the folder is not made, before the first call.

    Args:
        folder: of the database and of the runs' own folders.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._path = folder / "runs.sqlite"
        self._lock = threading.Lock()
        self._database: sqlite3.Connection | None = None

    def next_id(self, kind: RunKind) -> str:
        """Reserve an id that was never used, and make its folder.

        Raises:
            StorageError: when it can't be written.
        """
        with self._opened() as database:
            row = database.execute("INSERT INTO ids (kind) VALUES (?)", (kind.value,))
            run = f"{_PREFIXES[kind]}-{row.lastrowid:04d}"
            self.folder(run).mkdir(mode=0o700, parents=True, exist_ok=True)
        return run

    def save(self, run: Run, spec: bytes) -> None:
        """Keep a run and what it was asked to do, durably; a run of this id is replaced.

        Raises:
            StorageError: when it can't be written.
        """
        with self._opened() as database:
            database.execute(
                "INSERT INTO runs VALUES (?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET run = excluded.run, "
                "spec = excluded.spec",
                (_number(run.id), run.id, msgspec.json.encode(run), spec),
            )

    def runs(self) -> Sequence[Run]:
        """Return all runs, newest first; one that can't be read is shown as failed with the reason.

        Raises:
            StorageError: when the database can't be read.
        """
        with self._opened() as database:
            rows = database.execute("SELECT id, run FROM runs ORDER BY number DESC").fetchall()
        return tuple(_decoded(str(run), content) for run, content in rows)

    def load(self, run: str) -> tuple[Run, bytes]:
        """Return a run and its spec.

        Raises:
            UsageError: when there is none of this id.
            StorageError: when the database can't be read.
        """
        with self._opened() as database:
            row = database.execute("SELECT run, spec FROM runs WHERE id = ?", (run,)).fetchone()
        if row is None:
            remedy = "See ares-desktop runs list."
            raise UsageError(Finding(place="run", value=run, problem="there is no run of this id", remedy=remedy))
        return _decoded(run, row[0]), bytes(row[1])

    def folder(self, run: str) -> Path:
        """Return where a run keeps its files: checkpoints, results, pictures, PID file."""
        return self._folder / run

    def version(self) -> int:
        """Return a number that is another one after any other process changed the runs.

        Raises:
            StorageError: when the database can't be read.
        """
        with self._opened() as database:
            return int(database.execute("PRAGMA data_version").fetchone()[0])

    def delete(self, run: str) -> None:
        """Remove a run with its folder; an unknown one changes nothing.

        Raises:
            StorageError: when it can't be removed.
        """
        with self._opened() as database:
            known = database.execute("DELETE FROM runs WHERE id = ?", (run,)).rowcount
            if known:
                shutil.rmtree(self.folder(run), ignore_errors=True)

    def close(self) -> None:
        """Release the store; idempotent."""
        with self._lock:
            if self._database is not None:
                self._database.close()
                self._database = None

    @contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        """Give the database to one thread at a time, as one transaction, and turn its errors into ours."""
        with self._lock:
            try:
                if self._database is None:
                    self._database = _connect(self._path)
                with self._database:
                    yield self._database
            except (sqlite3.Error, OSError) as error:
                remedy = "Free disk space and check its permissions; if it is damaged, move it away: a new one is made."
                msg = f"the list of runs {self._path} can't be used: {error}. {remedy}"
                raise StorageError(msg) from error


def _connect(path: Path) -> sqlite3.Connection:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    database = sqlite3.connect(path, timeout=_WAIT_S, check_same_thread=False)
    try:
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("PRAGMA synchronous = FULL")
        database.executescript(_SCHEMA)
    except sqlite3.Error:
        database.close()
        raise
    return database


def _number(run: str) -> int:
    prefix, _, number = run.partition("-")
    if prefix not in _KINDS or not number.isdecimal():
        raise UsageError(
            Finding(place="run", value=run, problem="is not an id of a run", remedy="Take one from next_id.")
        )
    return int(number)


def _decoded(run: str, content: object) -> Run:
    try:
        return msgspec.json.decode(content if isinstance(content, bytes) else b"", type=Run)
    except (msgspec.MsgspecError, UnicodeError) as error:
        _log.warning("run_unreadable", run=run, error=str(error))
        return Run(
            id=run,
            kind=_KINDS.get(run.partition("-")[0], RunKind.BACKTEST),
            state=RunState.FAILED,
            title="unreadable",
            strategies=(),
            data=(),
            created_at=datetime.fromtimestamp(0, UTC),
            error=f"its record can't be read: {error}. Delete it, or restore the profile from a backup.",
        )
