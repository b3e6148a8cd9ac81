"""When an instance may open positions: windows of each trading session, written as people say them."""

import re
from datetime import datetime, time, timedelta, tzinfo
from typing import Final

import msgspec

from ares_desktop.api.schedules import Sessions
from ares_desktop.domain.market import BarSpec, from_ns, to_ns

_EDGE: Final = re.compile(r"^session (open|close)(?:\s*([+-])\s*(\d+[smh]))?$")
_CLOCK: Final = re.compile(r"^([01]?\d|2[0-3]):([0-5]\d)$")
_FORM: Final = (
    "hours must be such as 'session open +5m to session close -10m' or '09:35 to 15:50', several with commas between"
)


class Edge(msgspec.Struct, frozen=True, kw_only=True):
    """One end of a window.

    Attributes:
        of: ``open`` or ``close`` of the session, or ``clock``.
        offset_ns: from the session's edge, or since midnight in the calendar's local time for ``clock``.
    """

    of: str
    offset_ns: int

    def at(self, opening: int, closing: int, zone: tzinfo) -> int:
        """Return when it is in one session, nanoseconds since the epoch.

        A time of the clock counts within the session: before its open it means the open, after its close the close.
        """
        if self.of == "open":
            return opening + self.offset_ns
        if self.of == "close":
            return closing + self.offset_ns
        last = from_ns(closing - 1).astimezone(zone).date()
        minutes, _ = divmod(self.offset_ns, BarSpec.parse("1m").duration_ns)
        clock = time(*divmod(minutes, 60), tzinfo=zone)
        # A session that begins on the evening before has the time on one of two dates.
        for date in (last, last - timedelta(days=1)):
            found = to_ns(datetime.combine(date, clock))
            if opening <= found < closing:
                return found
        return min(max(to_ns(datetime.combine(last, clock)), opening), closing)


class Window(msgspec.Struct, frozen=True, kw_only=True):
    """From one edge up to, without, another."""

    start: Edge
    end: Edge


class Hours(msgspec.Struct, frozen=True, kw_only=True):
    """Windows of every session; none means always."""

    windows: tuple[Window, ...] = ()

    def spans(self, sessions: Sessions, zone: tzinfo) -> tuple[tuple[int, int], ...]:
        """Return the windows of sessions as ``(start_ns, end_ns)``, ascending and without overlaps.

        Args:
            sessions: of a calendar, ascending.
            zone: the calendar's local time.
        """
        found = sorted(
            (start, end)
            for opening, closing in zip(sessions.opens, sessions.closes, strict=True)
            for window in self.windows
            if (start := window.start.at(opening, closing, zone)) < (end := window.end.at(opening, closing, zone))
        )
        merged: list[tuple[int, int]] = []
        for start, end in found:
            if merged and start <= merged[-1][1]:
                merged[-1] = merged[-1][0], max(end, merged[-1][1])
            else:
                merged.append((start, end))
        return tuple(merged)


def parse_hours(text: str) -> Hours:
    """Read when an instance may open positions.

    Args:
        text: windows such as ``session open +5m to session close -10m`` or ``09:35 to 15:50``, the latter in the
            calendar's local time and within its session; several with commas between; empty for always.

    Raises:
        ValueError: when it can't be read, or a window can never be open.
    """
    words = " ".join(text.split())
    return Hours(windows=tuple(_window(part.strip(), text) for part in words.split(","))) if words else Hours()


def _window(part: str, text: str) -> Window:
    ends = part.split(" to ")
    if len(ends) != 2:  # noqa: PLR2004 - a window has two ends
        msg = f"{_FORM}, was {text!r}"
        raise ValueError(msg)
    start, end = (_edge(item.strip(), text) for item in ends)
    never = start.of == end.of != "clock" and start.offset_ns >= end.offset_ns
    if never or start == end or (start.of, end.of) == ("close", "open"):
        msg = f"a window must end after its start, was {part!r}"
        raise ValueError(msg)
    return Window(start=start, end=end)


def _edge(words: str, text: str) -> Edge:
    clock = _CLOCK.match(words)
    if clock is not None:
        hour, minute = (int(item) for item in clock.groups())
        return Edge(of="clock", offset_ns=(hour * 60 + minute) * BarSpec.parse("1m").duration_ns)
    edge = _EDGE.match(words)
    if edge is None:
        msg = f"{_FORM}, was {text!r}"
        raise ValueError(msg)
    name, sign, span = edge.groups()
    try:
        offset = BarSpec.parse(span).duration_ns if span else 0
    except ValueError as error:
        msg = f"{_FORM}, was {text!r}: {error}"
        raise ValueError(msg) from error
    return Edge(of=name, offset_ns=-offset if sign == "-" else offset)
