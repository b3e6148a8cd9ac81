"""Plays the moving-average cross in backtrader."""

from datetime import UTC, datetime

import backtrader as bt
from _measure import CASH, CLOSE, HIGH, LOW, OPEN, TIME, VOLUME, Task, Trade, read_task, report, trend


class Cross(bt.Strategy):
    """Long above, flat or short below."""

    params = (("fast", 10), ("slow", 30), ("shorts", False), ("fills", None))

    def __init__(self) -> None:
        self.fast = bt.indicators.SMA(self.data.close, period=self.p.fast)
        self.slow = bt.indicators.SMA(self.data.close, period=self.p.slow)
        self.trend = 0

    def next(self) -> None:
        """Trade when the averages cross."""
        before, self.trend = self.trend, trend(self.fast[0], self.slow[0], self.trend)
        if not before or self.trend == before:
            return
        wanted = 1 if self.trend > 0 else -int(self.p.shorts)
        self.order_target_size(target=wanted)

    def notify_order(self, order: bt.Order) -> None:
        """Keep each execution."""
        if order.status == order.Completed:
            executed = order.executed
            self.p.fills.append((executed.dt, executed.size, executed.price))


class ArrayFeed(bt.feed.DataBase):
    """Hands out the rows of an array."""

    params = (("rows", None),)

    def start(self) -> None:
        """Begin at the first row."""
        super().start()
        times = self.p.rows[:, TIME].tolist()
        self._times = [bt.date2num(datetime.fromtimestamp(time, UTC).replace(tzinfo=None)) for time in times]
        self._rows = self.p.rows.tolist()
        self._next = 0

    def _load(self) -> bool:
        if self._next >= len(self._rows):
            return False
        row = self._rows[self._next]
        self.lines.datetime[0] = self._times[self._next]
        self.lines.open[0], self.lines.high[0] = row[OPEN], row[HIGH]
        self.lines.low[0], self.lines.close[0] = row[LOW], row[CLOSE]
        self.lines.volume[0], self.lines.openinterest[0] = row[VOLUME], 0.0
        self._next += 1
        return True


def trades_of(fills: list[tuple[float, float, float]]) -> list[Trade]:
    """Return executions with whole Unix seconds for backtrader's day numbers."""
    rows = []
    for day, size, price in fills:
        moment = bt.num2date(day).replace(tzinfo=UTC)
        rows.append((round(moment.timestamp()), float(size), float(price)))
    return rows


def main(task: Task) -> None:
    """Run and report."""
    fills: list[tuple[float, float, float]] = []
    cerebro = bt.Cerebro(stdstats=False)
    cerebro.broker.setcash(CASH)
    cerebro.broker.setcommission(commission=task.commission)
    cerebro.adddata(ArrayFeed(rows=task.bars, timeframe=bt.TimeFrame.Minutes))
    cerebro.addstrategy(Cross, fast=task.fast, slow=task.slow, shorts=task.shorts, fills=fills)
    with task.timed("run"):
        cerebro.run()
    report("backtrader", bt.__version__, task, trades_of(fills), equity=cerebro.broker.getvalue())


if __name__ == "__main__":
    main(read_task())
