"""Value at risk and expected shortfall of today's holdings, from the returns of past days."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from math import sqrt
from statistics import NormalDist
from typing import Final, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from ares_desktop.domain.portfolio import LeftOut, RiskFigure, RiskMethod, RiskReport

CONFIDENCES: Final = (0.95, 0.99)
DAY_NS: Final = 86_400_000_000_000
Floats = NDArray[np.float64]
_NORMAL: Final = NormalDist()
_TIE: Final = 1e-9


class Closes(NamedTuple):
    """The last price of each UTC day on which there was one: days since 1970, ascending, and prices."""

    days: NDArray[np.int64]
    prices: Floats

    @classmethod
    def of(cls, ends_ns: Sequence[int], prices: Sequence[float]) -> "Closes":
        """Return the closes of bars in the order of their ends; what is no price is passed over."""
        ends, values = np.asarray(ends_ns, dtype=np.int64), np.asarray(prices, dtype=np.float64)
        good = np.isfinite(values) & (values > 0)
        # A bar that ends at midnight belongs to the day that ended.
        days, values = (ends[good] - 1) // DAY_NS, values[good]
        last = np.append(days[1:] != days[:-1], True) if days.size else np.empty(0, dtype=np.bool_)
        return cls(days[last], values[last])

    def times(self, other: "Closes") -> "Closes":
        """Return the products on the days that both have, such as prices in another currency."""
        days, mine, others = np.intersect1d(self.days, other.days, return_indices=True)
        return Closes(days, self.prices[mine] * other.prices[others])

    def inverse(self) -> "Closes":
        """Return one over each price."""
        return Closes(self.days, 1.0 / self.prices)


class Stake(NamedTuple):
    """What is held of one factor: its exposure in the base currency, and closes in that currency or why none."""

    factor: str
    exposure: float
    closes: Closes | None
    problem: str = ""


class RiskTask(NamedTuple):
    """What value at risk is computed from.

    Attributes:
        most: days of returns at most; ``fewest`` below which there is no figure.
        horizons: in days.
    """

    stakes: Sequence[Stake]
    currency: str
    equity: float | None
    at: datetime
    most: int
    fewest: int
    horizons: tuple[int, ...] = (1, 10)
    left_out: tuple[LeftOut, ...] = ()
    stale: bool = False


def value_at_risk(returns: Floats, confidence: float) -> tuple[float, float]:
    """Return the loss that is exceeded with a probability of at most ``1 - confidence``, and the mean loss beyond.

    The lower quantile of the empirical losses, and the tail mean that counts the part of the quantile's own case which
    the tail needs (Rockafellar, Uryasev 2002, Conditional value-at-risk for general loss distributions, section 3).
    """
    losses = np.sort(-returns)[::-1]
    tail = (1.0 - confidence) * losses.size
    whole = int(np.floor(tail + _TIE))
    value = float(losses[min(whole, losses.size - 1)])
    beyond = float(np.sum(losses[:whole])) + max(0.0, tail - whole) * value
    return value, beyond / tail


def parametric(sigma: float, confidence: float) -> tuple[float, float]:
    """Return value at risk and shortfall of a normal distribution around zero (variance-covariance)."""
    z = _NORMAL.inv_cdf(confidence)
    return z * sigma, sigma * _NORMAL.pdf(z) / (1.0 - confidence)


def assess(task: RiskTask) -> RiskReport:
    """Return value at risk, historical and parametric; without enough common days there is none.

    A factor with too few days is left out, and said to be; so are those with the shortest histories, until the others
    have enough days in common.
    """
    gross = sum(abs(stake.exposure) for stake in task.stakes)
    kept, missing = _with_enough(task)
    covered = sum(abs(stake.exposure) for stake, _ in kept) / gross if gross > 0 else None
    report = RiskReport(
        currency=task.currency,
        at=task.at,
        equity=task.equity,
        covered=covered,
        left_out=tuple(missing),
        stale=task.stale,
    )
    if not kept:
        problem = "nothing that is held has enough daily returns" if missing else "nothing is held"
        return msgspec.structs.replace(report, problem=problem)
    days, returns = common_returns([closes for _, closes in kept], task.most)
    exposures = np.array([stake.exposure for stake, _ in kept])
    return _figures(report, task, days, returns, exposures)


def _with_enough(task: RiskTask) -> tuple[list[tuple[Stake, Closes]], list[LeftOut]]:
    """Return the factors with enough days in common, and what is left out for that: the shortest histories first."""
    missing = list(task.left_out)
    kept: list[tuple[Stake, Closes]] = []
    for stake in task.stakes:
        count = 0 if stake.closes is None else max(0, stake.closes.days.size - 1)
        if stake.closes is None or count < task.fewest:
            problem = stake.problem or f"{count} daily returns, {task.fewest} are needed"
            missing.append(LeftOut(item=stake.factor, problem=problem))
        else:
            kept.append((stake, stake.closes))
    while kept and (common := _common(kept)) < task.fewest:
        shortest = min(kept, key=lambda pair: pair[1].days.size)
        kept.remove(shortest)
        problem = f"{common} daily returns in common with the others, {task.fewest} are needed"
        missing.append(LeftOut(item=shortest[0].factor, problem=problem))
    return kept, missing


def _common(kept: Sequence[tuple[Stake, Closes]]) -> int:
    days = kept[0][1].days
    for _, closes in kept[1:]:
        days = np.intersect1d(days, closes.days)
    return max(0, int(days.size) - 1)


def common_returns(closes: Sequence[Closes], most: int) -> tuple[NDArray[np.int64], Floats]:
    """Return the days that all have after the first, and the simple returns between them, a column for each."""
    days = closes[0].days
    for one in closes[1:]:
        days = np.intersect1d(days, one.days)
    days = days[-(most + 1) :]
    prices = np.column_stack([one.prices[np.searchsorted(one.days, days)] for one in closes])
    return days[1:], prices[1:] / prices[:-1] - 1.0


def _figures(
    report: RiskReport, task: RiskTask, days: NDArray[np.int64], returns: Floats, exposures: Floats
) -> RiskReport:
    outcomes = returns @ exposures
    covariance = np.atleast_2d(np.cov(returns, rowvar=False, ddof=1))
    sigma = sqrt(max(0.0, float(exposures @ covariance @ exposures)))
    count = outcomes.size
    figures = []
    for horizon in task.horizons:
        # Windows of several days overlap; how many of them do not is said beside the figure.
        sums = np.convolve(outcomes, np.ones(horizon), mode="valid") if count >= horizon else np.empty(0)
        for confidence in CONFIDENCES:
            figures.append(_historical(sums, confidence, horizon, count, task.fewest))
            value, shortfall = parametric(sigma * sqrt(horizon), confidence)
            figures.append(
                RiskFigure(
                    method=RiskMethod.PARAMETRIC,
                    confidence=confidence,
                    days=horizon,
                    value=value,
                    shortfall=shortfall,
                    observations=count,
                    independent=count,
                )
            )
    return msgspec.structs.replace(
        report,
        figures=tuple(figures),
        outcomes=tuple(outcomes.tolist()),
        volatility=sigma,
        first=_date(days[0]),
        last=_date(days[-1]),
    )


def _historical(sums: Floats, confidence: float, horizon: int, count: int, fewest: int) -> RiskFigure:
    value = shortfall = None
    problem = ""
    if sums.size < fewest:
        problem = f"{sums.size} spans of {horizon} days, {fewest} are needed"
    else:
        value, shortfall = value_at_risk(sums, confidence)
    return RiskFigure(
        method=RiskMethod.HISTORICAL,
        confidence=confidence,
        days=horizon,
        value=value,
        shortfall=shortfall,
        observations=int(sums.size),
        independent=count // horizon,
        problem=problem,
    )


def _date(day: np.int64) -> date:
    return datetime.fromtimestamp(int(day) * 86_400, UTC).date()
