"""Why a figure is not known, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ares_desktop.domain.performance import FEWEST_DAYS
from ares_desktop.views.formats import count, translated

if TYPE_CHECKING:
    from ares_desktop.domain.performance import PerformanceFigures, StrategyPerformance

_OF_DAYS: Final = frozenset({"annual_return", "volatility", "sharpe", "sortino", "calmar", "turnover"})
_OF_BENCHMARK: Final = frozenset({"alpha", "beta", "benchmark_return"})


def days_text(figures: PerformanceFigures) -> str:
    """Return how many daily returns there are and how many ratios need."""
    have = count(figures.days, "{0} daily return", "{0} daily returns")
    return translated("Ratios need {0} daily returns; there is so far: {1}.").format(FEWEST_DAYS, have)


def missing_reason(performance: StrategyPerformance, name: str) -> str:
    """Return why a figure is not known, empty for one that is."""
    figures = performance.figures
    if getattr(figures, name) is not None:
        return ""
    if name in _OF_BENCHMARK:
        if performance.benchmark is None:
            return translated("No benchmark is set. Choose one in the strategy's form.")
        if performance.benchmark_problem:
            return translated("Can't be compared with {0}: {1}").format(
                performance.benchmark, performance.benchmark_problem
            )
    if name in _OF_DAYS | _OF_BENCHMARK and figures.days < FEWEST_DAYS:
        return days_text(figures)
    return translated(_OTHER.get(name, _NOTHING))


_NOTHING: Final = "Too little is known to compute it."
_OTHER: Final = {
    "nav": "Not known before the first valuation with every mark.",
    "twr": "Not known before the first valuation with every mark.",
    "drawdown": "Not known before the first valuation with every mark.",
    "max_drawdown": "Not known before the first valuation with every mark.",
    "hit_rate": "No round trip has been closed yet.",
    "exposure": "Not known before the first valuation with every mark.",
    "turnover": "Some of it was traded in another currency than the account's, or nothing is known of it yet.",
    "costs": "Some of it was paid in another currency than the account's.",
    "sharpe": "Returns without any risk have no ratio.",
    "sortino": "Returns without any loss have no ratio.",
    "calmar": "A curve without any drawdown has no ratio.",
    "beta": "Returns that never differ have no beta.",
    "alpha": "Returns that never differ have no alpha.",
}
