"""Doubts about the data that a run was made on."""

from collections.abc import Iterator
from typing import Final

import numpy as np

from ares_desktop.domain.backtests import RunFinding
from ares_desktop.domain.instruments import AssetClass
from ares_desktop.domain.market import from_ns
from ares_desktop.domain.market_actions import ActionKind
from ares_desktop.domain.monitoring import Severity
from ares_desktop.engine.backtest.analysis.days import DAY_NS
from ares_desktop.engine.backtest.analysis.evidence import Evidence
from ares_desktop.engine.backtest.analysis.tape import Tape

_FEWEST_SHARES: Final = 5
_FEWEST_WINNERS: Final = 3
_LISTED_DAYS: Final = 10
_LATER_DAYS: Final = 30
_OFF_TICK: Final = 0.5
_FEWEST_ROWS: Final = 20
_SPLITS: Final = (2.0, 3.0, 4.0, 5.0, 7.0, 10.0, 15.0, 20.0)
"""New shares for an old one, or old ones for a new one; smaller ratios can't be told from moves of the market."""
_NEAR_SPLIT: Final = 0.04


def data_findings(evidence: Evidence) -> Iterator[RunFinding]:
    """Yield hints at survivorship, at adjusted prices and at prices that are none."""
    yield from _survivorship(evidence)
    yield from _adjusted(evidence)
    yield from _unadjusted(evidence)
    yield from _below_zero(evidence)


def _survivorship(evidence: Evidence) -> Iterator[RunFinding]:
    shares = {
        name: tapes[0]
        for name, tapes in evidence.tapes.items()
        if name in evidence.instruments and evidence.instruments[name].asset_class is AssetClass.EQUITY
    }
    if len(shares) < _FEWEST_WINNERS:
        return
    end = max(int(tape.ts[-1]) for tape in shares.values())
    begin = min(int(tape.ts[0]) for tape in shares.values())
    hints = []
    if len(shares) >= _FEWEST_SHARES and all(
        end - int(tape.ts[-1]) <= _LISTED_DAYS * DAY_NS for tape in shares.values()
    ):
        hints.append(f"all {len(shares)} shares still trade at the end")
    later = sorted(name for name, tape in shares.items() if int(tape.ts[0]) - begin > _LATER_DAYS * DAY_NS)
    if later:
        hints.append(f"the data of {', '.join(later[:5])} begins later than that of the others")
    if all(tape.close[-1] > tape.close[0] for tape in shares.values()):
        hints.append("every one of them rose over the period")
    if hints:
        yield RunFinding(
            check="survivorship",
            severity=Severity.INFO,
            title="The choice of shares may know the future",
            detail=f"Of what was traded {'; '.join(hints)}: a choice of today leaves out what failed meanwhile.",
            remedy="Choose instruments as of the begin of the period, with those that were delisted later.",
            figure=float(len(shares)),
        )


def _adjusted(evidence: Evidence) -> Iterator[RunFinding]:
    found = []
    for name, tapes in evidence.tapes.items():
        instrument = evidence.instruments.get(name)
        if instrument is None or instrument.asset_class is not AssetClass.EQUITY or not tapes[0].is_bars:
            continue
        if _off_tick(tapes[0], float(instrument.tick_size)) > _OFF_TICK:
            found.append(name)
    if found:
        yield RunFinding(
            check="adjusted_prices",
            severity=Severity.INFO,
            title=f"The prices of {', '.join(found[:4])} look adjusted",
            detail=(
                "Most of them lie between two ticks, as prices do that were divided for later splits and dividends. "
                "Nobody saw them then: levels, share counts and commissions differ from what was traded."
            ),
            remedy="Take raw prices with splits and dividends of their own, where rules or costs depend on the level.",
            figure=float(len(found)),
        )


def _unadjusted(evidence: Evidence) -> Iterator[RunFinding]:
    """Look for jumps from one bar to the next by the ratio of a usual split that the data say nothing of.

    A single wrong opening price is none: the bar must close nearer to where it opened than to the close before.
    """
    known = {
        (item.instrument.id, action.ts)
        for item in evidence.series
        for action in item.actions
        if action.kind is ActionKind.SPLIT
    }
    found = []
    for name, tapes in evidence.tapes.items():
        instrument, tape = evidence.instruments.get(name), tapes[0]
        if instrument is None or instrument.asset_class is not AssetClass.EQUITY or not tape.is_bars:
            continue
        found += [
            f"{name} on {from_ns(int(tape.start[row])):%Y-%m-%d}"
            for row in _split_rows(tape)
            if (name, int(tape.start[row])) not in known
        ]
    if found:
        yield RunFinding(
            check="unadjusted_split",
            severity=Severity.WARNING,
            title="A jump of the price looks like a split"
            if len(found) == 1
            else f"{len(found)} jumps of the price look like splits",
            detail=f"{', '.join(found[:4])}: the price went to a fraction or a multiple of what it was, and stayed.",
            remedy="Take adjusted prices, or give the data a column of splits.",
            figure=float(len(found)),
        )


def _split_rows(tape: Tape) -> list[int]:
    before, opened = tape.close[:-1], tape.open[1:]
    positive = (before > 0) & (opened > 0)
    ratio = np.divide(opened, before, out=np.ones(len(opened)), where=positive)
    size = np.maximum(ratio, 1 / ratio)
    near = np.min(np.abs(size[:, None] / np.array(_SPLITS) - 1), axis=1) < _NEAR_SPLIT
    stayed = tape.close[1:] > 0
    middle = np.sqrt(np.maximum(before * opened, 0.0))
    stayed &= (tape.close[1:] > middle) == (opened > middle)
    return [int(row) + 1 for row in np.flatnonzero(near & stayed)]


def _off_tick(tape: Tape, tick: float) -> float:
    """Return the share of closes that are no multiple of the tick."""
    close = tape.close[np.isfinite(tape.close)]
    if tick <= 0 or close.size < _FEWEST_ROWS:
        return 0.0
    steps = close / tick
    return float(np.mean(np.abs(steps - np.round(steps)) > 1e-3 * np.maximum(1.0, 1e-6 * np.abs(steps))))


def _below_zero(evidence: Evidence) -> Iterator[RunFinding]:
    rows = {name: sum(int((tape.low <= 0).sum()) for tape in tapes) for name, tapes in evidence.tapes.items()}
    found = {name: count for name, count in rows.items() if count}
    if found:
        yield RunFinding(
            check="negative_prices",
            severity=Severity.WARNING,
            title=f"Prices at or below zero in {', '.join(sorted(found)[:4])}",
            detail=(
                f"{sum(found.values()):,} rows. Difference-adjusted futures and faulty rows have such prices; returns "
                "and sizes that are shares of a price make no sense on them."
            ),
            remedy="Take ratio-adjusted or single contracts, or repair the rows.",
            figure=float(sum(found.values())),
        )
