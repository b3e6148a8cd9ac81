"""The pipelines of the live market, of searches, of resampled paths and of comparisons keep the contract too."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import numpy as np
import pytest

from ares_desktop.domain.errors import StorageError
from ares_desktop.domain.ids import StrategyId
from ares_desktop.domain.market import MarketEvent
from ares_desktop.domain.monte_carlo import MonteCarloSpec, Resampling
from ares_desktop.domain.searches import ParameterRange, SearchSpec
from ares_desktop.engine.adapters.stores.checkpoints import FolderCheckpoints
from ares_desktop.engine.backtest.analysis.report import make_report
from ares_desktop.engine.backtest.storing import save_outcome
from ares_desktop.engine.pipelines.base import BasePipeline, RunContext
from ares_desktop.engine.pipelines.fidelity import Evidence, FidelityPipeline
from ares_desktop.engine.pipelines.monte_carlo import MonteCarloPipeline
from ares_desktop.engine.pipelines.search import SearchPipeline
from ares_desktop.run_desk import make_jobs
from tests.contracts.pipeline_contract import PipelineContract, Watched
from tests.engine.backtest.analysis import builders as b
from tests.engine.pipelines.running import a_spec, market
from tests.engine.pipelines.test_live import Script, a_bar

BARS = b.bars([100.0 + number % 7 for number in range(60)])


class Slow(Script):
    """Lets others go on between two moments."""

    async def run(self, publish: Callable[[Sequence[MarketEvent]], Awaitable[None]]) -> None:
        for events in self.moments:
            await asyncio.sleep(0)
            await publish(events)


class TestLivePipeline(PipelineContract):
    @asynccontextmanager
    async def make(self, folder: Path, context: RunContext) -> AsyncIterator[BasePipeline]:
        yield Slow([[a_bar(number)] for number in range(5)]).pipeline


class TestMonteCarloPipeline(PipelineContract):
    @asynccontextmanager
    async def make(self, folder: Path, context: RunContext) -> AsyncIterator[BasePipeline]:
        fills = [b.a_fill(row, 10 if row % 2 else -10, 100, int(BARS.ts[row])) for row in range(1, 51)]
        outcome = b.an_outcome((BARS,), fills)
        save_outcome(folder, outcome, make_report(outcome, (BARS,)))
        spec = MonteCarloSpec(run="bt-0001", paths=5, methods=(Resampling.RETURNS,))
        yield MonteCarloPipeline(spec, context, parent=folder, jobs=make_jobs)


class TestFidelityPipeline(PipelineContract):
    @asynccontextmanager
    async def make(self, folder: Path, context: RunContext) -> AsyncIterator[BasePipeline]:
        curve = b.a_curve([1, 2], [1.0, 1.0])
        evidence = Evidence(spec=a_spec(folder), series=None, fills=(), curve=curve)
        yield FidelityPipeline(evidence, context, market=market(folder), jobs=make_jobs)


class TestSearchPipeline(PipelineContract):
    @asynccontextmanager
    async def make(self, folder: Path, context: RunContext) -> AsyncIterator[BasePipeline]:
        spec = SearchSpec(
            backtest=a_spec(folder, 100.0 + np.sin(np.arange(40.0))),
            strategy=StrategyId("swinger"),
            ranges=(ParameterRange(name="size", kind="int", low=5, high=10, step=5),),
            fine_trials=0,
            workers=1,
        )
        yield SearchPipeline(spec, context, market=market(folder), jobs=make_jobs)


async def test_paths_of_a_backtest_whose_folder_is_gone_are_refused(tmp_path: Path) -> None:
    context = RunContext("te-0001", tmp_path, FolderCheckpoints(tmp_path), lambda _: None)
    gone = MonteCarloPipeline(MonteCarloSpec(run="bt-0001"), context, parent=tmp_path / "gone", jobs=make_jobs)
    watched = Watched(gone)
    watched.count()
    with pytest.raises(StorageError, match="Run it again"):
        await gone.run()
    assert watched.calls == ["prepare", "clean_up"]
