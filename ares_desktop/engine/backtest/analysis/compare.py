"""Several runs side by side."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from ares_desktop.domain.accounts import EquityCurve
from ares_desktop.domain.backtests import (
    BacktestOutcome,
    BacktestReport,
    BacktestSpec,
    Comparison,
    ParameterDifference,
)
from ares_desktop.engine.backtest.analysis.days import DAY_NS, last_of_day
from ares_desktop.engine.backtest.analysis.figures import known_part
from ares_desktop.engine.competition.statistics import FEWEST_DAYS, daily_returns

_MOST_POINTS: Final = 2000
_INTRADAY: Final = 10
"""Days below which curves are compared at more than one point a day."""


def compare(runs: Sequence[tuple[str, BacktestOutcome, BacktestReport]]) -> Comparison:
    """Return runs side by side: growth at common moments, figures, correlation and what was set differently.

    Curves are taken at the last moment of each UTC day; runs of less than ten days at up to 2,000 moments.

    Args:
        runs: title, outcome and report of each.
    """
    curves = [known_part(outcome.curve) for _, outcome, _ in runs]
    moments = _moments(curves)
    return Comparison(
        titles=tuple(title for title, _, _ in runs),
        figures=tuple(report.figures for _, _, report in runs),
        ts=tuple(moments.tolist()),
        growth=tuple(tuple(_growth(curve, moments).tolist()) for curve in curves),
        correlation=_correlation(curves),
        differences=tuple(_differences([outcome.spec for _, outcome, _ in runs])),
    )


def _moments(curves: Sequence[EquityCurve]) -> NDArray[np.int64]:
    known = [curve.ts for curve in curves if curve.ts.size]
    if not known:
        return np.empty(0, dtype=np.int64)
    days = np.unique(np.concatenate([ts[last_of_day(ts)] for ts in known]))
    if len(np.unique(days // DAY_NS)) >= _INTRADAY:
        edges = [*(ts[0] for ts in known)]
        return np.unique(np.concatenate([days, np.array(edges, dtype=np.int64)]))
    every = np.unique(np.concatenate(known))
    rows = np.unique(np.linspace(0, len(every) - 1, min(len(every), _MOST_POINTS)).round().astype(np.intp))
    return every[rows]


def _growth(curve: EquityCurve, moments: NDArray[np.int64]) -> NDArray[np.float64]:
    if not curve.ts.size:
        return np.full(len(moments), np.nan)
    rows = np.searchsorted(curve.ts, moments, side="right") - 1
    inside = (rows >= 0) & (moments <= curve.ts[-1])
    return np.where(inside, 1.0 + curve.twr[np.maximum(rows, 0)], np.nan)


def _correlation(curves: Sequence[EquityCurve]) -> tuple[tuple[float, ...], ...]:
    by_day = [_returns(curve) for curve in curves]
    return tuple(tuple(_correlated(one, other) for other in by_day) for one in by_day)


def _returns(curve: EquityCurve) -> Mapping[int, float]:
    days = (curve.ts[last_of_day(curve.ts)] // DAY_NS)[1:].tolist()
    returns = daily_returns(curve).tolist()
    return dict(zip(days, returns, strict=True)) if len(days) == len(returns) else {}


def _correlated(one: Mapping[int, float], other: Mapping[int, float]) -> float:
    days = sorted(one.keys() & other.keys())
    if len(days) < FEWEST_DAYS:
        return float("nan")
    pair = np.array([[one[day] for day in days], [other[day] for day in days]])
    if not np.all(pair.std(axis=1) > 0):
        return float("nan")
    return float(np.clip(np.corrcoef(pair)[0, 1], -1.0, 1.0))


def _differences(specs: Sequence[BacktestSpec]) -> Iterator[ParameterDifference]:
    settings = [_settings(spec) for spec in specs]
    for place, name in dict.fromkeys(key for found in settings for key in found):
        values = tuple(found.get((place, name)) for found in settings)
        if any(value != values[0] for value in values):
            yield ParameterDifference(place=place, name=name, values=values)


def _settings(spec: BacktestSpec) -> dict[tuple[str, str], Any]:
    """Return everything that was set, by where it belongs and its name, as plain values."""
    found: dict[tuple[str, str], Any] = {}
    for name in ("data", "start", "end", "seed"):
        found["", name] = _plain(getattr(spec, name))
    for instance in spec.strategies:
        for name in ("file", "instruments", "bar_spec", "weight", "capital"):
            found[instance.name, name] = _plain(getattr(instance, name))
        found |= {(instance.name, name): _plain(value) for name, value in instance.parameters.items()}
    for place in ("simulation", "limits"):
        record = getattr(spec, place)
        found |= {(place, name): _plain(getattr(record, name)) for name in record.__struct_fields__}
    return found


def _plain(value: Any) -> Any:  # noqa: ANN401 - any setting
    return msgspec.to_builtins(value, builtin_types=())
