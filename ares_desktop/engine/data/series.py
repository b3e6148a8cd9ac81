"""A loaded series of market data as columns, turned into records only where they are needed."""

from collections.abc import Callable, Mapping, Sequence
from itertools import repeat
from typing import Any, Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from ares_desktop.domain.instruments import Instrument
from ares_desktop.domain.market import Bar, BarSpec, DataKind, MarketEvent, Quote, TradeTick
from ares_desktop.domain.market_actions import MarketAction
from ares_desktop.engine.ports.bar_store import Columns

BAR_COLUMNS: Final = ("start", "end", "open", "high", "low", "close", "volume")
QUOTE_COLUMNS: Final = ("ts", "bid", "ask", "bid_size", "ask_size")
TRADE_COLUMNS: Final = ("ts", "price", "size")
_PRICES: Final = ("open", "high", "low", "close")
QUOTE_BAR_COLUMNS: Final = (
    "start",
    "end",
    *(f"bid_{price}" for price in _PRICES),
    *(f"ask_{price}" for price in _PRICES),
)
TIME_COLUMNS: Final = frozenset({"start", "end", "ts"})

_RECORDS: Final[Mapping[DataKind, tuple[Callable[..., MarketEvent], tuple[str, ...]]]] = {
    DataKind.BARS: (Bar, BAR_COLUMNS),
    DataKind.QUOTES: (Quote, QUOTE_COLUMNS),
    DataKind.TRADES: (TradeTick, TRADE_COLUMNS),
}


class Series(msgspec.Struct, frozen=True, kw_only=True):
    """One instrument's bars, quotes, trades or quote bars in ascending time.

    Attributes:
        spec: length of its bars, None for quotes and trades. Quotes with a spec are quote bars: open, high, low
            and close of bid and ask.
        columns: equally long; times are int64 nanoseconds UTC, all else float64. A missing volume is NaN.
        actions: dividends, splits and funding in ascending time, none where prices are adjusted for them.
    """

    instrument: Instrument
    kind: DataKind
    spec: BarSpec | None
    columns: Columns
    actions: tuple[MarketAction, ...] = ()

    def __len__(self) -> int:
        return len(self.ts)

    @property
    def is_quote_bars(self) -> bool:
        """Whether it holds bars of bid and ask."""
        return self.kind is DataKind.QUOTES and self.spec is not None

    @property
    def ts(self) -> NDArray[np.int64]:
        """When each row is known: the end of a bar, the time of a tick."""
        return times(self.columns, "ts" if self.spec is None else "end")

    @property
    def starts(self) -> NDArray[np.int64]:
        """Begin of each bar, time of each tick."""
        return times(self.columns, "ts" if self.spec is None else "start")

    def tracks(self) -> tuple["Series", ...]:
        """Return what is delivered of it: quote bars become bars of the middle, then quotes of their close.

        The average of bid and ask for each of the four prices is the convention of QuantConnect Lean's ``QuoteBar``.
        """
        if not self.is_quote_bars:
            return (self,)
        column = self.columns
        middle = {price: (column[f"bid_{price}"] + column[f"ask_{price}"]) / 2 for price in _PRICES}
        unknown = np.full(len(self), np.nan)
        bars = {"start": column["start"], "end": column["end"], **middle, "volume": unknown}
        none = np.zeros(len(self))
        quotes = {
            "ts": column["end"],
            "bid": column["bid_close"],
            "ask": column["ask_close"],
            "bid_size": none,
            "ask_size": none,
        }
        return (
            msgspec.structs.replace(self, kind=DataKind.BARS, columns=bars),
            msgspec.structs.replace(self, spec=None, columns=quotes, actions=()),
        )

    def events(self, first: int, last: int) -> list[MarketEvent]:
        """Return the records of rows ``first`` up to, without, ``last``; not for quote bars, see :meth:`tracks`."""
        record, names = _RECORDS[self.kind]
        values: list[list[Any]] = [self.columns[name][first:last].tolist() for name in names]
        return list(map(record, repeat(self.instrument.id), *values))


def times(columns: Columns, name: str) -> NDArray[np.int64]:
    """Return a column of times."""
    return np.asarray(columns[name], dtype=np.int64)


def series_of(
    instrument: Instrument, spec: BarSpec | None, bars: Sequence[Bar], actions: tuple[MarketAction, ...] = ()
) -> Series:
    """Return bars as a series."""
    columns: dict[str, NDArray[np.int64] | NDArray[np.float64]] = {
        "start": np.array([bar.start_ns for bar in bars], dtype=np.int64),
        "end": np.array([bar.end_ns for bar in bars], dtype=np.int64),
    }
    for name in BAR_COLUMNS[len(columns) :]:
        columns[name] = np.array([getattr(bar, name) for bar in bars], dtype=np.float64)
    return Series(instrument=instrument, kind=DataKind.BARS, spec=spec, columns=columns, actions=actions)


def bars_of(series: Series, first: int, last: int) -> list[Bar]:
    """Return the bars of rows ``first`` up to, without, ``last`` of a series of bars."""
    values: list[list[Any]] = [series.columns[name][first:last].tolist() for name in BAR_COLUMNS]
    return list(map(Bar, repeat(series.instrument.id), *values))
