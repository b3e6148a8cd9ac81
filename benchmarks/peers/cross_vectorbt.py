"""Plays the moving-average cross in vectorbt: arrays instead of events."""

import numpy as np
import vectorbt as vbt
from _measure import (
    CASH,
    CLOSE,
    OPEN,
    SWEEP_FAST,
    SWEEP_SLOW,
    TIE,
    TIME,
    Task,
    Trade,
    averages,
    read_task,
    report,
    report_sweep,
)
from numpy.typing import NDArray


def orders(fast: NDArray[np.float64], slow: NDArray[np.float64], *, shorts: bool) -> NDArray[np.float64]:
    """Return the signed quantity of the market order at each bar's open, NaN for none."""
    side = np.where(fast > slow * (1 + TIE), 1.0, np.where(fast < slow * (1 - TIE), -1.0, 0.0))
    known = np.maximum.accumulate(np.where(side != 0, np.arange(len(side)), 0))
    side = side[known]
    wanted = np.maximum(side, -1.0 if shorts else 0.0)
    before = np.concatenate(([0.0], side[:-1]))
    crossed = (side != before) & (before != 0)
    held = np.zeros(len(side))
    at = np.flatnonzero(crossed)
    held[at] = np.diff(wanted[at], prepend=0.0)
    sizes = np.concatenate(([np.nan], held[:-1]))
    return np.where(sizes == 0, np.nan, sizes)


def play(task: Task, bars: NDArray[np.float64]) -> vbt.Portfolio:
    """Return the portfolio of one parameter set."""
    close = bars[:, CLOSE]
    sizes = orders(averages(close, task.fast), averages(close, task.slow), shorts=task.shorts)
    return vbt.Portfolio.from_orders(
        close, size=sizes, price=bars[:, OPEN], init_cash=CASH, fees=task.commission, freq="1min"
    )


def sweep(task: Task, bars: NDArray[np.float64]) -> tuple[int, int]:
    """Return the best of all parameter sets, played side by side as columns."""
    close = bars[:, CLOSE]
    means = {length: averages(close, length) for length in (*SWEEP_FAST, *SWEEP_SLOW)}
    sets = [(fast, slow) for fast in SWEEP_FAST for slow in SWEEP_SLOW]
    sizes = np.column_stack([orders(means[fast], means[slow], shorts=task.shorts) for fast, slow in sets])
    portfolio = vbt.Portfolio.from_orders(
        close[:, None], size=sizes, price=bars[:, OPEN][:, None], init_cash=CASH, fees=task.commission, freq="1min"
    )
    return sets[int(np.argmax(portfolio.total_return().to_numpy()))]


def trades_of(portfolio: vbt.Portfolio, task: Task) -> list[Trade]:
    """Return the portfolio's orders, all of which were filled."""
    begins = task.bars[:, TIME].astype(np.int64)
    return [
        (int(begins[row["idx"]]), float(-row["size"] if row["side"] else row["size"]), float(row["price"]))
        for row in portfolio.orders.records_arr
    ]


def main(task: Task) -> None:
    """Run and report; what numba compiles at the first use is measured apart."""
    first = task.bars[:2000]
    if task.sweep:
        with task.timed("compile"):
            sweep(task, first)
        with task.timed("run"):
            best = sweep(task, task.bars)
        report_sweep("vectorbt", vbt.__version__, task, best)
        return
    with task.timed("compile"):
        play(task, first)
    with task.timed("run"):
        portfolio = play(task, task.bars)
    report("vectorbt", vbt.__version__, task, trades_of(portfolio, task), equity=float(portfolio.final_value()))


if __name__ == "__main__":
    main(read_task())
