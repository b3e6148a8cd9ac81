"""The bundled market: real prices that come with two permissively licensed dependencies, read where they lie.

Daily closes of twenty US shares and of the S&P 500 index from 1990 to 2022 are in skfolio (BSD-3), hourly EURUSD bars
of 2017 and daily GOOGL bars from 2009 to 2018 in gym-anytrading (MIT). Their code is never imported.
"""

from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from ares_desktop.domain.errors import FeedError
from ares_desktop.domain.market import NS_PER_SECOND, BarSpec, BarUnit, DataKind
from ares_desktop.engine.adapters.arrow import to_floats, to_ints
from ares_desktop.engine.adapters.feeds.replay import DEFAULT_SPEED, ReplayFeed
from ares_desktop.engine.data.recognition import recognize
from ares_desktop.engine.data.series import Series
from ares_desktop.engine.data.sessions import sessions

REPLAY_START_NS: Final = 1_483_315_200 * NS_PER_SECOND
"""2017-01-02, the first day with hourly and daily data; what is earlier warms the strategies up."""
_DAY: Final = BarSpec(1, BarUnit.DAY)
_HOUR: Final = BarSpec(1, BarUnit.HOUR)
_NAMES: Final[Mapping[str, str]] = {
    "AAPL": "Apple",
    "AMD": "Advanced Micro Devices",
    "BAC": "Bank of America",
    "BBY": "Best Buy",
    "CVX": "Chevron",
    "EURUSD": "Euro in US dollars",
    "GE": "General Electric",
    "GOOGL": "Alphabet",
    "HD": "Home Depot",
    "JNJ": "Johnson & Johnson",
    "JPM": "JPMorgan Chase",
    "KO": "Coca-Cola",
    "LLY": "Eli Lilly",
    "MRK": "Merck",
    "MSFT": "Microsoft",
    "PEP": "PepsiCo",
    "PFE": "Pfizer",
    "PG": "Procter & Gamble",
    "RRC": "Range Resources",
    "SP500": "S&P 500 index",
    "UNH": "UnitedHealth",
    "WMT": "Walmart",
    "XOM": "Exxon Mobil",
}
_SECTORS: Final[Mapping[str, str]] = {
    "AAPL": "Information Technology",
    "AMD": "Information Technology",
    "BAC": "Financials",
    "BBY": "Consumer Discretionary",
    "CVX": "Energy",
    "GE": "Industrials",
    "GOOGL": "Communication Services",
    "HD": "Consumer Discretionary",
    "JNJ": "Health Care",
    "JPM": "Financials",
    "KO": "Consumer Staples",
    "LLY": "Health Care",
    "MRK": "Health Care",
    "MSFT": "Information Technology",
    "PEP": "Consumer Staples",
    "PFE": "Health Care",
    "PG": "Consumer Staples",
    "RRC": "Energy",
    "UNH": "Health Care",
    "WMT": "Consumer Staples",
    "XOM": "Energy",
}
SAMPLE_SYMBOLS: Final = tuple(_NAMES)
"""What the bundled market has."""
Floats = NDArray[np.float64]


class SampleFeed(ReplayFeed):
    """Replays the bundled market from 2017 on."""

    def __init__(self, *, speed: float = DEFAULT_SPEED) -> None:
        super().__init__("sample", load_sample, speed=speed, start_ns=REPLAY_START_NS)


def load_sample() -> Sequence[Series]:
    """Read the bundled market; blocks for some tenths of a second.

    Raises:
        FeedError: when a dependency or its data is not installed.
    """
    skfolio, gym = _folder("skfolio"), _folder("gym_anytrading")
    return (
        _hourly("EURUSD", gym / "FOREX_EURUSD_1H_ASK.csv"),
        *_closes(skfolio / "sp500_dataset.csv.gz"),
        *_closes(skfolio / "sp500_index.csv.gz"),
        _daily("GOOGL", gym / "STOCKS_GOOGL.csv"),
    )


def _folder(package: str) -> Path:
    found = find_spec(package)
    if found is None or not found.submodule_search_locations:
        msg = f"the sample market needs the package {package}, which is not installed: run `make setup`"
        raise FeedError(msg)
    return Path(found.submodule_search_locations[0]) / "datasets" / "data"


def _read(path: Path) -> Any:  # noqa: ANN401 - pyarrow has no type information
    from pyarrow import ArrowException, csv  # noqa: PLC0415 - imported where it is needed: it is slow to load

    try:
        return csv.read_csv(path)
    except (OSError, ArrowException) as error:
        msg = f"the sample market can't be read: {path.name}: {error}"
        raise FeedError(msg) from error


def _closes(path: Path) -> list[Series]:
    """Series of closes alone: a range that nobody recorded is not invented."""
    table = _read(path)
    start, end = _sessions(table)
    found = []
    for symbol in table.column_names[1:]:
        close = to_floats(table.column(symbol))
        known = np.isfinite(close)
        prices = close[known]
        volume = np.full(len(prices), np.nan)
        found.append(_series(symbol, _DAY, start[known], end[known], (prices, prices, prices, prices, volume)))
    return found


def _daily(symbol: str, path: Path) -> Series:
    """Bars with prices scaled by the ratio of the adjusted close to the close, for splits and dividends."""
    table = _read(path)
    start, end = _sessions(table)
    ratio = to_floats(table.column("Adj Close")) / to_floats(table.column("Close"))
    prices = [to_floats(table.column(name)) * ratio for name in ("Open", "High", "Low", "Close")]
    return _series(symbol, _DAY, start, end, (*prices, to_floats(table.column("Volume"))))


def _hourly(symbol: str, path: Path) -> Series:
    """Bars whose times are written ``01.01.2017 22:00:00.000`` in UTC."""
    from pyarrow import compute  # noqa: PLC0415 - imported where it is needed: it is slow to load

    table = _read(path)
    text = compute.utf8_slice_codeunits(table.column("Time"), 0, 19)
    stamps = compute.strptime(text, format="%d.%m.%Y %H:%M:%S", unit="s")
    start = to_ints(stamps) * NS_PER_SECOND
    columns = [to_floats(table.column(name)) for name in ("Open", "High", "Low", "Close", "Volume")]
    return _series(symbol, _HOUR, start, start + _HOUR.duration_ns, columns)


def _sessions(table: Any) -> tuple[NDArray[np.int64], NDArray[np.int64]]:  # noqa: ANN401 - a pyarrow table
    return sessions(to_ints(table.column("Date")), "XNYS")


def _series(
    symbol: str, spec: BarSpec, start: NDArray[np.int64], end: NDArray[np.int64], values: Sequence[Floats]
) -> Series:
    columns = dict(zip(("open", "high", "low", "close", "volume"), values, strict=True))
    instrument = recognize(symbol, values[:4], description=_NAMES.get(symbol, ""))
    instrument = msgspec.structs.replace(instrument, sector=_SECTORS.get(symbol, ""))
    return Series(instrument=instrument, kind=DataKind.BARS, spec=spec, columns={"start": start, "end": end, **columns})
