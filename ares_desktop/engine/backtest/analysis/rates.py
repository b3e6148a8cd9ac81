"""Dated currency rates, from the currency pairs among the data of a run."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from ares_desktop.domain.instruments import AssetClass
from ares_desktop.engine.backtest.analysis.tape import Tape, tape_of
from ares_desktop.engine.data.series import Series

_CODE: int = 3
"""Letters of a currency's ISO 4217 code."""


class Rates:
    """What one unit of a currency was worth in the account's; NaN where no pair told.

    Args:
        currency: of the account.
        series: data of the run.
    """

    def __init__(self, currency: str, series: Iterable[Series] = ()) -> None:
        self.currency = currency
        self._pairs: dict[str, tuple[Tape, bool]] = {}
        for item in series:
            if item.instrument.asset_class is not AssetClass.FX or not len(item):
                continue
            letters = "".join(letter for letter in item.instrument.symbol.upper() if letter.isalpha())
            first, second = letters[:_CODE], letters[_CODE:]
            if second == currency:
                self._pairs.setdefault(first, (tape_of(item), False))
            elif first == currency:
                self._pairs.setdefault(second, (tape_of(item), True))

    def at(self, currency: str, ns: int) -> float:
        """Return the rate at a time."""
        if currency == self.currency:
            return 1.0
        return float(self.over(currency, np.array([ns], dtype=np.int64))[0])

    def over(self, currency: str, ns: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return the rates at many times."""
        if currency == self.currency:
            return np.ones(len(ns))
        if currency not in self._pairs:
            return np.full(len(ns), np.nan)
        tape, inverse = self._pairs[currency]
        rows = np.searchsorted(tape.ts, ns, side="right") - 1
        price = np.where(rows >= 0, tape.close[np.maximum(rows, 0)], np.nan)
        price = np.where(price > 0, price, np.nan)
        return np.asarray(1 / price if inverse else price, dtype=np.float64)
