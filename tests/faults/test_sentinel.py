"""The application freezes, dies, hangs or runs out of files: the sentinel ends trading, and it is known afterwards."""

import resource
import signal
from decimal import Decimal
from pathlib import Path

import pytest

from ares_desktop.domain.sentinel import SentinelAct
from tests.faults import facts
from tests.faults.guarded import Guarded
from tests.faults.runs import command_line, until

pytestmark = pytest.mark.scenario
NOTHING: tuple[dict[str, Decimal], list[str]] = ({}, [])


def test_frozen_without_files_killed_or_hung_it_is_flat_each_time_and_the_application_learns_of_it(
    tmp_path: Path,
) -> None:
    with Guarded(tmp_path / "profile") as run:
        run.begin()
        run.until_guarded()
        run.invest()
        acts = [_frozen(run)]
        _another_sentinel_comes(run)
        run.trade_again()
        acts.append(_without_files(run))
        run.trade_again()
        run.die()
        acts.append(run.until_acted())
        assert run.at_broker() == NOTHING
        # The sentinel is killed, too: what it did is on the disk.
        run.end_sentinel()
        # So late that the command is what makes the next one act.
        run.after_s = 60.0
        run.window()
        _is_known(run, acts)
        run.trade_again()
        acts.append(_in_an_endless_loop(run))
        _is_known(run, acts)
        assert run.finish() == 0
        until(lambda: run.sentinel_pid() is None, "the sentinel ended with the application")
        facts.check_same_account(run.events(), run.profile.paper)
        facts.check_nothing_twice(run.events())


def _frozen(run: Guarded) -> SentinelAct:
    """Freeze the application; awake again, it must not trade on."""
    assert run.process is not None
    run.process.send_signal(signal.SIGSTOP)
    act = run.until_acted()
    assert run.at_broker() == NOTHING
    assert act.report.source == "sentinel"
    assert "keeper" in {order.strategy for order in act.orders}
    run.process.send_signal(signal.SIGCONT)
    _is_known(run, [act])
    return act


def _another_sentinel_comes(run: Guarded) -> None:
    first = run.until_guarded()
    run.end_sentinel()
    until(lambda: run.sentinel_pid() not in {None, first}, "another sentinel watches")


def _without_files(run: Guarded) -> SentinelAct:
    """Leave the application no file descriptor: it can't even take the command's connection."""
    assert run.process is not None
    pid = run.process.pid
    _, most = resource.prlimit(pid, resource.RLIMIT_NOFILE)
    # What is open stays open; every new one would need a number below those of the three standard streams.
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (3, most))
    outcome = command_line("--profile", str(run.profile.root), "kill", "--json")
    assert (outcome.code, outcome.document["residue"]) == (0, []), outcome.err
    assert "through the sentinel" in outcome.document["source"]
    assert run.at_broker() == NOTHING
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (most, most))
    run.until_known()
    return run.acts_known()[-1]


def _in_an_endless_loop(run: Guarded) -> SentinelAct:
    """Let the window's loop spin: the command finds nobody who answers, and the sentinel does its work."""
    before = run.silences()
    (run.profile.root / "hang").touch()
    until(lambda: run.silences() > before, "the loop hangs")
    outcome = command_line("--profile", str(run.profile.root), "kill", "--json", "--reason", "it hangs")
    assert (outcome.code, outcome.document["residue"], outcome.document["reason"]) == (0, [], "it hangs"), outcome.err
    assert outcome.document["positions_flattened"] > 0
    assert "the sentinel stops trading instead" in outcome.err
    assert run.at_broker() == NOTHING
    act = run.until_acted()
    (run.profile.root / "hang").unlink()
    return act


def _is_known(run: Guarded, acts: list[SentinelAct]) -> None:
    status = run.until_known()
    assert (status["state"], status["reason"]) == ("HALTED", acts[-1].report.reason)
    assert [known.id for known in run.acts_known()] == [act.id for act in acts]
    assert {row["requested"] for row in run.ask("strategies.list")} == {"stopped"}
    assert run.ask("positions") == []
    assert run.ask("reconcile")["discrepancies"] == []
