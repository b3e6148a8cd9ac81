"""Has statistics computed by a worker process."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import aclosing
from typing import Final

import msgspec
import structlog

from ares_desktop.engine.performance.ratios import RATIO_JOB, Ratios, RatioTask
from ares_desktop.engine.ports.jobs import Jobs, NewsKind

_log = structlog.get_logger(__name__)
_WITHIN_S: Final = 120.0
_DECODER: Final = msgspec.msgpack.Decoder(list[Ratios])


class RatioDesk:
    """Starts its worker with the first task.

    Args:
        jobs: makes the worker process.

    Attributes:
        ready: the worker has loaded what it needs and answers at once.
    """

    def __init__(self, jobs: Callable[[], Jobs]) -> None:
        self.ready = False
        self._make = jobs
        self._jobs: Jobs | None = None

    async def ask(self, tasks: Sequence[RatioTask]) -> Sequence[Ratios]:
        """Return the ratios of each task, none at all where the worker failed."""
        if not tasks:
            return ()
        if self._jobs is None:
            self._jobs = self._make()
        found: Sequence[Ratios] = ()
        problem = "the worker ended without a result"
        news = self._jobs.run(RATIO_JOB, (msgspec.msgpack.encode(tasks),))
        try:
            async with asyncio.timeout(_WITHIN_S), aclosing(news):  # type: ignore[type-var]  # it is a generator
                async for item in news:
                    if item.kind is NewsKind.DONE:
                        found = _DECODER.decode(item.body)
                    else:
                        problem = item.body.decode(errors="replace")
        except TimeoutError:
            problem = f"the worker took longer than {_WITHIN_S:.0f} s"
        self.ready = bool(found)
        if not found:
            _log.warning("ratios_not_computed", error=problem)
        return found

    async def close(self) -> None:
        """End the worker; idempotent."""
        if self._jobs is not None:
            await self._jobs.close()
