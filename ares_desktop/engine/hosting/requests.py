"""Answers what strategies ask of the engine."""

import asyncio
from collections import Counter
from collections.abc import Coroutine
from typing import Any, Final

import structlog

from ares_desktop.engine.hosting import wire
from ares_desktop.engine.hosting.host import Host
from ares_desktop.engine.hosting.sessions import NO_SESSIONS, find_sessions
from ares_desktop.engine.hosting.status import History
from ares_desktop.engine.runtime.tasks import TaskSet

_log = structlog.get_logger(__name__)
_BARS_MAX: Final = 100_000
_OPEN_MAX: Final = 16


class Requests:
    """Looks up stored bars and sessions, off the loop where it takes long.

    Args:
        history: finds stored bars.
        tasks: owns what runs meanwhile.
    """

    def __init__(self, history: History, tasks: TaskSet) -> None:
        self._find = history
        self._tasks = tasks
        self._open: Counter[int] = Counter()

    def history(self, host: Host, request: wire.HistoryRequest) -> None:
        """Answer with bars, or with what went wrong."""
        self._answer(host, self._history(host, request), "history")

    def sessions(self, host: Host, request: wire.SessionsRequest) -> None:
        """Answer with the sessions of a calendar."""
        self._answer(host, self._sessions(host, request), "sessions")

    def _answer(self, host: Host, reply: Coroutine[Any, Any, None], what: str) -> None:
        """Answer one request of a worker, which waits for it before it asks again, thread by thread."""
        if self._open[id(host)] >= _OPEN_MAX:
            reply.close()
            host.garbled(f"it asked for stored data more than {_OPEN_MAX} times at once")
            return
        self._open[id(host)] += 1
        task = self._tasks.spawn(reply, f"{host.name}/{what}")
        task.add_done_callback(lambda _: self._closed(id(host)))

    def _closed(self, key: int) -> None:
        self._open[key] -= 1
        if not self._open[key]:
            del self._open[key]

    async def _history(self, host: Host, request: wire.HistoryRequest) -> None:
        count = min(max(request.count, 0), _BARS_MAX)
        try:
            bars = await self._find(request.instrument, request.spec, request.end_ns, count)
            reply = wire.HistoryReply(request.request, tuple(bars))
        except Exception as error:  # noqa: BLE001 - task boundary: the strategy is told, it must not wait for ever
            _log.warning(
                "strategy_history_failed", strategy=host.name, instrument=request.instrument, error=repr(error)
            )
            reply = wire.HistoryReply(request.request, (), str(error) or repr(error))
        host.send(reply)

    async def _sessions(self, host: Host, request: wire.SessionsRequest) -> None:
        try:
            found = await asyncio.to_thread(find_sessions, request.calendar, request.start_ns, request.end_ns)
            reply = wire.SessionsReply(request.request, found)
        except Exception as error:  # noqa: BLE001 - task boundary: the strategy is told, it must not wait for ever
            reply = wire.SessionsReply(request.request, NO_SESSIONS, str(error) or repr(error))
        host.send(reply)
