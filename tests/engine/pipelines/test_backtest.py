"""A backtest as a pipeline: keeps the contract, keeps its result, and ends its worker however it ends."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from ares_desktop.domain.backtests import BacktestSpec
from ares_desktop.domain.errors import StrategyError, UsageError
from ares_desktop.domain.ids import InstrumentId
from ares_desktop.domain.runs import RunProgress, RunState
from ares_desktop.engine.adapters.stores.checkpoints import FolderCheckpoints
from ares_desktop.engine.backtest.run_data import bars_of_run
from ares_desktop.engine.backtest.storing import load_outcome
from ares_desktop.engine.pipelines.backtest import BacktestPipeline
from ares_desktop.engine.pipelines.base import BasePipeline, RunContext
from ares_desktop.run_desk import make_jobs
from tests.contracts.pipeline_contract import PipelineContract, working_processes
from tests.engine.pipelines.running import CLOSES, a_spec, market


def pipeline_of(
    spec: BacktestSpec, folder: Path, told: list[RunProgress] | None = None, *, checks: bool = False
) -> BacktestPipeline:
    context = RunContext("te-0001", folder, FolderCheckpoints(folder), (told if told is not None else []).append)
    return BacktestPipeline(spec, context, market=market(folder), jobs=make_jobs, checks=checks)


def changed(spec: BacktestSpec, old: str, new: str) -> Path:
    """Change the strategy's file."""
    file = Path(spec.strategies[0].file)
    file.write_text(file.read_text().replace(old, new))
    return file


class TestBacktestPipeline(PipelineContract):
    @asynccontextmanager
    async def make(self, folder: Path, context: RunContext) -> AsyncIterator[BasePipeline]:
        yield BacktestPipeline(a_spec(folder), context, market=market(folder), jobs=make_jobs, checks=False)


async def test_it_keeps_outcome_report_and_data_in_the_folder_of_its_run(tmp_path: Path) -> None:
    told: list[RunProgress] = []
    pipeline = pipeline_of(a_spec(tmp_path), tmp_path, told)
    await pipeline.run()
    outcome, report = load_outcome(tmp_path)
    assert outcome.fills
    assert report.figures == pipeline.result.figures
    assert report.figures.bars == len(CLOSES)
    assert len(bars_of_run(tmp_path, outcome.instruments[0].id)) == len(CLOSES)
    assert len(bars_of_run(tmp_path, InstrumentId("OTHER.SIM"))) == 0
    assert told[-1].share == 1.0


async def test_honesty_checks_add_their_findings(tmp_path: Path) -> None:
    pipeline = pipeline_of(a_spec(tmp_path), tmp_path, checks=True)
    await pipeline.run()
    _, report = load_outcome(tmp_path)
    assert pipeline.result.findings == len(report.findings)


async def test_a_strategy_that_raises_is_told_with_its_place(tmp_path: Path) -> None:
    spec = a_spec(tmp_path)
    file = changed(spec, "held = ", "held = 1 / 0 #")
    with pytest.raises(StrategyError) as raised:
        await pipeline_of(spec, tmp_path).run()
    fault = raised.value.fault
    assert fault is not None
    assert fault.file == str(file)
    assert fault.line is not None


async def test_every_wrong_file_of_the_data_is_told_at_once(tmp_path: Path) -> None:
    spec = a_spec(tmp_path)
    bad, worse = tmp_path / "bad.csv", tmp_path / "worse.csv"
    bad.write_text("time,open,high,low,close,volume\n2026-03-02T15:00:00Z,x,1,1,1,1\n")
    worse.write_text("nothing\n1\n")
    spec = BacktestSpec(strategies=spec.strategies, data=(str(bad), str(worse)))
    pipeline = pipeline_of(spec, tmp_path)
    with pytest.raises(UsageError) as raised:
        await pipeline.run()
    places = " ".join(item.place for item in raised.value.findings)
    assert "bad.csv" in places
    assert "worse.csv" in places
    assert pipeline.state is RunState.FAILED


async def test_canceling_kills_the_worker_in_the_middle_of_a_bar(tmp_path: Path) -> None:
    told: list[RunProgress] = []
    pipeline = pipeline_of(a_spec(tmp_path, seconds=30.0), tmp_path, told)
    task = asyncio.create_task(pipeline.run())
    while not working_processes():
        await asyncio.sleep(0.02)
    task.cancel()
    await asyncio.wait([task])
    assert pipeline.state is RunState.CANCELED
    assert not working_processes()


async def test_a_worker_that_dies_fails_the_run_with_how_it_died(tmp_path: Path) -> None:
    spec = a_spec(tmp_path)
    changed(spec, "held = ", "import os; os.kill(os.getpid(), 9); held = ")
    with pytest.raises(StrategyError, match=r"(?i)kill|signal"):
        await pipeline_of(spec, tmp_path).run()
