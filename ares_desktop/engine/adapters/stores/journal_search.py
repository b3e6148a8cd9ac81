"""Searches the journal on connections that only read, in steps that can be ended."""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import msgspec

from ares_desktop.domain.audit import AuditPage, AuditQuery, AuditRow, JournalProof
from ares_desktop.domain.errors import JournalCorruptError, StorageError
from ares_desktop.domain.events import JournalEvent
from ares_desktop.domain.ids import ClientOrderId
from ares_desktop.engine.adapters.stores import journal_text
from ares_desktop.engine.adapters.stores.journal_codec import EventCodec, Row, from_microseconds, to_microseconds
from ares_desktop.engine.adapters.stores.journal_reader import hash_of, last_sequence, read_rows
from ares_desktop.engine.adapters.stores.journal_schema import open_reader
from ares_desktop.engine.ports.journal_search import Canceled

_STEP: Final = 20_000
"""Sequences that one statement looks at, between two looks at whether somebody still waits."""
_VERIFY_STEP: Final = 5_000
_COLUMNS: Final = "sequence, id, at, kind, version, cause, correlation, payload"
_GENERATIONS: Final = 6
"""Steps from an order to the causes of its causes, and to the effects of its effects."""
_MOST_RELATED: Final = 5_000


class SqliteJournalSearch:
    """Implements :class:`~ares_desktop.engine.ports.journal_search.JournalSearch` on a journal's file."""

    def __init__(self, path: Path, codec: EventCodec | None = None) -> None:
        self._path = path
        self._codec = codec or EventCodec()

    def page(self, query: AuditQuery, canceled: Canceled) -> AuditPage:
        """Return one page of what matches, newest first."""
        found: list[AuditRow] = []
        where, values = _conditions(query)
        top = query.before if query.before is not None else last_sequence(self._path) + 1
        with closing(open_reader(self._path)) as connection:
            while top > 1:
                if canceled():
                    return AuditPage(rows=tuple(found), before=top, canceled=True)
                bottom = max(1, top - _STEP)
                # The statement is made of this module's own text; what was asked for is bound.
                statement = (
                    f"SELECT {_COLUMNS} FROM events WHERE sequence >= ? AND sequence < ?{where} ORDER BY sequence DESC"  # noqa: S608 - own text alone
                )
                for row in _rows(connection, statement, (bottom, top, *values)):
                    shown = _matching(row, query)
                    if shown is not None:
                        found.append(shown)
                    if len(found) >= query.limit:
                        return AuditPage(rows=tuple(found), before=row[0] if row[0] > 1 else None)
                top = bottom
        return AuditPage(rows=tuple(found), before=None)

    def related(self, order: ClientOrderId, canceled: Canceled) -> tuple[JournalEvent, ...]:
        """Return the events of an order and its family, what led to them and what they led to, oldest first."""
        with closing(open_reader(self._path)) as connection:
            rows = self._family(connection, order, canceled)
            asked: set[str] = set()
            new = list(rows.values())
            for _ in range(_GENERATIONS):
                causes = {row[5] for row in new if row[5]} - {row[1] for row in rows.values()} - asked
                asked |= causes
                new = [
                    row
                    for cause in causes
                    for row in _rows(connection, f"SELECT {_COLUMNS} FROM events WHERE id = ?", (cause,))  # noqa: S608 - own text alone
                ]
                rows |= {row[0]: row for row in new}
                if not new or canceled():
                    break
            self._add_effects(connection, rows, canceled)
        return tuple(self._event(rows[sequence]) for sequence in sorted(rows))

    def _family(self, connection: sqlite3.Connection, order: str, canceled: Canceled) -> dict[int, Row]:
        """Return the events of an order; a journal of an older program has no family but tells the order."""
        base = order.partition(":")[0]
        known = _rows(
            connection,
            f"SELECT {_COLUMNS} FROM events WHERE id IN (?, ?)",  # noqa: S608 - own text alone
            (f"submitted:{order}", f"submitted:{base}"),
        )
        first = min((row[0] for row in known), default=1)
        condition = "(correlation IN (?, ?) OR instr(CAST(payload AS TEXT), ?))"
        needle = f'"client_order_id":"{order}"'
        return self._collect(connection, condition, (order, base, needle), first, canceled)

    def _add_effects(self, connection: sqlite3.Connection, rows: dict[int, Row], canceled: Canceled) -> None:
        """Add what the events led to, not what else the commands before them did."""
        first = min(rows, default=1)
        ours = {row[1] for row in rows.values() if row[6]}
        for _ in range(_GENERATIONS):
            if not ours or canceled() or len(rows) > _MOST_RELATED:
                return
            marks = ",".join("?" * min(len(ours), 500))
            found = self._collect(connection, f"cause IN ({marks})", tuple(ours)[:500], first, canceled)
            new = {sequence: row for sequence, row in found.items() if sequence not in rows}
            rows |= new
            ours = {row[1] for row in new.values()}

    def _collect(
        self, connection: sqlite3.Connection, condition: str, values: Sequence[Any], first: int, canceled: Canceled
    ) -> dict[int, Row]:
        found: dict[int, Row] = {}
        last = last_sequence(self._path)
        for bottom in range(first, last + 1, _STEP):
            if canceled() or len(found) > _MOST_RELATED:
                break
            statement = f"SELECT {_COLUMNS} FROM events WHERE sequence >= ? AND sequence < ? AND {condition}"  # noqa: S608 - own text alone
            found |= {row[0]: row for row in _rows(connection, statement, (bottom, bottom + _STEP, *values))}
        return found

    def _event(self, row: Row) -> JournalEvent:
        try:
            return self._codec.event(row)
        except msgspec.MsgspecError as error:
            raise JournalCorruptError(row[0], f"its payload is no {row[3]}: {error}") from error

    def verify(self, report: Callable[[JournalProof], None], canceled: Canceled) -> JournalProof:
        """Follow the hash chain from the first event to the last."""
        total, verified = last_sequence(self._path), 0
        problem = ""
        try:
            for row in read_rows(self._path):
                verified = row[0]
                if verified % _VERIFY_STEP == 0:
                    report(self._proof(verified, total))
                    if canceled():
                        return self._proof(verified, total)
        except JournalCorruptError as error:
            problem = str(error)
        head = hash_of(self._path, verified)
        return self._proof(verified, max(total, verified), problem=problem, head=head.hex() if head else "", end=True)

    def _proof(
        self, verified: int, total: int, *, problem: str = "", head: str = "", end: bool = False
    ) -> JournalProof:
        return JournalProof(
            verified=verified,
            total=total,
            ok=not problem,
            finished=end,
            at=datetime.now(UTC),
            head=head,
            problem=problem,
        )

    def lines(self, since: datetime, canceled: Canceled) -> Iterator[bytes]:
        """Yield events since a time as lines of JSON that hold what their hashes are computed from, oldest first."""
        statement = f"SELECT {_COLUMNS}, hash FROM events WHERE sequence >= ? ORDER BY sequence"  # noqa: S608 - own text alone
        with closing(open_reader(self._path)) as connection:
            first = self._first_since(connection, since)
            for columns in connection.execute(statement, (first,)):
                if canceled():
                    return
                sequence, name, at, kind, version, cause, correlation, payload, digest = columns
                yield msgspec.json.encode(
                    {
                        "sequence": sequence,
                        "id": name,
                        "at": from_microseconds(at),
                        "at_us": at,
                        "kind": kind,
                        "version": version,
                        "cause": cause,
                        "correlation": correlation,
                        "payload": payload.decode(errors="replace"),
                        "hash": digest.hex(),
                    }
                )

    def _first_since(self, connection: sqlite3.Connection, since: datetime) -> int:
        """Return the first sequence at or after a time by halving, since the journal has no index of times."""
        at = to_microseconds(since)
        low, high = 1, last_sequence(self._path) + 1
        while low < high:
            middle = (low + high) // 2
            row = connection.execute("SELECT at FROM events WHERE sequence = ?", (middle,)).fetchone()
            if row is None or row[0] >= at:
                high = middle
            else:
                low = middle + 1
        return low


def _rows(connection: sqlite3.Connection, statement: str, values: Sequence[Any]) -> list[Row]:
    try:
        return connection.execute(statement, values).fetchall()
    except sqlite3.Error as error:
        msg = f"the journal can't be searched: {error}"
        raise StorageError(msg) from error


def _conditions(query: AuditQuery) -> tuple[str, tuple[Any, ...]]:
    """Return what SQLite can decide by itself: most rows never reach Python."""
    text = ""
    values: list[Any] = []
    if query.kinds:
        text += f" AND kind IN ({','.join('?' * len(query.kinds))})"
        values += list(query.kinds)
    if query.since is not None:
        text += " AND at >= ?"
        values.append(to_microseconds(query.since))
    if query.until is not None:
        text += " AND at < ?"
        values.append(to_microseconds(query.until))
    if query.order:
        text += " AND (correlation = ? OR instr(CAST(payload AS TEXT), ?))"
        values += [query.order, _quoted(query.order)]
    for needle in (query.who, query.scope.rpartition(":")[2], query.text):
        if needle:
            text += " AND (kind || ' ' || CAST(payload AS TEXT)) LIKE ? ESCAPE '\\'"
            values.append(f"%{_escaped(needle)}%")
    return text, tuple(values)


def _quoted(text: str) -> str:
    return msgspec.json.encode(text).decode()


def _escaped(text: str) -> str:
    inside = _quoted(text)[1:-1]
    return inside.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _matching(row: Row, query: AuditQuery) -> AuditRow | None:
    try:
        shown = journal_text.row_of(row)
    except msgspec.MsgspecError as error:
        raise JournalCorruptError(row[0], f"its payload is no JSON: {error}") from error
    if not query.who and not query.scope:
        return shown
    fields = journal_text.fields_of(row[7])
    if query.who and not any(query.who.casefold() in name.casefold() for name in journal_text.who_of(fields)):
        return None
    wanted = query.scope.casefold()
    if wanted and wanted not in {name.casefold() for name in journal_text.scopes_of(fields)}:
        return None
    return shown
