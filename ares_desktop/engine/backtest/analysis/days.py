"""The calendar that a curve is annualized by."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from ares_desktop.domain.accounts import EquityCurve

DAY_NS: Final = 86_400_000_000_000
YEAR_DAYS: Final = 365.25
EXCHANGE_DAYS: Final = 252.0
_SIX_DAYS: Final = 312.0
_EVERY_DAY: Final = 365.0
_BORDERS: Final = (220.0, 282.0, 338.0)


def last_of_day(ts: NDArray[np.int64]) -> NDArray[np.intp]:
    """Return the positions of the last point of each UTC day of market time."""
    if not ts.size:
        return np.empty(0, dtype=np.intp)
    days = ts // DAY_NS
    return np.flatnonzero(np.append(days[1:] != days[:-1], True))


def days_a_year(days: NDArray[np.int64]) -> float:
    """Return how many daily returns a year of this market has.

    The days with data, over the calendar time that they span, tell it: about 261 a year are the working days of an
    exchange, by convention 252 once its holidays are left out; about 313 those of a market that opens on Sunday
    evening (312); more are a market that never closes (365). Fewer, as of weekly data, count as they are.

    Args:
        days: days since 1970 with data, ascending, each once.
    """
    if len(days) <= 1:
        return EXCHANGE_DAYS
    found = (len(days) - 1) / float(days[-1] - days[0]) * YEAR_DAYS
    exchange, six, every = _BORDERS
    if found < exchange:
        return found
    if found < six:
        return EXCHANGE_DAYS
    return _SIX_DAYS if found < every else _EVERY_DAY


def curve_days_a_year(curve: EquityCurve) -> float:
    """Return how many daily returns a year of a curve has."""
    return days_a_year(curve.ts[last_of_day(curve.ts)] // DAY_NS)
