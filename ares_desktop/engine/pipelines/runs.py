"""All runs of a profile: started, canceled, resumed, annotated and deleted, by this process or beside another."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Final

import msgspec
import structlog

from ares_desktop.domain.errors import AresError, Finding, RefusedError, StorageError, UsageError
from ares_desktop.domain.runs import Run, RunEnded, RunProgress, RunRemoved, RunState
from ares_desktop.engine.pipelines.base import BasePipeline
from ares_desktop.engine.pipelines.runner import MakePipeline, Runner
from ares_desktop.engine.ports.clock import Clock
from ares_desktop.engine.runtime.tasks import TaskSet

_AT_ONCE: Final = 2
_END_WITHIN_S: Final = 10.0
_LOOK_EVERY_S: Final = 2.0
_log = structlog.get_logger(__name__)

MakeResumed = Callable[[Run, bytes], MakePipeline]


class Runs:
    """Owns the tasks of the runs that this process executes, and knows those of others.

    Args:
        runner: takes each through its life.
        resumed: returns what makes the pipeline of a run that goes on, from what it was asked to do.
        at_once: more than so many wait.
    """

    def __init__(self, runner: Runner, resumed: MakeResumed, *, wall: Clock, at_once: int = _AT_ONCE) -> None:
        self._runner = runner
        self._store = runner.store
        self._resumed = resumed
        self._wall = wall
        self._turns = asyncio.Semaphore(at_once)
        self._tasks = TaskSet("runs")
        self._own: dict[str, asyncio.Task[None]] = {}
        self._faults: dict[str, Exception] = {}
        self._known: dict[str, Run] = {}
        self._version: int | None = None
        self._changed: Callable[[Run], None] = lambda _: None
        runner.listeners.changed = self._take

    def listen(
        self,
        *,
        changed: Callable[[Run], None],
        progressed: Callable[[RunProgress], None],
        ended: Callable[[RunEnded], None],
        removed: Callable[[RunRemoved], None],
    ) -> None:
        """Be told of runs, on the loop."""
        self._changed = changed
        listeners = self._runner.listeners
        listeners.progressed, listeners.ended, listeners.removed = progressed, ended, removed

    def all(self) -> tuple[Run, ...]:
        """Return every run, newest first."""
        return tuple(sorted(self._known.values(), key=lambda run: (run.created_at, run.id), reverse=True))

    def get(self, run: str) -> Run:
        """Return a run.

        Raises:
            UsageError: when there is none of this id.
        """
        if run not in self._known:
            remedy = f"The newest are {', '.join(item.id for item in self.all()[:5])}." if self._known else ""
            raise UsageError(Finding(place="run", value=run, problem="there is no run of this id", remedy=remedy))
        return self._known[run]

    async def open(self) -> None:
        """Read the runs, and mark those whose process is gone as interrupted.

        Raises:
            StorageError: when the store can't be read.
        """
        self._version = await asyncio.to_thread(self._store.version)
        for run in await asyncio.to_thread(self._recovered):
            self._take(run)

    def folder(self, run: str) -> Path:
        """Return where a run keeps its files."""
        return self._store.folder(run)

    async def start(self, run: Run, spec: bytes, make: MakePipeline) -> Run:
        """Give a run an id, keep it, and execute it in the background.

        Args:
            run: without an id.
            spec: what it was asked to do.
            make: makes its pipeline.

        Raises:
            StorageError: when it can't be kept; then nothing is started.
        """
        waiting = await asyncio.to_thread(self._reserve, run, spec)
        self._take(waiting)
        await self._spawn(waiting, spec, make)
        return waiting

    async def resume(self, run: str) -> Run:
        """Go on with a run from its newest checkpoint.

        Raises:
            UsageError: when there is no such run, or it has nothing to go on from.
            RefusedError: while another process works on it.
        """
        known = self.get(run)
        if not known.resumable or not known.state.is_final:
            remedy = "Start it anew with the same settings."
            problem = f"is {known.state} and has no checkpoint to go on from"
            raise UsageError(Finding(place="run", value=run, problem=problem, remedy=remedy))
        _, spec = await asyncio.to_thread(self._store.load, run)
        make = self._resumed(known, spec)
        await asyncio.to_thread(self._runner.claim(run).take)
        waiting = msgspec.structs.replace(known, state=RunState.WAITING, error="", ended_at=None)
        await asyncio.to_thread(self._store.save, waiting, spec)
        self._take(waiting)
        await self._spawn(waiting, spec, make)
        return waiting

    async def wait(self, run: str) -> Run:
        """Return a run that was started here as it ended.

        Raises:
            Exception: what its pipeline raised.
        """
        if run in self._own:
            await asyncio.wait([self._own[run]])
        if run in self._faults:
            raise self._faults[run]
        return self.get(run)

    async def cancel(self, run: str) -> Run:
        """End a run that is executed here and return it once everything of it is cleaned up.

        Raises:
            UsageError: when there is no such run.
            RefusedError: when another process executes it.
        """
        known = self.get(run)
        task = self._own.get(run)
        if task is None:
            if known.state.is_final:
                return known
            raise RefusedError("RUN_IN_USE", f"{run} is executed by another process; end it there")
        task.cancel()
        await asyncio.wait([task])
        return self.get(run)

    async def delete(self, runs: Iterable[str]) -> None:
        """Remove runs with everything they kept.

        Raises:
            UsageError: when there is no such run.
            RefusedError: while one of them is executed; then none is removed.
        """
        chosen = [self.get(run) for run in runs]
        busy = [run.id for run in chosen if not run.state.is_final]
        if busy:
            raise RefusedError("RUN_IN_USE", f"cancel before deleting: {', '.join(busy)}")
        for run in chosen:
            await asyncio.to_thread(self._store.delete, run.id)
            self._forget(run.id)

    async def annotate(self, run: str, notes: str | None, tags: Sequence[str] | None) -> Run:
        """Keep other notes and tags of a run; None leaves them.

        Raises:
            UsageError: when there is no such run.
        """
        noted = await self._runner.annotate(self.get(run), notes, None if tags is None else tuple(tags))
        self._take(noted)
        return noted

    async def spec(self, run: str) -> bytes:
        """Return what a run was asked to do.

        Raises:
            UsageError: when there is no such run.
        """
        return (await asyncio.to_thread(self._store.load, self.get(run).id))[1]

    async def watch(self) -> None:
        """Take over what other processes change, until canceled."""
        while True:
            await asyncio.sleep(_LOOK_EVERY_S)
            try:
                version = await asyncio.to_thread(self._store.version)
                if version != self._version:
                    self._version = version
                    await self._look()
            except StorageError as error:
                _log.warning("runs_not_read", error=str(error))

    async def carry_out_here(self, run: Run, pipeline: BasePipeline) -> None:
        """Execute a pipeline that must not depend on whether its run can be kept, in the caller's own task.

        Raises:
            Exception: what the pipeline raises.
        """
        try:
            kept = await asyncio.to_thread(self._reserve, run, b"")
        except AresError as error:
            _log.warning("run_not_kept", title=run.title, error=str(error))
            await pipeline.run()
            return
        self._take(kept)
        await self._runner.carry_out(kept, b"", lambda _: pipeline, stopped=lambda: RunState.DONE)

    async def close(self) -> None:
        """End what is executed here, to be resumed where it can be, and release the store; idempotent."""
        await self._tasks.close(within_s=_END_WITHIN_S)
        await asyncio.to_thread(self._store.close)

    def _take(self, run: Run) -> None:
        self._known[run.id] = run
        self._changed(run)

    def _forget(self, run: str) -> None:
        self._known.pop(run, None)
        self._faults.pop(run, None)
        self._runner.listeners.removed(RunRemoved(run=run))

    async def _spawn(self, run: Run, spec: bytes, make: MakePipeline) -> None:
        self._faults.pop(run.id, None)
        task = self._own[run.id] = self._tasks.spawn(self._carry_out(run, spec, make), run.id)

        def ended(_: object) -> None:
            if self._own.get(run.id) is task:
                del self._own[run.id]

        task.add_done_callback(ended)
        # Let it begin: a task that is canceled before its first step would leave its run waiting for ever.
        await asyncio.sleep(0)

    async def _carry_out(self, run: Run, spec: bytes, make: MakePipeline) -> None:
        try:
            await self._runner.carry_out(run, spec, make, turn=lambda: self._turns, stopped=self._stopped)
        except AresError as error:
            self._faults[run.id] = error
        except Exception as error:  # noqa: BLE001 - border of a run: its fault is shown in the list, and raised to who waits
            _log.exception("run_failed", run=run.id)
            self._faults[run.id] = error

    def _stopped(self) -> RunState:
        return RunState.INTERRUPTED if self._tasks.closed else RunState.CANCELED

    def _reserve(self, run: Run, spec: bytes) -> Run:
        name = self._store.next_id(run.kind)
        claim = self._runner.claim(name)
        claim.take()
        waiting = msgspec.structs.replace(run, id=name, state=RunState.WAITING, created_at=self._wall.now())
        try:
            self._store.save(waiting, spec)
        except StorageError:
            claim.drop()
            raise
        return waiting

    def _recovered(self) -> list[Run]:
        """Return the runs of the store, with those that nobody executes any more as interrupted."""
        found = []
        for run in self._store.runs():
            if run.state.is_final or self._runner.executes(run.id) or self._runner.claim(run.id).holder() is not None:
                found.append(run)
                continue
            resumable = self._runner.checkpoints(run.id).any()
            error = run.error or "its process ended without a word"
            ended = msgspec.structs.replace(
                run, state=RunState.INTERRUPTED, ended_at=self._wall.now(), error=error, resumable=resumable
            )
            self._store.save(ended, self._store.load(run.id)[1])
            found.append(ended)
        return found

    async def _look(self) -> None:
        before = set(self._known)
        there = {run.id: run for run in await asyncio.to_thread(self._recovered)}
        for run in there.values():
            if not self._runner.executes(run.id) and self._known.get(run.id) != run:
                self._take(run)
        for gone in before - set(there):
            self._forget(gone)
