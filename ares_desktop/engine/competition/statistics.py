"""Performance figures of an equity curve."""

import numpy as np
from numpy.typing import NDArray

from ares_desktop.domain.accounts import EquityCurve
from ares_desktop.domain.performance import FEWEST_DAYS

_DAY_NS = 86_400 * 1_000_000_000
_DAYS_A_YEAR = 252
_NO_RISK = 1e-12
"""A deviation of daily returns below this is what rounding leaves of none."""


def daily_returns(curve: EquityCurve) -> NDArray[np.float64]:
    """Return flow-neutral returns between the last points of successive UTC days of market time.

    There are none for a curve that lost everything: no return leads back from there.
    """
    if not curve.ts.size:
        return np.empty(0)
    days = curve.ts // _DAY_NS
    last_of_day = np.flatnonzero(np.append(days[1:] != days[:-1], True))
    growth = 1.0 + curve.twr[last_of_day]
    if np.any(growth <= 0.0):
        return np.empty(0)
    return growth[1:] / growth[:-1] - 1.0


def sharpe_ratio(curve: EquityCurve) -> float | None:
    """Return the annualized Sharpe ratio over a riskless rate of zero, None with fewer than 20 daily returns."""
    return sharpe_of(daily_returns(curve))


def sharpe_of(returns: NDArray[np.float64], days_a_year: float = _DAYS_A_YEAR) -> float | None:
    """Return the annualized Sharpe ratio of daily returns, None with fewer than 20 of them or without any risk.

    Mean over standard deviation of daily returns times the square root of the days in a year (Sharpe, 1994, The
    Sharpe Ratio).
    """
    if returns.size < FEWEST_DAYS:
        return None
    deviation = float(np.std(returns, ddof=1))
    if deviation < _NO_RISK:
        return None
    return float(np.mean(returns)) / deviation * float(np.sqrt(days_a_year))
