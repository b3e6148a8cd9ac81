"""Worker processes on this machine that do jobs one after the other."""

import asyncio
import os
from collections.abc import AsyncIterator, Collection, Iterable, Iterator
from typing import Final

import structlog

from ares_desktop.engine.ports.jobs import JobNews, NewsKind
from ares_desktop.engine.runtime.job_process import JobProcess
from ares_desktop.engine.runtime.job_wire import DONE, FAILED, Job
from ares_desktop.engine.runtime.tasks import TaskSet

_log = structlog.get_logger(__name__)
_CLOSED: Final = "the workers were closed and take no more jobs"
_LAST_WORDS_S: Final = 2.0
"""How long a worker whose socket is closed may take to die of what it died of."""
_WAITING_NEWS: Final = 64
"""A consumer that falls so far behind makes the workers wait."""


class ProcessJobs:
    """Implements :class:`~ares_desktop.engine.ports.jobs.Jobs` with processes that start at their first job.

    A worker whose process ends fails its job, with how it ended, and is replaced for the next one. When the
    application ends, however it does, its workers are killed. Runs at the same time share the workers.

    Attributes:
        workers: how many jobs run at once.
    """

    def __init__(self, workers: int = 0, *, background: bool = True) -> None:
        """Take a number of workers.

        Args:
            workers: 0 for one a core.
            background: they run at a low priority and use what the application leaves, as beside a window that trades.
        """
        self.workers = workers or cores()
        self._places = tuple(_Place(background=background) for _ in range(self.workers))
        self._idle = list(self._places)
        self._freed = asyncio.Condition()
        self._tasks = TaskSet("jobs")
        self._runs: set[asyncio.Queue[JobNews | None]] = set()
        self._closed = False

    async def run(self, entry: str, payloads: Iterable[bytes]) -> AsyncIterator[JobNews]:
        """Do jobs, see :meth:`ares_desktop.engine.ports.jobs.Jobs.run`.

        Raises:
            RuntimeError: when the workers were closed, also in the middle of it.
        """
        source = enumerate(payloads)
        news: asyncio.Queue[JobNews | None] = asyncio.Queue(_WAITING_NEWS)
        running: dict[int, tuple[_Place, asyncio.Task[None]]] = {}
        self._runs.add(news)
        more = True
        try:
            while True:
                while more and (self._idle or not running):
                    more = await self._start(entry, source, news, running)
                if not running:
                    return
                item = await news.get()
                if item is None:
                    raise RuntimeError(_CLOSED)
                if item.kind is not NewsKind.PROGRESS:
                    place, task = running.pop(item.index)
                    await task
                    await self._give_back(place)
                yield item
        finally:
            self._runs.discard(news)
            await self._end(running.values())

    async def close(self) -> None:
        """End all workers and the runs that use them; idempotent."""
        self._closed = True
        for news in self._runs:
            while news.full():
                news.get_nowait()
            news.put_nowait(None)
        await self._tasks.close()
        for place in self._places:
            await place.end()
        async with self._freed:
            self._freed.notify_all()

    async def _start(
        self,
        entry: str,
        source: Iterator[tuple[int, bytes]],
        news: "asyncio.Queue[JobNews | None]",
        running: "dict[int, tuple[_Place, asyncio.Task[None]]]",
    ) -> bool:
        """Start the next job on a free worker; return False when there is no job left."""
        place = await self._take()
        try:
            found = next(source, None)
        except BaseException:
            await self._give_back(place)
            raise
        if found is None:
            await self._give_back(place)
            return False
        index, payload = found
        running[index] = place, self._tasks.spawn(place.work(index, Job(entry, payload), news), f"job {index}")
        return True

    async def _end(self, running: "Collection[tuple[_Place, asyncio.Task[None]]]") -> None:
        for place, task in running:
            task.cancel()
            place.kill()
        for place, task in running:
            await asyncio.wait([task])
            await place.end()
            await self._give_back(place)

    async def _take(self) -> "_Place":
        async with self._freed:
            await self._freed.wait_for(lambda: self._idle or self._closed)
            if self._closed:
                raise RuntimeError(_CLOSED)
            return self._idle.pop()

    async def _give_back(self, place: "_Place") -> None:
        async with self._freed:
            self._idle.append(place)
            self._freed.notify()


class _Place:
    """One worker, or the room for one."""

    def __init__(self, *, background: bool) -> None:
        self._background = background
        self._process: JobProcess | None = None

    async def work(self, index: int, job: Job, news: "asyncio.Queue[JobNews | None]") -> None:
        """Have a job done and put its news; the last one is its result or its fault."""

        async def tell(body: bytes) -> None:
            await news.put(JobNews(index, NewsKind.PROGRESS, body))

        try:
            if self._process is None or self._process.ended():
                await self.end()
                self._process = await JobProcess.start(background=self._background)
            kind, body = await self._process.work(job, tell)
        except OSError as error:
            kind, body = FAILED, f"no worker process could be started: {error}".encode()
        except EOFError:
            kind, body = FAILED, (await self.end(within_s=_LAST_WORDS_S)).encode()
            _log.warning("job_worker_lost", job=index, how=body.decode())
        await news.put(JobNews(index, NewsKind.DONE if kind == DONE else NewsKind.FAILED, body))

    def kill(self) -> None:
        """Kill its process, if there is one."""
        if self._process is not None:
            self._process.kill()

    async def end(self, *, within_s: float = 0.0) -> str:
        """End its process and return how it ended, empty when there was none; ``within_s`` it may end by itself."""
        process = self._process
        if process is None:
            return ""
        how = await process.reap(within_s=within_s)
        if self._process is process:
            self._process = None
        return how


def cores() -> int:
    """Return how many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
