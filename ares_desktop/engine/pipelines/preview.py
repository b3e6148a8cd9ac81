"""Previews: what an instance would have done on the last bars, tried out in worker processes of their own."""

import asyncio
from collections.abc import Callable
from contextlib import aclosing
from typing import Final

import msgspec

from ares_desktop.domain.ids import StrategyId
from ares_desktop.domain.previews import Preview, PreviewSide
from ares_desktop.domain.strategies import StrategyInstance
from ares_desktop.engine.backtest.preview_task import PREVIEW_JOB, PreviewTask
from ares_desktop.engine.pipelines.preview_data import PreviewSource
from ares_desktop.engine.ports.jobs import Jobs, NewsKind
from ares_desktop.engine.runtime.tasks import TaskSet

_SIDES: Final = 2


class PreviewDesk:
    """Makes previews; a newer one of the same instance takes the place of the older.

    Its workers are no others' and start when they are needed, so that a preview waits for no search; they end when
    nobody asked for a preview for a while.

    Args:
        source: plans previews.
        jobs: makes worker processes, so many.
        within_s: how long one side may take; then it is taken for one that never ends.
        rest_s: how long workers are kept for the next preview.
    """

    def __init__(
        self, source: PreviewSource, jobs: Callable[[int], Jobs], *, within_s: float = 20.0, rest_s: float = 60.0
    ) -> None:
        self._source = source
        self._make_jobs = jobs
        self._within_s = within_s
        self._rest_s = rest_s
        self._jobs: Jobs | None = None
        self._ending: list[Jobs] = []
        self._resting: asyncio.Task[None] | None = None
        self._asked: dict[StrategyId, object] = {}
        self._running: dict[StrategyId, asyncio.Task[list[PreviewSide]]] = {}
        self._tasks = TaskSet("previews")

    async def preview(
        self, instance: StrategyInstance, current: StrategyInstance | None, *, bars: int = 500
    ) -> Preview:
        """Try an instance out as it is proposed, and as it is in force.

        Args:
            instance: as it would be.
            current: as it is, None for a new one.
            bars: how many of each instrument are traded on at most; older ones warm it up.

        Raises:
            UsageError: when there is no such file, or no bars to try it on, with every finding.
            CancelledError: also when a newer preview of the instance was asked for.
        """
        name = instance.name
        mine = self._asked[name] = object()
        if name in self._running:
            self._running[name].cancel()
        plan = await self._source.plan(instance, current, bars)
        if self._asked[name] is not mine or self._tasks.closed:
            raise asyncio.CancelledError
        task = self._running[name] = self._tasks.spawn(self._sides(plan.tasks), f"preview of {name}")
        try:
            proposed, *others = await task
        finally:
            if self._running.get(name) is task:
                del self._running[name]
            self._rest_later()
        return msgspec.structs.replace(plan.outline, proposed=proposed, current=others[0] if others else None)

    async def close(self) -> None:
        """End previews and their workers; idempotent."""
        await self._tasks.close()
        await self._end_workers()

    async def _sides(self, tasks: tuple[PreviewTask, ...]) -> list[PreviewSide]:
        jobs = self._workers()
        return await asyncio.gather(*(self._side(jobs, task) for task in tasks))

    async def _side(self, jobs: Jobs, task: PreviewTask) -> PreviewSide:
        """Have one side tried out; whatever goes wrong with it is told as its fault."""
        (instance,) = task.spec.strategies
        fault = "the worker ended without a result"
        news = jobs.run(PREVIEW_JOB, (msgspec.msgpack.encode(task),))
        try:
            async with asyncio.timeout(self._within_s), aclosing(news):  # type: ignore[type-var]  # it is a generator
                async for item in news:
                    if item.kind is NewsKind.DONE:
                        return msgspec.msgpack.decode(item.body, type=PreviewSide)
                    fault = item.body.decode(errors="replace")
        except TimeoutError:
            fault = f"it did not come to an end within {self._within_s:g} s"
        return PreviewSide(parameters=instance.parameters, faults=(f"{fault} ({instance.file})",))

    def _workers(self) -> Jobs:
        if self._resting is not None:
            self._resting.cancel()
            self._resting = None
        if self._jobs is None:
            self._jobs = self._make_jobs(_SIDES)
        return self._jobs

    def _rest_later(self) -> None:
        if self._resting is None and not self._running and not self._tasks.closed:
            self._resting = self._tasks.spawn(self._rest(), "rest")

    async def _rest(self) -> None:
        await asyncio.sleep(self._rest_s)
        # From here on nobody takes it for one that may be called off.
        self._resting = None
        await self._end_workers()

    async def _end_workers(self) -> None:
        if self._jobs is not None:
            self._ending.append(self._jobs)
            self._jobs = None
        for jobs in tuple(self._ending):
            await jobs.close()
            if jobs in self._ending:
                self._ending.remove(jobs)
