"""Doubts that a run's trades and orders raise."""

from collections import Counter
from collections.abc import Iterator
from math import isfinite
from typing import Final

import numpy as np

from ares_desktop.domain.backtests import RunFinding
from ares_desktop.domain.monitoring import Severity
from ares_desktop.engine.backtest.analysis.evidence import Evidence

FEW_TRADES: Final = 30
"""Below this a mean is told from luck only when it is huge (the usual bound of the central limit theorem)."""
VERY_FEW_TRADES: Final = 10
LUCKY_SHARE: Final = 0.5
_FEWEST_FOR_LUCK: Final = 5
_FORESIGHT: Final = 0.8
"""A profit factor of nine before costs."""
_SHORT_BARS: Final = 5
_DENIED_SHARE: Final = 0.1
_OPEN_SHARE: Final = 0.5


def trade_findings(evidence: Evidence) -> Iterator[RunFinding]:
    """Yield doubts about the number of trades, single ones, open ones, and orders that never got through."""
    yield from _few_trades(evidence)
    yield from _too_good(evidence)
    yield from _lucky_trades(evidence)
    yield from _open_position(evidence)
    yield from _denied(evidence)


def _few_trades(evidence: Evidence) -> Iterator[RunFinding]:
    count = len(evidence.closed)
    if count >= FEW_TRADES:
        return
    yield RunFinding(
        check="too_few_trades",
        severity=Severity.ERROR if count < VERY_FEW_TRADES else Severity.WARNING,
        title="No trade was closed" if not count else f"Only {count} closed trade{'s' if count > 1 else ''}",
        detail=f"Below {FEW_TRADES} closed trades win rate, profit factor and mean say little about the next one.",
        remedy="Take a longer period, more instruments or shorter bars.",
        figure=float(count),
    )


def _too_good(evidence: Evidence) -> Iterator[RunFinding]:
    """Look at which share of all price moves between entries and exits was gained; perfect foresight has all of it."""
    moves = np.array([trip.direction * (trip.exit_price - trip.entry_price) for trip in evidence.closed])
    worth = np.array([abs(trip.entry_price) for trip in evidence.closed])
    if len(moves) < FEW_TRADES or not np.all(worth > 0):
        return
    gains = moves / worth
    # One great move, such as over a gap of the data, is luck: all others must be as good.
    others = np.delete(gains, np.argmax(np.abs(gains)))
    travelled = float(np.sum(np.abs(others)))
    share = float(np.sum(others)) / travelled if travelled else 0.0
    if share < _FORESIGHT:
        return
    right = float(np.mean(gains > 0))
    held = float(np.median([trip.bars for trip in evidence.closed]))
    yield RunFinding(
        check="too_good",
        severity=Severity.ERROR if held <= _SHORT_BARS else Severity.WARNING,
        title=f"Right about {right:.0%} of {len(moves):,} trades",
        detail=(
            f"Of all that prices moved between entry and exit {share:.0%} was gained, the greatest trade left out, in "
            f"trades of {held:,.0f} bars. Hardly any rule is so good; most that seem to be know the future, or the "
            "data repeat themselves."
        ),
        remedy="Look for what the rule may know too early: indicators over the whole data, shifted columns, own files.",
        figure=share,
    )


def _lucky_trades(evidence: Evidence) -> Iterator[RunFinding]:
    profits = evidence.profits
    total = float(np.sum(profits))
    if len(profits) < _FEWEST_FOR_LUCK or not isfinite(total) or total <= 0:
        return
    best = float(np.max(profits))
    share = best / total
    if share <= LUCKY_SHARE:
        return
    trip = evidence.closed[int(np.argmax(profits))]
    rest = total - best
    few = max(1, round(len(profits) / 20))
    of_few = float(np.sum(np.sort(profits)[-few:])) / total
    yield RunFinding(
        check="one_lucky_trade",
        severity=Severity.ERROR if rest <= 0 else Severity.WARNING,
        title=f"One trade made {share:.0%} of the profit",
        detail=(
            f"The best of {len(profits)} closed trades, in {trip.instrument}, made {best:,.2f} of {total:,.2f}; the "
            f"others made {rest:,.2f}. The best {few} (a twentieth) made {of_few:.0%}."
        ),
        remedy="See whether the rule, not that one move, earns: leave the trade out, or try other periods.",
        figure=share,
    )


def _open_position(evidence: Evidence) -> Iterator[RunFinding]:
    still, done = float(np.sum(evidence.open_profits)), float(np.sum(evidence.profits))
    total = still + done
    if not len(evidence.open_profits) or not isfinite(total) or total <= 0 or still <= _OPEN_SHARE * total:
        return
    yield RunFinding(
        check="open_position",
        severity=Severity.WARNING,
        title=f"Open positions hold {min(still / total, 9.99):.0%} of the profit",
        detail=(
            f"At the end open positions ({len(evidence.open_profits)}) had made {still:,.2f} of a total of "
            f"{total:,.2f}; closed trades made {done:,.2f}. The end of the data decides the result."
        ),
        remedy="Judge by the closed trades, or move the end of the period and see how the result changes.",
        figure=still / total,
    )


def _denied(evidence: Evidence) -> Iterator[RunFinding]:
    denials = evidence.outcome.denials
    if not denials:
        return
    wanted = max(len(evidence.outcome.orders), len(denials))
    share = len(denials) / wanted
    reasons = Counter(denial.reason.value for denial in denials)
    texts = {denial.reason.value: denial.detail for denial in reversed(denials)}
    told = "; ".join(f"{count} x {reason} ({texts[reason]})" for reason, count in reasons.most_common(4))
    yield RunFinding(
        check="denied_orders",
        severity=Severity.WARNING if share >= _DENIED_SHARE else Severity.INFO,
        title=f"{len(denials):,} of {wanted:,} orders were denied",
        detail=f"The strategy wanted more than it was allowed: {told}.",
        remedy="Correct the sizes, give the strategy more capital, or set the limits that it will have live.",
        figure=share,
    )
