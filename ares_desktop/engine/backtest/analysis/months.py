"""Returns by calendar month."""

import numpy as np

from ares_desktop.domain.accounts import EquityCurve
from ares_desktop.domain.backtests import MonthlyReturn
from ares_desktop.engine.backtest.analysis.days import DAY_NS, last_of_day

_MONTHS_A_YEAR = 12
_EPOCH_YEAR = 1970


def monthly_returns(curve: EquityCurve) -> tuple[MonthlyReturn, ...]:
    """Return the flow-neutral return of each UTC month with a point, up to the one in which everything was lost.

    The first month counts from the opening of the account; a month without a point is left out, and what happened
    meanwhile belongs to the next one.
    """
    rows = last_of_day(curve.ts)
    days = (curve.ts[rows] // DAY_NS).astype("datetime64[D]")
    months = days.astype("datetime64[M]").astype(np.int64)
    ends = np.flatnonzero(np.append(months[1:] != months[:-1], True)) if len(months) else np.empty(0, dtype=np.intp)
    growth = 1.0 + curve.twr[rows[ends]]
    found, before = [], 1.0
    for month, after in zip(months[ends].tolist(), growth.tolist(), strict=True):
        if not before > 0.0 or not np.isfinite(after):
            break
        year, index = divmod(month, _MONTHS_A_YEAR)
        found.append(MonthlyReturn(_EPOCH_YEAR + year, index + 1, max(after / before - 1.0, -1.0)))
        before = after
    return tuple(found)
