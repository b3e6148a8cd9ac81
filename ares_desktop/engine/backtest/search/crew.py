"""Has backtests run by workers, several at a time where they are short, and finds the one that kills a worker."""

from collections import deque
from collections.abc import AsyncGenerator, Iterable, Iterator, Sequence
from contextlib import aclosing
from math import ceil
from time import monotonic
from typing import Final, cast

import msgspec

from ares_desktop.domain.errors import StorageError, StrategyError
from ares_desktop.engine.backtest.search.trials import (
    Broken,
    Judged,
    JudgeTask,
    Looked,
    LookTask,
    Task,
    TrialOrder,
    TrialTask,
    Tried,
)
from ares_desktop.engine.ports.jobs import JobNews, Jobs, NewsKind

SEARCH_WORKER: Final = "ares_desktop.engine.backtest.search.worker:SearchWorker"
_JOB_S: Final = 0.25
"""A job of about so long makes what it costs to hand it over not matter."""
_MOST_AT_ONCE: Final = 64
_TEXT_MAX: Final = 2000
_Answer = tuple[Tried, ...] | Broken


class Crew:
    """The workers of one search.

    Args:
        jobs: runs them.
        folder: of the search, with its data and specification.
        entry: of the worker object.
    """

    def __init__(self, jobs: Jobs, folder: str, *, entry: str = SEARCH_WORKER) -> None:
        self._jobs = jobs
        self._folder = folder
        self._entry = entry
        self._seconds: float | None = None

    async def look(self, task: LookTask) -> Looked:
        """Have a strategy file described.

        Raises:
            StrategyError: when the worker fails.
        """
        return msgspec.msgpack.decode(await self._one(task), type=Looked)

    async def judge(self, task: JudgeTask) -> Judged:
        """Have a finished search judged as a whole; errors as :meth:`look`."""
        return msgspec.msgpack.decode(await self._one(task), type=Judged)

    async def carry_out(self, orders: Sequence[TrialOrder]) -> AsyncGenerator[list[tuple[TrialOrder, Tried]], None]:
        """Yield what came of orders, in the order in which they are done.

        A set that its strategy refuses, or that kills its worker, is done with an error.

        Raises:
            StorageError: when a worker can't open the data.
        """
        waiting, suspects = deque(orders), deque[TrialOrder]()
        while waiting or suspects:
            given: dict[int, tuple[TrialOrder, ...]] = {}
            began: dict[int, float] = {}
            async with aclosing(self._run(self._tasks(waiting, suspects, given, began))) as run:
                async for item in run:
                    if item.kind is NewsKind.PROGRESS:
                        continue
                    chunk = given.pop(item.index)
                    if item.kind is NewsKind.DONE:
                        self._learn(monotonic() - began[item.index], len(chunk))
                        yield list(zip(chunk, _tried(item.body), strict=True))
                    elif len(chunk) == 1:
                        error = item.body.decode(errors="replace")[:_TEXT_MAX]
                        yield [(chunk[0], Tried(chunk[0].number, error=error))]
                    else:
                        suspects.extend(chunk)

    def _tasks(
        self,
        waiting: deque[TrialOrder],
        suspects: deque[TrialOrder],
        given: dict[int, tuple[TrialOrder, ...]],
        began: dict[int, float],
    ) -> Iterator[bytes]:
        """Yield jobs as workers get free; of a job that failed as a whole each order comes on its own."""
        index = 0
        while waiting or suspects:
            if suspects:
                chunk: tuple[TrialOrder, ...] = (suspects.popleft(),)
            else:
                chunk = tuple(waiting.popleft() for _ in range(self._size(len(waiting))))
            given[index], began[index] = chunk, monotonic()
            yield msgspec.msgpack.encode(TrialTask(self._folder, chunk))
            index += 1

    def _size(self, left: int) -> int:
        """Return how many orders the next job has: fewer towards the end, so that all workers end together."""
        if self._seconds is None:
            return 1
        wanted = int(_JOB_S / max(self._seconds, _JOB_S / _MOST_AT_ONCE))
        return max(1, min(wanted, ceil(left / (2 * self._jobs.workers))))

    def _learn(self, seconds: float, orders: int) -> None:
        # The first job of a worker loads the data: whatever it says is too much.
        each = seconds / orders
        self._seconds = each if self._seconds is None else min(self._seconds, each) * 0.5 + each * 0.5

    def _run(self, payloads: Iterable[bytes]) -> AsyncGenerator[JobNews, None]:
        # Every iterator that can be closed is a generator; the port promises the former.
        return cast("AsyncGenerator[JobNews, None]", self._jobs.run(self._entry, payloads))

    async def _one(self, task: Task) -> bytes:
        async with aclosing(self._run((msgspec.msgpack.encode(task),))) as run:
            async for item in run:
                if item.kind is NewsKind.FAILED:
                    raise StrategyError(item.body.decode(errors="replace"))
                if item.kind is NewsKind.DONE:
                    return item.body
        raise StrategyError("the worker ended without a result")


def _tried(body: bytes) -> tuple[Tried, ...]:
    answer: _Answer = msgspec.msgpack.decode(body, type=_Answer)
    if isinstance(answer, Broken):
        raise StorageError(answer.text)
    return answer
