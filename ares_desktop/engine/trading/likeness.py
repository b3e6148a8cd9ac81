"""How alike the instruments of two strategies move."""

from collections.abc import Mapping, Sequence
from functools import reduce
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ares_desktop.domain.ids import InstrumentId
from ares_desktop.domain.market import Bar

FEWEST: Final = 20
"""Returns that a correlation is told of at least."""

Closes = tuple[NDArray[np.int64], NDArray[np.float64]]
"""When bars ended, ascending, and at what price."""


def closes_of(bars: Sequence[Bar]) -> Closes:
    """Return ends and closes of bars, one of each time; prices that are not positive are left out."""
    known = {bar.end_ns: bar.close for bar in bars if bar.close > 0}
    ends = sorted(known)
    return np.array(ends, dtype=np.int64), np.array([known[end] for end in ends], dtype=np.float64)


def correlation(
    closes: Mapping[InstrumentId, Closes], ours: Sequence[InstrumentId], others: Sequence[InstrumentId]
) -> tuple[float | None, int]:
    """Return Pearson's correlation of two equally weighted baskets' returns from bar to bar, and of how many returns.

    Args:
        closes: of every instrument.
        ours: one basket; instruments without bars are left out.
        others: the other one.

    Returns:
        None for fewer returns than :data:`FEWEST` at times that all have, or where one basket did not move.
    """
    first, second = ([closes[name] for name in names if len(closes[name][0])] for names in (ours, others))
    if not first or not second:
        return None, 0
    times = reduce(np.intersect1d, (ends for ends, _ in (*first, *second)))
    count = max(0, len(times) - 1)
    if count < FEWEST:
        return None, count
    one, other = _returns(first, times), _returns(second, times)
    if not one.std() or not other.std():
        return None, count
    return float(np.corrcoef(one, other)[0, 1]), count


def _returns(basket: Sequence[Closes], times: NDArray[np.int64]) -> NDArray[np.float64]:
    rows = [values[np.searchsorted(ends, times)] for ends, values in basket]
    return np.asarray(np.mean([row[1:] / row[:-1] - 1.0 for row in rows], axis=0), dtype=np.float64)
