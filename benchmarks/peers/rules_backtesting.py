"""Plays rules of :mod:`_rules` in backtesting.py: after the file come the rules' names, with commas, and the tick."""

import sys

import backtesting
import pandas as pd
from _measure import CASH, Task, read_task, report
from _rules import RULES, Action, Rule
from cross_backtesting import frame, trades_of


class Player(backtesting.Strategy):
    """Carries out what the rule asks for."""

    rule = RULES[0]
    tick = 0.01

    def init(self) -> None:
        """Make the rule and show it the first bar, for which backtesting.py does not call."""
        self.player = Rule(self.rule, self.tick)
        self.seen = 0

    def next(self) -> None:
        """Show the rule each new bar."""
        high, low, close = self.data.High, self.data.Low, self.data.Close
        actions: list[Action] = []
        for row in range(self.seen, len(self.data)):
            actions = self.player.on_bar(float(high[row]), float(low[row]), float(close[row]), self.position.size)
        self.seen = len(self.data)
        for action in actions:
            self.carry_out(action)

    def carry_out(self, action: Action) -> None:
        """Order in the words of backtesting.py."""
        if action.kind == "cancel":
            for order in self.orders:
                order.cancel()
            return
        order_of = self.buy if action.quantity > 0 else self.sell
        size = abs(action.quantity)
        if action.kind == "market":
            order_of(size=size)
        elif action.kind == "limit":
            order_of(size=size, limit=action.price)
        elif action.kind == "stop":
            order_of(size=size, stop=action.price)
        else:
            order_of(size=size, sl=action.stop, tp=action.target)


def main(task: Task, rule: str, tick: float) -> None:
    """Run and report."""
    Player.rule = rule
    Player.tick = tick
    data: pd.DataFrame = frame(task)
    test = backtesting.Backtest(data, Player, cash=CASH, commission=task.commission)
    with task.timed("run"):
        stats = test.run()
    version, equity = backtesting.__version__, float(stats["Equity Final [$]"])
    report("backtesting", version, task, trades_of(stats["_strategy"], task), equity=equity, rule=rule)


if __name__ == "__main__":
    NAMES = sys.argv.pop(2).split(",")
    TICK = float(sys.argv.pop(2))
    TASK = read_task()
    FOLDER = TASK.fills
    for name in NAMES:
        TASK.fills = FOLDER / f"{name}.npy" if FOLDER else None
        main(TASK, name, TICK)
