"""Runs are kept, claimed, followed, ended, recovered and resumed."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from ares_desktop.domain.errors import FeedError, RefusedError, StorageError, UsageError
from ares_desktop.domain.monitoring import Severity
from ares_desktop.domain.runs import Run, RunEnded, RunKind, RunProgress, RunRemoved, RunState
from ares_desktop.engine.adapters.stores.checkpoints import FolderCheckpoints
from ares_desktop.engine.adapters.stores.runs import SqliteRunStore
from ares_desktop.engine.pipelines.base import BasePipeline, RunContext, RunResult
from ares_desktop.engine.pipelines.runner import PID_FILE, MakePipeline, Runner
from ares_desktop.engine.pipelines.runs import Runs
from ares_desktop.engine.runtime.clocks import WallClock
from tests.engine.pipelines.running import Notes

SPEC = b"what it was asked to do"


class Counting(BasePipeline):
    """Counts from its checkpoint to three, and waits there to be let go."""

    def __init__(self, context: RunContext, gate: asyncio.Event, fault: Exception | None = None) -> None:
        super().__init__()
        self.context = context
        self.gate = gate
        self.fault = fault
        self.cleaned = 0

    async def prepare(self) -> None:
        self.begin = int(self.context.checkpoints.load("count") or b"0")

    async def execute(self) -> None:
        for number in range(self.begin, 3):
            self.context.report("counting", done=number + 1, total=3)
            self.context.checkpoints.save("count", str(number + 1).encode())
        await self.gate.wait()
        if self.fault is not None:
            raise self.fault
        self.result = RunResult(score=float(self.begin), findings=2)

    async def clean_up(self) -> None:
        self.cleaned += 1


class Office:
    """Runs over a real store, with everything that was told."""

    def __init__(self, folder: Path) -> None:
        self.store = SqliteRunStore(folder)
        self.notes = Notes()
        self.gate = asyncio.Event()
        self.fault: Exception | None = None
        self.pipelines: list[Counting] = []
        self.changed: list[Run] = []
        self.progress: list[RunProgress] = []
        self.ended: list[RunEnded] = []
        self.removed: list[RunRemoved] = []
        wall = WallClock()
        self.runner = Runner(self.store, checkpoints=FolderCheckpoints, notifier=self.notes, wall=wall)
        self.runs = Runs(self.runner, lambda *_: self.make(), wall=wall, at_once=2)
        self.runs.listen(
            changed=self.changed.append,
            progressed=self.progress.append,
            ended=self.ended.append,
            removed=self.removed.append,
        )

    def make(self) -> MakePipeline:
        def make(context: RunContext) -> BasePipeline:
            self.pipelines.append(Counting(context, self.gate, self.fault))
            return self.pipelines[-1]

        return make

    async def start(self) -> Run:
        return await self.runs.start(a_run(), SPEC, self.make())

    async def until(self, run: Run, state: RunState) -> None:
        while self.runs.get(run.id).state is not state:
            await asyncio.sleep(0.005)

    def kept(self, run: Run) -> Run:
        return self.store.load(run.id)[0]


def a_run(kind: RunKind = RunKind.SEARCH) -> Run:
    return Run(
        id="", kind=kind, state=RunState.WAITING, title="counting", strategies=("smag7",), data=("sample",),
        created_at=datetime(2026, 3, 2, tzinfo=UTC),
    )  # fmt: skip


OpenOffice = Callable[[], Office]


@asynccontextmanager
async def office_in(folder: Path) -> AsyncIterator[Office]:
    office = Office(folder)
    await office.runs.open()
    try:
        yield office
    finally:
        await office.runs.close()


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    async with office_in(tmp_path / "runs") as office:
        yield office


async def test_a_run_is_kept_from_its_beginning_to_its_result(office: Office) -> None:
    run = await office.start()
    assert office.kept(run).state is RunState.WAITING
    await office.until(run, RunState.RUNNING)
    assert (office.store.folder(run.id) / PID_FILE).exists()
    office.gate.set()
    ended = await office.runs.wait(run.id)
    assert ended.state is RunState.DONE
    assert (ended.score, ended.findings) == (0.0, 2)
    assert ended.started_at is not None
    assert ended.ended_at is not None
    assert office.store.load(run.id) == (ended, SPEC)
    assert not (office.store.folder(run.id) / PID_FILE).exists()
    assert [item.state for item in office.changed] == ["waiting", "preparing", "running", "done"]
    assert [item.run for item in office.ended] == [ended]
    assert office.notes.said == [(f"Search {run.id} is done", Severity.INFO)]
    assert office.progress[-1].done == 3


async def test_what_fails_is_kept_with_all_its_findings_and_raised_to_who_waits(office: Office) -> None:
    office.fault = FeedError("the market is away")
    office.gate.set()
    run = await office.start()
    with pytest.raises(FeedError):
        await office.runs.wait(run.id)
    ended = office.kept(run)
    assert ended.state is RunState.FAILED
    assert ended.error == "the market is away"
    assert ended.resumable
    assert office.notes.said == [(f"Search {run.id} failed", Severity.ERROR)]


async def test_a_fault_of_the_program_is_told_as_one(office: Office) -> None:
    office.fault = ZeroDivisionError("oops")
    office.gate.set()
    run = await office.start()
    with pytest.raises(ZeroDivisionError):
        await office.runs.wait(run.id)
    assert "a fault of the program: ZeroDivisionError('oops')" in office.kept(run).error


async def test_a_canceled_run_is_cleaned_up_and_tells_nobody(office: Office) -> None:
    run = await office.start()
    await office.until(run, RunState.RUNNING)
    ended = await office.runs.cancel(run.id)
    assert ended.state is RunState.CANCELED
    assert ended.resumable
    assert office.pipelines[0].cleaned == 1
    assert office.kept(run) == ended
    assert not office.notes.said
    assert await office.runs.cancel(run.id) == ended


async def test_a_run_that_waits_its_turn_can_be_canceled_too(office: Office) -> None:
    runs = [await office.start() for _ in range(3)]
    await office.until(runs[1], RunState.RUNNING)
    assert office.runs.get(runs[2].id).state is RunState.WAITING
    assert (await office.runs.cancel(runs[2].id)).state is RunState.CANCELED
    assert len(office.pipelines) == 2
    office.gate.set()
    assert (await office.runs.wait(runs[0].id)).state is RunState.DONE


async def test_a_run_that_is_canceled_at_once_does_not_wait_for_ever(office: Office) -> None:
    run = await office.start()
    assert (await office.runs.cancel(run.id)).state is RunState.CANCELED
    assert office.kept(run).state is RunState.CANCELED


async def test_closing_interrupts_what_is_at_work_and_resuming_goes_on_from_the_checkpoint(tmp_path: Path) -> None:
    async with office_in(tmp_path) as office:
        run = await office.start()
        await office.until(run, RunState.RUNNING)
    async with office_in(tmp_path) as office:
        known = office.runs.get(run.id)
        assert known.state is RunState.INTERRUPTED
        assert known.resumable
        office.gate.set()
        resumed = await office.runs.resume(run.id)
        assert resumed.id == run.id
        ended = await office.runs.wait(run.id)
        assert ended.state is RunState.DONE
        assert ended.score == 3.0
        assert not ended.error


async def test_a_run_whose_process_is_gone_is_interrupted_and_one_that_lives_elsewhere_is_left_alone(
    tmp_path: Path,
) -> None:
    async with office_in(tmp_path) as office:
        dead, alive, bare = [office.store.next_id(RunKind.SEARCH) for _ in range(3)]
        for name in (dead, alive, bare):
            office.store.save(msgspec.structs.replace(a_run(), id=name, state=RunState.RUNNING), SPEC)
        (office.store.folder(dead) / PID_FILE).write_text("999999 1.0\n")
        FolderCheckpoints(office.store.folder(dead)).save("count", b"2")
        office.runner.claim(alive).take()
    async with office_in(tmp_path) as office:
        assert office.runs.get(dead).state is RunState.INTERRUPTED
        assert office.runs.get(dead).resumable
        assert office.runs.get(alive).state is RunState.RUNNING
        assert office.runs.get(bare).state is RunState.INTERRUPTED
        assert not office.runs.get(bare).resumable
        assert office.kept(office.runs.get(dead)).state is RunState.INTERRUPTED
        with pytest.raises(RefusedError, match="another process"):
            await office.runs.cancel(alive)
        with pytest.raises(UsageError, match="no checkpoint"):
            await office.runs.resume(bare)


async def test_notes_and_tags_of_a_run_at_work_survive_its_end(office: Office) -> None:
    run = await office.start()
    await office.until(run, RunState.RUNNING)
    await office.runs.annotate(run.id, "look again", ("fast", "café"))
    await office.runs.annotate(run.id, None, None)
    office.gate.set()
    ended = await office.runs.wait(run.id)
    assert (ended.notes, ended.tags) == ("look again", ("fast", "café"))
    assert office.kept(run).notes == "look again"
    assert (await office.runs.annotate(run.id, "", ())).notes == ""


async def test_deleting_refuses_all_while_one_is_at_work(office: Office) -> None:
    office.gate.set()
    old = await office.start()
    await office.runs.wait(old.id)
    office.gate.clear()
    busy = await office.start()
    with pytest.raises(RefusedError, match=busy.id):
        await office.runs.delete([old.id, busy.id])
    assert office.kept(old).state is RunState.DONE
    await office.runs.delete([old.id])
    assert [item.run for item in office.removed] == [old.id]
    assert not office.store.folder(old.id).exists()
    with pytest.raises(UsageError, match=old.id):
        office.runs.get(old.id)


async def test_what_another_process_does_is_taken_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ares_desktop.engine.pipelines.runs._LOOK_EVERY_S", 0.01)
    async with office_in(tmp_path) as ours, office_in(tmp_path) as theirs:
        watching = asyncio.create_task(ours.runs.watch())
        theirs.gate.set()
        run = await theirs.start()
        await theirs.runs.wait(run.id)
        while not ours.changed or ours.changed[-1].state is not RunState.DONE:
            await asyncio.sleep(0.01)
        await theirs.runs.delete([run.id])
        while not ours.removed:
            await asyncio.sleep(0.01)
        watching.cancel()
        await asyncio.wait([watching])


async def test_a_store_that_fails_refuses_new_runs_but_not_the_live_one(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise StorageError("the disk is full")

    monkeypatch.setattr(office.store, "save", full)
    with pytest.raises(StorageError):
        await office.start()
    office.gate.set()
    context = RunContext("live", office.store.folder("live"), FolderCheckpoints(Path()), lambda _: None)
    pipeline = Counting(context, office.gate)
    pipeline.begin = 3
    pipeline.prepare = lambda: asyncio.sleep(0)  # type: ignore[method-assign]
    await office.runs.carry_out_here(a_run(RunKind.LIVE), pipeline)
    assert pipeline.state is RunState.DONE


async def test_a_live_run_that_is_stopped_is_done(office: Office) -> None:
    class Live(Counting):
        async def prepare(self) -> None:
            self.begin = 3

    context = RunContext("live", Path(), FolderCheckpoints(Path()), lambda _: None)
    task = asyncio.create_task(office.runs.carry_out_here(a_run(RunKind.LIVE), Live(context, office.gate)))
    while not any(item.state is RunState.RUNNING for item in office.changed):
        await asyncio.sleep(0.005)
    live = office.runs.all()[0]
    assert live.kind is RunKind.LIVE
    task.cancel()
    await asyncio.wait([task])
    assert task.cancelled()
    assert office.kept(live).state is RunState.DONE
