"""A pipeline of nothing but steps keeps the contract, and its context tells how far it is."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ares_desktop.domain.runs import RunProgress
from ares_desktop.engine.adapters.stores.checkpoints import FolderCheckpoints
from ares_desktop.engine.pipelines.base import BasePipeline, RunContext
from tests.contracts.pipeline_contract import PipelineContract


class Plain(BasePipeline):
    """Waits a little in each step."""

    def __init__(self, context: RunContext) -> None:
        super().__init__()
        self.context = context
        self.cleaned = False

    async def prepare(self) -> None:
        await asyncio.sleep(0)

    async def execute(self) -> None:
        for done in range(5):
            self.context.report("waiting", done=done, total=4)
            await asyncio.sleep(0)

    async def clean_up(self) -> None:
        await asyncio.sleep(0)
        self.cleaned = True


class TestPlainPipeline(PipelineContract):
    @asynccontextmanager
    async def make(self, folder: Path, context: RunContext) -> AsyncIterator[BasePipeline]:
        yield Plain(context)


async def test_cleaning_up_is_finished_although_a_second_cancellation_comes(tmp_path: Path) -> None:
    pipeline = Plain(RunContext("te-0001", tmp_path, FolderCheckpoints(tmp_path), lambda _: None))
    pipeline.clean_up = lambda: clean_up_slowly(pipeline)  # type: ignore[method-assign]
    task = asyncio.create_task(pipeline.run())
    await asyncio.sleep(0)
    for _ in range(3):
        task.cancel()
        await asyncio.sleep(0)
    await asyncio.wait([task])
    assert task.cancelled()
    assert pipeline.cleaned


async def clean_up_slowly(pipeline: Plain) -> None:
    for _ in range(10):
        await asyncio.sleep(0)
    pipeline.cleaned = True


@given(st.lists(st.tuples(st.integers(0, 100), st.integers(0, 100)), max_size=20))
def test_a_share_never_falls(steps: list[tuple[int, int]]) -> None:
    told: list[RunProgress] = []
    context = RunContext("te-0001", Path(), FolderCheckpoints(Path()), told.append)
    for done, total in steps:
        context.report("stage", done=done, total=total)
    shares = [item.share for item in told if item.share is not None]
    assert shares == sorted(shares)
    assert all(0 <= share <= 1 for share in shares)


def test_what_is_left_follows_from_the_rate() -> None:
    told: list[RunProgress] = []
    context = RunContext("te-0001", Path(), FolderCheckpoints(Path()), told.append)
    context.report("stage", done=25, total=100, unit="events", rate=50.0)
    assert told[0].remaining_s == pytest.approx(1.5)
    assert told[0].share == pytest.approx(0.25)
