"""A book's performance in numbers."""

from decimal import Decimal
from math import isfinite

import msgspec
import numpy as np

from ares_desktop.domain.performance import FEWEST_DAYS, PerformanceFigures
from ares_desktop.engine.backtest.analysis.days import DAY_NS, YEAR_DAYS, curve_days_a_year
from ares_desktop.engine.backtest.analysis.drawdowns import NO_DRAWDOWN
from ares_desktop.engine.competition.statistics import daily_returns
from ares_desktop.engine.performance.benchmark import Benchmark
from ares_desktop.engine.performance.history import BookHistory
from ares_desktop.engine.performance.ratios import Ratios, RatioTask


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


def plain_figures(
    history: BookHistory, facts: BookFacts, benchmark: Benchmark | None = None
) -> tuple[PerformanceFigures, RatioTask | None]:
    """Return the figures that need no library, and what the others are computed from.

    A daily return is between the last valuations of successive UTC days with any; the day that is not over counts.
    With fewer than 20 of them there is no task, and what stands on them stays None. They are annualized by
    :func:`~ares_desktop.engine.backtest.analysis.days.days_a_year`. Turnover is a year's share of what was traded over
    mean equity, once 20 days have passed.
    """
    curve = history.daily()
    returns = daily_returns(curve)
    figures = PerformanceFigures(
        nav=None if facts.twr is None else 1.0 + facts.twr,
        twr=facts.twr,
        drawdown=None if facts.drawdown is None else 0.0 - facts.drawdown,
        max_drawdown=None if facts.max_drawdown is None else 0.0 - facts.max_drawdown,
        hit_rate=facts.won / facts.trips if facts.trips else None,
        trips=facts.trips,
        exposure=history.exposure,
        turnover=_turnover(history),
        costs=facts.costs,
        benchmark_return=_benchmark_return(history, benchmark),
        days=int(returns.size),
    )
    if returns.size < FEWEST_DAYS:
        return figures, None
    closes = benchmark.at(curve.ts) if benchmark is not None else ""
    beside = b"" if isinstance(closes, str) else (closes[1:] / closes[:-1] - 1.0).tobytes()
    return figures, RatioTask(returns.tobytes(), beside, curve_days_a_year(curve))


def with_ratios(figures: PerformanceFigures, ratios: Ratios) -> PerformanceFigures:
    """Return the figures with those of the library.

    The Calmar ratio (Young, 1991) is the annual return over the deepest drawdown of all valuations, not of closes
    alone.
    """
    annual, deepest = ratios.annual_return, figures.max_drawdown
    calmar = annual / -deepest if annual is not None and deepest is not None and deepest < NO_DRAWDOWN else None
    return msgspec.structs.replace(figures, calmar=calmar, **msgspec.structs.asdict(ratios))


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
