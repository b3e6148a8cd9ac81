"""What every pipeline must do, however it ends.

A test module derives from :class:`PipelineContract` and says how its pipeline is made and where it can be made to fail.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import pytest

from ares_desktop.domain.runs import RunProgress, RunState
from ares_desktop.engine.adapters.stores.checkpoints import FolderCheckpoints
from ares_desktop.engine.pipelines.base import BasePipeline, RunContext

STEPS = ("prepare", "execute", "clean_up")
FINAL = {RunState.DONE, RunState.FAILED, RunState.CANCELED}


class BrokenError(Exception):
    """What a step is made to fail with."""


@dataclass
class Watched:
    """A pipeline, and everything it said."""

    pipeline: BasePipeline
    states: list[RunState] = field(default_factory=list)
    progress: list[RunProgress] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    task: "asyncio.Task[None] | None" = None

    def start(self) -> "asyncio.Task[None]":
        """Run the pipeline in a task of its own."""
        self.task = asyncio.create_task(self.pipeline.run())
        return self.task

    def fail(self, step: str, *, after: bool = False) -> None:
        """Make a step fail before it does anything, or after it did everything."""

        async def failing(work: Callable[[], Awaitable[None]]) -> None:
            if after:
                await work()
            raise BrokenError(step)

        self._wrap(step, failing)

    def count(self) -> None:
        """Note which steps are taken."""
        for step in STEPS:

            async def counted(work: Callable[[], Awaitable[None]], step: str = step) -> None:
                self.calls.append(step)
                await work()

            self._wrap(step, counted)

    def cancel_in(self, step: str) -> None:
        """Cancel the pipeline when a step is about to begin."""

        async def canceled(work: Callable[[], Awaitable[None]]) -> None:
            assert self.task is not None
            self.task.cancel()
            await work()
            await asyncio.sleep(0)

        self._wrap(step, canceled)

    def _wrap(self, step: str, around: Callable[[Callable[[], Awaitable[None]]], Awaitable[None]]) -> None:
        work = getattr(self.pipeline, step)
        setattr(self.pipeline, step, lambda: around(work))


class PipelineContract:
    """Each test takes a fresh pipeline that would succeed."""

    def make(self, folder: Path, context: RunContext) -> AbstractAsyncContextManager[BasePipeline]:
        """Give a pipeline whose work is small; what it needs is closed afterwards."""
        raise NotImplementedError

    @pytest.fixture
    async def watched(self, tmp_path: Path) -> AsyncIterator[Watched]:
        """A pipeline that was not run."""
        told: list[RunProgress] = []
        folder = tmp_path / "run"
        folder.mkdir()
        context = RunContext("te-0001", folder, FolderCheckpoints(folder), told.append)
        before = {item for item in asyncio.all_tasks() if not item.done()}
        async with self.make(tmp_path, context) as pipeline:
            watched = Watched(pipeline, progress=told)
            pipeline.on_state = watched.states.append
            yield watched
        left = {item for item in asyncio.all_tasks() if not item.done()} - before - {asyncio.current_task()}
        assert not left, f"tasks left behind: {left}"
        assert not working_processes(), "worker processes left behind"

    async def test_it_takes_its_steps_once_and_its_share_never_falls(self, watched: Watched) -> None:
        watched.count()
        await watched.pipeline.run()
        assert watched.calls == ["prepare", "execute", "clean_up"]
        assert watched.states == [RunState.PREPARING, RunState.RUNNING, RunState.DONE]
        shares = [item.share for item in watched.progress if item.share is not None]
        assert shares == sorted(shares)
        assert all(0 <= share <= 1 for share in shares)
        assert {item.run for item in watched.progress} <= {"te-0001"}
        with pytest.raises(RuntimeError, match="runs once"):
            await watched.pipeline.run()
        assert watched.pipeline.state is RunState.DONE

    @pytest.mark.parametrize("step", ["prepare", "execute"])
    @pytest.mark.parametrize("after", [False, True])
    async def test_a_step_that_fails_ends_it_as_failed_and_cleaned_up(
        self, watched: Watched, step: str, *, after: bool
    ) -> None:
        watched.fail(step, after=after)
        watched.count()
        with pytest.raises(BrokenError, match=step):
            await watched.pipeline.run()
        assert watched.calls.count("clean_up") == 1
        assert watched.pipeline.state is RunState.FAILED

    async def test_cleaning_up_that_fails_is_told_and_makes_it_failed(self, watched: Watched) -> None:
        watched.fail("clean_up", after=True)
        watched.count()
        with pytest.raises(BrokenError, match="clean_up"):
            await watched.pipeline.run()
        assert watched.calls.count("clean_up") == 1
        assert watched.pipeline.state is RunState.FAILED

    async def test_both_faults_are_told_when_cleaning_up_fails_too(self, watched: Watched) -> None:
        watched.fail("execute")
        watched.fail("clean_up", after=True)
        with pytest.raises(BrokenError, match="clean_up") as raised:
            await watched.pipeline.run()
        assert isinstance(raised.value.__context__, BrokenError)
        assert watched.pipeline.state is RunState.FAILED

    @pytest.mark.parametrize("step", STEPS)
    async def test_a_cancellation_in_any_step_cleans_up_and_goes_on(self, watched: Watched, step: str) -> None:
        watched.cancel_in(step)
        watched.count()
        task = watched.start()
        await asyncio.wait([task])
        assert task.cancelled()
        assert watched.calls.count("clean_up") == 1
        assert watched.pipeline.state in FINAL

    async def test_a_cancellation_while_it_works_ends_it_as_canceled(self, watched: Watched) -> None:
        watched.count()
        working = asyncio.Event()
        watched.pipeline.on_state = lambda state: working.set() if state is RunState.RUNNING else None
        task = watched.start()
        waiting = asyncio.create_task(working.wait())
        await asyncio.wait([task, waiting], return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        task.cancel()
        await asyncio.wait([task])
        assert watched.calls.count("clean_up") == 1
        assert watched.pipeline.state is RunState.CANCELED


def working_processes() -> list[psutil.Process]:
    """Return the worker processes that jobs left."""
    found = []
    for process in psutil.Process().children(recursive=True):
        try:
            if "job_worker" in " ".join(process.cmdline()) and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        except psutil.Error:
            continue
    return found
