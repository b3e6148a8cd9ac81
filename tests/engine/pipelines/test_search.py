"""A search ends with the same report however many workers it has, and however often it was interrupted."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest

from ares_desktop.domain.errors import Finding, StorageError, StrategyError, UsageError
from ares_desktop.domain.runs import RunProgress, RunState
from ares_desktop.domain.searches import Constraint, ParameterRange, SearchMethod, SearchReport
from ares_desktop.engine.backtest.dataset import is_dataset
from ares_desktop.engine.backtest.storing import load_outcome, load_search
from ares_desktop.engine.ports.jobs import Jobs
from ares_desktop.engine.runtime.job_pool import ProcessJobs
from tests.engine.pipelines.searching import CROSS_FILE, Bench, Market, a_market, a_search, strategy_file, untimed

WALK: dict[str, Any] = {"method": SearchMethod.WALK_FORWARD, "folds": 3, "coarse_points": 6, "fine_trials": 3}


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return strategy_file(tmp_path_factory.mktemp("strategies"))


@pytest.fixture(scope="module")
def searched(file: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Bench, SearchReport]:
    """Carry a coarse and fine search out once."""
    bench = Bench(tmp_path_factory.mktemp("searched"))
    return bench, asyncio.run(bench.report(a_search(file)))


@pytest.fixture(scope="module")
def walked(file: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Bench, SearchReport]:
    """Carry a walk-forward out once."""
    bench = Bench(tmp_path_factory.mktemp("walked"))
    return bench, asyncio.run(bench.report(a_search(file, **WALK)))


def test_a_search_tries_the_declared_ranges_and_ranks_what_it_found(searched: tuple[Bench, SearchReport]) -> None:
    bench, report = searched
    assert report.runs == len(report.trials) == 14
    assert {trial.stage for trial in report.trials} == {"coarse", "fine"}
    assert sorted(trial.number for trial in report.trials) == list(range(14))
    sets = [tuple(trial.parameters.values()) for trial in report.trials]
    assert len(set(sets)) == 14
    scores = [trial.score for trial in report.trials if trial.score is not None]
    assert scores == sorted(scores, reverse=True)
    assert report.best == report.trials[0]
    assert report.best.plateau is not None
    assert report.overfitting.trials == len(scores)
    assert report.overfitting.probability is not None
    assert report.overfitting.deflated_sharpe is not None
    assert load_search(bench.folder) == report


def test_sets_that_the_strategy_refuses_are_results_with_an_error(searched: tuple[Bench, SearchReport]) -> None:
    refused = [trial for trial in searched[1].trials if trial.parameters["fast"] >= trial.parameters["slow"]]
    assert refused
    for trial in refused:
        assert "fast must be below slow" in trial.error
        assert (trial.score, trial.figures, trial.feasible) == (None, None, False)


def test_the_daily_returns_of_every_trial_are_kept(searched: tuple[Bench, SearchReport]) -> None:
    bench, report = searched
    returns = np.load(bench.folder / "returns.0.npy")
    assert returns.dtype == np.float32
    assert len(returns) == 14
    failed = {trial.number for trial in report.trials if trial.error}
    assert set(np.flatnonzero(np.isnan(returns).any(axis=1)).tolist()) == failed


async def test_the_number_of_workers_does_not_change_the_result(
    tmp_path: Path, file: Path, searched: tuple[Bench, SearchReport]
) -> None:
    made: list[tuple[int, str]] = []

    def make(workers: int, dask: str) -> Jobs:
        made.append((workers, dask))
        return ProcessJobs(workers)

    assert untimed(await Bench(tmp_path).report(a_search(file, workers=1), make)) == untimed(searched[1])
    assert made == [(1, "")]


def test_a_walk_forward_optimizes_again_in_every_fold(walked: tuple[Bench, SearchReport]) -> None:
    _, report = walked
    assert [fold.index for fold in report.folds] == [0, 1, 2]
    for fold in report.folds:
        trials = [trial for trial in report.trials if trial.fold == fold.index]
        best = max(trial.score for trial in trials if trial.score is not None)
        assert fold.in_sample is not None
        assert fold.in_sample.sharpe == best
        assert fold.out_of_sample is not None
        assert fold.train_end_ns < fold.test_start_ns
        assert (fold.out_of_sample.start_ns, fold.out_of_sample.end_ns) == (fold.test_start_ns, fold.test_end_ns)
    assert report.runs == len(report.trials) + 3
    assert report.best is not None
    assert report.best.fold == 2
    assert report.overfitting.efficiency is not None


def test_the_test_spans_are_joined_into_one_curve(walked: tuple[Bench, SearchReport]) -> None:
    bench, report = walked
    runs = [load_outcome(bench.folder / f"fold-{index}")[0] for index in range(3)]
    growth = np.prod([1.0 + run.curve.twr[-1] for run in runs])
    joined = report.out_of_sample
    assert joined is not None
    assert joined.total_return == pytest.approx(growth - 1.0)
    assert joined.fills == sum(len(run.fills) for run in runs)
    assert (joined.start_ns, joined.end_ns) == (report.folds[0].test_start_ns, report.folds[-1].test_end_ns)


def test_the_joined_curve_can_be_looked_at_like_a_backtest(walked: tuple[Bench, SearchReport]) -> None:
    bench, report = walked
    outcome, shown = load_outcome(bench.folder)
    runs = [load_outcome(bench.folder / f"fold-{index}")[0] for index in range(3)]
    assert shown.figures == report.out_of_sample
    assert outcome.curve.ts.tolist() == [ts for run in runs for ts in run.curve.ts.tolist()]
    assert outcome.curve.twr[-1] == pytest.approx(shown.figures.total_return)
    assert outcome.curve.equity[0] == pytest.approx(runs[0].curve.equity[0])
    assert float(outcome.curve.drawdown.max()) <= 0.0
    assert len({fill.trade_id for fill in outcome.fills}) == len(outcome.fills) == sum(len(run.fills) for run in runs)
    assert len(shown.trips) == shown.figures.trades + sum(not trip.closed for trip in shown.trips)


def test_progress_tells_stage_rate_and_best_and_never_goes_back(walked: tuple[Bench, SearchReport]) -> None:
    bench, report = walked
    stages = list(dict.fromkeys(item.stage for item in bench.progress))
    assert stages[0] == "loading data"
    assert {"fold 1 of 3: coarse", "fold 2 of 3: fine", "fold 3 of 3: test", "judging"} <= set(stages)
    shares = [item.share for item in bench.progress if item.share is not None]
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    assert bench.progress[-1].done == report.runs
    assert any(item.rate and item.remaining_s is not None and item.best is not None for item in bench.progress)


async def test_without_a_feasible_set_nothing_is_tested_and_nothing_is_best(tmp_path: Path, file: Path) -> None:
    never = (Constraint(figure="trades", at_least=1e6),)
    report = await Bench(tmp_path).report(a_search(file, constraints=never, **(WALK | {"fine_trials": 0})))
    assert report.best is None
    assert report.out_of_sample is None
    assert all("kept the constraints" in fold.error and fold.out_of_sample is None for fold in report.folds)
    assert not any(trial.feasible for trial in report.trials)


async def cancel_after(bench: Bench, spec: Any, done: int) -> None:
    """Cancel a search as soon as so many backtests are done."""
    pipeline = bench.pipeline(spec)
    task = asyncio.get_running_loop().create_task(pipeline.run())

    def look(progress: RunProgress) -> None:
        if progress.unit == "backtests" and progress.done >= done:
            task.cancel()

    bench.on_progress = look
    with pytest.raises(asyncio.CancelledError):
        await task
    bench.on_progress = bench.progress.append
    assert pipeline.state is RunState.CANCELED
    assert not psutil.Process().children(recursive=True)


async def test_a_canceled_search_goes_on_and_ends_with_the_same_report(
    tmp_path: Path, file: Path, walked: tuple[Bench, SearchReport]
) -> None:
    spec = a_search(file, **WALK)
    bench = Bench(tmp_path)
    await cancel_after(bench, spec, 12)
    assert is_dataset(bench.folder / "data")
    log = bench.folder / "trials.log"
    log.write_bytes(log.read_bytes()[:-7])  # torn, as by a power cut
    bench.progress.clear()
    report = await bench.report(spec)
    assert untimed(report) == untimed(walked[1])
    assert bench.market.loads == 1
    assert next(item for item in bench.progress if item.unit == "backtests").done >= 4
    assert not is_dataset(bench.folder / "data")


KILLED = """
import asyncio, sys
from pathlib import Path
from tests.engine.pipelines.searching import Bench, a_search
from ares_desktop.domain.searches import SearchMethod

async def main():
    bench = Bench(Path(sys.argv[1]))
    bench.on_progress = lambda progress: print(progress.unit, progress.done, flush=True)
    await bench.report(
        a_search(
            Path(sys.argv[2]), method=SearchMethod.WALK_FORWARD, folds=3, coarse_points=6, fine_trials=3
        )
    )

asyncio.run(main())
"""


def test_a_search_that_was_killed_goes_on_and_ends_with_the_same_report(
    tmp_path: Path, root: Path, file: Path, walked: tuple[Bench, SearchReport]
) -> None:
    bench = Bench(tmp_path)
    command = [sys.executable, "-c", KILLED, str(bench.folder), str(file)]
    with subprocess.Popen(
        command, cwd=root, env={**os.environ, "PYTHONPATH": str(root)}, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            unit, _, done = line.strip().partition(" ")
            if unit == "backtests" and int(done) >= 12:
                os.kill(process.pid, signal.SIGKILL)
                break
    assert process.returncode == -signal.SIGKILL
    report = asyncio.run(bench.report(a_search(file, **WALK)))
    assert untimed(report) == untimed(walked[1])
    assert bench.market.loads == 0
    assert next(item for item in bench.progress if item.unit == "backtests").done >= 4


async def test_everything_that_is_wrong_is_told_at_once(tmp_path: Path) -> None:
    spec = a_search(
        strategy_file(tmp_path),
        ParameterRange(name="fsat", kind="int", low=1, high=3),
        ParameterRange(name="slow", kind="int", low=1, high=300),
        constraints=(Constraint(figure="sharp", at_least=1.0),),
        parameters={"size": 0},
        data=("NOWHERE",),
    )
    bench = Bench(tmp_path / "run")
    with pytest.raises(UsageError) as caught:
        await bench.report(spec)
    text = str(caught.value)
    for said in ("fsat", "must begin at 2", "must end at 100", "sharp", "size", "NOWHERE"):
        assert said in text
    assert not is_dataset(bench.folder / "data")


async def test_too_little_data_for_the_folds_is_told_before_anything_runs(tmp_path: Path) -> None:
    bench = Bench(tmp_path / "run", Market(a_market(12)))
    with pytest.raises(UsageError, match="20 folds with their gaps need more data"):
        await bench.report(a_search(strategy_file(tmp_path), **(WALK | {"folds": 20})))


async def test_a_range_without_end_is_refused(tmp_path: Path) -> None:
    huge = ParameterRange(name="fast", kind="float", low=1, high=50, step=1e-9)
    text = CROSS_FILE.replace("fast: int", "fast: float")
    with pytest.raises(UsageError, match="at most 100000 values"):
        await Bench(tmp_path / "run").report(a_search(strategy_file(tmp_path, text), huge))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("def broken(:", "invalid syntax"),
        ("import nowhere_to_be_found", "nowhere_to_be_found"),
        ("x = 1", "must define"),
    ],
)
async def test_a_faulty_file_is_refused(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        await Bench(tmp_path / "run").report(a_search(strategy_file(tmp_path, text)))


async def test_a_set_that_kills_its_worker_fails_alone(tmp_path: Path) -> None:
    deadly = "import os\n" + CROSS_FILE.replace(
        "    def on_start(self):", "    def on_start(self):\n        os._exit(9) if self.params.fast == 4 else None"
    )
    report = await Bench(tmp_path / "run").report(a_search(strategy_file(tmp_path, deadly), workers=1))
    killed = [trial for trial in report.trials if trial.parameters["fast"] == 4 and trial.parameters["slow"] > 4]
    assert killed
    assert all("exit code 9" in trial.error for trial in killed)
    assert all(trial.score is not None for trial in report.trials if trial.parameters["fast"] == 2)


@pytest.mark.parametrize(
    ("fault", "text"),
    [("raise LookupError('no idea')", "no idea"), ("__import__('os')._exit(9)", "exit code 9")],
)
async def test_a_fault_that_every_set_meets_fails_the_search(tmp_path: Path, fault: str, text: str) -> None:
    faulty = CROSS_FILE.replace("        self.fast.update(bar.close)", f"        {fault}")
    bench = Bench(tmp_path / "run")
    pipeline = bench.pipeline(a_search(strategy_file(tmp_path, faulty), coarse_points=3, fine_trials=0, workers=1))
    with pytest.raises(StrategyError, match=text):
        await pipeline.run()
    assert (pipeline.state, pipeline.report) == (RunState.FAILED, None)


@pytest.mark.parametrize(
    "condition",
    [
        pytest.param("if self.params.fast > 2: raise LookupError('no idea')", id="one works"),
        pytest.param("raise LookupError(self.params.fast)", id="each has its own"),
    ],
)
async def test_faults_of_some_sets_leave_the_search_its_report(tmp_path: Path, condition: str) -> None:
    faulty = CROSS_FILE.replace(
        "        self.fast.update(bar.close)", f"        {condition}\n        self.fast.update(bar.close)"
    )
    search = a_search(strategy_file(tmp_path, faulty), fine_trials=0, workers=1)
    report = await Bench(tmp_path / "run").report(search)
    assert any(trial.error and not trial.refused for trial in report.trials)


async def test_a_search_whose_every_set_is_refused_has_a_report_without_a_best(tmp_path: Path) -> None:
    ranges = (
        ParameterRange(name="fast", kind="int", low=20, high=30, step=5),
        ParameterRange(name="slow", kind="int", low=6, high=12, step=6),
    )
    report = await Bench(tmp_path / "run").report(a_search(strategy_file(tmp_path), *ranges, fine_trials=0))
    assert report.best is None
    assert all(trial.refused and "fast must be below slow" in trial.error for trial in report.trials)


async def test_workers_that_cannot_see_the_data_end_the_search_with_a_remedy(tmp_path: Path) -> None:
    def hide(progress: RunProgress) -> None:
        if progress.unit == "backtests":
            (bench.folder / "data" / "header.msgpack").unlink(missing_ok=True)

    bench = Bench(tmp_path / "run")
    bench.on_progress = hide
    with pytest.raises(StorageError, match="must see the same folder"):
        await bench.report(a_search(strategy_file(tmp_path)))


async def test_workers_that_do_not_start_fail_the_run_and_leave_nothing(tmp_path: Path) -> None:
    def none(workers: int, dask: str) -> Jobs:
        raise UsageError(Finding(place="dask", value=dask, problem=f"has no {workers} workers"))

    bench = Bench(tmp_path / "run")
    with pytest.raises(UsageError, match="has no 2 workers"):
        await bench.report(a_search(strategy_file(tmp_path)), none)
    assert not is_dataset(bench.folder / "data")


async def test_a_full_disk_fails_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    bench = Bench(tmp_path / "run")
    append: Callable[..., None] = full
    monkeypatch.setattr("ares_desktop.engine.backtest.search.trial_log.TrialLog._write", append)
    with pytest.raises(StorageError, match="No space left"):
        await bench.report(a_search(strategy_file(tmp_path)))
