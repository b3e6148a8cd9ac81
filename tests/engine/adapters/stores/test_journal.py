"""The journal in an SQLite file."""

import asyncio
import os
import sqlite3
import threading
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ares_desktop.domain.errors import JournalCorruptError, StorageError, UsageError
from ares_desktop.domain.events import EventDraft, JournalEvent, SessionStopped
from ares_desktop.domain.ids import ClientOrderId, CorrelationId, EventId
from ares_desktop.engine.adapters.stores.journal import SqliteJournal
from ares_desktop.engine.adapters.stores.journal_check import tail, verify
from ares_desktop.engine.adapters.stores.journal_codec import EventCodec
from ares_desktop.engine.trading.fold import Fold
from tests.engine.trading.books_builders import a_fill, a_flow, accepted, submitted


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.sqlite"


@pytest.fixture
async def journal(path: Path) -> AsyncIterator[SqliteJournal]:
    journal = SqliteJournal(path, busy_timeout_s=0.05)
    journal.open()
    yield journal
    await journal.close()


def a_draft(order: str = "trend-000001", event_id: str = "") -> EventDraft:
    return EventDraft(payload=accepted(order), id=EventId(event_id))


def damage(path: Path, statement: str) -> None:
    connection = sqlite3.connect(path)
    connection.executescript(
        f"DROP TRIGGER events_are_never_changed; DROP TRIGGER events_are_never_deleted; {statement}"
    )
    connection.close()


def scramble_page_with(path: Path, text: bytes) -> None:
    content = bytearray(path.read_bytes())
    place = content.index(text)
    page = place - place % 4096
    content[page : page + 4096] = os.urandom(4096)
    path.write_bytes(content)


async def test_what_was_appended_is_read_back_with_all_its_columns(journal: SqliteJournal) -> None:
    draft = EventDraft(
        payload=submitted(reason="it crossed"),
        id=EventId("intent-1"),
        cause=EventId("bar-7"),
        correlation=CorrelationId("c-1"),
    )
    committed = await journal.append(draft, a_draft())
    assert list(journal.read()) == list(committed)
    assert committed[0].payload == draft.payload
    assert (committed[0].id, committed[0].cause, committed[0].correlation) == ("intent-1", "bar-7", "c-1")
    assert [event.sequence for event in committed] == [1, 2]
    assert list(journal.read(after=1)) == [committed[1]]


async def test_a_journal_goes_on_where_it_was_closed(path: Path) -> None:
    for expected in (1, 2, 3):
        journal = SqliteJournal(path)
        journal.open()
        (event,) = await journal.append(a_draft())
        assert event.sequence == expected
        await journal.close()
        await journal.close()
    assert verify(path).ok


async def test_events_with_a_known_id_are_left_out(journal: SqliteJournal) -> None:
    first = await journal.append(a_draft(event_id="a"), a_draft(event_id="a"), a_draft(event_id="b"))
    again = await journal.append(a_draft(event_id="b"), a_draft(event_id="c"), a_draft())
    assert [event.id for event in first] == ["a", "b"]
    assert [event.id for event in again] == ["c", "#4"]
    assert await journal.append(a_draft(event_id="c")) == ()
    assert [event.sequence for event in journal.read()] == [1, 2, 3, 4]


async def test_a_duplicate_in_one_append_spoils_no_other_append_of_the_same_commit(journal: SqliteJournal) -> None:
    await journal.append(a_draft(event_id="known"))
    results = await asyncio.gather(*(journal.append(a_draft(event_id=name)) for name in ("x", "known", "y", "x")))
    assert [[event.id for event in result] for result in results] == [["x"], [], ["y"], []]
    assert verify(journal.path).ok


async def test_folds_see_every_event_in_order_before_its_appender_resumes(journal: SqliteJournal) -> None:
    seen: list[int] = []
    journal.on_commit(lambda event: seen.append(event.sequence))

    async def appender() -> None:
        (event,) = await journal.append(a_draft())
        assert event.sequence in seen

    await asyncio.gather(*(appender() for _ in range(300)))
    assert seen == list(range(1, 301))


async def test_a_fold_that_fails_is_reported_and_holds_nobody_up(journal: SqliteJournal) -> None:
    reported: list[str] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: reported.append(context["message"]))

    def broken(event: JournalEvent) -> None:
        raise ZeroDivisionError(event)

    seen: list[JournalEvent] = []
    journal.on_commit(broken)
    journal.on_commit(seen.append)
    assert len(await journal.append(a_draft())) == len(seen) == 1
    assert reported == ["fold of journal event 1 failed"]


async def test_a_cancelled_appender_does_not_undo_or_disturb_the_commit(journal: SqliteJournal) -> None:
    task = asyncio.ensure_future(journal.append(a_draft()))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await journal.append(a_draft())
    assert [event.sequence for event in journal.read()] == [1, 2]


async def test_a_live_fold_and_a_replay_give_the_same_state(journal: SqliteJournal) -> None:
    live = Fold()
    journal.on_commit(live.apply)  # type: ignore[arg-type]
    for payload in (a_flow("10000"), submitted(), accepted(), SessionStopped(at=datetime(2026, 1, 2, tzinfo=UTC))):
        await journal.append(EventDraft(payload=payload))
    replayed = Fold()
    for event in journal.read():
        replayed.apply(event)
    assert replayed.encode() == live.encode()


async def test_a_locked_database_fails_every_appender_and_then_works_again(journal: SqliteJournal) -> None:
    await journal.append(a_draft())
    other = sqlite3.connect(journal.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    results = await asyncio.gather(*(journal.append(a_draft()) for _ in range(3)), return_exceptions=True)
    assert all(isinstance(result, StorageError) for result in results)
    other.execute("ROLLBACK")
    other.close()
    (event,) = await journal.append(a_draft())
    assert event.sequence == 2
    assert verify(journal.path).rows == 2


async def test_a_full_disk_applies_nothing_and_the_journal_works_again_with_room(journal: SqliteJournal) -> None:
    seen: list[JournalEvent] = []
    journal.on_commit(seen.append)
    await journal.append(a_draft())
    assert journal._writer is not None
    connection = journal._writer._connection
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    connection.execute(f"PRAGMA max_page_count = {pages + 2}")
    with pytest.raises(StorageError, match="full"):
        await journal.append(*(a_draft() for _ in range(300)))
    assert len(list(journal.read())) == len(seen) == 1
    connection.execute("PRAGMA max_page_count = 1000000")
    assert len(await journal.append(*(a_draft() for _ in range(300)))) == 300
    assert verify(journal.path).rows == 301


async def test_an_append_to_a_journal_that_is_not_open_is_refused(path: Path) -> None:
    with pytest.raises(StorageError, match="not open"):
        await SqliteJournal(path).append(a_draft())


async def test_something_that_is_no_event_is_refused_before_it_is_queued(journal: SqliteJournal) -> None:
    with pytest.raises(TypeError, match="expected an event"):
        await journal.append(EventDraft(payload=a_fill()))  # type: ignore[arg-type]


def test_a_folder_that_can_not_be_written_is_a_storage_error(tmp_path: Path) -> None:
    for place in (tmp_path / "missing" / "journal.sqlite", tmp_path):
        with pytest.raises(StorageError, match="check that its folder"):
            SqliteJournal(place).open()


def test_a_file_that_is_no_database_is_a_storage_error(path: Path) -> None:
    path.write_bytes(b"something else entirely" * 100)
    with pytest.raises(StorageError, match="not a database"):
        SqliteJournal(path).open()
    with pytest.raises(StorageError, match="not a database"):
        verify(path)


async def test_a_journal_of_a_newer_program_is_refused(journal: SqliteJournal, path: Path) -> None:
    await journal.close()
    with sqlite3.connect(path) as connection:
        connection.execute("INSERT INTO migrations VALUES (99, '')")
    connection.close()
    with pytest.raises(StorageError, match="newer program"):
        SqliteJournal(path).open()


@pytest.mark.parametrize(
    ("statement", "bad", "problem"),
    [
        ("UPDATE events SET payload = replace(payload, 'v1', 'v2') WHERE sequence = 3", 3, "does not follow"),
        ("UPDATE events SET cause = 'other' WHERE sequence = 4", 4, "does not follow"),
        ("UPDATE events SET at = at + 1 WHERE sequence = 1", 1, "does not follow"),
        ("DELETE FROM events WHERE sequence = 2", 2, "missing"),
        ("UPDATE events SET hash = zeroblob(32) WHERE sequence = 5", 5, "does not follow"),
    ],
)
async def test_any_change_of_a_row_is_found(
    journal: SqliteJournal, path: Path, statement: str, bad: int, problem: str
) -> None:
    await journal.append(*(a_draft() for _ in range(6)))
    await journal.close()
    damage(path, statement)
    found = verify(path)
    assert (found.ok, found.bad_sequence, found.rows) == (False, bad, bad - 1)
    assert problem in found.problem
    with pytest.raises(JournalCorruptError) as caught:
        list(journal.read())
    assert caught.value.sequence == bad


async def test_a_damaged_page_is_reported_with_the_row_it_hides(journal: SqliteJournal, path: Path) -> None:
    await journal.append(*(a_draft(f"trend-{number:06d}") for number in range(400)))
    await journal.close()
    scramble_page_with(path, b"trend-000200")
    found = verify(path)
    assert not found.ok
    assert found.bad_sequence is not None
    assert 1 < found.bad_sequence <= 201
    assert found.rows == found.bad_sequence - 1


async def test_rows_can_not_be_changed_by_accident(journal: SqliteJournal, path: Path) -> None:
    await journal.append(a_draft())
    connection = sqlite3.connect(path)
    for statement in ("UPDATE events SET cause = 'x'", "DELETE FROM events"):
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            connection.execute(statement)
    connection.close()


async def test_a_live_journal_is_verified_from_outside(journal: SqliteJournal) -> None:
    await journal.append(*(a_draft() for _ in range(5)))
    found = verify(journal.path)
    assert (found.ok, found.rows, found.bad_sequence, len(found.head)) == (True, 5, None, 64)
    assert found.first_at is not None
    assert found.last_at is not None
    await journal.append(a_draft())
    assert verify(journal.path).head != found.head


async def test_the_tail_is_the_newest_events(journal: SqliteJournal) -> None:
    await journal.append(*(a_draft() for _ in range(5)))
    assert [event.sequence for event in tail(journal.path, 2)] == [4, 5]
    assert len(tail(journal.path, 99)) == 5
    with pytest.raises(UsageError, match="must be positive"):
        tail(journal.path, 0)


def test_there_is_nothing_to_verify_without_a_file(path: Path) -> None:
    with pytest.raises(StorageError, match="no journal"):
        verify(path)


async def test_a_snapshot_is_kept_over_a_restart(journal: SqliteJournal) -> None:
    assert journal.load_snapshot() is None
    await journal.append(a_draft(), a_draft())
    journal.save_snapshot(1, b"first")
    journal.save_snapshot(2, b"second")
    assert SqliteJournal(journal.path).load_snapshot() == (2, b"second")


async def test_a_snapshot_that_is_damaged_or_of_another_journal_is_left_aside(journal: SqliteJournal) -> None:
    await journal.append(a_draft())
    journal.save_snapshot(1, b"state")
    file = journal.path.with_name("journal.sqlite.snapshot")
    good = file.read_bytes()
    file.write_bytes(good[:-1] + b"?")
    assert journal.load_snapshot() is None
    other = SqliteJournal(journal.path.with_name("other.sqlite"))
    other.open()
    await other.append(a_draft("trend-000009"))
    other.path.with_name("other.sqlite.snapshot").write_bytes(good)
    assert other.load_snapshot() is None
    await other.close()


async def test_a_snapshot_of_an_event_that_is_not_there_is_refused(journal: SqliteJournal) -> None:
    with pytest.raises(StorageError, match="no event 7"):
        journal.save_snapshot(7, b"state")


async def test_payloads_of_an_older_version_are_upgraded_and_newer_ones_refused(
    journal: SqliteJournal, path: Path
) -> None:
    await journal.append(a_draft("old-000001"))

    def rename(fields: dict[str, object]) -> dict[str, object]:
        return {**fields, "client_order_id": "new-000001"}

    newer = EventCodec({"OrderAccepted": 2}, {("OrderAccepted", 1): rename})
    (event,) = SqliteJournal(path, codec=newer).read()
    assert getattr(event.payload, "client_order_id", None) == ClientOrderId("new-000001")
    await journal.close()
    second = SqliteJournal(path, codec=newer)
    second.open()
    await second.append(a_draft())
    await second.close()
    with pytest.raises(StorageError, match="start the newer program"):
        list(SqliteJournal(path).read())


async def test_closing_ends_the_thread(path: Path) -> None:
    journal = SqliteJournal(path)
    journal.open()
    pending = asyncio.ensure_future(journal.append(a_draft()))
    await asyncio.sleep(0)
    await journal.close()
    assert len(await pending) == 1
    assert "journal" not in {thread.name for thread in threading.enumerate()}
