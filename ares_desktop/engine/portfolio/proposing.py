"""What weights are proposed from, and what they would change."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from math import sqrt
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ares_desktop.domain.errors import Finding, UsageError
from ares_desktop.domain.portfolio import AllocationBand, AllocationMethod
from ares_desktop.engine.portfolio.optimizing import OptimizeTask
from ares_desktop.engine.portfolio.var import Closes, Floats, common_returns, value_at_risk

_YEAR_DAYS: Final = 252
_NO_RISK: Final = 1e-9
_WEIGHT_STEP: Final = Decimal("0.0001")
_CONFIDENCE: Final = 0.95
LIVE: Final = "the strategies' own daily NAV returns"
INSTRUMENTS: Final = (
    "the daily returns of each strategy's instruments in equal parts: what they trade, not how they trade it"
)


class Evidence(NamedTuple):
    """Common daily returns of strategies, a column each.

    Attributes:
        basis: where they come from, in words.
        problem: why there are not enough, empty when there are.
    """

    names: tuple[str, ...]
    days: NDArray[np.int64]
    returns: Floats
    basis: str
    problem: str = ""

    @property
    def span(self) -> tuple[date, date]:
        """The first and the last day."""
        first, last = (datetime.fromtimestamp(int(self.days[at]) * 86_400, UTC).date() for at in (0, -1))
        return first, last


def evidence_of(closes: Mapping[str, Closes | None], basis: str, fewest: int) -> Evidence:
    """Return the common returns of strategies, with the reason where they are too few or say nothing."""
    names = tuple(closes)
    known = {name: one for name, one in closes.items() if one is not None and one.days.size > 1}
    without = [name for name in names if name not in known]
    nothing = np.empty(0, dtype=np.int64), np.empty((0, len(names)))
    if without or not names:
        return Evidence(names, *nothing, basis, f"there are no daily returns of {', '.join(without) or 'anything'}")
    days, returns = common_returns(list(known.values()), max(one.days.size for one in known.values()))
    problem = ""
    if days.size < fewest:
        problem = f"{days.size} daily returns in common, {fewest} are needed"
    else:
        still = [name for name, risk in zip(names, returns.std(axis=0), strict=True) if risk <= _NO_RISK]
        problem = f"{', '.join(still)} never moved" if still else ""
    return Evidence(names, days, returns, basis, problem)


def blend(closes: Sequence[Closes]) -> Closes | None:
    """Return the value of equal parts of several instruments, put together anew each day."""
    if not closes:
        return None
    days, returns = common_returns(closes, max(one.days.size for one in closes))
    if not days.size:
        return None
    growth = np.cumprod(1.0 + returns.mean(axis=1))
    return Closes(np.append(days[0] - 1, days), np.append(1.0, growth))


def task_of(method: AllocationMethod, bands: Sequence[AllocationBand], evidence: Evidence) -> OptimizeTask:
    """Return what the worker solves: weights within the bands that add up to what is invested by the targets.

    Raises:
        UsageError: when the bands leave no such weights.
    """
    total = min(sum((band.target for band in bands), Decimal(0)), Decimal(1))
    least = sum((band.minimum for band in bands), Decimal(0))
    most = sum((band.maximum for band in bands), Decimal(0))
    if not least <= total <= most or total <= 0:
        problem = f"leave no weights that add up to {total:f}: from {least:f} to {most:f} in all"
        remedy = "Change the least and largest weights of strategies, or their targets."
        raise UsageError(Finding(place="weights", value="", problem=problem, remedy=remedy))
    return OptimizeTask(
        method=method.value,
        columns=len(bands),
        returns=np.ascontiguousarray(evidence.returns).tobytes(),
        minimum=tuple(float(band.minimum) for band in bands),
        maximum=tuple(float(min(band.maximum, total)) for band in bands),
        total=float(total),
    )


def rounded(weights: Sequence[float], bands: Sequence[AllocationBand]) -> tuple[Decimal, ...]:
    """Return weights in hundredths of a percent, inside their bands and with the same sum as nearly as those allow."""
    total = sum(Decimal(repr(float(weight))) for weight in weights).quantize(_WEIGHT_STEP)  # type: ignore[union-attr]
    found = [
        min(max(Decimal(repr(float(weight))).quantize(_WEIGHT_STEP), band.minimum), band.maximum)
        for weight, band in zip(weights, bands, strict=True)
    ]
    for at in sorted(range(len(found)), key=lambda place: -found[place]):
        gap = total - sum(found, Decimal(0))
        if not gap:
            break
        found[at] = min(max(found[at] + gap, bands[at].minimum), bands[at].maximum)
    return tuple(found)


class Picture(NamedTuple):
    """What weights mean: shares of the variance, expected annual volatility, and value at risk of a day at 95 %."""

    parts: tuple[float | None, ...]
    volatility: float
    var: float


def picture_of(weights: Sequence[Decimal], returns: Floats) -> Picture:
    """Return the risk of weights by past returns; what is not invested has none.

    A strategy's part is ``w_i (S w)_i / (w' S w)``: Maillard, Roncalli, Teiletche (2010), equation 2.
    """
    shares = np.array([float(weight) for weight in weights])
    covariance = np.atleast_2d(np.cov(returns, rowvar=False, ddof=1))
    slopes = covariance @ shares
    variance = float(shares @ slopes)
    parts = tuple((shares * slopes / variance).tolist()) if variance > 0 else (None,) * len(weights)
    value, _ = value_at_risk(returns @ shares, _CONFIDENCE)
    return Picture(parts, sqrt(max(variance, 0.0) * _YEAR_DAYS), value)
