"""The strategy of the backtest benchmark: long while the fast average is above the slow one, else flat."""

from ares_desktop import api
from ares_desktop.api import SMA, Bar, Strategy, param

ABOVE, BELOW = 1 + 1e-8, 1 - 1e-8
"""Averages of prices in cents that are nearer than this are level, as for the peers: cents are no binary fractions."""


class Cross(Strategy):
    """Trades one unit when two averages cross."""

    class Params(api.Params):
        """What can be set."""

        fast: int = param(10, title="Fast average", unit="bars", ge=1)
        slow: int = param(30, title="Slow average", unit="bars", ge=1)
        trades: bool = param(True, title="Trades", description="off to measure the bars alone")

    def on_start(self) -> None:
        """Make fresh averages."""
        self._fast = SMA(self.params.fast)
        self._slow = SMA(self.params.slow)
        self._trades = self.params.trades
        self._trend = 0

    def on_bar(self, bar: Bar) -> None:
        """Trade when the averages cross; level ones change nothing."""
        fast = self._fast.update(bar.close)
        slow = self._slow.update(bar.close)
        if fast > slow * ABOVE:
            trend = 1
        elif fast < slow * BELOW:
            trend = -1
        else:
            return
        before = self._trend
        if trend != before:
            self._trend = trend
            if before and self._trades:
                self.context.target(bar.instrument, max(trend, 0))
