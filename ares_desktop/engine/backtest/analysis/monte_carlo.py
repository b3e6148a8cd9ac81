"""What could have happened instead: paths resampled from the days and the trades of a run.

No method merely shuffles: whatever the order of the same trades, their product is the same, and such a test says
nothing about the end.
"""

from collections.abc import Callable, Iterator, Sequence
from math import sqrt
from time import perf_counter
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ares_desktop.domain.backtests import BacktestOutcome, RoundTrip
from ares_desktop.domain.errors import Finding, UsageError
from ares_desktop.domain.monte_carlo import MonteCarloReport, MonteCarloSpec, Paths, Percentiles, Resampling
from ares_desktop.domain.performance import FEWEST_DAYS
from ares_desktop.engine.backtest.analysis.blocks import block_length, stationary_rows
from ares_desktop.engine.backtest.analysis.days import DAY_NS, YEAR_DAYS, curve_days_a_year
from ares_desktop.engine.backtest.analysis.figures import known_part
from ares_desktop.engine.competition.statistics import daily_returns

Floats = NDArray[np.float64]
FEWEST_TRADES: Final = 10
"""Closed trades below which their resampling says nothing."""
_PERCENT: Final = (5, 25, 50, 75, 95)
_FAN_POINTS: Final = 200
_CHUNK_VALUES: Final = 1 << 19
_MOST_PATHS: Final = 100_000
_NO_RISK: Final = 1e-12


class _Steps(NamedTuple):
    """What a path is made of.

    Attributes:
        changes: of the equity at each step of the run itself, as fractions.
        a_year: steps in a year, 0 when it can't be told.
        note: why there are too few.
    """

    changes: Floats
    a_year: float
    note: str = ""


def resample(spec: MonteCarloSpec, outcome: BacktestOutcome, trips: Sequence[RoundTrip]) -> MonteCarloReport:
    """Return the paths of every wanted method; the same request on the same run gives the same paths.

    ``returns`` draws blocks of daily returns, ``trades`` blocks of closed trades (stationary bootstrap, see
    :mod:`ares_desktop.engine.backtest.analysis.blocks`); ``skipped`` leaves each closed trade out with the
    probability ``skip``; ``jittered`` changes the prices of each entry and each exit by normal noise. A trade counts
    with its profit over the account's equity at its entry, and trades are compounded in order of their ends.

    Raises:
        UsageError: with everything that is wrong with the request.
    """
    _check(spec)
    begin = perf_counter()
    results = tuple(_paths(method, spec, outcome, trips) for method in dict.fromkeys(spec.methods))
    return MonteCarloReport(spec=spec, results=results, seconds=perf_counter() - begin)


def _check(spec: MonteCarloSpec) -> None:
    rules = (
        ("paths", spec.paths, 1 <= spec.paths <= _MOST_PATHS, f"from 1 to {_MOST_PATHS:,}"),
        ("block", spec.block, spec.block >= 0, "0 or more"),
        ("skip", spec.skip, 0 <= spec.skip < 1, "at least 0 and less than 1"),
        ("jitter_bps", spec.jitter_bps, 0 <= spec.jitter_bps < np.inf, "0 or more"),
        ("ruin", spec.ruin, 0 < spec.ruin <= 1, "more than 0 and at most 1"),
        ("seed", spec.seed, spec.seed >= 0, "0 or more"),
        ("methods", ", ".join(spec.methods), bool(spec.methods), "at least one"),
    )
    wrong = [
        Finding(place=name, value=str(value), problem=f"must be {expected}", remedy=f"Give {expected}.")
        for name, value, good, expected in rules
        if not good
    ]
    if wrong:
        raise UsageError(*wrong)


def _paths(method: Resampling, spec: MonteCarloSpec, outcome: BacktestOutcome, trips: Sequence[RoundTrip]) -> Paths:
    of_days = method is Resampling.RETURNS
    steps = _daily(outcome) if of_days else _by_trade(outcome, trips)
    if steps.note:
        return _without(method, steps.note)
    # Each method has its own generator, so that its paths do not depend on which others are wanted.
    generator = np.random.default_rng([spec.seed, list(Resampling).index(method)])
    return _summed_up(method, spec, steps, _drawn(method, spec, steps, generator, _noise(outcome, trips)))


def _daily(outcome: BacktestOutcome) -> _Steps:
    curve = known_part(outcome.curve)
    returns = daily_returns(curve)
    if curve.twr.size and np.any(curve.twr <= -1.0):
        return _Steps(returns, 0.0, "The run lost everything; there is nothing left to resample.")
    if returns.size < FEWEST_DAYS:
        return _Steps(returns, 0.0, f"{returns.size} daily returns are too few; {FEWEST_DAYS} are needed.")
    return _Steps(returns, curve_days_a_year(curve))


def _by_trade(outcome: BacktestOutcome, trips: Sequence[RoundTrip]) -> _Steps:
    closed = _closed(trips)
    none = np.empty(0)
    if len(closed) < FEWEST_TRADES:
        return _Steps(none, 0.0, f"{len(closed)} closed trades are too few; {FEWEST_TRADES} are needed.")
    home = outcome.spec.simulation.currency
    foreign = {item.id for item in outcome.instruments if item.currency != home}
    if any(trip.instrument in foreign for trip in closed):
        return _Steps(none, 0.0, f"Some trades are not in {home}; resample the daily returns instead.")
    equity = _equity_at_entry(outcome, closed)
    if not np.all(equity > 0):
        return _Steps(none, 0.0, "The equity is not known or not positive at some entries.")
    years = (closed[-1].exit_ns - min(trip.entry_ns for trip in closed)) / DAY_NS / YEAR_DAYS
    return _Steps(
        np.array([trip.pnl for trip in closed]) / equity,
        len(closed) / years if years * YEAR_DAYS >= FEWEST_DAYS else 0.0,
    )


def _closed(trips: Sequence[RoundTrip]) -> list[RoundTrip]:
    return sorted((trip for trip in trips if trip.closed), key=lambda trip: (trip.exit_ns, trip.entry_ns))


def _equity_at_entry(outcome: BacktestOutcome, closed: Sequence[RoundTrip]) -> Floats:
    """Return the last known equity before each entry, that of the start where there is none."""
    curve = known_part(outcome.curve)
    before = np.concatenate(([float(outcome.spec.simulation.starting_cash)], curve.equity))
    rows = np.searchsorted(curve.ts, np.array([trip.entry_ns for trip in closed], dtype=np.int64), side="left")
    return np.asarray(before[rows], dtype=np.float64)


def _noise(outcome: BacktestOutcome, trips: Sequence[RoundTrip]) -> Floats:
    """Return for each closed trade the values of entry and exit over the equity: one row each."""
    closed = _closed(trips)
    unit = {item.id: float(item.multiplier) for item in outcome.instruments}
    size = np.array([float(trip.quantity) * unit.get(trip.instrument, 1.0) for trip in closed])
    prices = np.array([[trip.entry_price for trip in closed], [trip.exit_price for trip in closed]])
    equity = _equity_at_entry(outcome, closed)
    values: Floats = np.divide(np.abs(prices) * size, equity, out=np.zeros_like(prices), where=equity > 0)
    return values


def _drawn(
    method: Resampling, spec: MonteCarloSpec, steps: _Steps, generator: np.random.Generator, values: Floats
) -> Iterator[Floats]:
    """Yield the changes of the paths, some paths at a time: rows are paths, columns steps."""
    changes, count = steps.changes, len(steps.changes)
    length = spec.block or block_length(changes)
    scale = spec.jitter_bps * 1e-4
    draw: Callable[[int], Floats]
    match method:
        case Resampling.SKIPPED:

            def draw(paths: int) -> Floats:
                return np.where(generator.random((paths, count)) < spec.skip, 0.0, changes)
        case Resampling.JITTERED:

            def draw(paths: int) -> Floats:
                entry, leave = generator.normal(0.0, scale, (2, paths, count))
                return np.asarray(changes + leave * values[1] - entry * values[0])
        case _:

            def draw(paths: int) -> Floats:
                return np.asarray(changes[stationary_rows(generator, count, paths, length)])

    at_once = max(1, _CHUNK_VALUES // count)
    for first in range(0, spec.paths, at_once):
        yield draw(min(at_once, spec.paths - first))


def _summed_up(method: Resampling, spec: MonteCarloSpec, steps: _Steps, drawn: Iterator[Floats]) -> Paths:
    count = len(steps.changes)
    points = np.unique(np.linspace(0, count, min(count, _FAN_POINTS) + 1).round().astype(np.intp))
    final, deepest, ratios, fans = [], [], [], []
    for changes in drawn:
        growth = np.ones((len(changes), count + 1))
        # What lost everything stays lost: no factor is negative, and nothing leads back from zero.
        np.cumprod(np.maximum(1.0 + changes, 0.0), axis=1, out=growth[:, 1:])
        final.append(growth[:, -1].copy())
        fans.append(growth[:, points].astype(np.float32))
        peak = np.maximum.accumulate(growth, axis=1)
        np.divide(growth, peak, out=growth)
        deepest.append(growth.min(axis=1) - 1.0)
        ratios.append(_sharpes(changes, steps.a_year))
    ends, falls = np.concatenate(final), np.concatenate(deepest)
    observed = np.concatenate(([1.0], np.cumprod(np.maximum(1.0 + steps.changes, 0.0))))
    fan = np.percentile(np.concatenate(fans), _PERCENT, axis=0)
    return Paths(
        method=method,
        paths=len(ends),
        final_return=_percentiles(ends - 1.0),
        max_drawdown=_percentiles(falls),
        sharpe=_percentiles(np.concatenate(ratios)),
        ruin=float(np.mean(falls <= -spec.ruin)),
        loss=float(np.mean(ends < 1.0)),
        fan_x=tuple(points.astype(np.float64).tolist()),
        fan=tuple(tuple(row.tolist()) for row in fan),
        observed=tuple(observed[points].tolist()),
        drawdowns=tuple(np.sort(falls).tolist()),
    )


def _sharpes(changes: Floats, a_year: float) -> Floats:
    deviation = changes.std(axis=1, ddof=1)
    known = deviation > _NO_RISK
    if not a_year:
        return np.full(len(changes), np.nan)
    return np.where(known, changes.mean(axis=1) / np.where(known, deviation, 1.0) * sqrt(a_year), np.nan)


def _percentiles(values: Floats) -> Percentiles | None:
    values = values[np.isfinite(values)]
    if not values.size:
        return None
    p5, p25, p50, p75, p95 = np.percentile(values, _PERCENT).tolist()
    return Percentiles(p5=p5, p25=p25, p50=p50, p75=p75, p95=p95)


def _without(method: Resampling, note: str) -> Paths:
    return Paths(
        method=method, paths=0, final_return=None, max_drawdown=None, sharpe=None, ruin=None, loss=None, note=note
    )
