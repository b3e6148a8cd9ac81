"""A book's performance in numbers; standard statistics are those of the library empyrical."""

from decimal import Decimal
from math import isfinite
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from ares_desktop.domain.performance import PerformanceFigures
from ares_desktop.engine.backtest.analysis.days import DAY_NS, YEAR_DAYS, curve_days_a_year
from ares_desktop.engine.backtest.analysis.drawdowns import NO_DRAWDOWN
from ares_desktop.engine.competition.statistics import FEWEST_DAYS, daily_returns
from ares_desktop.engine.performance.benchmark import Benchmark
from ares_desktop.engine.performance.history import BookHistory

_NO_RISK: Final = 1e-12
"""A deviation of daily returns below this is what rounding leaves of none."""


class BookFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What the ledger and the valuation know of a book by themselves.

    Attributes:
        twr, drawdown, max_drawdown: as in :class:`~ares_desktop.domain.accounts.BookSnapshot`.
        costs: commission in the account's currency, None when some of it was paid in another one.
    """

    twr: float | None
    drawdown: float | None
    max_drawdown: float | None
    trips: int
    won: int
    costs: Decimal | None


def figures_of(history: BookHistory, facts: BookFacts, benchmark: Benchmark | None = None) -> PerformanceFigures:
    """Return every figure; what stands on daily returns is None with fewer than 20 of them. Takes seconds once.

    A daily return is between the last valuations of successive UTC days with any; the day that is not over counts.
    They are annualized by :func:`~ares_desktop.engine.backtest.analysis.days.days_a_year`. The Calmar ratio (Young,
    1991) is the annual return over the deepest drawdown of all valuations, not of closes alone. Turnover is a year's
    share of what was traded over mean equity, once 20 days have passed.
    """
    curve = history.daily()
    returns = daily_returns(curve)
    deepest = None if facts.max_drawdown is None else 0.0 - facts.max_drawdown
    figures = PerformanceFigures(
        nav=None if facts.twr is None else 1.0 + facts.twr,
        twr=facts.twr,
        drawdown=None if facts.drawdown is None else 0.0 - facts.drawdown,
        max_drawdown=deepest,
        hit_rate=facts.won / facts.trips if facts.trips else None,
        trips=facts.trips,
        exposure=history.exposure,
        turnover=_turnover(history),
        costs=facts.costs,
        benchmark_return=_benchmark_return(history, benchmark),
        days=int(returns.size),
    )
    if returns.size < FEWEST_DAYS:
        return figures
    yearly = curve_days_a_year(curve)
    known = risk_figures(returns, yearly)
    annual = known["annual_return"]
    if annual is not None and deepest is not None and deepest < NO_DRAWDOWN:
        known["calmar"] = annual / -deepest
    closes = benchmark.at(curve.ts) if benchmark is not None else ""
    if not isinstance(closes, str):
        known |= beside(returns, closes[1:] / closes[:-1] - 1.0, yearly)
    return msgspec.structs.replace(figures, **known)


def risk_figures(returns: NDArray[np.float64], yearly: float) -> dict[str, float | None]:
    """Return annual return and volatility, Sharpe and Sortino ratios over a riskless rate of zero.

    Args:
        returns: daily, as fractions.
        yearly: daily returns in a year.
    """
    import empyrical  # noqa: PLC0415 - takes seconds to load, and a young profile has no use for it

    risky = float(np.std(returns, ddof=1)) > _NO_RISK
    sinking = float(np.min(returns)) < -_NO_RISK
    return {
        "annual_return": _known(empyrical.annual_return(returns, annualization=yearly)),
        "volatility": _known(empyrical.annual_volatility(returns, annualization=yearly)),
        "sharpe": _known(empyrical.sharpe_ratio(returns, annualization=yearly)) if risky else None,
        "sortino": _known(empyrical.sortino_ratio(returns, annualization=yearly)) if sinking else None,
    }


def beside(returns: NDArray[np.float64], other: NDArray[np.float64], yearly: float) -> dict[str, float | None]:
    """Return alpha (annualized) and beta of daily returns against those of a benchmark on the same days."""
    import empyrical  # noqa: PLC0415 - as above

    if float(np.std(other, ddof=1)) <= _NO_RISK:
        return {"alpha": None, "beta": None}
    alpha, beta = empyrical.alpha_beta(returns, other, annualization=yearly)
    return {"alpha": _known(alpha), "beta": _known(beta)}


def _turnover(history: BookHistory) -> float | None:
    days = (history.closes[-1].ns - history.first.ns) / DAY_NS
    equity, traded = history.mean_equity, history.traded
    if days < FEWEST_DAYS or equity is None or traded is None:
        return None
    return _known(traded / equity * YEAR_DAYS / days)


def _benchmark_return(history: BookHistory, benchmark: Benchmark | None) -> float | None:
    if benchmark is None:
        return None
    closes = benchmark.at(np.array([history.first.ns, history.closes[-1].ns], dtype=np.int64))
    return None if isinstance(closes, str) else _known(closes[1] / closes[0] - 1.0)


def _known(value: float) -> float | None:
    number = float(value)
    return number if isfinite(number) else None
