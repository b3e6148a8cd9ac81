"""Sessions of trading calendars, for the timers and the hours of strategies."""

from datetime import UTC, tzinfo
from functools import lru_cache
from typing import Any, Final

from ares_desktop.api.schedules import Sessions
from ares_desktop.domain.errors import StrategyError
from ares_desktop.domain.market import from_ns

NO_SESSIONS: Final = Sessions((), ())
_FIRST_DAY: Final = "1970-01-01"
ALWAYS: Final = "24/7"
"""Each day is a session; so much is known without a library that takes seconds to load."""
_DAY_NS: Final = 86_400_000_000_000


def find_sessions(calendar: str, start_ns: int, end_ns: int) -> Sessions:
    """Return the sessions that touch a span of time; blocks while the calendar is made.

    Raises:
        StrategyError: when there is no calendar of that name.
    """
    if calendar == ALWAYS:
        days = range(max(start_ns, 0) // _DAY_NS, end_ns // _DAY_NS + 1)
        return Sessions(tuple(day * _DAY_NS for day in days), tuple((day + 1) * _DAY_NS for day in days))
    known = _calendar(calendar)
    first = max(from_ns(start_ns).strftime("%Y-%m-%d"), _FIRST_DAY)
    last = from_ns(end_ns).strftime("%Y-%m-%d")
    table = known.schedule.loc[first:last]
    opens = table["open"].dt.as_unit("ns").astype("int64")
    closes = table["close"].dt.as_unit("ns").astype("int64")
    return Sessions(tuple(opens.tolist()), tuple(closes.tolist()))


def zone_of(calendar: str) -> tzinfo:
    """Return the local time of a calendar; blocks while the calendar is made.

    Raises:
        StrategyError: when there is no calendar of that name.
    """
    if calendar == ALWAYS:
        return UTC
    zone: tzinfo = _calendar(calendar).tz
    return zone


class LoadedCalendars:
    """Calendars that are made when they are first asked for, which blocks; for a process of their own."""

    def sessions(self, calendar: str, start_ns: int, end_ns: int) -> Sessions:
        """Return the sessions that touch a span of time."""
        return find_sessions(calendar, start_ns, end_ns)

    def zone(self, calendar: str) -> tzinfo:
        """Return the local time of a calendar."""
        return zone_of(calendar)


@lru_cache(maxsize=16)
def _calendar(name: str) -> Any:  # noqa: ANN401 - exchange_calendars has no types
    import exchange_calendars  # noqa: PLC0415 - imports pandas, which only a strategy with session timers needs

    try:
        return exchange_calendars.get_calendar(name, start=_FIRST_DAY)
    except (exchange_calendars.errors.InvalidCalendarName, ValueError) as error:
        msg = f"there is no trading calendar {name!r}: {error}"
        raise StrategyError(msg) from error
