"""Which holdings rest on a price whose feed went silent, counted in the hours that their market is open."""

from bisect import bisect_right
from collections.abc import Callable, Iterable
from typing import Final, Protocol

from ares_desktop.api.schedules import Sessions
from ares_desktop.domain.ids import InstrumentId
from ares_desktop.domain.instruments import Instrument
from ares_desktop.domain.market import NS_PER_SECOND, to_ns
from ares_desktop.domain.positions import Position
from ares_desktop.domain.risk import RiskLimits
from ares_desktop.engine.ports.clock import Clock
from ares_desktop.engine.trading.opening_hours import Calendars

_DAY_NS: Final = 86_400 * NS_PER_SECOND
_BACK_NS: Final = 14 * _DAY_NS
"""Calendars are looked at so far back; a price that is older has been silent for all of it."""


class Market(Protocol):
    """Instruments, and how far apart their data is."""

    def instrument(self, instrument: InstrumentId) -> Instrument | None:
        """Return its contract, None when it is not known."""

    def interval_ns(self, instrument: InstrumentId) -> int:
        """Return the spacing of its data, 0 for quotes and ticks."""


class MarkAges:
    """Compares the age of each holding's price with what the limits allow its feed.

    Only the hours count in which the market is open: nights and weekends make no price stale. Without a known calendar
    every hour counts.

    Args:
        market: the hub.
        limits: in force for an instrument: how old its data may be.
        calendars: where sessions come from; while one is made, nothing is said of its instruments.
        clock: the one in force.
    """

    def __init__(
        self, market: Market, limits: Callable[[InstrumentId], RiskLimits], calendars: Calendars, clock: Clock
    ) -> None:
        self._market = market
        self._limits = limits
        self._calendars = calendars
        self._clock = clock
        self._overdue: dict[InstrumentId, float] = {}

    def overdue_s(self, instrument: InstrumentId) -> float:
        """Return for how long a holding's price is older than its feed allows, in seconds; 0 while it is not."""
        return self._overdue.get(instrument, 0.0)

    def look(self, positions: Iterable[Position]) -> frozenset[InstrumentId]:
        """Return the instruments whose holdings rest on a price that is older than their feed allows."""
        marked = {
            position.instrument: to_ns(position.marked_at)
            for position in positions
            if position.quantity and position.marked_at is not None
        }
        found = {instrument: self._beyond(instrument, ts) for instrument, ts in marked.items()}
        self._overdue = {instrument: beyond / NS_PER_SECOND for instrument, beyond in found.items() if beyond > 0}
        return frozenset(self._overdue)

    def _beyond(self, instrument: InstrumentId, ts: int) -> int:
        now, interval, limits = self._clock.now_ns(), self._market.interval_ns(instrument), self._limits(instrument)
        allowed = max(int(limits.max_data_age_bars * interval), int(limits.max_quote_age_s * NS_PER_SECOND))
        contract = self._market.instrument(instrument)
        # Open hours are never more than all hours, so most calendars are never asked for.
        if interval < _DAY_NS and now - ts <= allowed:
            return 0
        sessions = None if contract is None else self._calendars.sessions(contract.calendar, now - _BACK_NS, now)
        if contract is not None and sessions is None:
            return 0
        if sessions is None or not sessions.opens:
            return now - ts - allowed
        if interval >= _DAY_NS:
            # A bar of a day takes one session, however short that is.
            longest = max(close - begin for begin, close in zip(sessions.opens, sessions.closes, strict=True))
            allowed = max(allowed * min(longest, _DAY_NS) // _DAY_NS, int(limits.max_quote_age_s * NS_PER_SECOND))
        return max(0, open_ns(sessions, ts, now) - allowed)


def open_ns(sessions: Sessions, start: int, end: int) -> int:
    """Return for how long a market was open between two times, nanoseconds."""
    first = bisect_right(sessions.closes, start)
    spans = zip(sessions.opens[first:], sessions.closes[first:], strict=True)
    return sum(max(0, min(close, end) - max(begin, start)) for begin, close in spans)
