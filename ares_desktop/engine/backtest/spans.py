"""From when to when named data reaches, so that a period can be chosen before anything is run."""

from collections.abc import Sequence
from datetime import datetime

from ares_desktop.domain.errors import AresError
from ares_desktop.domain.market import from_ns
from ares_desktop.engine.backtest.market_data import MarketData


def data_spans(market: MarketData, names: Sequence[str]) -> dict[str, tuple[datetime, datetime]]:
    """Return the first and the last moment of each name's data; reads all of it, so call it off the loop.

    A name that can't be read is left out: a run of it says what is wrong.
    """
    spans = {}
    for name in names:
        try:
            loaded = [item for item in market.load((name,)) if len(item)]
        except (AresError, OSError):
            continue
        if loaded:
            first = min(int(item.ts[0]) for item in loaded)
            spans[name] = (from_ns(first), from_ns(max(int(item.ts[-1]) for item in loaded)))
    return spans
