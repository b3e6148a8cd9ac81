"""Makes trading calendars in a worker process: the library behind them would hold up the engine's loop for a second."""

from collections.abc import Callable
from typing import Final

import msgspec

from ares_desktop.domain.errors import StrategyError
from ares_desktop.engine.hosting.sessions import find_sessions, zone_of

CALENDAR_JOB: Final = f"{__name__}:CalendarWorker"


class MadeCalendar(msgspec.Struct, frozen=True, kw_only=True):
    """All sessions of a calendar, ascending, in nanoseconds since the epoch.

    Attributes:
        zone: name of its local time.
        problem: why there is no such calendar, then the rest is empty.
    """

    opens: tuple[int, ...] = ()
    closes: tuple[int, ...] = ()
    zone: str = "UTC"
    problem: str = ""


class CalendarTask(msgspec.Struct, frozen=True, kw_only=True):
    """A calendar to be made, with its sessions up to a time."""

    name: str
    until_ns: int


class CalendarWorker:
    """Makes one calendar after the other."""

    def run(self, payload: bytes, tell: Callable[[bytes], None]) -> bytes:
        """Do a :class:`CalendarTask` and return a :class:`MadeCalendar`."""
        del tell
        task = msgspec.msgpack.decode(payload, type=CalendarTask)
        try:
            found = find_sessions(task.name, 0, task.until_ns)
            made = MadeCalendar(opens=found.opens, closes=found.closes, zone=str(zone_of(task.name)))
        except StrategyError as error:
            made = MadeCalendar(problem=str(error))
        return msgspec.msgpack.encode(made)
