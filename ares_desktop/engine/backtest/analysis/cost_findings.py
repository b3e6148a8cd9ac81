"""Doubts that costs, risk and time raise about a result."""

from collections.abc import Iterator
from math import isfinite, sqrt
from typing import Final

import numpy as np

from ares_desktop.domain.backtests import RunFinding
from ares_desktop.domain.monitoring import Severity
from ares_desktop.engine.backtest.analysis.costs import Costs, cost_bps, costs_of
from ares_desktop.engine.backtest.analysis.days import DAY_NS, EXCHANGE_DAYS, YEAR_DAYS
from ares_desktop.engine.backtest.analysis.evidence import Evidence
from ares_desktop.engine.backtest.analysis.rates import Rates

_THIN_BPS: Final = 3.0
"""A break-even below this is within what the spread alone of a liquid share costs."""
_EXTREME_BPS: Final = 100.0
_EATEN: Final = 0.5
_LONG_UNDER_WATER: Final = 0.5
_RUIN: Final = -0.9
_SIGNIFICANT: Final = 2.0
_FEWEST_TRADED: Final = 5


def cost_findings(evidence: Evidence) -> Iterator[RunFinding]:
    """Yield doubts about costs, drawdowns and the length of the run."""
    costs = costs_of(evidence.outcome, Rates(evidence.outcome.spec.simulation.currency, evidence.series))
    yield from _break_even(evidence, costs)
    yield from _extreme_costs(evidence, costs)
    yield from _drawdown(evidence)
    yield from _uncertain_sharpe(evidence)


def _net(evidence: Evidence) -> float:
    return float(np.sum(evidence.profits)) + float(np.sum(evidence.open_profits))


def _break_even(evidence: Evidence, costs: Costs) -> Iterator[RunFinding]:
    """Look at how much more may be paid for each traded unit of money before nothing is left.

    Trading costs of ``c`` basis points of the executed value eat a gross profit ``g`` at ``c = g / value x 10,000``.
    """
    net, paid = _net(evidence), costs.commission + costs.slippage
    if len(evidence.outcome.fills) < _FEWEST_TRADED or not isfinite(net + paid) or net <= 0 or costs.turnover <= 0:
        return
    limit, charged = (net + paid) / costs.turnover * 1e4, paid / costs.turnover * 1e4
    eaten = paid / (net + paid)
    if paid > 0 and limit >= _THIN_BPS and eaten <= _EATEN:
        return
    yield RunFinding(
        check="cost_sensitivity",
        severity=Severity.WARNING if limit < 2 * max(charged, _THIN_BPS) or eaten > _EATEN else Severity.INFO,
        title=f"Nothing is left at costs of {limit:.1f} basis points",
        detail=(
            f"The run paid {charged:.1f} basis points of each traded value for commission and slippage, {eaten:.0%} of "
            f"the profit before costs; at {limit:.1f} basis points the profit is gone."
        ),
        remedy="Run it with worse costs and slippage; trade less often or for larger moves.",
        figure=limit,
    )


def _extreme_costs(evidence: Evidence, costs: Costs) -> Iterator[RunFinding]:
    charged = cost_bps(costs)
    if len(evidence.outcome.fills) < _FEWEST_TRADED or not isfinite(charged):
        return
    if charged <= 0:
        yield RunFinding(
            check="extreme_costs",
            severity=Severity.WARNING,
            title="Trading was free" if charged == 0 else "Trading was paid for",
            detail=f"Commission and slippage come to {charged:.1f} basis points of the executed value.",
            remedy="Choose the costs of your broker and a slippage above zero.",
            figure=charged,
        )
    elif charged > _EXTREME_BPS:
        yield RunFinding(
            check="extreme_costs",
            severity=Severity.WARNING,
            title=f"Trading cost {charged:,.0f} basis points of each traded value",
            detail="So much is paid for very small or very illiquid orders, or by a mistake in the cost settings.",
            remedy="Look at the cost breakdown; trade larger orders or correct the settings.",
            figure=charged,
        )


def _drawdown(evidence: Evidence) -> Iterator[RunFinding]:
    figures = evidence.report.figures
    if figures.max_drawdown is not None and figures.max_drawdown <= _RUIN:
        yield RunFinding(
            check="ruin",
            severity=Severity.CRITICAL,
            title=f"The account fell by {-figures.max_drawdown:.0%}",
            detail="What follows such a fall is not traded by anybody, and the broker closes positions long before.",
            remedy="Risk less on each trade.",
            figure=figures.max_drawdown,
        )
    days, span = figures.longest_drawdown_days, (figures.end_ns - figures.start_ns) / DAY_NS
    if days is None or span <= 0 or not figures.total_return or figures.total_return <= 0 or not evidence.closed:
        return
    if days / span > _LONG_UNDER_WATER:
        yield RunFinding(
            check="long_drawdown",
            severity=Severity.WARNING,
            title=f"Below its peak for {days / span:.0%} of the time at a stretch",
            detail=f"The longest drawdown lasts {days:,.0f} of {span:,.0f} days: a part of the time made the gain.",
            remedy="Take a longer period and see whether the gain repeats itself.",
            figure=days / span,
        )


def _uncertain_sharpe(evidence: Evidence) -> Iterator[RunFinding]:
    """Look at the ratio over its standard error: the root of (1 + SR^2 / 2k) / years for k returns a year.

    A. Lo, The Statistics of Sharpe Ratios (Financial Analysts Journal, 2002), for independent returns.
    """
    figures = evidence.report.figures
    years = (figures.end_ns - figures.start_ns) / DAY_NS / YEAR_DAYS
    if figures.sharpe is None or figures.sharpe <= 0 or years <= 0:
        return
    error = sqrt((1 + figures.sharpe**2 / (2 * EXCHANGE_DAYS)) / years)
    if figures.sharpe / error < _SIGNIFICANT:
        yield RunFinding(
            check="uncertain_sharpe",
            severity=Severity.INFO,
            title=f"A Sharpe ratio of {figures.sharpe:.2f} over {years:.1f} years may be luck",
            detail=f"Its standard error is {error:.2f}; below twice that a ratio can't be told from zero.",
            remedy="Take a longer period before you believe in it.",
            figure=figures.sharpe / error,
        )
