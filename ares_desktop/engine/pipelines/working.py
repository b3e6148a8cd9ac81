"""One job of a worker process as a pipeline sees it."""

from collections.abc import Callable
from contextlib import aclosing

import msgspec

from ares_desktop.domain.errors import StrategyError
from ares_desktop.domain.strategies import Fault
from ares_desktop.engine.backtest.jobs import JobProgress, JobResult
from ares_desktop.engine.ports.jobs import Jobs, NewsKind

MakeJobs = Callable[[int, str], Jobs]
"""Makes worker processes: how many, 0 for one a core, and the address of a cluster to use instead, or nothing."""


async def job_done(jobs: Jobs, entry: str, payload: bytes, tell: Callable[[JobProgress], None]) -> JobResult:
    """Have one job done and return its result.

    Raises:
        UsageError: when the worker found the input wrong.
        StrategyError: when a strategy failed, or the worker died.
    """
    async with aclosing(jobs.run(entry, (payload,))) as news:  # type: ignore[type-var]  # every run is a generator
        async for item in news:
            if item.kind is NewsKind.PROGRESS:
                tell(msgspec.msgpack.decode(item.body, type=JobProgress))
            elif item.kind is NewsKind.FAILED:
                raise _failure(item.body.decode(errors="replace"))
            else:
                result = msgspec.msgpack.decode(item.body, type=JobResult)
                result.raise_failure()
                return result
    raise StrategyError("the worker ended without a result")


def _failure(text: str) -> StrategyError:
    """Return what a worker failed of in a line, with its traceback where it has one."""
    lines = text.strip().splitlines() or ["the worker failed without a word"]
    return StrategyError(lines[-1], Fault(kind="exited", message=lines[-1], trace=text if len(lines) > 1 else ""))
