"""Performance figures of an equity curve."""

import numpy as np
from numpy.typing import NDArray

from ares_desktop.domain.accounts import EquityCurve

_DAY_NS = 86_400 * 1_000_000_000
_DAYS_A_YEAR = 252
_FEWEST_DAYS = 20


def daily_returns(curve: EquityCurve) -> NDArray[np.float64]:
    """Return flow-neutral returns between the last points of successive UTC days of market time."""
    if not curve.ts.size:
        return np.empty(0)
    days = curve.ts // _DAY_NS
    last_of_day = np.flatnonzero(np.append(days[1:] != days[:-1], True))
    growth = 1.0 + curve.twr[last_of_day]
    return growth[1:] / growth[:-1] - 1.0


def sharpe_ratio(curve: EquityCurve) -> float | None:
    """Return the annualized Sharpe ratio over a riskless rate of zero, None with fewer than 20 daily returns.

    Mean over standard deviation of daily returns times the square root of 252 (Sharpe, 1994, The Sharpe Ratio).
    """
    returns = daily_returns(curve)
    if returns.size < _FEWEST_DAYS:
        return None
    deviation = float(np.std(returns, ddof=1))
    if deviation == 0.0:
        return None
    return float(np.mean(returns)) / deviation * float(np.sqrt(_DAYS_A_YEAR))
