"""Trading calendars for the engine's loop, made beside it since that takes seconds."""

import asyncio
from collections.abc import Iterable
from datetime import tzinfo

import structlog

from ares_desktop.api.schedules import Sessions
from ares_desktop.domain.errors import StrategyError
from ares_desktop.engine.hosting.sessions import NO_SESSIONS, find_sessions, zone_of
from ares_desktop.engine.runtime.tasks import TaskSet

_log = structlog.get_logger(__name__)


class HeldCalendars:
    """Implements :class:`~ares_desktop.engine.trading.opening_hours.Calendars`; never blocks.

    A calendar that is asked for before it is at hand begins to be made.
    """

    def __init__(self) -> None:
        self._held: set[str] = set()
        self._failed: dict[str, str] = {}
        self._making: dict[str, asyncio.Task[None]] = {}
        self._tasks = TaskSet("calendars")

    def sessions(self, calendar: str, start_ns: int, end_ns: int) -> Sessions | None:
        """Return the sessions that touch a span of time, None while the calendar is made; of an unknown one none."""
        if calendar in self._held:
            return find_sessions(calendar, start_ns, end_ns)
        if calendar in self._failed:
            return NO_SESSIONS
        self._make(calendar)
        return None

    def zone(self, calendar: str) -> tzinfo:
        """Return the local time of a calendar that is at hand."""
        return zone_of(calendar)

    def failure(self, calendar: str) -> str:
        """Return why there is no such calendar, empty while that is not known."""
        return self._failed.get(calendar, "")

    async def prepare(self, calendars: Iterable[str], *, within_s: float | None = None) -> None:
        """Return once calendars are at hand, known to be none, or a time has passed; they are made on meanwhile."""
        making = [task for calendar in set(calendars) if (task := self._make(calendar)) is not None]
        if making:
            await asyncio.wait(making, timeout=within_s)

    async def close(self) -> None:
        """Make no more; idempotent."""
        await self._tasks.close()

    def _make(self, calendar: str) -> "asyncio.Task[None] | None":
        if calendar in self._held or calendar in self._failed:
            return None
        if calendar not in self._making:
            self._making[calendar] = self._tasks.spawn(self._load(calendar), f"calendar {calendar}")
        return self._making[calendar]

    async def _load(self, calendar: str) -> None:
        try:
            await asyncio.to_thread(zone_of, calendar)
        except StrategyError as error:
            self._failed[calendar] = str(error)
            _log.warning("calendar_not_known", calendar=calendar, error=str(error))
        else:
            self._held.add(calendar)
        finally:
            self._making.pop(calendar, None)
