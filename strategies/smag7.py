"""Trend following by two moving averages with a trailing stop.

Rule: long while the fast average of closes is above the slow one, short while it is below, as far as ``direction``
admits. A position is closed when the close falls ``stop_atr`` average true ranges below the best close since the
entry (above it for a short); the side that was stopped out is not entered again before the averages have crossed.
Source: moving-average cross-over as in W. Brock, J. Lakonishok, B. LeBaron, Simple Technical Trading Rules (Journal of
Finance, 1992), and the volatility stop of J. W. Wilder, New Concepts in Technical Trading Systems (1978).
Data: bars of any length, closes are enough; several instruments share the exposure equally, and one that can't be
traded gets none.
Parameters: direction, the two averages' lengths, the stop's distance and the share of the equity that is used.
Weaknesses: loses in markets that go sideways, enters and leaves late, and the stop is looked at on closes only.
"""

from typing import Any, Literal

from ares_desktop.api import ATR, SMA, Bar, Params, Strategy, param
from ares_desktop.api.universe import tradable


class _Trend:
    """Indicators of one instrument."""

    def __init__(self, fast: int, slow: int, atr: int) -> None:
        self.fast = SMA(fast)
        self.slow = SMA(slow)
        self.atr = ATR(atr)

    def update(self, bar: Bar) -> None:
        self.fast.update(bar.close)
        self.slow.update(bar.close)
        self.atr.update(bar)

    @property
    def ready(self) -> bool:
        return self.fast.ready and self.slow.ready and self.atr.ready

    @property
    def side(self) -> int:
        return (self.fast.value > self.slow.value) - (self.fast.value < self.slow.value)


class SMAG7(Strategy):
    """Long above, short below the slow average, with an ATR trailing stop."""

    class Params(Params):
        """What can be set."""

        direction: Literal["long", "short", "both"] = param("both", title="Direction")
        fast: int = param(10, title="Fast average", unit="bars", ge=2, le=200, search=(5, 50, 5))
        slow: int = param(30, title="Slow average", unit="bars", ge=3, le=400, search=(20, 200, 10))
        atr: int = param(14, title="True range average", unit="bars", ge=2, le=200)
        stop_atr: float = param(3.0, title="Trailing stop", unit="ATR", gt=0, le=20, search=(1, 6, 0.5))
        exposure: float = param(0.9, title="Exposure", unit="share of equity", gt=0, le=1)

    def on_start(self) -> None:
        """Make fresh indicators and have them filled."""
        p = self.params
        self._trends = {name: _Trend(p.fast, p.slow, p.atr) for name in tradable(self.context)}
        self._best: dict[str, float] = {}
        self._stopped: dict[str, int] = {}
        # Fifteen lengths of a smoothed range are enough that it no longer shows where it began.
        self.context.warm_up(max(p.fast, p.slow, 15 * p.atr + 1))

    def on_bar(self, bar: Bar) -> None:
        """Follow the trend, or leave it at the stop."""
        trend = self._trends.get(bar.instrument)
        if trend is None:
            return
        trend.update(bar)
        if not trend.ready or self.context.warming:
            return
        self.context.record(f"fast {bar.instrument}", trend.fast.value)
        self.context.record(f"slow {bar.instrument}", trend.slow.value)
        self.context.record(f"range {bar.instrument}", trend.atr.value)
        if self.context.orders(bar.instrument):
            return
        side = trend.side if self.params.direction == "both" or trend.side == self._admitted else 0
        if self._stopped.get(bar.instrument, side) != side:
            del self._stopped[bar.instrument]
        held = self.context.position(bar.instrument).quantity
        if held:
            self._look_after(bar, 1 if held > 0 else -1, side, trend.atr.value)
        elif side and bar.instrument not in self._stopped:
            self._best[bar.instrument] = bar.close
            weight = side * self.params.exposure / len(self._trends)
            self.context.target_weight(bar.instrument, weight, reason="averages crossed")

    @property
    def _admitted(self) -> int:
        return 1 if self.params.direction == "long" else -1

    def _look_after(self, bar: Bar, direction: int, side: int, atr: float) -> None:
        best = direction * max(direction * self._best.get(bar.instrument, bar.close), direction * bar.close)
        self._best[bar.instrument] = best
        if side != direction:
            self.context.target(bar.instrument, 0, reason="averages crossed")
        elif direction * (best - bar.close) > self.params.stop_atr * atr:
            self._stopped[bar.instrument] = direction
            self.context.target(bar.instrument, 0, reason="trailing stop")

    def snapshot(self) -> dict[str, Any]:
        """Keep the best closes and which sides were stopped out."""
        return {"best": self._best, "stopped": self._stopped}

    def restore(self, state: dict[str, Any]) -> None:
        """Take them back."""
        self._best = dict(state["best"])
        self._stopped = dict(state["stopped"])
