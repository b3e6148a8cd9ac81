"""What every store of runs must do."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from ares_desktop.domain.errors import UsageError
from ares_desktop.domain.runs import Run, RunKind, RunState
from ares_desktop.engine.ports.run_store import RunStore

MakeStore = Callable[[], RunStore]
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def a_run(name: str, *, kind: RunKind = RunKind.BACKTEST, state: RunState = RunState.DONE, title: str = "") -> Run:
    return Run(id=name, kind=kind, state=state, title=title, strategies=("smag7",), data=("sample",), created_at=NOON)


class RunStoreContract:
    """A test module gives ``open_store``: each call opens the same store anew."""

    @pytest.fixture
    def open_store(self) -> MakeStore:
        raise NotImplementedError

    def test_ids_ascend_and_tell_the_kind(self, open_store: MakeStore) -> None:
        store = open_store()
        ids = [store.next_id(kind) for kind in RunKind]
        assert ids == ["li-0001", "bt-0002", "op-0003", "mc-0004", "fi-0005"]
        assert all(store.folder(item).is_dir() for item in ids)

    def test_an_id_is_never_used_again(self, open_store: MakeStore) -> None:
        store = open_store()
        first = store.next_id(RunKind.BACKTEST)
        store.save(a_run(first), b"spec")
        store.delete(first)
        store.close()
        assert open_store().next_id(RunKind.BACKTEST) != first

    def test_a_run_comes_back_as_it_was_saved_last(self, open_store: MakeStore) -> None:
        store = open_store()
        name = store.next_id(RunKind.SEARCH)
        store.save(a_run(name, state=RunState.RUNNING), b"old")
        run = a_run(name, kind=RunKind.SEARCH, title="Häuser & 'quotes'")
        store.save(run, b"\x00spec\xff")
        store.close()
        assert open_store().load(name) == (run, b"\x00spec\xff")

    def test_the_newest_run_comes_first(self, open_store: MakeStore) -> None:
        store = open_store()
        ids = [store.next_id(RunKind.BACKTEST) for _ in range(3)]
        for name in reversed(ids):
            store.save(a_run(name), b"")
        assert [run.id for run in store.runs()] == list(reversed(ids))

    def test_deleting_takes_the_folder_along(self, open_store: MakeStore) -> None:
        store = open_store()
        name = store.next_id(RunKind.BACKTEST)
        store.save(a_run(name), b"")
        (store.folder(name) / "result").mkdir()
        (store.folder(name) / "result" / "file").write_text("x")
        store.delete(name)
        assert not store.folder(name).exists()
        assert not store.runs()
        store.delete(name)
        store.delete("bt-9999")

    def test_an_unknown_run_is_refused_with_its_name(self, open_store: MakeStore) -> None:
        with pytest.raises(UsageError, match="bt-0042"):
            open_store().load("bt-0042")

    def test_what_another_one_changes_is_seen(self, open_store: MakeStore) -> None:
        ours, theirs = open_store(), open_store()
        before = ours.version()
        assert ours.version() == before
        name = theirs.next_id(RunKind.BACKTEST)
        theirs.save(a_run(name), b"")
        assert ours.version() != before
        assert [run.id for run in ours.runs()] == [name]

    def test_many_at_once_never_share_an_id_or_lose_a_run(self, open_store: MakeStore) -> None:
        stores = [open_store() for _ in range(4)]

        def work(store: RunStore) -> None:
            for _ in range(10):
                name = store.next_id(RunKind.BACKTEST)
                store.save(a_run(name), b"")

        threads = [threading.Thread(target=work, args=(store,)) for store in stores for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len({run.id for run in stores[0].runs()}) == 80

    def test_closing_twice_changes_nothing(self, open_store: MakeStore) -> None:
        store = open_store()
        store.close()
        store.close()
