"""How strategies do: statistics of NAV units, beside a benchmark and beside each other."""

from datetime import datetime
from decimal import Decimal
from typing import Final

import msgspec

from ares_desktop.domain.ids import InstrumentId, StrategyId

FEWEST_DAYS: Final = 20
"""Daily returns below which a ratio of them would say nothing."""


class NavPoint(msgspec.Struct, frozen=True, array_like=True):
    """A time-weighted value: 1.0 where the curve begins."""

    ns: int
    value: float


class MonthReturn(msgspec.Struct, frozen=True, kw_only=True):
    """A calendar month (UTC) as a fraction; ``partial`` where the curve does not cover all of it."""

    year: int
    month: int
    value: float
    partial: bool = False


class PerformanceFigures(msgspec.Struct, frozen=True, kw_only=True):
    """Figures as fractions unless said otherwise; None where there is too little to know.

    Attributes:
        nav: value of one NAV unit, 1.0 at first funding.
        annual_return, volatility, sharpe, sortino: annualized from daily returns, over a riskless rate of zero.
        drawdown, max_drawdown: of all valuations, 0 or negative.
        calmar: annual return over the deepest drawdown.
        exposure: mean gross exposure as a share of equity.
        turnover: traded notional a year as a multiple of mean equity.
        hit_rate: closed round trips that won.
        costs: commission, in the account's currency.
        alpha, beta: against the benchmark, alpha annualized.
        days: daily returns that the figures stand on.
    """

    nav: float | None = None
    twr: float | None = None
    annual_return: float | None = None
    volatility: float | None = None
    sharpe: float | None = None
    sortino: float | None = None
    drawdown: float | None = None
    max_drawdown: float | None = None
    calmar: float | None = None
    hit_rate: float | None = None
    trips: int = 0
    exposure: float | None = None
    turnover: float | None = None
    costs: Decimal | None = None
    alpha: float | None = None
    beta: float | None = None
    benchmark_return: float | None = None
    days: int = 0


class StrategyPerformance(msgspec.Struct, frozen=True, kw_only=True):
    """One strategy's performance; ``all`` is the whole account.

    Attributes:
        curve: at most 500 points.
        benchmark_curve: on the same times as ``curve``, empty where the benchmark can't be compared with.
        benchmark_problem: why it can't, empty where it can or there is none.
        stale: a mark behind it is older than its feed allows, or missing: then the figures are the last good ones.
    """

    strategy: StrategyId
    figures: PerformanceFigures
    curve: tuple[NavPoint, ...]
    months: tuple[MonthReturn, ...]
    at: datetime
    benchmark: InstrumentId | None = None
    benchmark_curve: tuple[NavPoint, ...] = ()
    benchmark_problem: str = ""
    stale: bool = False


class StrategyCorrelations(msgspec.Struct, frozen=True, kw_only=True):
    """Correlations of returns; ``values[i][j]`` of ``names[i]`` and ``names[j]``, None below ``least`` common ones.

    Attributes:
        observations: common returns that each value stands on, same shape.
        interval_s: length of the returns that were compared, in seconds.
    """

    names: tuple[StrategyId, ...]
    values: tuple[tuple[float | None, ...], ...]
    observations: tuple[tuple[int, ...], ...]
    interval_s: float
    least: int
