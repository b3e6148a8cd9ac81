"""How a run ends, what it says of itself, and what a second one on its profile is told."""

import json
import signal
from pathlib import Path

import pytest

from ares_desktop.domain.events import SessionStarted, SessionStopped
from tests.faults import facts
from tests.faults.runs import Run, command_line, until

pytestmark = pytest.mark.scenario

SUMMARY = {
    "state",
    "uptime_s",
    "strategies",
    "orders",
    "fills",
    "equity",
    "ledger_balanced",
    "loop_lag_ms",
}


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_a_run_in_order_and_leaves_nothing_behind(tmp_path: Path, number: signal.Signals) -> None:
    with Run(tmp_path / "profile") as run:
        run.start()
        run.until_more("orders")
        assert run.finish(number) == 0
        assert not run.is_held()
        assert not list(run.profile.root.glob("*.sock"))
        assert "Traceback" not in run.errors()
        events = run.events()
        assert isinstance(events[-1].payload, SessionStopped)
        assert [type(event.payload) for event in events].count(SessionStarted) == 1
        facts.check_same_account(events, run.profile.paper)


def test_a_run_for_some_seconds_prints_the_summary_and_nothing_else(tmp_path: Path) -> None:
    with Run(tmp_path / "profile") as run:
        process = run.launch("--for", "6", "--json")
        assert process.wait(60) == 0
        summary = json.loads(run.stdout.read_text())
        assert summary.keys() == SUMMARY
        assert summary["loop_lag_ms"].keys() == {"p50", "p99", "max"}
        assert summary["state"] == "ACTIVE"
        assert summary["ledger_balanced"] is True
        assert {"name", "state", "requested", "pid", "heartbeat_age_s", "positions", "pnl"} <= summary["strategies"][
            0
        ].keys()
        fold = facts.folded(run.events())
        assert len(fold.registry.fills()) >= summary["fills"] > 0
        assert len(fold.registry.orders()) >= summary["orders"] > 0
        until(lambda: run.broker_pid() is None, "the broker ended")


def test_a_second_application_is_refused_and_the_first_goes_on(tmp_path: Path) -> None:
    with Run(tmp_path / "profile") as run:
        run.start()
        second = command_line("--profile", str(run.profile.root), "run", "--headless", "--json")
        assert second.code == 4
        assert second.document["reason"] == "PROFILE_IN_USE"
        assert "asked to show its window" in second.document["error"]["message"]
        run.until_more("orders")
        assert run.finish() == 0
        starts = [event for event in run.events() if isinstance(event.payload, SessionStarted)]
        assert len(starts) == 1
