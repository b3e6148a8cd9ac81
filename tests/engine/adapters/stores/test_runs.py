"""The list of runs in SQLite keeps the contract, and survives what else may be in its place."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from ares_desktop.domain.errors import StorageError, UsageError
from ares_desktop.domain.runs import RunKind, RunState
from ares_desktop.engine.adapters.stores.runs import SqliteRunStore
from ares_desktop.engine.ports.run_store import RunStore
from tests.contracts.run_store_contract import MakeStore, RunStoreContract, a_run


class TestSqliteRunStore(RunStoreContract):
    @pytest.fixture
    def open_store(self, tmp_path: Path) -> Iterator[MakeStore]:
        made: list[SqliteRunStore] = []

        def open_one() -> RunStore:
            made.append(SqliteRunStore(tmp_path / "runs"))
            return made[-1]

        yield open_one
        for store in made:
            store.close()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteRunStore]:
    store = SqliteRunStore(tmp_path / "runs")
    yield store
    store.close()


def test_a_corrupt_row_is_shown_as_failed_beside_the_good_ones(store: SqliteRunStore, tmp_path: Path) -> None:
    good, bad = store.next_id(RunKind.BACKTEST), store.next_id(RunKind.SEARCH)
    store.save(a_run(good), b"")
    store.save(a_run(bad, kind=RunKind.SEARCH), b"")
    store.close()
    database = sqlite3.connect(tmp_path / "runs" / "runs.sqlite")
    with database:
        database.execute("UPDATE runs SET run = X'DEAD' WHERE id = ?", (bad,))
    database.close()
    shown = {run.id: run for run in store.runs()}
    assert shown[good].state is RunState.DONE
    assert shown[bad].state is RunState.FAILED
    assert shown[bad].kind is RunKind.SEARCH
    assert "can't be read" in shown[bad].error
    store.delete(bad)
    assert [run.id for run in store.runs()] == [good]


def test_a_foreign_file_is_refused_with_a_remedy_and_left_alone(tmp_path: Path, store: SqliteRunStore) -> None:
    file = tmp_path / "runs" / "runs.sqlite"
    file.parent.mkdir()
    file.write_text("this is no database, but somebody's letter" * 100)
    with pytest.raises(StorageError, match=r"runs\.sqlite can't be used: .*move it away"):
        store.runs()
    assert file.read_text().startswith("this is no database")


@pytest.mark.parametrize("name", ["../../etc", "bt-", "xx-0001", "bt-0001/.."])
def test_a_name_that_is_no_id_never_becomes_a_folder(store: SqliteRunStore, name: str) -> None:
    with pytest.raises(UsageError):
        store.save(a_run(name), b"")
    store.delete(name)


def test_nothing_is_made_before_it_is_needed(tmp_path: Path) -> None:
    SqliteRunStore(tmp_path / "runs").close()
    assert not (tmp_path / "runs").exists()
