"""Has weights computed by a worker process."""

import asyncio
from collections.abc import Callable
from contextlib import aclosing
from typing import Final

import msgspec

from ares_desktop.domain.errors import RefusedError
from ares_desktop.engine.portfolio.optimizing import OPTIMIZE_JOB, OptimizeTask
from ares_desktop.engine.ports.jobs import Jobs, NewsKind

_WITHIN_S: Final = 180.0


class WeightDesk:
    """Starts its worker with the first task.

    Args:
        jobs: makes the worker process.
    """

    def __init__(self, jobs: Callable[[], Jobs]) -> None:
        self._make = jobs
        self._jobs: Jobs | None = None

    async def solve(self, task: OptimizeTask) -> tuple[float, ...]:
        """Return the weights of a task.

        Raises:
            RefusedError: when the worker failed, ended or took too long.
        """
        if self._jobs is None:
            self._jobs = self._make()
        problem = "the worker ended without a result"
        news = self._jobs.run(OPTIMIZE_JOB, (msgspec.msgpack.encode(task),))
        try:
            async with asyncio.timeout(_WITHIN_S), aclosing(news):  # type: ignore[type-var]  # it is a generator
                async for item in news:
                    if item.kind is NewsKind.DONE:
                        return msgspec.msgpack.decode(item.body, type=tuple[float, ...])
                    if item.kind is NewsKind.FAILED:
                        problem = item.body.decode(errors="replace")
        except TimeoutError:
            problem = f"the worker took longer than {_WITHIN_S:.0f} s"
        raise RefusedError("NO_WEIGHTS", problem)

    async def close(self) -> None:
        """End the worker; idempotent."""
        if self._jobs is not None:
            await self._jobs.close()
