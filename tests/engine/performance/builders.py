"""Histories and curves of made-up returns."""

from collections.abc import Sequence
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from ares_desktop.domain.accounts import EquityCurve
from ares_desktop.domain.ids import InstrumentId
from ares_desktop.engine.performance.benchmark import Benchmark
from ares_desktop.engine.performance.figures import BookFacts
from ares_desktop.engine.performance.history import BookHistory, Valued

DAY_NS = 86_400 * 10**9
BEGIN_NS = int(datetime(2026, 1, 1, tzinfo=UTC).timestamp()) * 10**9
INDEX = InstrumentId("INDEX.XNYS")


def valued(ns: int, value: float, *, gross: float | None = 500.0, traded: float | None = 0.0) -> Valued:
    """Return a book of 1,000 at the beginning that is worth ``value`` a unit."""
    return Valued(ns=ns, value=value, equity=1000.0 * value, gross=gross, traded=traded)


def history_of(returns: Sequence[float] | NDArray[np.float64], *, traded: float = 0.0) -> BookHistory:
    """Return a book that is valued once a day, from the beginning of the year on."""
    history = BookHistory.begin(valued(BEGIN_NS, 1.0))
    for day, value in enumerate(np.cumprod(1.0 + np.asarray(returns)).tolist(), start=1):
        history.extend(valued(BEGIN_NS + day * DAY_NS, value, traded=traded))
    return history


def facts(**fields: object) -> BookFacts:
    """Return the facts of a book that never traded."""
    defaults = {"twr": 0.1, "drawdown": 0.0, "max_drawdown": 0.05, "trips": 0, "won": 0, "costs": None}
    return BookFacts(**{**defaults, **fields})  # type: ignore[arg-type]


def benchmark_of(closes: Sequence[float], *, first_ns: int = BEGIN_NS, problem: str = "") -> Benchmark:
    """Return daily closes."""
    ends = np.array([first_ns + day * DAY_NS for day in range(len(closes))], dtype=np.int64)
    return Benchmark(instrument=INDEX, ends=ends, closes=np.array(closes, dtype=np.float64), problem=problem)


def curve_of(times: Sequence[int], values: Sequence[float]) -> EquityCurve:
    """Return a curve of NAV values."""
    twr = np.array(values, dtype=np.float64) - 1.0
    return EquityCurve(
        book="x", ts=np.array(times, dtype=np.int64), equity=1000 * (1 + twr), drawdown=np.zeros(len(times)), twr=twr
    )
