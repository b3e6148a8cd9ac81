"""A strategy that overrides ``run_strategy``, stepped by market time."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator
from typing import Final

from ares_desktop.api.desk import StrategyEvent
from ares_desktop.api.strategy import Strategy
from ares_desktop.engine.runtime.tasks import TaskSet

_TURNS: Final = 10
"""Turns of the loop that it gets to ask for its events, before it is taken for one that lives without them."""


class OwnLife:
    """Lets the strategy go on until it waits for its next event; the market does not move meanwhile.

    One that never asks for its events goes on by the wall clock, as in a worker; its context is kept current.
    """

    def __init__(self, name: str, strategy: Strategy) -> None:
        self._strategy = strategy
        self._tasks = TaskSet(f"backtest of {name}")
        self._task: asyncio.Task[None] | None = None
        self._error: BaseException | None = None
        self._events: Iterator[StrategyEvent] = iter(())
        self._deaf = True
        self._stopping = False
        self._news = asyncio.Event()
        self._idle = asyncio.Event()

    async def begin(self) -> None:
        """Start it.

        Raises:
            BaseException: whatever it raises.
        """
        self._task = self._tasks.spawn(self._live(), "run_strategy")
        for _ in range(_TURNS):
            await asyncio.sleep(0)
            if not self._deaf:
                break
        if not self._deaf:
            await self._idle.wait()
        self._look()

    async def hear(self, events: Iterable[StrategyEvent]) -> bool:
        """Let it hear ``events``; return whether it ended by itself.

        Raises:
            BaseException: whatever it raises.
        """
        self._events = iter(events)
        if not self._deaf and not self._ended:
            self._idle.clear()
            self._news.set()
            await self._idle.wait()
        for _ in self._events:
            pass  # the context takes in what nobody listens to
        if self._deaf:
            await asyncio.sleep(0)
        self._look()
        return self._ended

    async def end(self) -> None:
        """Let it return, or cancel it."""
        self._stopping = True
        self._news.set()
        for _ in range(_TURNS):
            await asyncio.sleep(0)
        await self._tasks.close()
        self._look()

    async def stream(self) -> AsyncIterator[StrategyEvent]:
        """Yield what it hears, and wait for more."""
        self._deaf = False
        while not self._is_over():
            for event in self._events:
                yield event
                if self._is_over():
                    return
            self._news.clear()
            self._idle.set()
            await self._news.wait()

    def _is_over(self) -> bool:
        return self._stopping

    @property
    def _ended(self) -> bool:
        return self._task is not None and self._task.done()

    def _look(self) -> None:
        error, self._error = self._error, None
        if error is not None:
            raise error

    async def _live(self) -> None:
        try:
            await self._strategy.run_strategy()
        except (Exception, SystemExit) as error:  # noqa: BLE001 - strategy boundary: raised again where it is waited for
            self._error = error
        finally:
            self._deaf = False
            self._idle.set()
