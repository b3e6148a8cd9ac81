"""Trading calendars for the engine's loop, made by a worker process since that takes seconds."""

import asyncio
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable
from contextlib import aclosing
from datetime import tzinfo
from typing import Final
from zoneinfo import ZoneInfo

import msgspec
import structlog

from ares_desktop.api.schedules import Sessions
from ares_desktop.engine.hosting.calendar_worker import CALENDAR_JOB, CalendarTask, MadeCalendar
from ares_desktop.engine.hosting.sessions import ALWAYS, NO_SESSIONS, find_sessions
from ares_desktop.engine.ports.clock import Clock
from ares_desktop.engine.ports.jobs import Jobs, NewsKind
from ares_desktop.engine.runtime.tasks import TaskSet

_log = structlog.get_logger(__name__)
_UTC: Final = ZoneInfo("UTC")
_AHEAD_NS: Final = 370 * 86_400_000_000_000


class HeldCalendars:
    """Implements :class:`~ares_desktop.engine.trading.opening_hours.Calendars`; never blocks.

    A calendar that is asked for before it is at hand begins to be made.

    Args:
        jobs: makes a worker process, which ends as soon as there is nothing to be made.
        wall: tells how far calendars have to reach.
    """

    def __init__(self, jobs: Callable[[], Jobs], wall: Clock) -> None:
        self._jobs = jobs
        self._wall = wall
        self._held: dict[str, MadeCalendar] = {}
        self._making: dict[str, asyncio.Task[None]] = {}
        self._tasks = TaskSet("calendars")

    def sessions(self, calendar: str, start_ns: int, end_ns: int) -> Sessions | None:
        """Return the sessions that touch a span of time, None while the calendar is made; of an unknown one none."""
        if calendar == ALWAYS:
            return find_sessions(calendar, start_ns, end_ns)
        held = self._held.get(calendar)
        if held is None:
            self._make(calendar)
            return None
        if held.problem:
            return NO_SESSIONS
        first, last = bisect_right(held.closes, start_ns), bisect_left(held.opens, end_ns)
        return Sessions(held.opens[first:last], held.closes[first:last])

    def zone(self, calendar: str) -> tzinfo:
        """Return the local time of a calendar that is at hand."""
        held = self._held.get(calendar)
        return _UTC if held is None else ZoneInfo(held.zone)

    def failure(self, calendar: str) -> str:
        """Return why there is no such calendar, empty while that is not known."""
        held = self._held.get(calendar)
        return "" if held is None else held.problem

    async def prepare(self, calendars: Iterable[str], *, within_s: float | None = None) -> None:
        """Return once calendars are at hand, known to be none, or a time has passed; they are made on meanwhile."""
        making = [task for calendar in set(calendars) if (task := self._make(calendar)) is not None]
        if making:
            await asyncio.wait(making, timeout=within_s)

    async def close(self) -> None:
        """Make no more; idempotent."""
        await self._tasks.close()

    def _make(self, calendar: str) -> "asyncio.Task[None] | None":
        if calendar == ALWAYS or calendar in self._held or self._tasks.closed:
            return None
        if calendar not in self._making:
            self._making[calendar] = self._tasks.spawn(self._load(calendar), f"calendar {calendar}")
        return self._making[calendar]

    async def _load(self, calendar: str) -> None:
        task = CalendarTask(name=calendar, until_ns=self._wall.now_ns() + _AHEAD_NS)
        jobs = self._jobs()
        try:
            async with aclosing(jobs.run(CALENDAR_JOB, (msgspec.msgpack.encode(task),))) as news:  # type: ignore[type-var]  # it is a generator
                async for item in news:
                    self._take(calendar, item.kind, item.body)
        finally:
            self._making.pop(calendar, None)
            await jobs.close()

    def _take(self, calendar: str, kind: NewsKind, body: bytes) -> None:
        if kind is not NewsKind.DONE:
            # Not known to be none: whoever asks next has it made again.
            _log.warning("calendar_not_made", calendar=calendar, error=body.decode(errors="replace"))
            return
        made = self._held[calendar] = msgspec.msgpack.decode(body, type=MadeCalendar)
        if made.problem:
            _log.warning("calendar_not_known", calendar=calendar, error=made.problem)
