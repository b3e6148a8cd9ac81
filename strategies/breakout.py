"""Channel breakout with a protective stop at the broker.

Rule: long when a bar closes above the highest high of the ``entry`` bars before it, short when it closes below their
lowest low, as far as ``direction`` admits. Closed when a bar closes beyond the opposite end of the shorter channel of
``exit`` bars. A stop order ``stop_atr`` average true ranges from the entry protects the position from its first fill.
Source: R. Donchian's channel rule as the Turtles traded it: C. Faith, The Original Turtle Trading Rules (2003).
Data: bars of any length; on closes alone the channel is one of closes. Several instruments share the exposure equally,
and one that can't be traded gets none.
Parameters: direction, the two channels' lengths, the stop's distance, the exposure.
Weaknesses: many small losses from false breakouts before one long trend pays for them; gaps jump over the stop.
"""

from typing import Literal

from ares_desktop.api import ATR, Bar, Fill, Params, Strategy, param
from ares_desktop.api.universe import tradable


class Breakout(Strategy):
    """Follows closes beyond the channel of past highs and lows."""

    class Params(Params):
        """What can be set."""

        direction: Literal["long", "short", "both"] = param("both", title="Direction")
        entry: int = param(20, title="Entry channel", unit="bars", ge=2, le=500, search=(10, 60, 5))
        exit: int = param(10, title="Exit channel", unit="bars", ge=1, le=500, search=(5, 30, 5))
        atr: int = param(14, title="True range average", unit="bars", ge=2, le=200)
        stop_atr: float = param(2.5, title="Stop", unit="ATR", gt=0, le=20)
        exposure: float = param(0.9, title="Exposure", unit="share of equity", gt=0, le=1)

    def on_start(self) -> None:
        """Make fresh indicators and have them filled; the channels come from the stored bars."""
        self._ranges = {name: ATR(self.params.atr) for name in tradable(self.context)}
        # Fifteen lengths of a smoothed range are enough that it no longer shows where it began.
        self.context.warm_up(max(self.params.entry, self.params.exit, 15 * self.params.atr) + 1)

    def on_bar(self, bar: Bar) -> None:
        """Enter at a breakout, leave at the opposite end of the exit channel."""
        name = bar.instrument
        average = self._ranges.get(name)
        if average is None:
            return
        average.update(bar)
        if self.context.warming or not average.ready:
            return
        self.context.record(f"range {name}", average.value)
        held = self.context.position(name).quantity
        if any(order.intent.stop_price is None for order in self.context.orders(name)):
            return
        if held:
            broken = self._broken(bar, self.params.exit)
            if broken == (-1 if held > 0 else 1):
                self.context.flatten(name, reason="closed beyond the exit channel")
            elif not self.context.orders(name):
                self._protect(bar)
        else:
            side = self._broken(bar, self.params.entry)
            if side and (self.params.direction == "both" or side == (1 if self.params.direction == "long" else -1)):
                weight = side * self.params.exposure / len(self._ranges)
                self.context.target_weight(name, weight, reason="closed beyond the entry channel")

    def on_fill(self, fill: Fill) -> None:
        """Make the stop as large as a position that grew; the venue cuts it to one that shrank."""
        held = self.context.position(fill.instrument).quantity
        if not held or (held > 0) != (fill.signed_quantity > 0):
            return
        for order in self.context.orders(fill.instrument):
            if order.intent.stop_price is not None:
                order.cancel()
        if self._ranges[fill.instrument].ready:
            self._protect(fill)

    def _broken(self, bar: Bar, length: int) -> int:
        """Return 1 when the bar closed above the channel of the bars before it, -1 below, 0 within."""
        bars = self.context.bars(bar.instrument, length + 1)
        if len(bars) <= length:
            return 0
        return int(bar.close > bars.high[:-1].max()) - int(bar.close < bars.low[:-1].min())

    def _protect(self, event: Bar | Fill) -> None:
        """Place the stop, not farther from the market than the risk limits admit."""
        name = event.instrument
        position = self.context.position(name)
        market = self.context.price(name)
        if position.average_price is None or market is None:
            return
        side = 1 if position.quantity > 0 else -1
        farthest = 0.9 * float(self.context.limits.price_collar) * market
        wanted = float(position.average_price) - side * self.params.stop_atr * self._ranges[name].value
        price = max(wanted, market - farthest) if side > 0 else min(wanted, market + farthest)
        order = self.context.sell if side > 0 else self.context.buy
        stop = self.context.round_price(name, price)
        order(name, abs(position.quantity), stop=stop, tif="GTC", reduce_only=True, reason="protective stop")
