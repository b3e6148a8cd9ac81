"""Small markets for the rules of strategies."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from math import nan

import numpy as np

from ares_desktop.api import Bar
from ares_desktop.api.testing import Trial
from ares_desktop.domain.ids import InstrumentId
from ares_desktop.domain.instruments import AssetClass, Instrument
from ares_desktop.domain.market import to_ns
from ares_desktop.engine.hosting.sessions import find_sessions

ACME = InstrumentId("ACME.XNYS")
OTHER = InstrumentId("OTHER.XNYS")
VIX = InstrumentId("VIX.XNYS")
UP = [100.0 + number for number in range(12)]
DOWN = [112.0 - 2 * number for number in range(12)]
INDEX = Instrument(id=VIX, asset_class=AssetClass.INDEX, tradable=False, shortable=False)
"""An index, which is data alone."""


def bars_of(
    closes: Sequence[float], instrument: InstrumentId = ACME, *, first: int = 0, spread: float = 0.0
) -> list[Bar]:
    """Daily bars with the given closes; without a spread they are closes alone."""
    start = datetime(2024, 1, 1, 14, 30, tzinfo=UTC)
    made = []
    for at, close in enumerate(closes, first):
        begin = to_ns(start + timedelta(days=at))
        volume = 1000.0 if spread else nan
        made.append(
            Bar(instrument, begin, begin + 23_400 * 10**9, close, close + spread, close - spread, close, volume)
        )
    return made


def sides(run: Trial) -> list[str]:
    return [f"{fill.side.value} {fill.price.normalize():f}" for fill in run.fills]


def minutes(
    closes: Sequence[float],
    instrument: InstrumentId = ACME,
    *,
    day: int = 1,
    volume: float = 1000.0,
    spread: float = 0.0,
) -> list[Bar]:
    """Minute bars from the open of a session in New York's winter on, each opening at the close before it."""
    begin = to_ns(datetime(2024, 1, day, 14, 30, tzinfo=UTC))
    made = []
    for at, close in enumerate(closes):
        opened = closes[at - 1] if at else close
        start = begin + at * 60 * 10**9
        high, low = max(opened, close) + spread, min(opened, close) - spread
        made.append(Bar(instrument, start, start + 60 * 10**9, opened, high, low, close, volume))
    return made


def wandering(count: int, instrument: InstrumentId = ACME, seed: int = 7) -> list[Bar]:
    """Bars of New York's sessions, on the tick, that wander, each opening near the close before it."""
    random = np.random.default_rng(seed)
    close = np.maximum(np.round(100 * np.exp(np.cumsum(random.normal(0, 0.015, count))), 2), 1.0)
    opened = np.maximum(np.round(np.concatenate((close[:1], close[:-1])) + random.normal(0, 0.3, count), 2), 0.5)
    high = np.round(np.maximum(opened, close) + np.abs(random.normal(0, 0.8, count)), 2)
    low = np.maximum(np.round(np.minimum(opened, close) - np.abs(random.normal(0, 0.8, count)), 2), 0.1)
    volume = random.integers(1_000_000, 3_000_000, count)
    made = []
    for at, (begin, end) in enumerate(new_york(count)):
        first, top, bottom, last, traded = (float(column[at]) for column in (opened, high, low, close, volume))
        made.append(Bar(instrument, begin, end, first, top, bottom, last, traded))
    return made


def new_york(count: int) -> list[tuple[int, int]]:
    """Return opens and closes of New York's sessions from 2021 on; the first short one is the 226th."""
    begin = to_ns(datetime(2021, 1, 1, tzinfo=UTC))
    found = find_sessions("XNYS", begin, begin + 2 * count * 86_400 * 10**9)
    return list(zip(found.opens, found.closes, strict=True))[:count]


def merged(*series: Sequence[Bar]) -> list[Bar]:
    """Return the bars of several instruments by the time they closed."""
    return sorted((bar for bars in series for bar in bars), key=lambda bar: bar.end_ns)
