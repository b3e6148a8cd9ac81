"""A backtest as a pipeline: data is loaded beside the loop, a worker process replays it."""

import asyncio
from abc import abstractmethod
from typing import Final

import msgspec

from ares_desktop.domain.backtests import BacktestSpec
from ares_desktop.engine.backtest.dataset import remove_dataset, write_dataset
from ares_desktop.engine.backtest.jobs import BACKTEST_JOB, CHECKS, DATA, BacktestTask, JobProgress
from ares_desktop.engine.backtest.market_data import MarketData
from ares_desktop.engine.pipelines.base import BasePipeline, RunContext, RunResult
from ares_desktop.engine.pipelines.working import MakeJobs, job_done
from ares_desktop.engine.ports.jobs import Jobs

LOADED: Final = 0.05
"""Share of a run that loading its data stands for."""
REPLAYED: Final = 0.9
"""Share once everything was replayed; what is left is for reports and checks."""


class ReplayPipeline(BasePipeline):
    """Writes data into the run's folder and has a worker process replay it there.

    Args:
        task: what the worker is to do.
        entry: the worker's class.
        context: of the run.
        jobs: makes the worker.
    """

    def __init__(self, task: BacktestTask, entry: str, context: RunContext, *, jobs: MakeJobs) -> None:
        super().__init__()
        self._task = task
        self._entry = entry
        self._context = context
        self._make_jobs = jobs
        self._jobs: Jobs | None = None

    @abstractmethod
    def write(self) -> None:
        """Load the data and write it where the worker opens it; blocks."""

    async def prepare(self) -> None:
        """Load the data and write it where the worker opens it.

        Raises:
            UsageError: with everything that is wrong with the data.
            FeedError, StorageError: when it can't be read or written.
        """
        self._context.report("loading data", share=0.0)
        await asyncio.to_thread(self.write)
        self._context.report("loading data", share=LOADED)

    async def execute(self) -> None:
        """Have it replayed.

        Raises:
            UsageError: when data and specification don't fit.
            StrategyError: when a strategy fails, or the worker dies.
        """
        self._jobs = self._make_jobs(1, "")
        payload = msgspec.msgpack.encode(self._task)
        done = await job_done(self._jobs, self._entry, payload, Replaying(self._context).tell)
        self._context.report("done", share=1.0)
        self.result = RunResult(figures=done.figures, score=done.score, findings=done.findings)

    async def clean_up(self) -> None:
        """End the worker; without a result the data is of no use."""
        if self._jobs is not None:
            await self._jobs.close()
        if self.result.figures is None:
            await asyncio.to_thread(remove_dataset, self._context.folder / DATA)


class BacktestPipeline(ReplayPipeline):
    """Loads the data of a specification and has it replayed.

    Args:
        spec: checked, with absolute paths.
        context: of the run.
        market: reads the data.
        jobs: makes the worker.
        checks: look for look-ahead and start-up sensitivity too, which replays it several times more.
    """

    def __init__(
        self, spec: BacktestSpec, context: RunContext, *, market: MarketData, jobs: MakeJobs, checks: bool = True
    ) -> None:
        task = BacktestTask(spec=spec, folder=str(context.folder), checks=checks)
        super().__init__(task, BACKTEST_JOB, context, jobs=jobs)
        self._market = market

    def write(self) -> None:
        """Load the data by its names and write it."""
        write_dataset(self._context.folder / DATA, self._market.load(self._task.spec.data))


class Replaying:
    """Turns a worker's progress into that of a run.

    Args:
        context: of the run.
    """

    def __init__(self, context: RunContext) -> None:
        self._context = context
        self._began_at: float | None = None

    def tell(self, progress: JobProgress) -> None:
        """Report progress, with the rate since the first one."""
        if progress.stage == CHECKS:
            self._context.report(progress.stage, share=REPLAYED)
            return
        now = asyncio.get_running_loop().time()
        self._began_at = self._began_at or now
        passed = now - self._began_at
        share = progress.done / progress.total if progress.total else 0.0
        self._context.report(
            progress.stage,
            done=progress.done,
            total=progress.total,
            unit="events",
            share=LOADED + (REPLAYED - LOADED) * share,
            rate=progress.done / passed if passed > 0 else None,
            equity=progress.equity,
        )
