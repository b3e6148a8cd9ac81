"""Buys a decline of four days in an up-trend.

Rule: an instrument that closed lower ``declines`` bars in a row, the last time still above its ``trend`` bar average,
is bought at the next open. It is sold when it closes above its ``strength`` bar average, when it closes below the
trend's average, or after ``max_bars`` bars.
Source: the rule of multiple down days in L. Connors and C. Alvarez, High Probability ETF Trading (2009), with closes in
a row instead of four of five.
Data: daily bars, closes are enough; ``trend`` of them to start at once. Several instruments share the exposure
equally, and one that can't be traded gets none.
Parameters: how many lower closes in a row, the two averages' lengths, the longest holding time, the exposure.
Weaknesses: no stop, so it holds through the first days of a crash that begins above the average; seldom in the market;
the pattern was published after the years in which it was found.
"""

from typing import Any

from ares_desktop.api import SMA, Bar, Params, Strategy, param
from ares_desktop.api.universe import tradable


class _Decline:
    """What one instrument's closes tell."""

    def __init__(self, trend: int, strength: int) -> None:
        self.trend = SMA(trend)
        self.strength = SMA(strength)
        self.lower = 0
        self._close: float | None = None

    def update(self, close: float) -> None:
        """Take a close."""
        fell = self._close is not None and close < self._close
        self.lower = self.lower + 1 if fell else 0
        self._close = close
        self.trend.update(close)
        self.strength.update(close)

    @property
    def ready(self) -> bool:
        """Whether both averages are known."""
        return self.trend.ready and self.strength.ready


class FourDayDecline(Strategy):
    """Buys after four lower closes above the long average, sells into strength."""

    class Params(Params):
        """What can be set."""

        declines: int = param(4, title="Lower closes", unit="bars", ge=1, le=20, search=(2, 6, 1))
        trend: int = param(200, title="Trend average", unit="bars", ge=2, le=500, search=(50, 250, 50))
        strength: int = param(5, title="Strength average", unit="bars", ge=1, le=100, search=(3, 10, 1))
        max_bars: int = param(10, title="Longest holding time", unit="bars", ge=1, le=250)
        exposure: float = param(0.95, title="Exposure", unit="share of equity", gt=0, le=1)

    def on_start(self) -> None:
        """Make fresh averages and have them filled."""
        p = self.params
        self._declines = {name: _Decline(p.trend, p.strength) for name in tradable(self.context)}
        self._held_bars: dict[str, int] = {}
        self.context.warm_up(max(p.trend, p.strength, p.declines + 1))

    def on_bar(self, bar: Bar) -> None:
        """Buy the decline, sell the strength."""
        name, context = bar.instrument, self.context
        seen = self._declines.get(name)
        if seen is None:
            return
        seen.update(bar.close)
        if context.warming or not seen.ready:
            return
        context.record(f"lower closes {name}", seen.lower)
        context.record(f"trend {name}", seen.trend.value)
        context.record(f"strength {name}", seen.strength.value)
        held = context.position(name).quantity
        self._held_bars[name] = self._held_bars.get(name, 0) + 1 if held else 0
        if context.orders(name):
            return
        if held:
            self._leave(bar, seen)
        elif seen.lower >= self.params.declines and bar.close > seen.trend.value:
            weight = self.params.exposure / len(self._declines)
            context.target_weight(name, weight, reason=f"{seen.lower} lower closes in an up-trend")

    def _leave(self, bar: Bar, seen: _Decline) -> None:
        name = bar.instrument
        if bar.close > seen.strength.value:
            self.context.target(name, 0, reason="closed above the strength average")
        elif bar.close < seen.trend.value:
            self.context.target(name, 0, reason="closed below the trend average")
        elif self._held_bars[name] >= self.params.max_bars:
            self.context.target(name, 0, reason="held for too long")

    def snapshot(self) -> dict[str, Any]:
        """Keep how long each position has been held."""
        return {"held_bars": self._held_bars}

    def restore(self, state: dict[str, Any]) -> None:
        """Take it back."""
        self._held_bars = dict(state["held_bars"])
