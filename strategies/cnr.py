"""Contrarian mean reversion: against closes that went too far.

Rule: the z-score of the close over ``lookback`` bars tells how many standard deviations it lies above its mean. Below
``-entry`` the instrument is bought, above ``entry`` it is sold short, as far as ``direction`` admits. The position is
closed when the z-score is back within ``exit`` of the mean or on its other side, or after ``max_bars`` bars.
Source: the contrarian rule of A. Lo and A. C. MacKinlay, When Are Contrarian Profits Due to Stock Market Overreaction?
(Review of Financial Studies, 1990), applied to one instrument's own past.
Data: bars of any length, closes are enough; several instruments share the exposure equally, and one that can't be
traded gets none.
Parameters: direction, the window, the entry and exit distances, the longest holding time, the exposure.
Weaknesses: stands against every strong trend; its losses are larger than its gains and come together.
"""

from typing import Any, Literal

from ares_desktop.api import Bar, Params, Strategy, ZScore, param
from ares_desktop.api.universe import tradable


class CNR(Strategy):
    """Buys what fell and sells what rose too far from its mean."""

    class Params(Params):
        """What can be set."""

        direction: Literal["long", "short", "both"] = param("both", title="Direction")
        lookback: int = param(20, title="Window", unit="bars", ge=3, le=500, search=(10, 60, 5))
        entry: float = param(1.5, title="Entry", unit="standard deviations", gt=0, le=10, search=(1, 3, 0.25))
        exit: float = param(0.25, title="Exit", unit="standard deviations", ge=0, le=5)
        max_bars: int = param(10, title="Longest holding time", unit="bars", ge=1, le=1000)
        exposure: float = param(0.9, title="Exposure", unit="share of equity", gt=0, le=1)

    def on_start(self) -> None:
        """Make fresh indicators and have them filled."""
        self._scores = {name: ZScore(self.params.lookback) for name in tradable(self.context)}
        self._held_bars: dict[str, int] = {}
        self.context.warm_up(self.params.lookback)

    def on_bar(self, bar: Bar) -> None:
        """Enter against the move, leave at the mean."""
        score = self._scores.get(bar.instrument)
        if score is None:
            return
        score.update(bar.close)
        if not score.ready or self.context.warming:
            return
        self.context.record(f"z {bar.instrument}", score.value)
        held = self.context.position(bar.instrument).quantity
        bars = self._held_bars[bar.instrument] = self._held_bars.get(bar.instrument, 0) + 1 if held else 0
        if self.context.orders(bar.instrument):
            return
        if held:
            self._leave(bar, score.value if held < 0 else -score.value, bars)
        elif abs(score.value) > self.params.entry:
            side = -1 if score.value > 0 else 1
            if self.params.direction == "both" or side == (1 if self.params.direction == "long" else -1):
                weight = side * self.params.exposure / len(self._scores)
                self.context.target_weight(bar.instrument, weight, reason=f"z-score {score.value:.2f}")

    def _leave(self, bar: Bar, away: float, bars: int) -> None:
        """Close at the mean or after too long; ``away`` is the distance from it on the side of the entry."""
        if away <= self.params.exit:
            self.context.target(bar.instrument, 0, reason="back at the mean")
        elif bars >= self.params.max_bars:
            self.context.target(bar.instrument, 0, reason="held for too long")

    def snapshot(self) -> dict[str, Any]:
        """Keep how long each position has been held."""
        return {"held_bars": self._held_bars}

    def restore(self, state: dict[str, Any]) -> None:
        """Take it back."""
        self._held_bars = dict(state["held_bars"])
