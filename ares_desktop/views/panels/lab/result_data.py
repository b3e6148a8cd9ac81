"""What the pages of a backtest show: the run with its outcome, its report and a curve to compare it with."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ares_desktop.domain.accounts import EquityCurve
from ares_desktop.domain.errors import StorageError

if TYPE_CHECKING:
    from ares_desktop.api.series import Bars
    from ares_desktop.domain.backtests import BacktestOutcome, BacktestReport
    from ares_desktop.domain.runs import Run
    from ares_desktop.engine.managers.pipelines import PipelineManager


@dataclass(frozen=True, slots=True, eq=False)
class BacktestResult:
    """A finished backtest.

    Attributes:
        reference: the same instruments bought at the begin in equal parts and held, None without bars of them.
    """

    run: Run
    outcome: BacktestOutcome
    report: BacktestReport
    reference: EquityCurve | None


async def load_backtest(pipelines: PipelineManager, run: Run) -> BacktestResult:
    """Read a backtest.

    Raises:
        UsageError: when there is no such run.
        StorageError: when it has no result, or it can't be read.
    """
    outcome, report = await pipelines.outcome(run.id)
    reference = None
    # A result is worth showing also when the data that it came from has gone.
    with suppress(StorageError):
        bars = [await pipelines.bars(run.id, one.id) for one in outcome.instruments if one.tradable]
        reference = await asyncio.to_thread(buy_and_hold, outcome.curve, bars)
    return BacktestResult(run, outcome, report, reference)


def buy_and_hold(curve: EquityCurve, bars: Sequence[Bars]) -> EquityCurve | None:
    """Return what the same money would have become in equal parts of every instrument, bought at the begin.

    A part waits as cash for the first bar of its instrument. Prices alone count: no costs, dividends or rates.
    """
    known = [one for one in bars if len(one)]
    if not known or not len(curve.ts):
        return None
    growth = np.zeros(len(curve.ts))
    for one in known:
        number = np.searchsorted(one.end, curve.ts, side="right") - 1
        seen = np.where(number >= 0, one.close[np.maximum(number, 0)], np.nan)
        priced = np.flatnonzero(np.isfinite(seen) & (seen > 0))
        if not len(priced):
            growth += 1.0
            continue
        growth += np.where(np.isfinite(seen), seen / seen[priced[0]], 1.0)
    growth /= len(known)
    drawdown = growth / np.maximum.accumulate(growth) - 1.0
    return EquityCurve(
        book="reference", ts=curve.ts, equity=growth * curve.equity[0], drawdown=drawdown, twr=growth - 1.0
    )
