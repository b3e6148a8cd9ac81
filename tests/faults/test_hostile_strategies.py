"""Strategies that hang, crash, eat memory or flood hurt nobody but themselves: the rest of the run goes on unharmed."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.faults import facts
from tests.faults.runs import Run, until

pytestmark = pytest.mark.scenario

FILES = Path(__file__).parent / "strategies"
SETTINGS = "[strategies]\nmemory_mb = 256\nstop_grace_s = 1.0\n"


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    """One run that meets every hostile strategy, and must have nothing to show for it at its end."""
    with Run(tmp_path_factory.mktemp("hostile") / "profile", feed="sample@400", settings=SETTINGS) as run:
        run.start()
        yield run
        assert run.finish() == 0
        events = run.events()
        facts.check_nothing_twice(events)
        facts.check_market_time(events)
        facts.check_same_account(events, run.profile.paper)


def added(run: Run, name: str, symbol: str = "AAPL") -> None:
    run.ask("strategies.add", file=str(FILES / f"{name}.py"), name=name, symbols=[symbol], capital="1000")
    run.ask("strategies.enable", name=name)


def faulted(run: Run, name: str) -> dict[str, Any]:
    found: dict[str, Any] = until(
        lambda: (row := run.strategy(name))["fault"] and row["fault"],
        lambda: f"{name} is faulted: {run.strategy(name)}",
    )
    return found


def others_trade_on(run: Run) -> None:
    """The strategies of the demo run in the processes they had, and go on trading."""
    own = [row for row in run.ask("strategies.list") if row["active"] and Path(row["file"]).parent != FILES]
    assert {row["state"] for row in own} == {"running"}
    assert not [row for row in own if row["restarts"] or row["fault"]]
    run.until_more("orders")


def gone(run: Run, name: str) -> None:
    run.ask("strategies.disable", name=name)
    row = run.strategy(name)
    assert (row["state"], row["requested"], row["pid"]) == ("stopped", "stopped", None)
    run.ask("strategies.remove", name=name)


def test_a_file_with_a_syntax_error_is_a_faulted_row_with_its_line(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "broken.py"
    file.write_text('"""Broken."""\n\nclass Broken(\n')
    reply = run.request("strategies.add", file=str(file), name="broken")
    assert reply.exit_code == 2
    assert reply.failure is not None
    (finding,) = reply.failure.findings
    assert finding.place == f"{file}:3"
    assert "was never closed" in finding.problem
    row = run.strategy("broken")
    assert (row["state"], row["active"], row["fault"]["line"]) == ("faulted", False, 3)
    assert run.request("strategies.enable", name="broken").exit_code == 2
    others_trade_on(run)


def test_an_endless_loop_is_shown_as_stalled_and_can_be_switched_off(run: Run) -> None:
    added(run, "endless")
    until(lambda: run.strategy("endless")["state"] == "stalled", lambda: f"stalled: {run.strategy('endless')}")
    others_trade_on(run)
    gone(run, "endless")
    others_trade_on(run)


def test_what_raises_is_faulted_with_file_and_line(run: Run) -> None:
    added(run, "raising")
    fault = faulted(run, "raising")
    assert "ZeroDivisionError" in fault["message"]
    assert (fault["file"], fault["line"]) == (str(FILES / "raising.py"), 11)
    others_trade_on(run)
    gone(run, "raising")


def test_who_allocates_without_end_is_ended_with_the_reason(run: Run) -> None:
    added(run, "hungry")
    fault = faulted(run, "hungry")
    assert fault["kind"] == "memory" or "MemoryError" in fault["message"]
    others_trade_on(run)
    gone(run, "hungry")


def test_a_worker_that_leaves_without_a_word_is_faulted_with_its_exit_code(run: Run) -> None:
    added(run, "leaving")
    assert "3" in faulted(run, "leaving")["message"]
    others_trade_on(run)
    gone(run, "leaving")


def test_a_flood_of_a_hundred_thousand_orders_is_cut_off(run: Run) -> None:
    added(run, "flooding")
    assert faulted(run, "flooding")["kind"] == "flood"
    others_trade_on(run)
    mine = [order for order in run.ask("orders") if order["strategy"] == "flooding"]
    assert len(mine) <= 5000
    gone(run, "flooding")
    assert run.ask("reconcile")["discrepancies"] == []
