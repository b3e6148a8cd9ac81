"""Small markets of futures and options, and the context of a strategy that has seen them."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from math import nan

from ares_desktop.api import Bar, Context, Strategy
from ares_desktop.api.testing import run_on_bars
from ares_desktop.domain.ids import InstrumentId
from ares_desktop.domain.instruments import Instrument
from ares_desktop.domain.market import to_ns
from ares_desktop.engine.data.recognition import recognize

MONDAY = datetime(2024, 3, 4, tzinfo=UTC)
SESSION_NS = 23_400 * 10**9
VIX, VIX3M, SPY = InstrumentId("VIX.SIM"), InstrumentId("VIX3M.SIM"), InstrumentId("SPY.SIM")
MARCH, APRIL, MAY = InstrumentId("VXH24.SIM"), InstrumentId("VXJ24.SIM"), InstrumentId("VXK24.SIM")


class Watcher(Strategy):
    """Does nothing."""


def a_session(number: int, close: float, name: str, *, open_: float | None = None, volume: float = nan) -> Bar:
    """Return the bar of a trading day, 14:30 to 21:00 UTC; number 0 is Monday 2024-03-04, weekends are left out."""
    begin = to_ns(MONDAY + timedelta(days=number + number // 5 * 2, hours=14, minutes=30))
    first = close if open_ is None else open_
    high, low = max(first, close), min(first, close)
    return Bar(InstrumentId(name), begin, begin + SESSION_NS, first, high, low, close, volume)


def definitions(bars: Sequence[Bar]) -> list[Instrument]:
    """Return what the symbols tell of the instruments."""
    names = dict.fromkeys(bar.instrument for bar in bars)
    return [recognize(name.removesuffix(".SIM")) for name in names]


def seen(*bars: Bar) -> Context:
    """Return the context of a strategy that has seen bars."""
    return run_on_bars(Watcher, bars, instruments=definitions(bars)).strategy.context
