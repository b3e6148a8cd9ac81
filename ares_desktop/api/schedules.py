"""When a strategy's timer is due: intervals, session edges, month ends and cron text, all in UTC."""

import re
from bisect import bisect_right
from collections.abc import Callable, Sequence
from datetime import timedelta
from itertools import pairwise
from typing import Final, Protocol

import msgspec
from cronsim import CronSim, CronSimError

from ares_desktop.domain.market import NS_PER_SECOND, BarSpec, from_ns, to_ns

_EDGE: Final = re.compile(r"^(session open|session close|month end)(?:\s*([+-])\s*(\d+[smh]))?$")
_SPAN_NS: Final = 400 * 86_400 * NS_PER_SECOND


class Sessions(msgspec.Struct, frozen=True, array_like=True):
    """Sessions of a trading calendar; ``opens[i]`` to ``closes[i]``, nanoseconds since the epoch, ascending."""

    opens: tuple[int, ...]
    closes: tuple[int, ...]


FindSessions = Callable[[int, int], Sessions]
"""Returns the sessions that close after the first and open before the second time."""


class Schedule(Protocol):
    """A rule that tells when a timer is due."""

    def next_after(self, ns: int) -> int | None:
        """Return the first time later than ``ns``, None when there is none."""


class Interval:
    """Every whole multiple of an interval, counted from the epoch: ``every 5m`` is due at 10:00, 10:05 and so on."""

    def __init__(self, interval_ns: int) -> None:
        if interval_ns < NS_PER_SECOND // 100:
            msg = f"an interval must be at least 10 ms, was {interval_ns / 1e6} ms"
            raise ValueError(msg)
        self._interval = interval_ns

    def next_after(self, ns: int) -> int:
        """Return the next multiple."""
        return (ns // self._interval + 1) * self._interval


class Cron:
    """Five-field cron text in UTC."""

    def __init__(self, text: str) -> None:
        CronSim(text, from_ns(0))
        self._text = text

    def next_after(self, ns: int) -> int | None:
        """Return the next matching minute."""
        found = next(CronSim(self._text, from_ns(ns)), None)
        return None if found is None else to_ns(found)


class SessionEdge:
    """The open or close of a session, or the last close of a month, moved by an offset."""

    def __init__(self, edge: str, offset_ns: int, find: FindSessions) -> None:
        self._edge = edge
        self._offset = offset_ns
        self._find = find
        self._times: Sequence[int] = ()

    def next_after(self, ns: int) -> int | None:
        """Return the next edge."""
        at = bisect_right(self._times, ns)
        if at >= len(self._times):
            # A week's margin finds the edge that an offset moves across ``ns``, and shows whether a month ended.
            sessions = self._find(ns - _SPAN_NS // 50, ns + _SPAN_NS)
            self._times = [time + self._offset for time in self._edges(sessions)]
            at = bisect_right(self._times, ns)
        return self._times[at] if at < len(self._times) else None

    def _edges(self, sessions: Sessions) -> Sequence[int]:
        if self._edge == "session open":
            return sessions.opens
        if self._edge == "session close":
            return sessions.closes
        closes = sessions.closes
        return [
            close for close, following in pairwise(closes) if from_ns(close - 1).month != from_ns(following - 1).month
        ]


def parse_schedule(when: str | timedelta, find: FindSessions) -> Schedule:
    """Read a schedule.

    Args:
        when: a ``timedelta``; ``every 15m``; ``session open``, ``session close`` or ``month end``, each with an offset
            such as ``-10m`` behind it; or five-field cron text in UTC.
        find: asks for the sessions of the instrument's calendar.

    Raises:
        ValueError: for anything else.
    """
    if isinstance(when, timedelta):
        return Interval(round(when / timedelta(microseconds=1)) * 1000)
    text = " ".join(when.split())
    if text.startswith("every "):
        return Interval(BarSpec.parse(text.removeprefix("every ")).duration_ns)
    edge = _EDGE.match(text)
    if edge is not None:
        name, sign, span = edge.groups()
        offset = BarSpec.parse(span).duration_ns if span else 0
        return SessionEdge(name, -offset if sign == "-" else offset, find)
    try:
        return Cron(text)
    except CronSimError:
        msg = (
            "a schedule must be a timedelta, 'every 5m', 'session open +5m', 'session close -10m', 'month end' "
            f"or cron text with five fields, was {when!r}"
        )
        raise ValueError(msg) from None
