"""Looks at a journal from outside, also beside the program that writes it: is it whole, and what came last."""

from datetime import datetime
from pathlib import Path

import msgspec

from ares_desktop.domain.errors import Finding, JournalCorruptError, UsageError
from ares_desktop.domain.events import JournalEvent
from ares_desktop.engine.adapters.stores.journal import SqliteJournal
from ares_desktop.engine.adapters.stores.journal_codec import GENESIS
from ares_desktop.engine.adapters.stores.journal_reader import hash_of, last_sequence


class JournalVerification(msgspec.Struct, frozen=True, kw_only=True):
    """What :func:`verify` found.

    Attributes:
        rows: that follow from each other, counted from the first.
        head: hash of the last of them in hexadecimal; equal journals have equal heads.
        bad_sequence: the first row that does not follow, None when all do.
    """

    path: str
    ok: bool
    rows: int
    first_at: datetime | None
    last_at: datetime | None
    head: str
    bad_sequence: int | None = None
    problem: str = ""


def verify(path: Path) -> JournalVerification:
    """Read the whole journal and check every row's hash and payload; what is damaged is reported, not raised.

    Raises:
        StorageError: when there is no journal that can be read at all.
    """
    journal = SqliteJournal(path)
    first: datetime | None = None
    last: datetime | None = None
    rows = 0
    bad: JournalCorruptError | None = None
    try:
        for event in journal.read():
            rows = event.sequence
            last = event.at
            first = first or last
    except JournalCorruptError as error:
        bad = error
    return JournalVerification(
        path=str(path),
        ok=bad is None,
        rows=rows,
        first_at=first,
        last_at=last,
        head=(hash_of(path, rows) or GENESIS).hex(),
        bad_sequence=bad.sequence if bad is not None else None,
        problem=str(bad) if bad is not None else "",
    )


def tail(path: Path, count: int) -> tuple[JournalEvent, ...]:
    """Return the newest ``count`` events, oldest first.

    Raises:
        JournalCorruptError: when one of them can't be read.
        StorageError: when there is no readable journal.
        UsageError: when ``count`` is not positive.
    """
    if count < 1:
        raise UsageError(Finding(place="number of events", value=str(count), problem="must be positive"))
    journal = SqliteJournal(path)
    return tuple(journal.read(after=max(0, last_sequence(path) - count)))
