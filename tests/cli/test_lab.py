"""The lab's commands: one document out, all errors at once; as processes, beside an application, after a crash."""

import contextlib
import io
import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest

from ares_desktop.cli.lab_commands import LAB
from ares_desktop.cli.main import main
from ares_desktop.engine.adapters.stores.runs import SqliteRunStore
from ares_desktop.paths import Profile
from tests.engine.house import bars_file
from tests.engine.pipelines.running import CLOSES, strategy_file

pytestmark = pytest.mark.scenario

FIGURES = {
    "run", "bars", "bars_per_s", "trades", "fills", "final_equity", "total_return", "cagr", "sharpe", "sortino",
    "max_drawdown", "calmar", "win_rate", "profit_factor", "equity_sha256", "warnings",
}  # fmt: skip
WITHIN_S = 60.0


@dataclass
class Answer:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        return json.loads(self.out)


class Shell:
    """Runs commands on a profile of its own: in this process, or as one where that matters."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.profile = Profile.at(folder / "profile")
        self.strategy = str(strategy_file(folder))
        self.data = str(bars_file(folder, CLOSES))

    def start(self, *words: str) -> "subprocess.Popen[str]":
        command = [sys.executable, "-m", "ares_desktop", "--profile", str(self.profile.root), *words]
        return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=self.folder)

    def alone(self, *words: str) -> Answer:
        with self.start(*words) as process:
            out, err = process.communicate(timeout=WITHIN_S)
        return Answer(process.returncode, out, err)

    def __call__(self, *words: str) -> Answer:
        out, err = io.StringIO(), io.StringIO()
        with contextlib.chdir(self.folder), contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = main(["--profile", str(self.profile.root), *words])
        return Answer(code, out.getvalue(), err.getvalue())

    def words(self, *more: str) -> tuple[str, ...]:
        return "backtest", self.strategy, "--data", self.data, "--quick", "--json", *more

    def backtest(self, *more: str) -> Answer:
        return self(*self.words(*more))


@pytest.fixture
def ares(tmp_path: Path) -> Shell:
    return Shell(tmp_path)


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> tuple[Shell, Answer]:
    """A profile with one backtest, which the tests that only look share."""
    shell = Shell(tmp_path_factory.mktemp("first"))
    return shell, shell.alone(*shell.words("--title", "mine"))


def test_a_backtest_prints_its_figures_and_nothing_else(first: tuple[Shell, Answer]) -> None:
    _, answer = first
    assert answer.code == 0, answer.err
    document = answer.document
    assert set(document) == FIGURES
    assert document["bars"] == len(CLOSES)
    assert document["fills"] == 2 * document["trades"] > 0
    assert document["bars_per_s"] > 0
    assert len(document["equity_sha256"]) == 64
    assert document["run"] == "bt-0001"


def test_equal_backtests_have_equal_curves_and_other_costs_have_others(
    ares: Shell, first: tuple[Shell, Answer]
) -> None:
    one, other = first[1].document, ares.backtest("--seed", "7").document
    free = ares.backtest("--costs", "none").document
    assert one["equity_sha256"] == other["equity_sha256"]
    assert free["equity_sha256"] != one["equity_sha256"]
    assert free["final_equity"] > one["final_equity"]


def test_the_period_holds_its_last_day_and_a_report_is_one_file(ares: Shell, tmp_path: Path) -> None:
    report = tmp_path / "report.html"
    answer = ares.backtest("--from", "2026-03-02T15:30:00Z", "--to", "2026-03-02", "--report", str(report))
    assert answer.code == 0, answer.err
    assert answer.document["bars"] == len(CLOSES) - 29
    page = report.read_text()
    assert "<html" in page
    assert "http://" not in page.replace("http://www.w3.org", "")


def test_people_get_figures_and_a_curve(ares: Shell) -> None:
    answer = ares("backtest", ares.strategy, "--data", ares.data, "--quick")
    assert answer.code == 0
    assert "final_equity" in answer.out
    assert "█" in answer.out
    assert "bt-0001 is done" in answer.err


def test_several_strategies_share_the_cash_and_take_parameters_by_name(ares: Shell) -> None:
    answer = ares.backtest(ares.strategy, "--param", "swinger-2.size=20", "--param", "swinger.size=5")
    assert answer.code == 0, answer.err
    shown = ares("runs", "show", answer.document["run"], "--json").document
    assert [(item["name"], item["parameters"]) for item in shown["spec"]["strategies"]] == [
        ("swinger", {"size": 5}),
        ("swinger-2", {"size": 20}),
    ]


def test_everything_that_is_wrong_is_told_at_once_with_place_value_and_remedy(ares: Shell) -> None:
    answer = ares(
        "backtest", ares.strategy, "nobody.py", "--data", "none.csv,sample:XYZ", "--from", "2020-02-01", "--to",
        "2020-01-01", "--param", "size=0", "--param", "speed=3", "--costs", "cheap", "--cash", "-5", "--latency", "x",
        "--bogus", "--json",
    )  # fmt: skip
    assert answer.code == 2
    found = {(item["place"], item["value"]) for item in answer.document["error"]["findings"]}
    assert {
        ("STRATEGY.py", "nobody.py"),
        ("--data", "none.csv"),
        ("--data", "sample:XYZ"),
        ("--from", "2020-02-01"),
        ("--param size", "0"),
        ("--param speed", "3"),
        ("--costs", "cheap"),
        ("--cash", "-5"),
        ("--latency", "x"),
        ("command line", "--bogus"),
    } <= found
    assert not SqliteRunStore(ares.profile.runs).runs()


def test_nothing_given_is_told_without_repeating_it(ares: Shell) -> None:
    answer = ares("backtest", "--json")
    assert answer.code == 2
    assert [item["place"] for item in answer.document["error"]["findings"]] == ["STRATEGY.py", "--data"]


def test_nothing_traded_is_a_warning(ares: Shell) -> None:
    flat = bars_file(ares.folder, [100.0] * 50, "FLAT")
    answer = ares("backtest", ares.strategy, "--data", str(flat), "--quick", "--json")
    assert answer.code == 0
    assert answer.document["fills"] == 0
    assert answer.document["sharpe"] is None
    assert answer.document["warnings"]


def test_a_strategy_that_raises_fails_with_its_place(ares: Shell) -> None:
    file = Path(ares.strategy)
    file.write_text(file.read_text().replace("held = ", "held = 1 / 0 #"))
    answer = ares.backtest()
    assert answer.code == 1
    assert "division by zero" in answer.document["error"]["message"]


def test_a_search_ranks_parameter_sets_and_a_walk_forward_has_folds(ares: Shell) -> None:
    ranges = ("--search", "size=5:20:5", "--coarse", "4", "--fine", "0", "--workers", "1")
    answer = ares("optimize", ares.strategy, "--data", ares.data, *ranges, "--objective", "total_return", "--json")
    assert answer.code == 0, answer.err
    document = answer.document
    scores = [item["score"] for item in document["ranked"]]
    assert scores == sorted(scores, reverse=True)
    assert document["best"]["parameters"] == document["ranked"][0]["parameters"]
    assert document["runs"] == 4
    assert document["seconds"] > 0
    walk = ares(
        "optimize", ares.strategy, "--data", ares.data, *ranges, "--method", "walk-forward", "--folds", "2",
        "--objective", "total_return", "--json",
    )  # fmt: skip
    assert walk.code == 0, walk.err
    assert [fold["fold"] for fold in walk.document["folds"]] == [1, 2]
    assert all(fold["in_sample"] and fold["out_of_sample"] for fold in walk.document["folds"])


def test_wrong_ranges_and_constraints_are_told_at_once(ares: Shell) -> None:
    answer = ares(
        "optimize", ares.strategy, "--data", ares.data, "--search", "size=0:5000:5", "--search", "speed=1:2",
        "--search", "x", "--constraint", "luck>=1", "--constraint", "y", "--folds", "0", "--method", "guess", "--json",
    )  # fmt: skip
    assert answer.code == 2
    places = [item["place"] for item in answer.document["error"]["findings"]]
    assert {"--search size", "--search speed", "--search", "--constraint", "--folds", "--method"} <= set(places)


def test_paths_are_resampled_from_a_run(first: tuple[Shell, Answer]) -> None:
    ares, run = first[0], first[1].document["run"]
    answer = ares("montecarlo", run, "--paths", "50", "--seed", "3", "--json")
    assert answer.code == 0, answer.err
    document = answer.document
    assert document["backtest"] == run
    assert document["paths"] == 50
    assert set(document["probability_of_ruin"]) == {"returns", "trades", "skipped", "jittered"}
    assert ares("montecarlo", "bt-4711", "--ruin", "2", "--json").code == 2


def test_runs_are_listed_and_deleted(first: tuple[Shell, Answer]) -> None:
    ares = first[0]
    assert ares("runs", "list", "--json").document[-1]["title"] == "mine"
    paths = ares("montecarlo", "bt-0001", "--paths", "5", "--json").document["run"]
    assert ares("runs", "delete", paths, "--json").document == {"deleted": [paths]}
    assert paths not in ares("runs", "list").out
    assert ares("runs", "show", paths).code == 2


def test_ctrl_c_cancels_and_leaves_no_process(ares: Shell) -> None:
    with ares.start(
        "backtest", ares.strategy, "--data", ares.data, "--param", "seconds=20", "--quick", "--json"
    ) as process:
        until(lambda: state(ares) == "running")
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=WITHIN_S)
    assert process.returncode == 130
    assert "bt-0001 is canceled" in err
    assert state(ares) == "canceled"


def test_a_search_that_was_killed_goes_on_where_it_was(ares: Shell) -> None:
    words = ("--search", "size=5:20:5", "--param", "seconds=0.005", "--coarse", "4", "--fine", "0", "--workers", "1")
    with ares.start("optimize", ares.strategy, "--data", ares.data, *words, "--json") as process:
        checkpoints = ares.profile.runs / "op-0001" / "checkpoints"
        until(lambda: checkpoints.is_dir() and any(checkpoints.iterdir()))
        children = psutil.Process(process.pid).children(recursive=True)
        process.kill()
        process.communicate()
    psutil.wait_procs(children, timeout=10)
    assert not any(child.is_running() and child.status() != psutil.STATUS_ZOMBIE for child in children)
    shown = ares("runs", "show", "op-0001", "--json").document
    assert (shown["state"], shown["resumable"]) == ("interrupted", True)
    answer = ares("optimize", "--resume", "op-0001", "--json")
    assert answer.code == 0, answer.err
    assert answer.document["run"] == "op-0001"
    assert answer.document["runs"] == 4
    assert sorted(item["parameters"]["size"] for item in answer.document["ranked"]) == list(range(5, 25, 5))


def test_a_backtest_whose_application_was_killed_is_interrupted_and_its_worker_gone(ares: Shell) -> None:
    with ares.start("backtest", ares.strategy, "--data", ares.data, "--param", "seconds=20", "--quick") as process:
        until(lambda: state(ares) == "running")
        until(lambda: len(psutil.Process(process.pid).children(recursive=True)) > 0)
        children = psutil.Process(process.pid).children(recursive=True)
        process.kill()
        process.communicate()
    _, alive = psutil.wait_procs(children, timeout=10)
    assert not [child for child in alive if child.status() != psutil.STATUS_ZOMBIE]
    listed = ares("runs", "list", "--json").document
    assert [(item["id"], item["state"]) for item in listed] == [("bt-0001", "interrupted")]
    assert "without a word" in listed[0]["error"]


@pytest.fixture
def application(ares: Shell) -> Iterator["subprocess.Popen[str]"]:
    """The engine without a window on the same profile."""
    process = ares.start("run", "--headless", "--feed", f"replay:{ares.data}@1")
    until(lambda: state(ares) == "running")
    until(lambda: ares("status", "--json").code == 0)
    yield process
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=WITHIN_S)


def test_a_backtest_works_beside_an_application_on_the_same_profile(
    ares: Shell, application: "subprocess.Popen[str]"
) -> None:
    answer = ares.alone(*ares.words())
    assert answer.code == 0, answer.err
    states = {item["kind"]: item["state"] for item in ares("runs", "list", "--json").document}
    assert states == {"backtest": "done", "live": "running"}
    assert application.poll() is None


def test_help_names_every_option(capsys: pytest.CaptureFixture[str]) -> None:
    for command in LAB:
        with pytest.raises(SystemExit):
            main([*command.words, "--help"])
        out = capsys.readouterr().out
        assert all(item.place in out for item in command.arguments)


def state(ares: Shell) -> str:
    """Return the state of the first run, empty while there is none."""
    if not ares.profile.runs.joinpath("runs.sqlite").exists():
        return ""
    store = SqliteRunStore(ares.profile.runs)
    try:
        return next((run.state.value for run in store.runs()), "")
    finally:
        store.close()


def until(condition: Callable[[], object]) -> None:
    """Wait until ``condition`` holds."""
    end = time.monotonic() + WITHIN_S
    while not condition():
        assert time.monotonic() < end, "it did not come about"
        time.sleep(0.05)
