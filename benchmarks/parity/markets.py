"""The data that engines are compared on: real prices where they are at hand, and a seeded walk everywhere."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Final

import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from ares_desktop.domain.ids import InstrumentId
from ares_desktop.domain.instruments import AssetClass, Instrument
from ares_desktop.domain.market import NS_PER_SECOND, BarSpec, DataKind
from ares_desktop.engine.adapters.feeds.files import read_series
from ares_desktop.engine.adapters.feeds.sample import load_sample
from ares_desktop.engine.data.series import Series
from benchmarks.peers.data import MINUTE, random_bars

SHARED: Final = Path(__file__).resolve().parents[3] / "shared" / "data"
PERCENTAGE: Final = 0.001
"""What the set of commissions ``retail`` charges for crypto."""
_BUNDLED: Final = frozenset({"EURUSD", "GOOGL"})
_FILES: Final = {
    "SPY, daily, 1998 to 2021": "daily/SPY.csv.gz",
    "IBM, minutes of 2013": "minute/IBM.csv.gz",
    "BTCUSD, minutes of 2016 to 2018": "minute/BTCUSD_coinbase.csv.gz",
}


@dataclass(frozen=True)
class Market:
    """One series to compare on.

    Attributes:
        charged: it can be charged a percentage; the others play without costs alone.
    """

    title: str
    series: Series
    charged: bool

    @property
    def bars(self) -> NDArray[np.float64]:
        """Rows of begin in Unix seconds, open, high, low, close, volume, as the peers read them."""
        columns = self.series.columns
        names = ("open", "high", "low", "close", "volume")
        begin = (self.series.starts // NS_PER_SECOND).astype(np.float64)
        return np.column_stack((begin, *(np.nan_to_num(columns[name]) for name in names)))


def random_market(count: int = 20_000) -> Market:
    """Return the seeded walk as an instrument that is charged like crypto."""
    rows = random_bars(count, seed=7)
    start = (rows[:, 0] * NS_PER_SECOND).astype(np.int64)
    names = ("open", "high", "low", "close", "volume")
    columns = {"start": start, "end": start + MINUTE * NS_PER_SECOND}
    instrument = Instrument(
        id=InstrumentId("WALK.SIM"), asset_class=AssetClass.CRYPTO, calendar="24/7", lot_size=Decimal("0.0001")
    )
    series = Series(
        instrument=instrument,
        kind=DataKind.BARS,
        spec=BarSpec.parse("1m"),
        columns={**columns, **{name: rows[:, column] for column, name in enumerate(names, start=1)}},
    )
    return Market("random walk, minutes", series, charged=True)


def markets() -> Iterator[Market]:
    """Yield every market that this machine has."""
    yield random_market()
    for series in (item for item in load_sample() if item.instrument.symbol in _BUNDLED):
        yield Market(f"{series.instrument.symbol}, bundled, {series.spec}", series, charged=False)
    for title, name in _FILES.items():
        if (SHARED / name).is_file():
            series = read_series(SHARED / name)
            yield Market(title, series, charged=series.instrument.asset_class is AssetClass.CRYPTO)


def missing() -> list[str]:
    """Return the titles of the markets that this machine lacks."""
    return [title for title, name in _FILES.items() if not (SHARED / name).is_file()]


def first(market: Market, count: int) -> Market:
    """Return the first bars of a market."""
    columns = {name: values[:count] for name, values in market.series.columns.items()}
    return Market(market.title, replace(market.series, columns=columns, actions=()), market.charged)
