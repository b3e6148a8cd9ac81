"""Which strategies may open positions at a time, by their hours and the calendars of what they trade."""

from bisect import bisect_right
from collections.abc import Callable, Mapping
from datetime import tzinfo
from typing import Final, Protocol

from ares_desktop.api.hours import Hours, parse_hours
from ares_desktop.api.schedules import Sessions
from ares_desktop.domain.ids import StrategyId
from ares_desktop.domain.market import from_ns

_DAY_NS: Final = 86_400_000_000_000
_BACK_NS: Final = 10 * _DAY_NS
_AHEAD_NS: Final = 100 * _DAY_NS


class Calendars(Protocol):
    """Trading calendars that are at hand."""

    def sessions(self, calendar: str, start_ns: int, end_ns: int) -> Sessions | None:
        """Return the sessions that touch a span of time, None when the calendar is not at hand."""

    def zone(self, calendar: str) -> tzinfo:
        """Return the local time of a calendar that is at hand."""


class OpeningHours:
    """Says when a strategy may open positions; where that is not known, it may not.

    Args:
        text: the hours of a strategy, empty for always.
        calendars: where sessions come from.
    """

    def __init__(self, text: Callable[[StrategyId], str], calendars: Calendars) -> None:
        self._text = text
        self._calendars = calendars
        self._spans: dict[tuple[str, str], _Spans] = {}
        self._parsed: dict[str, Hours] = {}

    def bind(self, strategy: StrategyId) -> bool:
        """Say whether a strategy has hours at all."""
        return bool(self._text(strategy).strip())

    def closed(self, strategy: StrategyId, calendar: str, ns: int) -> str:
        """Return why a strategy may not open positions at a time, empty when it may."""
        text = self._text(strategy)
        return self.closed_by(text, calendar, ns) if text.strip() else ""

    def closed_by(self, text: str, calendar: str, ns: int) -> str:
        """Return the same for hours that no strategy needs to have yet.

        Raises:
            ValueError: when the text can't be read.
        """
        known = self._known(text, calendar, ns)
        if known is None:
            return f"the sessions of {calendar} are not at hand yet, so the hours ({text}) can't be told"
        if known.is_open(ns):
            return ""
        following = known.next_start(ns)
        until = f"; they begin at {from_ns(following):%Y-%m-%d %H:%M} UTC" if following is not None else ""
        return f"only exits pass outside of its hours ({text}){until}"

    def _known(self, text: str, calendar: str, ns: int) -> "_Spans | None":
        known = self._spans.get((text, calendar))
        if known is None or not known.first_ns <= ns < known.last_ns:
            first, last = ns - _BACK_NS, ns + _AHEAD_NS
            sessions = self._calendars.sessions(calendar, first, last)
            if sessions is None:
                return None
            hours = self._parsed.get(text) or self._parsed.setdefault(text, parse_hours(text))
            spans = hours.spans(sessions, self._calendars.zone(calendar))
            # A window may reach over the session's edges: those at the ends of the span are not all known.
            known = self._spans[text, calendar] = _Spans(spans, ns - _DAY_NS, last - _BACK_NS)
        return known


class _Spans:
    """Windows that are known for times from ``first_ns`` up to, without, ``last_ns``."""

    def __init__(self, spans: tuple[tuple[int, int], ...], first_ns: int, last_ns: int) -> None:
        self.first_ns = first_ns
        self.last_ns = last_ns
        self._starts = [start for start, _ in spans]
        self._ends = [end for _, end in spans]

    def is_open(self, ns: int) -> bool:
        at = bisect_right(self._starts, ns)
        return at > 0 and ns < self._ends[at - 1]

    def next_start(self, ns: int) -> int | None:
        at = bisect_right(self._starts, ns)
        return self._starts[at] if at < len(self._starts) else None


def hours_of(texts: Mapping[StrategyId, str]) -> Callable[[StrategyId], str]:
    """Return a look-up of hours that stay what they are."""
    return lambda strategy: texts.get(strategy, "")
