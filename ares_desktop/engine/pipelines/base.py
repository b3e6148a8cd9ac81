"""The life of every pipeline: prepare, execute, and clean up whatever happened."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, Protocol

import msgspec

from ares_desktop.domain.accounts import EquityPoint
from ares_desktop.domain.backtests import BacktestFigures
from ares_desktop.domain.runs import RunProgress, RunState
from ares_desktop.engine.runtime.tasks import TaskSet


class Checkpoints(Protocol):
    """Small states of a run that outlive its process. Its methods block for a disk write: call them off the loop."""

    def load(self, name: str) -> bytes | None:
        """Return what was saved last under a name, None when there is nothing that can be trusted."""

    def save(self, name: str, state: bytes) -> None:
        """Replace what is kept under a name, durably and as a whole.

        Raises:
            StorageError: when it can't be written; then the old state is kept.
        """

    def any(self) -> bool:
        """Say whether anything was saved."""


_FULL: Final = 1.0


class RunResult(msgspec.Struct, frozen=True, kw_only=True):
    """What the list of runs shows of a pipeline that is done, as in :class:`ares_desktop.domain.runs.Run`."""

    figures: BacktestFigures | None = None
    score: float | None = None
    findings: int = 0


class RunContext:
    """What a pipeline is given: a folder of its own, its checkpoints, and a way to tell how far it is.

    Attributes:
        run: id of the run.
        folder: where it keeps its files.
    """

    def __init__(self, run: str, folder: Path, checkpoints: Checkpoints, tell: Callable[[RunProgress], None]) -> None:
        self.run = run
        self.folder = folder
        self.checkpoints = checkpoints
        self._tell = tell
        self._share = 0.0

    def report(
        self,
        stage: str,
        *,
        done: int = 0,
        total: int = 0,
        unit: str = "",
        share: float | None = None,
        rate: float | None = None,
        equity: Sequence[EquityPoint] = (),
        best: float | None = None,
    ) -> None:
        """Tell how far the run is; the share follows from ``done`` and ``total`` unless it is given.

        A share never falls: who has several stages gives that of the whole run.
        """
        if share is None and total:
            share = done / total
        if share is not None:
            share = self._share = max(self._share, min(_FULL, share))
        remaining = (total - done) / rate if rate and total else None
        self._tell(
            RunProgress(
                run=self.run,
                stage=stage,
                share=share,
                done=done,
                total=total,
                unit=unit,
                rate=rate,
                remaining_s=remaining,
                equity=tuple(equity),
                best=best,
            )
        )


class BasePipeline(ABC):
    """One execution of something long, on the engine's loop; heavy work is for threads and worker processes.

    A subclass fills in the three steps. Cancellation is that of the task that awaits :meth:`run`: it reaches the step
    at work, :meth:`clean_up` is carried out to its end all the same, and the cancellation goes on.

    Attributes:
        state: where it is.
        result: what came of it, set by :meth:`execute`.
        on_state: told of each new state.
    """

    def __init__(self) -> None:
        self.state = RunState.WAITING
        self.result = RunResult()
        self.on_state: Callable[[RunState], None] = _nobody

    async def run(self) -> None:
        """Go through the three steps once.

        Raises:
            RuntimeError: when it ran before.
            Exception: whatever a step raises; what cleaning up raises comes with it as its context.
        """
        if self.state is not RunState.WAITING:
            msg = f"a pipeline runs once, this one is {self.state}"
            raise RuntimeError(msg)
        outcome = RunState.CANCELED
        try:
            self._become(RunState.PREPARING)
            await self.prepare()
            self._become(RunState.RUNNING)
            await self.execute()
            outcome = RunState.DONE
        except Exception:
            outcome = RunState.FAILED
            raise
        finally:
            try:
                await self._clean_up_to_the_end()
            except asyncio.CancelledError:
                outcome = RunState.CANCELED
                raise
            except Exception:
                outcome = RunState.FAILED
                raise
            finally:
                self._become(outcome)

    async def _clean_up_to_the_end(self) -> None:
        """Clean up in a task of its own, so that a cancellation meanwhile waits until it is finished."""
        task = TaskSet("pipeline").spawn(self.clean_up(), "clean up")
        canceled: asyncio.CancelledError | None = None
        while not task.done():
            try:
                await asyncio.wait([task])
            except asyncio.CancelledError as error:
                canceled = error
        await task
        if canceled is not None:
            raise canceled

    def _become(self, state: RunState) -> None:
        self.state = state
        self.on_state(state)

    @abstractmethod
    async def prepare(self) -> None:
        """Check the input and get ready; nothing outside the run's folder changes yet."""

    @abstractmethod
    async def execute(self) -> None:
        """Do the work."""

    @abstractmethod
    async def clean_up(self) -> None:
        """Release everything; called once, whether the steps before succeeded, failed or never came about."""


def _nobody(state: RunState) -> None:
    del state
