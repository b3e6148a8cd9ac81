"""Bars built event by event from quotes, trades or shorter bars."""

from typing import Final

import msgspec

from ares_desktop.domain.instruments import Instrument
from ares_desktop.domain.market import Bar, BarSpec, MarketEvent, Quote, TradeTick
from ares_desktop.engine.data.sessions import interval

_RANKS: Final[dict[type[MarketEvent], int]] = {Quote: 1, TradeTick: 2, Bar: 3}
_UNKNOWN: Final = float("nan")
Closed = tuple[Bar, ...]


class OpenBar(msgspec.Struct, frozen=True, array_like=True):
    """How far a builder is, for another that goes on in its place; times in nanoseconds since the epoch."""

    rank: int
    start: int
    end: int
    closed_until: int
    outside_until: int
    is_open: bool
    first: int
    last: int
    prices: tuple[float, float, float, float]
    volume: float


class BarBuilder:
    """Builds the bars of one instrument and length.

    An interval is ``start <= time < end``; one without data has no bar. Trades are preferred to the middle of quotes
    and bars to both: from the first better event on the lesser ones are left out. Daily bars hold what lies inside
    the session. Bars longer than the wanted length are left out, since they can't be divided.

    Attributes:
        late: events that came after their interval was closed; they change nothing.
    """

    def __init__(self, instrument: Instrument, spec: BarSpec) -> None:
        self.late = 0
        self._instrument = instrument
        self._spec = spec
        self._rank = 0
        self._start = self._end = 0
        self._closed_until = 0
        self._outside_until = 0
        self._open_bar = False
        self._first = self._last = 0
        self._prices = [_UNKNOWN] * 4
        self._volume = _UNKNOWN

    @property
    def due_ns(self) -> int | None:
        """When the bar that is being built ends, None while there is none."""
        return self._end if self._open_bar else None

    def suspend(self) -> OpenBar:
        """Return how far it is."""
        first, high, low, last = self._prices
        return OpenBar(
            rank=self._rank,
            start=self._start,
            end=self._end,
            closed_until=self._closed_until,
            outside_until=self._outside_until,
            is_open=self._open_bar,
            first=self._first,
            last=self._last,
            prices=(first, high, low, last),
            volume=self._volume,
        )

    def resume(self, before: OpenBar) -> None:
        """Go on where another builder of the same instrument and length was."""
        self._rank = before.rank
        self._start, self._end = before.start, before.end
        self._closed_until, self._outside_until = before.closed_until, before.outside_until
        self._open_bar = before.is_open
        self._first, self._last = before.first, before.last
        self._prices = list(before.prices)
        self._volume = before.volume

    def add(self, event: MarketEvent) -> Closed:
        """Take an event and return the bars that it closed, oldest first."""
        kind = type(event)
        rank = _RANKS[kind]
        if rank != self._rank:
            if rank < self._rank:
                return ()
            self._rank = rank
            self._open_bar = False
        if isinstance(event, TradeTick):
            return self._add(event.ts, event.ts, event.price, event.price, event.price, event.price, event.size)
        if isinstance(event, Quote):
            middle = (event.bid + event.ask) / 2
            return self._add(event.ts, event.ts, middle, middle, middle, middle, _UNKNOWN)
        return self._add(event.start_ns, event.end_ns, event.open, event.high, event.low, event.close, event.volume)

    def advance(self, ns: int) -> Closed:
        """Return the bar that the passing of time closed, if any."""
        if self._open_bar and ns >= self._end:
            return (self._close(),)
        return ()

    def _add(self, begin: int, end: int, open_: float, high: float, low: float, close: float, volume: float) -> Closed:
        if begin < self._closed_until or (self._open_bar and begin < self._start):
            self.late += 1
            return ()
        closed: Closed = ()
        if not self._open_bar or begin >= self._end:
            if self._open_bar:
                closed = (self._close(),)
            if not self._begin(begin, end):
                return closed
            self._first = self._last = begin
            self._prices = [open_, high, low, close]
            self._volume = volume
        elif end <= self._end:
            self._extend(begin, open_, high, low, close, volume)
        if end == self._end and end > begin:
            closed = (*closed, self._close())
        return closed

    def _begin(self, begin: int, end: int) -> bool:
        """Open the interval of a time; False when it lies outside the sessions or its bar is too long."""
        if begin < self._outside_until:
            return False
        bounds = interval(begin, self._spec, self._instrument.calendar)
        if bounds is None:
            self._outside_until = begin - begin % _MINUTE_NS + _MINUTE_NS
            return False
        if end > bounds[1]:
            return False
        self._start, self._end = bounds
        self._open_bar = True
        return True

    def _extend(self, begin: int, open_: float, high: float, low: float, close: float, volume: float) -> None:
        prices = self._prices
        if begin < self._first:
            self._first = begin
            prices[0] = open_
        prices[1] = max(prices[1], high)
        prices[2] = min(prices[2], low)
        if begin >= self._last:
            self._last = begin
            prices[3] = close
        self._volume += volume

    def _close(self) -> Bar:
        self._open_bar = False
        self._closed_until = self._end
        open_, high, low, close = self._prices
        return Bar(self._instrument.id, self._start, self._end, open_, high, low, close, self._volume)


_MINUTE_NS: Final = 60_000_000_000
"""Sessions begin and end on whole minutes, so a time outside them stays outside for the rest of its minute."""
