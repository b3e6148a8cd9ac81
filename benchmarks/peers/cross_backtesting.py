"""Plays the moving-average cross in backtesting.py."""

import functools
import multiprocessing

import backtesting
import numpy as np
import pandas as pd
from _measure import CASH, SWEEP_FAST, SWEEP_SLOW, Task, Trade, averages, read_task, report, report_sweep, trend


class Cross(backtesting.Strategy):
    """Long above, flat or short below."""

    fast = 10
    slow = 30
    shorts = False

    def init(self) -> None:
        """Compute both averages at once."""
        self.quick = self.I(averages, self.data.Close, self.fast)
        self.calm = self.I(averages, self.data.Close, self.slow)
        self.trend = 0

    def next(self) -> None:
        """Trade when the averages cross."""
        if self.trend == 0:  # the first call comes one bar after both averages are known
            self.trend = trend(self.quick[-2], self.calm[-2], 0)
        before, self.trend = self.trend, trend(self.quick[-1], self.calm[-1], self.trend)
        if not before or self.trend == before:
            return
        self.position.close()
        if self.trend > 0:
            self.buy(size=1)
        elif self.shorts:
            self.sell(size=1)


def frame(task: Task) -> pd.DataFrame:
    """Return the bars as the table that backtesting.py wants."""
    columns = ["Open", "High", "Low", "Close", "Volume"]
    times = pd.to_datetime(task.bars[:, 0].astype(np.int64), unit="s")
    return pd.DataFrame(task.bars[:, 1:], index=times, columns=columns)


def trades_of(strategy: backtesting.Strategy, task: Task) -> list[Trade]:
    """Return openings and closings of all trades, the open ones' too."""
    rows: list[Trade] = []
    begins = task.bars[:, 0].astype(np.int64)
    for trade in (*strategy.closed_trades, *strategy.trades):
        rows.append((int(begins[trade.entry_bar]), float(trade.size), float(trade.entry_price)))
        if trade.exit_bar is not None:
            rows.append((int(begins[trade.exit_bar]), -float(trade.size), float(trade.exit_price)))
    return rows


def main(task: Task) -> None:
    """Run and report."""
    with task.timed("prepare"):
        data = frame(task)
    Cross.shorts = task.shorts
    test = backtesting.Backtest(data, Cross, cash=CASH, commission=task.commission)
    if task.sweep:
        backtesting.Pool = functools.partial(multiprocessing.Pool, task.workers)
        with task.timed("run"):
            best = test.optimize(fast=SWEEP_FAST, slow=SWEEP_SLOW, maximize="Return [%]")
        found = best["_strategy"]
        report_sweep("backtesting", backtesting.__version__, task, (found.fast, found.slow))
        return
    with task.timed("run"):
        stats = test.run(fast=task.fast, slow=task.slow)
    trades = trades_of(stats["_strategy"], task)
    report("backtesting", backtesting.__version__, task, trades, equity=float(stats["Equity Final [$]"]))


if __name__ == "__main__":
    main(read_task())
