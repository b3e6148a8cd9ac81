"""The comparison of what was traded live with a backtest of the same, as a pipeline."""

import asyncio
from collections.abc import Sequence
from typing import Protocol

import msgspec

from ares_desktop.domain.accounts import EquityCurve
from ares_desktop.domain.backtests import BacktestSpec
from ares_desktop.domain.fills import Fill
from ares_desktop.domain.ids import StrategyId
from ares_desktop.engine.backtest.dataset import remove_dataset, write_dataset
from ares_desktop.engine.backtest.jobs import DATA, FIDELITY_JOB, BacktestTask
from ares_desktop.engine.backtest.market_data import MarketData
from ares_desktop.engine.backtest.storing import save_live
from ares_desktop.engine.data.series import Series
from ares_desktop.engine.pipelines.backtest import LOADED, Replaying
from ares_desktop.engine.pipelines.base import BasePipeline, RunContext, RunResult
from ares_desktop.engine.pipelines.working import MakeJobs, job_done
from ares_desktop.engine.ports.jobs import Jobs


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """What was traded live, and the backtest that should have foretold it.

    Attributes:
        spec: the same instances, parameters, limits, simulation and period.
        series: the data that was seen where it has no name to load it by; None to load ``spec.data``.
        fills: of those instances, oldest first.
        curve: their money together.
    """

    spec: BacktestSpec
    series: tuple[Series, ...] | None
    fills: tuple[Fill, ...]
    curve: EquityCurve


class EvidenceSource(Protocol):
    """Collects what was traded since the application has been running."""

    async def collect(self, strategies: Sequence[StrategyId]) -> Evidence:
        """Return the evidence of instances, of all that traded or could have when none is named.

        Raises:
            UsageError: when there is nothing to compare, with every finding.
        """


class FidelityPipeline(BasePipeline):
    """Backtests the evidence in a worker process and compares.

    Args:
        evidence: collected when the run was started.
        context: of the run.
        market: reads data by name.
        jobs: makes the worker.
    """

    def __init__(self, evidence: Evidence, context: RunContext, *, market: MarketData, jobs: MakeJobs) -> None:
        super().__init__()
        self._evidence = evidence
        self._context = context
        self._market = market
        self._make_jobs = jobs
        self._jobs: Jobs | None = None

    async def prepare(self) -> None:
        """Write data and evidence where the worker opens them.

        Raises:
            UsageError, FeedError, StorageError: when the data can't be read or written.
        """
        self._context.report("loading data", share=0.0)
        await asyncio.to_thread(self._write)
        self._context.report("loading data", share=LOADED)

    async def execute(self) -> None:
        """Have it replayed and compared.

        Raises:
            UsageError: when data and instances don't fit.
            StrategyError: when a strategy fails, or the worker dies.
        """
        self._jobs = self._make_jobs(1, "")
        task = BacktestTask(spec=self._evidence.spec, folder=str(self._context.folder), checks=False)
        done = await job_done(self._jobs, FIDELITY_JOB, msgspec.msgpack.encode(task), Replaying(self._context).tell)
        self._context.report("done", share=1.0)
        self.result = RunResult(figures=done.figures, score=done.score, findings=done.findings)

    async def clean_up(self) -> None:
        """End the worker; without a result the data is of no use."""
        if self._jobs is not None:
            await self._jobs.close()
        if self.result.figures is None:
            await asyncio.to_thread(remove_dataset, self._context.folder / DATA)

    def _write(self) -> None:
        folder = self._context.folder
        series = self._evidence.series
        write_dataset(folder / DATA, self._market.load(self._evidence.spec.data) if series is None else series)
        save_live(folder, self._evidence.fills, self._evidence.curve)
