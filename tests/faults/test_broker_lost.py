"""The paper broker's process dies while it trades: that is shown, nothing trades meanwhile, and it comes back."""

from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.faults import facts
from tests.faults.runs import Run, until

pytestmark = pytest.mark.scenario


def another_broker(run: Run, former: int) -> bool:
    return run.broker_pid() not in {None, former}


def broker(run: Run) -> dict[str, Any]:
    row: dict[str, Any] = run.ask("status")["brokers"][0]
    return row


def test_a_broker_that_dies_in_a_burst_comes_back_by_itself_with_the_same_books(tmp_path: Path) -> None:
    with Run(tmp_path / "profile") as run:
        run.start()
        for _ in range(2):
            run.until_more("orders")
            former = run.kill_broker()
            until(partial(another_broker, run, former), "another process")
            until(lambda: broker(run)["reconciled"], "its books are compared")
            run.until_more("fills")
            assert run.ask("reconcile")["discrepancies"] == []
        assert run.finish() == 0
        events = run.events()
        facts.check_nothing_twice(events)
        facts.check_market_time(events)
        facts.check_same_account(events, run.profile.paper)


def test_nothing_is_traded_while_the_broker_is_away(tmp_path: Path) -> None:
    with Run(tmp_path / "profile") as run:
        run.start()
        run.until_more("fills")
        # A file in the place of its lock keeps the broker from being started again.
        lock = run.profile.paper / "launch.lock"
        lock.unlink()
        lock.mkdir()
        run.kill_broker()
        until(lambda: not broker(run)["connected"], "the loss is shown")
        before = run.count("fills")
        reply = run.request("order", side="BUY", quantity="1", instrument="AAPL")
        assert (reply.exit_code, reply.failure and reply.failure.code) == (4, "BROKER_DISCONNECTED")
        assert run.count("fills") == before
        lock.rmdir()
        until(lambda: broker(run)["reconciled"], "it is back")
        run.until_more("fills")
        assert run.finish() == 0
        facts.check_same_account(run.events(), run.profile.paper)
