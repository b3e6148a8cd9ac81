"""Writes what is done to the log while the workers go on."""

import asyncio
from collections.abc import Sequence

from ares_desktop.engine.backtest.search.trial_log import TrialLog
from ares_desktop.engine.backtest.search.trials import TrialOrder, Tried
from ares_desktop.engine.runtime.tasks import TaskSet


class Keeper:
    """Appends to a log beside the loop, everything that came in meanwhile at once.

    Args:
        log: open.
    """

    def __init__(self, log: TrialLog) -> None:
        self._log = log
        self._tasks = TaskSet("trial log")
        self._pending: list[tuple[TrialOrder, Tried]] = []
        self._task: asyncio.Task[None] | None = None

    def find(self, order: TrialOrder) -> Tried | None:
        """Return what came of an order in an earlier execution."""
        return self._log.find(order)

    def put(self, done: Sequence[tuple[TrialOrder, Tried]]) -> None:
        """Have these kept.

        Raises:
            StorageError: when earlier ones could not be.
        """
        self._pending += done
        if self._task is not None and self._task.done():
            self._task.result()
            self._task = None
        if self._task is None:
            self._task = self._tasks.spawn(self._write(), "append")

    async def settled(self) -> None:
        """Wait until everything is on the disk.

        Raises:
            StorageError: when it can't be written.
        """
        if self._task is not None:
            await asyncio.shield(self._task)

    async def close(self) -> None:
        """Write what is left and close the log."""
        try:
            await self.settled()
        finally:
            await asyncio.to_thread(self._log.close)

    async def _write(self) -> None:
        while self._pending:
            batch, self._pending = self._pending, []
            await asyncio.to_thread(self._log.append, batch)
