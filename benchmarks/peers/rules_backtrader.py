"""Plays rules of :mod:`_rules` in backtrader: after the file come the rules' names, with commas, and the tick."""

import sys

import backtrader as bt
from _measure import CASH, Task, read_task, report
from _rules import RULES, Action, Rule
from cross_backtrader import ArrayFeed, trades_of


class Player(bt.Strategy):
    """Carries out what the rule asks for."""

    params = (("rule", RULES[0]), ("tick", 0.01), ("fills", None))

    def __init__(self) -> None:
        self.player = Rule(self.p.rule, self.p.tick)
        self.working: list[bt.Order] = []

    def next(self) -> None:
        """Show the rule each new bar."""
        bar = self.data
        for action in self.player.on_bar(bar.high[0], bar.low[0], bar.close[0], self.position.size):
            self.carry_out(action)

    def carry_out(self, action: Action) -> None:
        """Order in the words of backtrader."""
        if action.kind == "cancel":
            for order in self.working:
                self.cancel(order)
            self.working = []
            return
        order_of, size = (self.buy, action.quantity) if action.quantity > 0 else (self.sell, -action.quantity)
        if action.kind == "bracket":
            self.buy_bracket(size=size, exectype=bt.Order.Market, stopprice=action.stop, limitprice=action.target)
            return
        kind = {"market": bt.Order.Market, "limit": bt.Order.Limit, "stop": bt.Order.Stop}[action.kind]
        self.working.append(order_of(size=size, exectype=kind, price=action.price or None))

    def notify_order(self, order: bt.Order) -> None:
        """Keep each execution."""
        if order.status == order.Completed:
            self.p.fills.append((order.executed.dt, order.executed.size, order.executed.price))


def main(task: Task, rule: str, tick: float) -> None:
    """Run and report."""
    fills: list[tuple[float, float, float]] = []
    cerebro = bt.Cerebro(stdstats=False)
    cerebro.broker.setcash(CASH)
    cerebro.broker.setcommission(commission=task.commission)
    cerebro.adddata(ArrayFeed(rows=task.bars, timeframe=bt.TimeFrame.Minutes))
    cerebro.addstrategy(Player, rule=rule, tick=tick, fills=fills)
    with task.timed("run"):
        cerebro.run()
    report("backtrader", bt.__version__, task, trades_of(fills), equity=cerebro.broker.getvalue(), rule=rule)


if __name__ == "__main__":
    NAMES = sys.argv.pop(2).split(",")
    TICK = float(sys.argv.pop(2))
    TASK = read_task()
    FOLDER = TASK.fills
    for name in NAMES:
        TASK.fills = FOLDER / f"{name}.npy" if FOLDER else None
        main(TASK, name, TICK)
