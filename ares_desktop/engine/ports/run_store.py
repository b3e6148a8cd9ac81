"""Where runs and their results are kept."""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from ares_desktop.domain.runs import Run, RunKind


class RunStore(Protocol):
    """Keeps runs; several processes may use one store. Its methods block: call them off the loop."""

    def next_id(self, kind: RunKind) -> str:
        """Reserve an id that was never used, and make its folder."""

    def save(self, run: Run, spec: bytes) -> None:
        """Keep a run and what it was asked to do, durably; a run of this id is replaced.

        Raises:
            StorageError: when it can't be written.
        """

    def runs(self) -> Sequence[Run]:
        """Return all runs, newest first."""

    def load(self, run: str) -> tuple[Run, bytes]:
        """Return a run and its spec.

        Raises:
            UsageError: when there is none of this id.
        """

    def folder(self, run: str) -> Path:
        """Return where a run keeps its files: checkpoints, results, pictures, PID file."""

    def version(self) -> int:
        """Return a number that is another one after any other process changed the runs."""

    def delete(self, run: str) -> None:
        """Remove a run with its folder; an unknown one changes nothing."""

    def close(self) -> None:
        """Release the store; idempotent."""
