"""Background tasks with an owner, a name and a bounded end."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

import structlog

T = TypeVar("T")
_log = structlog.get_logger(__name__)

FailureHandler = Callable[[str, BaseException], None]


class TaskSet:
    """The only place that spawns tasks: it keeps them alive, names them, reports their failures and ends them.

    Attributes:
        owner: prefix of every task's name.
    """

    def __init__(self, owner: str, *, on_failure: FailureHandler | None = None) -> None:
        self.owner = owner
        self._on_failure = on_failure
        self._tasks: set[asyncio.Task[Any]] = set()
        self._closed = False

    def __len__(self) -> int:
        return len(self._tasks)

    @property
    def closed(self) -> bool:
        """Whether it takes no more tasks."""
        return self._closed

    def spawn(self, coroutine: Coroutine[Any, Any, T], name: str) -> "asyncio.Task[T]":
        """Run ``coroutine`` as the task ``owner/name``.

        Raises:
            RuntimeError: after the set was closed.
        """
        if self._closed:
            coroutine.close()
            msg = f"{self.owner} is closed and can't start {name}"
            raise RuntimeError(msg)
        task = asyncio.get_running_loop().create_task(coroutine, name=f"{self.owner}/{name}")
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: "asyncio.Task[Any]") -> None:
        self._tasks.discard(task)
        if task.cancelled():
            return
        error = task.exception()
        if error is None:
            return
        _log.error("task_failed", task=task.get_name(), error=repr(error), exc_info=error)
        if self._on_failure is not None:
            self._on_failure(task.get_name(), error)

    def running(self) -> "tuple[asyncio.Task[Any], ...]":
        """Return the tasks that have not ended."""
        return tuple(self._tasks)

    async def cancel_all(self, *, within_s: float = 5.0) -> tuple[str, ...]:
        """Cancel every task and wait; return the names of those that did not end in time."""
        tasks = [task for task in self._tasks if task is not asyncio.current_task()]
        for task in tasks:
            task.cancel()
        if not tasks:
            return ()
        _, pending = await asyncio.wait(tasks, timeout=within_s)
        return tuple(sorted(task.get_name() for task in pending))

    async def close(self, *, within_s: float = 5.0) -> tuple[str, ...]:
        """Refuse new tasks, then as :meth:`cancel_all`."""
        self._closed = True
        return await self.cancel_all(within_s=within_s)
