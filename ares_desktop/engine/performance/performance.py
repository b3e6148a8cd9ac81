"""One book's performance as a whole: figures, curve, months, and what it is compared by."""

from datetime import datetime
from typing import NamedTuple

import msgspec
import numpy as np

from ares_desktop.domain.accounts import EquityCurve
from ares_desktop.domain.ids import StrategyId
from ares_desktop.domain.performance import StrategyPerformance
from ares_desktop.engine.performance.benchmark import Benchmark
from ares_desktop.engine.performance.curves import Steps, months_of, points, shown, steps_of
from ares_desktop.engine.performance.figures import BookFacts, plain_figures, with_ratios
from ares_desktop.engine.performance.history import BookHistory
from ares_desktop.engine.performance.ratios import Ratios, RatioTask


class Material(msgspec.Struct, frozen=True, kw_only=True):
    """What a performance is computed from, taken at one moment.

    Attributes:
        curve: the valuation's own, thinned.
        stale: a mark is missing or old, and the facts are the last good ones.
    """

    strategy: StrategyId
    history: BookHistory
    curve: EquityCurve
    facts: BookFacts
    at: datetime
    benchmark: Benchmark | None = None
    stale: bool = False


class Outcome(NamedTuple):
    """A performance without its ratios, what they are computed from, and the curve by equal intervals."""

    performance: StrategyPerformance
    task: RatioTask | None
    steps: dict[int, Steps]


def performance_of(material: Material) -> Outcome:
    """Return a book's performance; takes some milliseconds."""
    history, benchmark, daily = material.history, material.benchmark, material.history.daily()
    curve = material.curve if material.curve.ts.size else daily
    times, values = shown(curve)
    problem, closes = "", np.empty(0)
    if benchmark is not None:
        found = benchmark.at(times)
        if isinstance(found, str):
            problem = found
        elif times.size:
            closes = found / found[0]
    figures, task = plain_figures(history, material.facts, benchmark)
    performance = StrategyPerformance(
        strategy=material.strategy,
        figures=figures,
        curve=points(times, values),
        months=months_of(history),
        at=material.at,
        benchmark=None if benchmark is None else benchmark.instrument,
        benchmark_curve=points(times, closes) if closes.size else (),
        benchmark_problem=problem,
        stale=material.stale,
    )
    return Outcome(performance, task, steps_of(curve, daily))


def completed(performance: StrategyPerformance, ratios: Ratios) -> StrategyPerformance:
    """Return a performance with its ratios."""
    return msgspec.structs.replace(performance, figures=with_ratios(performance.figures, ratios))
