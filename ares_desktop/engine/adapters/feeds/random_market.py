"""A seeded market of invented instruments: the same seed gives the same quotes and trades in the same order."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import islice
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ares_desktop.domain.ids import InstrumentId, instrument_id
from ares_desktop.domain.instruments import Instrument
from ares_desktop.domain.market import NS_PER_SECOND, BarSpec, BarUnit, DataKind
from ares_desktop.engine.data.recognition import VENUE
from ares_desktop.engine.data.series import Series

_BLOCK: Final = 4096
_YEAR_S: Final = 365 * 86_400
_TRADE_SHARE: Final = 0.25
_SPREAD: Final = 2e-4
"""Of the price."""
_TICK: Final = 0.01
_LARGEST_LOTS: Final = 50
_LOT: Final = 10
_PAST_S: Final = 4 * 3600
_STEPS: Final = 4
"""Prices within each second of the past."""
_SECOND: Final = BarSpec(1, BarUnit.SECOND)
_CONTRACTS: Final = (
    ("ALFA", 40.0, 0.4),
    ("BRAVO", 95.0, 0.5),
    ("CHARLIE", 150.0, 0.6),
    ("DELTA", 310.0, 0.7),
    ("ECHO", 72.0, 0.9),
)
"""Symbol, first price and yearly volatility; more instruments repeat them with a number."""
Floats = NDArray[np.float64]


class Tick(NamedTuple):
    """A quote, or a trade where ``trade`` is true: then ``bid`` is its price and ``bid_size`` its size."""

    trade: bool
    instrument: InstrumentId
    bid: float
    ask: float
    bid_size: float
    ask_size: float


class RandomMarket:
    """Draws ticks of geometric Brownian motions (Black and Scholes 1973) around which bid and ask lie.

    Args:
        seed: of every figure; drawing in other portions changes none.
        events_per_second: sets how much of a year's volatility one event carries.
        count: number of instruments.
    """

    def __init__(self, seed: int, *, events_per_second: float, count: int = 5) -> None:
        self._live, self._past = (np.random.default_rng(child) for child in np.random.SeedSequence(seed).spawn(2))
        contracts = [(*_CONTRACTS[i % len(_CONTRACTS)], i // len(_CONTRACTS)) for i in range(count)]
        self.instruments: Sequence[Instrument] = tuple(
            Instrument(
                id=instrument_id(f"{symbol}{round_ + 1 if round_ else ''}", VENUE),
                description="Synthetic",
                tick_size=Decimal(repr(_TICK)),
                calendar="24/7",
            )
            for symbol, _, _, round_ in contracts
        )
        self._first_logs = np.log([price for _, price, _, _ in contracts])
        self._logs = self._first_logs.copy()
        self._volatility = np.array([volatility for _, _, volatility, _ in contracts])
        self._seconds = count / events_per_second
        self._ticks = self._draw()

    def take(self, count: int) -> list[Tick]:
        """Return the next ``count`` ticks."""
        found = list(islice(self._ticks, count))
        while len(found) < count:
            self._ticks = self._draw()
            found.extend(islice(self._ticks, count - len(found)))
        return found

    def past(self, end_ns: int) -> list[Series]:
        """Return bars of one second, ended at or before ``end_ns``, that lead to the first prices."""
        end = end_ns - end_ns % NS_PER_SECOND - NS_PER_SECOND * np.arange(_PAST_S, dtype=np.int64)[::-1]
        return [self._past_of(index, instrument, end) for index, instrument in enumerate(self.instruments)]

    def _draw(self) -> Iterator[Tick]:
        rng = self._live
        which = rng.integers(0, len(self.instruments), _BLOCK)
        shocks = rng.standard_normal(_BLOCK)
        trades = rng.random(_BLOCK) < _TRADE_SHARE
        lifts = rng.random(_BLOCK) < 0.5  # noqa: PLR2004 - buyers and sellers are equally frequent
        sizes = rng.integers(1, _LARGEST_LOTS, (2, _BLOCK)) * float(_LOT)
        middle = np.empty(_BLOCK)
        for index, volatility in enumerate(self._volatility):
            rows = np.flatnonzero(which == index)
            path = self._logs[index] + np.cumsum(_returns(shocks[rows], volatility, self._seconds))
            middle[rows] = np.exp(path)
            self._logs[index] = path[-1] if len(path) else self._logs[index]
        half = np.maximum(middle * _SPREAD, _TICK) / 2
        bid = np.maximum(np.floor((middle - half) / _TICK), 1.0)
        ask = np.maximum(np.ceil((middle + half) / _TICK), bid + 1)
        bid, ask = np.round(bid * _TICK, 2), np.round(ask * _TICK, 2)
        first = np.where(trades & lifts, ask, bid)
        names = [self.instruments[index].id for index in which.tolist()]
        columns = (first.tolist(), ask.tolist(), sizes[0].tolist(), sizes[1].tolist())
        return map(Tick, trades.tolist(), names, *columns)

    def _past_of(self, index: int, instrument: Instrument, end: NDArray[np.int64]) -> Series:
        shocks = self._past.standard_normal(_PAST_S * _STEPS)
        moves = _returns(shocks, float(self._volatility[index]), 1 / _STEPS)
        path = np.round(np.exp(np.cumsum(moves) - moves.sum() + self._first_logs[index]), 2).reshape(_PAST_S, _STEPS)
        columns = {
            "start": end - NS_PER_SECOND,
            "end": end,
            "open": path[:, 0],
            "high": path.max(axis=1),
            "low": path.min(axis=1),
            "close": path[:, -1],
            "volume": self._past.integers(0, _LARGEST_LOTS, _PAST_S) * float(_LOT),
        }
        return Series(instrument=instrument, kind=DataKind.BARS, spec=_SECOND, columns=columns)


def _returns(shocks: Floats, volatility: float, seconds: float) -> Floats:
    """Return the logarithmic returns of steps of ``seconds``."""
    deviation = volatility * np.sqrt(seconds / _YEAR_S)
    return np.asarray(shocks * deviation - deviation**2 / 2, dtype=np.float64)
