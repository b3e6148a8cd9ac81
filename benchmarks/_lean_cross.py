"""The strategy of the backtest benchmark with sums of its own, as the lean one of vnpy has them."""

from collections import deque

from ares_desktop import api
from ares_desktop.api import Bar, Strategy, param

TIE = 1e-8
"""Averages that are nearer than this part of them are level: running sums are a little off, cents are no binaries."""


class LeanCross(Strategy):
    """Trades one unit when two averages cross."""

    class Params(api.Params):
        """What can be set."""

        fast: int = param(10, title="Fast average", unit="bars", ge=1)
        slow: int = param(30, title="Slow average", unit="bars", ge=1)
        trades: bool = param(True, title="Trades", description="off to measure the bars alone")

    def on_start(self) -> None:
        """Start with an empty window."""
        self._span = -self.params.fast
        self._closes: deque[float] = deque(maxlen=self.params.slow)
        self._fast = self._slow = 0.0
        self._up = (1 + TIE) * self.params.fast / self.params.slow
        self._down = (1 - TIE) * self.params.fast / self.params.slow
        self._trend = 0

    def on_bar(self, bar: Bar) -> None:
        """Move both sums on and compare them without a division; level averages change nothing."""
        closes, close = self._closes, bar.close
        if len(closes) < closes.maxlen:  # type: ignore[operator]  # its length is bounded
            closes.append(close)
            self._fast, self._slow = sum(list(closes)[self._span :]), sum(closes)
            if len(closes) < closes.maxlen:  # type: ignore[operator]  # its length is bounded
                return
        else:
            self._fast += close - closes[self._span]
            self._slow += close - closes[0]
            closes.append(close)
        if self._fast > self._slow * self._up:
            if self._trend != 1:
                self._turn(bar, 1)
        elif self._trend != -1 and self._fast < self._slow * self._down:
            self._turn(bar, -1)

    def _turn(self, bar: Bar, trend: int) -> None:
        before, self._trend = self._trend, trend
        if before and self.params.trades:
            self.context.target(bar.instrument, max(trend, 0))
