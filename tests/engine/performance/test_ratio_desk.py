"""Statistics come from a worker process; one that fails leaves them unknown."""

from collections.abc import AsyncIterator, Iterable

import numpy as np

from ares_desktop.engine.performance.ratio_desk import RatioDesk
from ares_desktop.engine.performance.ratios import RatioTask, ratios_of
from ares_desktop.engine.ports.jobs import JobNews, NewsKind
from ares_desktop.engine.runtime.job_pool import ProcessJobs

TASK = RatioTask(np.array([0.01, -0.01] * 20).tobytes(), b"", 252.0)


class FailingJobs:
    workers = 1

    async def run(self, entry: str, payloads: Iterable[bytes]) -> AsyncIterator[JobNews]:
        del entry, payloads
        yield JobNews(0, NewsKind.FAILED, b"it was killed")

    async def close(self) -> None:
        pass


async def test_a_worker_process_computes_what_the_library_does() -> None:
    desk = RatioDesk(lambda: ProcessJobs(1, background=False))
    try:
        assert list(await desk.ask([TASK])) == [ratios_of(TASK)]
        assert desk.ready
        assert list(await desk.ask([])) == []
    finally:
        await desk.close()


async def test_a_worker_that_fails_leaves_the_ratios_unknown() -> None:
    desk = RatioDesk(FailingJobs)
    assert list(await desk.ask([TASK])) == []
    assert not desk.ready
