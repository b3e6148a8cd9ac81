"""Resampled paths of a backtest as a pipeline."""

from pathlib import Path

import msgspec

from ares_desktop.domain.errors import StorageError
from ares_desktop.domain.monte_carlo import MonteCarloSpec
from ares_desktop.engine.backtest.jobs import MONTE_CARLO_JOB, JobProgress, MonteCarloTask
from ares_desktop.engine.pipelines.base import BasePipeline, RunContext
from ares_desktop.engine.pipelines.working import MakeJobs, job_done
from ares_desktop.engine.ports.jobs import Jobs


class MonteCarloPipeline(BasePipeline):
    """Has a backtest resampled in a worker process.

    Args:
        spec: checked.
        context: of the run.
        parent: folder of the backtest.
        jobs: makes the worker.
    """

    def __init__(self, spec: MonteCarloSpec, context: RunContext, *, parent: Path, jobs: MakeJobs) -> None:
        super().__init__()
        self._spec = spec
        self._context = context
        self._parent = parent
        self._make_jobs = jobs
        self._jobs: Jobs | None = None

    async def prepare(self) -> None:
        """See that there is a backtest.

        Raises:
            StorageError: when its folder is gone.
        """
        if not self._parent.is_dir():
            msg = f"the backtest {self._spec.run} has no folder any more. Run it again."
            raise StorageError(msg)

    async def execute(self) -> None:
        """Have it resampled.

        Raises:
            UsageError: when it can't be resampled.
            StrategyError: when the worker dies.
        """
        self._context.report("resampling", share=0.0)
        self._jobs = self._make_jobs(1, "")
        task = MonteCarloTask(spec=self._spec, parent=str(self._parent), folder=str(self._context.folder))
        await job_done(self._jobs, MONTE_CARLO_JOB, msgspec.msgpack.encode(task), self._tell)
        self._context.report("done", share=1.0)

    async def clean_up(self) -> None:
        """End the worker."""
        if self._jobs is not None:
            await self._jobs.close()

    def _tell(self, progress: JobProgress) -> None:
        self._context.report(progress.stage, done=progress.done, total=progress.total, unit="paths")
