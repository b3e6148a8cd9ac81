"""Plays the moving-average cross in vnpy's CTA backtester, with its array manager or, told ``lean``, with own sums."""

import contextlib
import os
import sys
import tempfile
from collections import deque
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from _measure import (
    CASH,
    CLOSE,
    HIGH,
    LOW,
    OPEN,
    SWEEP_FAST,
    SWEEP_SLOW,
    TIE,
    TIME,
    VOLUME,
    Task,
    Trade,
    read_task,
    report,
    report_sweep,
    trend,
)

# vnpy keeps settings and its database in the folder ".vntrader" where it is started, else in the home folder.
if __name__ == "__main__":
    HOME = tempfile.TemporaryDirectory()
    (Path(HOME.name) / ".vntrader").mkdir()
    ARGUMENT = sys.argv[1:2]
    sys.argv[1:2] = [str(Path(argument).resolve()) for argument in ARGUMENT]
    os.chdir(HOME.name)

import vnpy_ctastrategy
from vnpy.trader.constant import Direction, Exchange, Interval
from vnpy.trader.database import DB_TZ, get_database
from vnpy.trader.object import BarData, TradeData
from vnpy.trader.optimize import OptimizationSetting
from vnpy.trader.utility import ArrayManager
from vnpy_ctastrategy import CtaTemplate
from vnpy_ctastrategy.backtesting import BacktestingEngine

ANY_PRICE = 1e9


class Rule(CtaTemplate):
    """Long above, flat or short below: the part that both versions share."""

    author = ""
    fast = 10
    slow = 30
    shorts = False
    parameters = ["fast", "slow", "shorts"]  # noqa: RUF012 -- vnpy reads and copies it
    trend = 0

    def on_start(self) -> None:
        """Nothing to prepare."""

    def on_turn(self, before: int) -> None:
        """Trade at the next bar's open: a limit that every price meets."""
        if before == 0:
            return
        if self.trend > 0:
            if self.pos < 0:
                self.cover(ANY_PRICE, 1)
            self.buy(ANY_PRICE, 1)
        else:
            if self.pos > 0:
                self.sell(0, 1)
            if self.shorts:
                self.short(0, 1)


class Usual(Rule):
    """With vnpy's array manager."""

    def on_init(self) -> None:
        """Make room for the slow average."""
        self.arrays = ArrayManager(max(self.slow, 2))

    def on_bar(self, bar: BarData) -> None:
        """Take both averages from the arrays."""
        self.arrays.update_bar(bar)
        if self.arrays.inited:
            before, self.trend = self.trend, trend(self.arrays.sma(self.fast), self.arrays.sma(self.slow), self.trend)
            if self.trend != before:
                self.on_turn(before)


class Lean(Rule):
    """With sums of its own."""

    def on_init(self) -> None:
        """Start with an empty window."""
        self.closes: deque[float] = deque(maxlen=self.slow)
        self.fast_sum = self.slow_sum = 0.0
        self.up = (1 + TIE) * self.fast / self.slow
        self.down = (1 - TIE) * self.fast / self.slow

    def on_bar(self, bar: BarData) -> None:
        """Move both sums on, and compare them without a division."""
        closes, close = self.closes, bar.close_price
        if len(closes) < self.slow:
            self.fill_window(close)
            if len(closes) < self.slow:
                return
        else:
            self.fast_sum += close - closes[-self.fast]
            self.slow_sum += close - closes[0]
            closes.append(close)
        before = self.trend
        if self.fast_sum > self.slow_sum * self.up:
            if before != 1:
                self.trend = 1
                self.on_turn(before)
        elif before != -1 and self.fast_sum < self.slow_sum * self.down:
            self.trend = -1
            self.on_turn(before)

    def fill_window(self, close: float) -> None:
        """Take one of the first closes."""
        self.closes.append(close)
        self.slow_sum = sum(self.closes)
        self.fast_sum = sum(list(self.closes)[-self.fast :])


def records(task: Task) -> list[BarData]:
    """Return the bars as vnpy's records."""
    return [
        BarData(
            symbol="X",
            exchange=Exchange.LOCAL,
            datetime=datetime.fromtimestamp(row[TIME], DB_TZ),
            interval=Interval.MINUTE,
            open_price=row[OPEN],
            high_price=row[HIGH],
            low_price=row[LOW],
            close_price=row[CLOSE],
            volume=row[VOLUME],
            gateway_name="DB",
        )
        for row in task.bars.tolist()
    ]


def engine_for(task: Task, kind: type[Rule]) -> BacktestingEngine:
    """Return vnpy's engine with its settings."""
    first, last = (datetime.fromtimestamp(task.bars[index, TIME], UTC).replace(tzinfo=None) for index in (0, -1))
    engine = BacktestingEngine()
    engine.output = lambda _: None
    engine.set_parameters(
        vt_symbol="X.LOCAL",
        interval=Interval.MINUTE,
        start=first.replace(hour=0, minute=0, second=0),
        end=last,
        rate=task.commission,
        slippage=0,
        size=1,
        pricetick=0.01,
        capital=int(CASH),
    )
    engine.add_strategy(kind, {"fast": task.fast, "slow": task.slow, "shorts": task.shorts})
    return engine


def trades_of(trades: list[TradeData]) -> list[Trade]:
    """Return vnpy's trades."""
    return [
        (
            round(trade.datetime.timestamp()),
            trade.volume if trade.direction is Direction.LONG else -trade.volume,
            trade.price,
        )
        for trade in trades
    ]


@contextlib.contextmanager
def silence() -> Iterator[None]:
    """Keep what vnpy's workers and its progress bar print off both outputs."""
    sys.stdout.flush()
    kept = os.dup(1), os.dup(2)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    try:
        yield
    finally:
        sys.stdout.flush()
        os.dup2(kept[0], 1)
        os.dup2(kept[1], 2)


def sweep(task: Task, kind: type[Rule], name: str) -> None:
    """Run vnpy's brute-force optimizer, which reads the bars from its database in every worker."""
    with task.timed("prepare"):
        bars = records(task)
        for begin in range(0, len(bars), 10_000):
            get_database().save_bar_data(bars[begin : begin + 10_000])
    setting = OptimizationSetting()
    setting.set_target("total_return")
    setting.add_parameter("fast", SWEEP_FAST[0], SWEEP_FAST[-1], SWEEP_FAST[1] - SWEEP_FAST[0])
    setting.add_parameter("slow", SWEEP_SLOW[0], SWEEP_SLOW[-1], SWEEP_SLOW[1] - SWEEP_SLOW[0])
    setting.add_parameter("shorts", task.shorts)
    engine = engine_for(task, kind)
    with task.timed("run"), silence():
        ranked = engine.run_bf_optimization(setting, output=False, max_workers=task.workers)
    best = ranked[0][0]
    report_sweep(name, vnpy_ctastrategy.__version__, task, (best["fast"], best["slow"]))


def main(task: Task, *, lean: bool) -> None:
    """Run and report."""
    kind, name = (Lean, "vnpy lean") if lean else (Usual, "vnpy")
    if task.sweep:
        sweep(task, kind, name)
        return
    engine = engine_for(task, kind)
    with task.timed("prepare"):
        engine.history_data = records(task)
    with task.timed("run"):
        engine.run_backtesting()
    with task.timed("statistics"):
        engine.calculate_result()
    report(name, vnpy_ctastrategy.__version__, task, trades_of(list(engine.trades.values())))


if __name__ == "__main__":
    LEAN = "--lean" in sys.argv
    sys.argv = [argument for argument in sys.argv if argument != "--lean"]
    main(read_task(), lean=LEAN)
