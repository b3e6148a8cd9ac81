"""Market data records: quotes, trade ticks and bars.

Prices and sizes are floats; times are whole nanoseconds since 1970-01-01 UTC, with aware datetimes as properties.
"""

from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final

import msgspec

from ares_desktop.domain.ids import InstrumentId

NS_PER_SECOND: Final = 1_000_000_000
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_newest: tuple[int, datetime] = (0, _EPOCH)


def from_ns(ns: int) -> datetime:
    """Return the aware UTC time of ``ns`` nanoseconds since the epoch, cut to microseconds."""
    global _newest  # noqa: PLW0603 - one moment is asked for by everybody who writes its events
    newest = _newest
    if newest[0] != ns:
        whole, rest = divmod(ns, NS_PER_SECOND)
        # Whole seconds since the epoch, as nearly all times of bars are, have a shorter way.
        plain = not rest and whole >= 0
        time = datetime.fromtimestamp(whole, UTC) if plain else _EPOCH + timedelta(microseconds=ns // 1000)
        _newest = newest = (ns, time)
    return newest[1]


def to_ns(time: datetime) -> int:
    """Return nanoseconds since the epoch of an aware time.

    Raises:
        ValueError: when the time has no zone.
    """
    if time.tzinfo is None:
        msg = f"time must have a zone, was {time!r}"
        raise ValueError(msg)
    delta = time - _EPOCH
    return (delta.days * 86_400 + delta.seconds) * NS_PER_SECOND + delta.microseconds * 1000


class BarUnit(StrEnum):
    """What a bar's length is counted in."""

    SECOND = "s"
    MINUTE = "m"
    HOUR = "h"
    DAY = "d"


_UNIT_NS: Final = {
    BarUnit.SECOND: NS_PER_SECOND,
    BarUnit.MINUTE: 60 * NS_PER_SECOND,
    BarUnit.HOUR: 3600 * NS_PER_SECOND,
    BarUnit.DAY: 86_400 * NS_PER_SECOND,
}


class BarSpec(msgspec.Struct, frozen=True, order=True):
    """A bar's length, written ``5m``, ``1h`` or ``1d``; a day is an exchange session."""

    count: int
    unit: BarUnit

    @classmethod
    def parse(cls, text: str) -> "BarSpec":
        """Read ``5m``, ``1h``, ``1d``.

        Raises:
            ValueError: for any other form.
        """
        count, unit = text[:-1], text[-1:]
        if not count.isdecimal() or int(count) < 1 or unit not in {item.value for item in BarUnit}:
            msg = f"bar length must be a number and one of s, m, h, d (for example 5m), was {text!r}"
            raise ValueError(msg)
        return cls(int(count), BarUnit(unit))

    def __str__(self) -> str:
        return f"{self.count}{self.unit.value}"

    @property
    def duration_ns(self) -> int:
        """Length in nanoseconds; a session counts as 24 hours."""
        return self.count * _UNIT_NS[self.unit]


class Quote(msgspec.Struct, frozen=True, array_like=True, tag="q", gc=False):
    """The best bid and ask."""

    instrument: InstrumentId
    ts: int
    bid: float
    ask: float
    bid_size: float = 0.0
    ask_size: float = 0.0

    @property
    def time(self) -> datetime:
        """When it was made, aware UTC."""
        return from_ns(self.ts)

    @property
    def mid(self) -> float:
        """The middle of bid and ask."""
        return (self.bid + self.ask) / 2


class TradeTick(msgspec.Struct, frozen=True, array_like=True, tag="t", gc=False):
    """One print."""

    instrument: InstrumentId
    ts: int
    price: float
    size: float

    @property
    def time(self) -> datetime:
        """When it was made, aware UTC."""
        return from_ns(self.ts)


class Bar(msgspec.Struct, frozen=True, array_like=True, tag="b", gc=False):
    """Open, high, low, close and volume between two times.

    Attributes:
        start_ns, end_ns: the interval; the bar is known at its end. A daily bar spans its exchange session.
        volume: traded quantity, NaN where the source has none.
    """

    instrument: InstrumentId
    start_ns: int
    end_ns: int
    open: float
    high: float
    low: float
    close: float
    volume: float

    @property
    def ts(self) -> int:
        """When the bar is known: its end."""
        return self.end_ns

    @property
    def start(self) -> datetime:
        """Begin of the interval, aware UTC."""
        return from_ns(self.start_ns)

    @property
    def end(self) -> datetime:
        """End of the interval, aware UTC."""
        return from_ns(self.end_ns)


MarketEvent = Quote | TradeTick | Bar


class DataKind(StrEnum):
    """The kinds of market data that are stored and replayed."""

    BARS = "bars"
    QUOTES = "quotes"
    TRADES = "trades"


class FeedState(StrEnum):
    """Life of a feed."""

    CONNECTING = "connecting"
    RUNNING = "running"
    PAUSED = "paused"
    ENDED = "ended"
    FAILED = "failed"
    STOPPED = "stopped"


class FeedStatus(msgspec.Struct, frozen=True, kw_only=True):
    """A feed as the window shows it.

    Attributes:
        market_time_ns: time of its newest event, 0 before the first.
        speed: events a second, 0 for as fast as possible; None where it can't be set.
        progress: share of a replay that has been played, None for a live feed.
    """

    name: str
    state: FeedState
    detail: str = ""
    market_time_ns: int = 0
    events: int = 0
    speed: float | None = None
    progress: float | None = None


class StoredSymbol(msgspec.Struct, frozen=True, kw_only=True):
    """One series of the local store."""

    symbol: str
    kind: DataKind
    spec: str
    rows: int
    start_ns: int
    end_ns: int
    instrument: InstrumentId


class ImportProgress(msgspec.Struct, frozen=True, kw_only=True):
    """How far an import of files is.

    Attributes:
        share: 0 to 1.
        error: every finding, one a line, when the file could not be read.
    """

    file: str
    rows: int
    share: float
    stored: StoredSymbol | None = None
    error: str = ""
