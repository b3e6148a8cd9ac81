"""The disk is full, or the journal locked, while the application trades: no order is sent until it works again."""

import resource
import sqlite3
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from tests.faults import facts
from tests.faults.runs import Run, until

pytestmark = pytest.mark.scenario


@contextmanager
def no_room(run: Run) -> Iterator[None]:
    """No file of the application may grow beyond what its journal has now."""
    assert run.process is not None
    wal = run.profile.journal.with_name("journal.sqlite-wal")
    _, hard = resource.prlimit(run.process.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(run.process.pid, resource.RLIMIT_FSIZE, (wal.stat().st_size, hard))
    yield
    if run.running:
        resource.prlimit(run.process.pid, resource.RLIMIT_FSIZE, (hard, hard))


@contextmanager
def locked(run: Run) -> Iterator[None]:
    """Another program holds the journal."""
    connection = sqlite3.connect(run.profile.journal, isolation_level=None, timeout=30.0)
    connection.execute("BEGIN IMMEDIATE")
    yield
    connection.execute("ROLLBACK")
    connection.close()


@pytest.mark.skipif(sys.platform != "linux", reason="limits of another process are a feature of Linux")
@pytest.mark.parametrize("failing", [no_room, locked])
def test_no_order_is_sent_while_the_journal_can_t_be_written(
    tmp_path: Path, failing: Callable[[Run], AbstractContextManager[None]]
) -> None:
    with Run(tmp_path / "profile", feed="sample@400") as run:
        run.start()
        run.until_more("orders")
        with failing(run):
            reply = until(lambda: _denied(run), "an order is denied")
            assert reply == "JOURNAL_FAILED"
            until(lambda: "key=journal " in run.errors(), "the alert is raised")
            assert "The journal can't be written" in run.errors()
            submitted = len(run.events())
            assert _denied(run) == "JOURNAL_FAILED"
            assert len(run.events()) == submitted
        run.until_more("orders")
        assert run.ask("reconcile")["discrepancies"] == []
        assert run.finish() == 0
        run.verify()
        events = run.events()
        facts.check_nothing_twice(events)
        facts.check_same_account(events, run.profile.paper)


def _denied(run: Run) -> str | None:
    reply = run.request("order", side="BUY", quantity="1", instrument="AAPL")
    return reply.failure.code if reply.failure is not None else None


@pytest.mark.skipif(sys.platform != "linux", reason="limits of another process are a feature of Linux")
def test_a_run_without_room_ends_all_the_same_and_goes_on_when_there_is_room(tmp_path: Path) -> None:
    with Run(tmp_path / "profile", feed="sample@400") as run:
        run.start()
        run.until_more("orders")
        with no_room(run):
            until(lambda: _denied(run), "an order is denied")
            assert run.finish() == 0
        assert "Traceback" not in run.errors()
        run.start()
        assert run.ask("reconcile")["discrepancies"] == []
        assert run.finish() == 0
        facts.check_same_account(run.events(), run.profile.paper)
