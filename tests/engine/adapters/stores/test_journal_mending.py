"""A journal whose end was torn off or damaged is whole again after the next start, or says that it is not."""

import random
import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ares_desktop.domain.errors import JournalCorruptError
from ares_desktop.domain.events import EventDraft, JournalEvent, SessionStarted
from ares_desktop.engine.adapters.stores import journal_mirror
from ares_desktop.engine.adapters.stores.journal import SqliteJournal
from tests.faults.files import cut, garble

AT = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)


async def written(path: Path, groups: int, *, of: int = 3, first: int = 0) -> list[JournalEvent]:
    """Append groups of events, leave the files as a killed process does, and return what was acknowledged."""
    journal = SqliteJournal(path)
    journal.open()
    told: list[JournalEvent] = []
    for group in range(first, first + groups):
        drafts = [
            EventDraft(payload=SessionStarted(version=f"{group}.{item}" * 20, pid=group, at=AT)) for item in range(of)
        ]
        told += await journal.append(*drafts)
    copies = {part: part.read_bytes() for part in path.parent.iterdir()}
    await journal.close()
    for part, content in copies.items():
        part.write_bytes(content)
    return told


def reopened(path: Path) -> SqliteJournal:
    """Open the journal as a start does."""
    journal = SqliteJournal(path)
    journal.open()
    return journal


def parts(folder: Path) -> list[Path]:
    return list(folder.iterdir())


async def opened_and_read(journal: SqliteJournal) -> None:
    journal.open()
    assert list(journal.read())


@pytest.mark.parametrize("share", [0.01, 0.3, 0.7, 1.0])
@pytest.mark.parametrize("harm", [cut, garble])
async def test_what_a_torn_log_lost_is_put_back(tmp_path: Path, harm: object, share: float) -> None:
    path = tmp_path / "journal.sqlite"
    told = await written(path, 12)
    harm(path.with_name("journal.sqlite-wal"), share)  # type: ignore[operator]
    journal = reopened(path)
    assert list(journal.read()) == told
    assert "put back" in journal.mended
    await journal.append(EventDraft(payload=SessionStarted(version="after", pid=1, at=AT)))
    await journal.close()
    assert list(SqliteJournal(path).read())[:-1] == told


async def test_a_file_with_a_damaged_page_is_set_aside_and_written_anew(tmp_path: Path) -> None:
    for seed in range(12):
        folder = tmp_path / str(seed)
        folder.mkdir()
        path = folder / "journal.sqlite"
        told = await written(path, 40)
        connection = sqlite3.connect(path)
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.close()
        dice = random.Random(seed)  # noqa: S311 - noise, no secrets
        page = dice.randrange(1, path.stat().st_size // 4096)
        with path.open("r+b") as file:
            file.seek(page * 4096 + dice.randrange(0, 2000))
            file.write(dice.randbytes(dice.randrange(500, 2000)))
        journal = reopened(path)
        assert list(journal.read()) == told, seed
        await journal.append(EventDraft(payload=SessionStarted(version="after", pid=1, at=AT)))
        await journal.close()
        assert not path.with_name("journal.sqlite.mending").exists()


async def test_a_file_that_is_no_database_any_more_is_written_anew_from_the_copy(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    told = await written(path, 5)
    path.write_bytes(bytes(8192))
    path.with_name("journal.sqlite-wal").unlink()
    journal = reopened(path)
    assert list(journal.read()) == told
    await journal.close()
    assert path.with_name("journal.sqlite.damaged-1").read_bytes() == bytes(8192)


async def test_a_gap_that_no_copy_fills_is_left_as_it_is_and_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal_mirror, "_LARGEST", 2000)
    path = tmp_path / "journal.sqlite"
    await written(path, 80)
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    with path.open("r+b") as file:
        file.seek(4 * 4096)
        file.write(random.Random(1).randbytes(6 * 4096))  # noqa: S311 - noise, no secrets
    content = path.read_bytes()
    journal = SqliteJournal(path)
    with pytest.raises(JournalCorruptError):
        await opened_and_read(journal)
    await journal.close()
    assert len(path.read_bytes()) == len(content)


async def test_a_journal_that_was_moved_away_stays_away(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    await written(path, 3)
    for part in ("", "-wal", "-shm"):
        path.with_name(path.name + part).unlink(missing_ok=True)
    journal = reopened(path)
    assert (list(journal.read()), journal.mended) == ([], "")
    await journal.close()


async def test_a_backup_in_its_place_goes_on_with_what_came_after_it(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    told = await written(path, 2)
    backup = {part: part.read_bytes() for part in parts(tmp_path) if "mirror" not in part.name}
    told += await written(path, 2, first=2)
    for part, content in backup.items():
        part.write_bytes(content)
    journal = reopened(path)
    assert list(journal.read()) == told
    await journal.close()


async def test_a_damaged_copy_is_begun_anew(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    told = await written(path, 6)
    garble(journal_mirror.mirror_path(path), 0.1)
    journal = reopened(path)
    assert list(journal.read()) == told
    await journal.close()
    told += await written(path, 3, first=6)
    cut(path.with_name("journal.sqlite-wal"), 0.5)
    journal = reopened(path)
    assert list(journal.read()) == told
    await journal.close()


async def test_bytes_that_changed_within_a_row_are_found_and_written_anew(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    told = await written(path, 40)
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    content = path.read_bytes()
    path.write_bytes(content.replace(b"17.117.1", b"17.1\xff\xfe.1", 1))
    journal = reopened(path)
    assert list(journal.read()) == told
    assert "written" not in journal.mended
    assert "damaged" in journal.mended
    await journal.close()


async def test_the_file_is_read_on_behind_a_damage_that_the_copy_covers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "journal.sqlite"
    told = await written(path, 20)
    with monkeypatch.context() as patch:
        # The copy ends here, as while its file can't be written.
        patch.setattr(journal_mirror.JournalMirror, "add", lambda *_: None)
        told += await written(path, 20, first=20)
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    content = path.read_bytes()
    path.write_bytes(content.replace(b"5.15.15.1", b"5.15.25.1", 1))
    journal = reopened(path)
    assert list(journal.read()) == told
    await journal.close()


async def test_a_copy_goes_on_once_its_file_can_be_written_again(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    mirror = journal_mirror.mirror_path(path)
    journal = reopened(path)
    mirror.mkdir()
    await journal.append(EventDraft(payload=SessionStarted(version="1", pid=1, at=AT)))
    mirror.rmdir()
    mirror.write_bytes(b"half a group")
    await journal.append(EventDraft(payload=SessionStarted(version="2", pid=1, at=AT)))
    await journal.close()
    assert [row[0] for row, _ in journal_mirror.mirrored_rows(path)] == [2]


async def test_an_emptied_journal_is_not_taken_for_a_new_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal_mirror, "_LARGEST", 2000)
    path = tmp_path / "journal.sqlite"
    await written(path, 80)
    path.write_bytes(b"")
    path.with_name("journal.sqlite-wal").unlink()
    for _ in range(2):
        with pytest.raises(JournalCorruptError, match="is empty"):
            reopened(path)


async def test_an_end_in_the_middle_of_mending_leaves_a_journal_that_is_mended_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "journal.sqlite"
    told = await written(path, 5)
    path.write_bytes(bytes(8192))
    path.with_name("journal.sqlite-wal").unlink()
    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", _end)
        with pytest.raises(KeyboardInterrupt):
            reopened(path)
    journal = reopened(path)
    assert list(journal.read()) == told
    await journal.close()


def _end(*_: object) -> None:
    raise KeyboardInterrupt
