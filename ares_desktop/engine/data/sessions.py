"""When a trading day begins and ends, by calendar, in nanoseconds UTC."""

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from ares_desktop.domain.market import BarSpec, BarUnit, to_ns

DAY_NS: Final = 86_400_000_000_000
_MONDAY: Final = 4
"""1970-01-05, the first Monday of the epoch: groups of days are counted from it."""
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_NEW_YORK: Final = ZoneInfo("America/New_York")
_SHARES: Final = "XNYS"


@lru_cache(maxsize=1 << 16)
def session(day: int, calendar: str) -> tuple[int, int]:
    """Return ``(start_ns, end_ns)`` of the session of a date.

    US shares (``XNYS``) trade from 09:30 to 16:00 New York time, everything else from 00:00 to 24:00 UTC.

    Args:
        day: days since 1970-01-01.
        calendar: as in ``Instrument.calendar``.
    """
    if calendar != _SHARES:
        return day * DAY_NS, (day + 1) * DAY_NS
    date = _EPOCH + timedelta(days=day)
    start = date.replace(hour=9, minute=30, tzinfo=_NEW_YORK)
    end = date.replace(hour=16, tzinfo=_NEW_YORK)
    return to_ns(start.astimezone(UTC)), to_ns(end.astimezone(UTC))


def sessions(days: NDArray[np.int64], calendar: str) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the starts and ends of the sessions of many dates."""
    unique, inverse = np.unique(days, return_inverse=True)
    bounds = np.array([session(day, calendar) for day in unique.tolist()], dtype=np.int64).reshape(-1, 2)
    return bounds[inverse, 0], bounds[inverse, 1]


def interval(ns: int, spec: BarSpec, calendar: str) -> tuple[int, int] | None:
    """Return ``(start_ns, end_ns)`` of the bar that a time falls into; None outside the sessions of a daily bar.

    Lengths below a day are multiples since the epoch. Several days are counted from a Monday, so ``7d`` is a week.
    """
    if spec.unit is not BarUnit.DAY:
        start = ns - ns % spec.duration_ns
        return start, start + spec.duration_ns
    day = ns // DAY_NS
    opening, closing = session(day, calendar)
    if not opening <= ns < closing:
        return None
    first = day - (day - _MONDAY) % spec.count
    return session(first, calendar)[0], session(first + spec.count - 1, calendar)[1]


def intervals(
    ns: NDArray[np.int64], spec: BarSpec, calendar: str
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]]:
    """Return starts, ends and validity of :func:`interval` for many times."""
    if spec.unit is not BarUnit.DAY:
        start = ns - ns % spec.duration_ns
        return start, start + spec.duration_ns, np.ones(len(ns), dtype=np.bool_)
    day = ns // DAY_NS
    opening, closing = sessions(day, calendar)
    first = day - (day - _MONDAY) % spec.count
    start = sessions(first, calendar)[0]
    end = sessions(first + spec.count - 1, calendar)[1]
    return start, end, (opening <= ns) & (ns < closing)


def spec_of(start_ns: int, end_ns: int, calendar: str) -> BarSpec:
    """Return the length of a bar; one that spans whole sessions is counted in days.

    A US share's session has 6.5 hours, or 3.5 on a half day.
    """
    duration = end_ns - start_ns
    days, rest = divmod(duration, DAY_NS)
    if calendar == _SHARES and rest in _SHARE_SESSIONS:
        return BarSpec(days + 1, BarUnit.DAY)
    return spec_of_duration(duration)


_SHARE_SESSIONS: Final = frozenset({int(6.5 * 3600) * 1_000_000_000, int(3.5 * 3600) * 1_000_000_000})


def spec_of_duration(duration_ns: int) -> BarSpec:
    """Return the bar length of a duration in the largest unit that divides it, at least one second."""
    for unit in (BarUnit.DAY, BarUnit.HOUR, BarUnit.MINUTE):
        length = BarSpec(1, unit).duration_ns
        if duration_ns >= length and duration_ns % length == 0:
            return BarSpec(duration_ns // length, unit)
    return BarSpec(max(1, round(duration_ns / BarSpec(1, BarUnit.SECOND).duration_ns)), BarUnit.SECOND)
