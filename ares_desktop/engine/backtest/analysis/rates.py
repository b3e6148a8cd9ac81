"""Dated currency rates, from the currency pairs among the data of a run."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from ares_desktop.domain.currencies import pair_of
from ares_desktop.engine.backtest.analysis.tape import Tape, tape_of
from ares_desktop.engine.data.series import Series


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
            pair = pair_of(item.instrument)
            if pair is None or not len(item):
                continue
            base, quoted = pair
            if quoted == currency:
                self._pairs.setdefault(base, (tape_of(item), False))
            elif base == currency:
                self._pairs.setdefault(quoted, (tape_of(item), True))

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
