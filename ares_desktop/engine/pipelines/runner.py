"""Takes one pipeline through its life as a run: kept, claimed by a PID file, told of, and announced at its end."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec
import structlog

from ares_desktop.domain.errors import AresError, StorageError
from ares_desktop.domain.monitoring import Severity
from ares_desktop.domain.runs import Run, RunEnded, RunKind, RunProgress, RunRemoved, RunState
from ares_desktop.engine.pipelines.base import BasePipeline, Checkpoints, RunContext, RunResult
from ares_desktop.engine.pipelines.throttle import ProgressThrottle
from ares_desktop.engine.ports.clock import Clock
from ares_desktop.engine.ports.notifier import Notifier
from ares_desktop.engine.ports.run_store import RunStore
from ares_desktop.engine.runtime.pid_file import PidFile
from ares_desktop.engine.runtime.tasks import TaskSet

PID_FILE: Final = "run.pid"
_NAMES: Final = {RunKind.MONTE_CARLO: "Monte Carlo"}
"""Kinds that a capital letter alone does not write as a name."""
_log = structlog.get_logger(__name__)


MakePipeline = Callable[[RunContext], BasePipeline]
Turn = Callable[[], AbstractAsyncContextManager[object]]


@dataclass(kw_only=True)
class RunListeners:
    """Who is told of runs, on the loop."""

    changed: Callable[[Run], None] = lambda _: None
    progressed: Callable[[RunProgress], None] = lambda _: None
    ended: Callable[[RunEnded], None] = lambda _: None
    removed: Callable[[RunRemoved], None] = lambda _: None


class Runner:
    """Executes runs; what they are is for those who call it.

    Args:
        checkpoints: makes those of a run from its folder.
        wall: dates the runs.

    Attributes:
        listeners: told of each change.
    """

    def __init__(
        self,
        store: RunStore,
        *,
        checkpoints: Callable[[Path], Checkpoints],
        notifier: Notifier,
        wall: Clock,
    ) -> None:
        self.store = store
        self.listeners = RunListeners()
        self._checkpoints = checkpoints
        self._notifier = notifier
        self._wall = wall
        self._runs: dict[str, Run] = {}
        self._saving = asyncio.Lock()
        self._tasks = TaskSet("runner")

    def checkpoints(self, run: str) -> Checkpoints:
        """Return the checkpoints of a run."""
        return self._checkpoints(self.store.folder(run))

    def claim(self, run: str) -> PidFile:
        """Return the PID file of a run."""
        return PidFile(self.store.folder(run) / PID_FILE)

    def executes(self, run: str) -> bool:
        """Say whether a run is being executed here."""
        return run in self._runs

    async def annotate(self, run: Run, notes: str | None, tags: tuple[str, ...] | None) -> Run:
        """Keep other notes and tags of a run, which may be one that is being executed; None leaves them.

        Raises:
            StorageError: when they can't be kept.
        """
        async with self._saving:
            now = self._runs.get(run.id, run)
            noted = msgspec.structs.replace(
                now, notes=now.notes if notes is None else notes, tags=now.tags if tags is None else tags
            )
            if run.id in self._runs:
                self._runs[run.id] = noted
            _, spec = await asyncio.to_thread(self.store.load, run.id)
            await asyncio.to_thread(self.store.save, noted, spec)
        return noted

    async def carry_out(
        self,
        run: Run,
        spec: bytes,
        make: MakePipeline,
        *,
        turn: Turn = nullcontext,
        stopped: Callable[[], RunState] = lambda: RunState.CANCELED,
    ) -> Run:
        """Execute a run and return it as it ended; its PID file is taken by the caller and dropped here.

        Args:
            run: waiting, and kept in the store.
            spec: kept with it.
            make: returns the pipeline.
            turn: entered before it begins, left after it ended.
            stopped: what a cancellation means for the run.

        Raises:
            CancelledError: when it was canceled, after everything is cleaned up and kept.
            Exception: what the pipeline raised, likewise.
        """
        throttle = ProgressThrottle(self.listeners.progressed)
        context = RunContext(run.id, self.store.folder(run.id), self.checkpoints(run.id), throttle.put)
        self._runs[run.id] = run
        state, error, result = RunState.FAILED, "", RunResult()
        try:
            async with turn():
                result = await self._run(context, make, spec)
            state = RunState.DONE
        except asyncio.CancelledError:
            state = stopped()
            raise
        except AresError as fault:
            error = str(fault)
            raise
        except Exception as fault:
            error = f"a fault of the program: {fault!r}"
            raise
        finally:
            throttle.flush()
            ended = await self._end(run.id, spec, state, error, result)
        return ended

    async def _run(self, context: RunContext, make: MakePipeline, spec: bytes) -> RunResult:
        run = context.run
        self._runs[run] = msgspec.structs.replace(
            self._runs[run], started_at=self._wall.now(), ended_at=None, error="", resumable=False
        )
        # Making the first search loads its libraries, which takes a second that the loop does not have.
        pipeline = await asyncio.to_thread(make, context)
        pipeline.on_state = lambda state: self._passed(run, state, spec)
        await pipeline.run()
        return pipeline.result

    def _passed(self, run: str, state: RunState, spec: bytes) -> None:
        """Show and keep a state on the way; the last one comes with what was kept of the run."""
        if not state.is_final:
            changed = self._runs[run] = msgspec.structs.replace(self._runs[run], state=state)
            self.listeners.changed(changed)
            self._tasks.spawn(self._save(run, spec), f"save {run}")

    async def _end(self, run: str, spec: bytes, state: RunState, error: str, result: RunResult) -> Run:
        resumable = state is not RunState.DONE and await asyncio.to_thread(self.checkpoints(run).any)
        self._runs[run] = msgspec.structs.replace(
            self._runs[run],
            state=state,
            error=error,
            ended_at=self._wall.now(),
            resumable=resumable,
            figures=result.figures,
            score=result.score,
            findings=result.findings,
        )
        await self._save(run, spec)
        ended = self._runs.pop(run)
        await asyncio.to_thread(self.claim(run).drop)
        self.listeners.changed(ended)
        self.listeners.ended(RunEnded(run=ended))
        self._notify(ended)
        return ended

    async def _save(self, run: str, spec: bytes) -> None:
        """Keep the newest record; what fails is told, since a run goes on without its entry in the list."""
        async with self._saving:
            if run not in self._runs:
                return
            try:
                await asyncio.to_thread(self.store.save, self._runs[run], spec)
            except StorageError as error:
                _log.warning("run_not_kept", run=run, error=str(error))
                title = f"{run} could not be kept"
                self._notifier.notify(title, str(error), severity=Severity.ERROR, source="pipelines")

    def _notify(self, run: Run) -> None:
        if run.kind is RunKind.LIVE or run.state is RunState.CANCELED:
            return
        failed = run.state is RunState.FAILED
        title = f"{_NAMES.get(run.kind, run.kind.capitalize())} {run.id} {'failed' if failed else 'is done'}"
        severity = Severity.ERROR if failed else Severity.INFO
        detail = run.error or run.title or ", ".join(run.strategies)
        self._notifier.notify(title, detail, severity=severity, source="pipelines")
