"""Put-call ratio oscillator: against the crowd that hedges too much, or not at all.

Rule: the put-call ratio is smoothed by a fast and a slow exponential average; the oscillator is fast minus slow, and
its z-score over ``window`` bars tells how unusual it is. Above ``entry`` puts are bought in fear and the instruments
are bought, below ``-entry`` there is no fear and they are sold short, as far as ``direction`` admits. A position is
closed when the z-score is back within ``exit`` of its mean or on its other side, or after ``max_bars`` bars.
Source: the ratio as a contrary indicator in L. McMillan, Options as a Strategic Investment and McMillan on Options
(1996); the oscillator form is this file's own. J. Pan and A. Poteshman, The Information in Option Volume for Future
Stock Prices (Review of Financial Studies, 2006), find the opposite for what informed customers buy.
Data: bars of one put-call ratio, an instrument that only informs (a file named PCR, CPC, CPCE or ^ANYTHING, closes are
enough), and of the instruments that are traded, with bars that end at the same time. They share the exposure equally.
Parameters: direction, both averages and the window, entry and exit in standard deviations, the longest holding time,
the exposure.
Weaknesses: fear can grow for weeks while prices fall, and the position grows no smaller by it; the meaning of the
ratio has moved with index hedging and short-dated options; a file of ratios that is published late looks into the
future.
"""

from typing import Any, Literal

from ares_desktop.api import EMA, Bar, Params, Strategy, ZScore, param
from ares_desktop.api.rounds import BarRound
from ares_desktop.api.universe import InstrumentId, informing, tradable


class PEAOSS(Strategy):
    """Buys fear and sells its absence, by the put-call ratio."""

    class Params(Params):
        """What can be set."""

        direction: Literal["long", "short", "both"] = param("both", title="Direction")
        fast: int = param(5, title="Fast average", unit="bars", ge=1, le=100, search=(3, 15, 2))
        slow: int = param(21, title="Slow average", unit="bars", ge=2, le=400, search=(15, 60, 5))
        window: int = param(100, title="Window", unit="bars", ge=5, le=1000)
        entry: float = param(1.5, title="Entry", unit="standard deviations", gt=0, le=10, search=(1, 3, 0.25))
        exit: float = param(0.0, title="Exit", unit="standard deviations", ge=0, le=5)
        max_bars: int = param(20, title="Longest holding time", unit="bars", ge=1, le=1000)
        exposure: float = param(0.9, title="Exposure", unit="share of equity", gt=0, le=1)

    def on_start(self) -> None:
        """Find the ratio and what is traded by it, and have the indicators filled."""
        told, self._traded = informing(self.context), tradable(self.context)
        if len(told) != 1 or not self._traded:
            msg = f"pea_oss needs one ratio that only informs and something to trade; it has {len(told)} that inform"
            raise ValueError(msg)
        params = self.params
        self._ratio = told[0]
        self._fast, self._slow, self._score = EMA(params.fast), EMA(params.slow), ZScore(params.window)
        self._rounds = {name: BarRound((self._ratio, name)) for name in self._traded}
        self._held_bars: dict[str, int] = {}
        # Four lengths of an exponential average leave little of where it began.
        self.context.warm_up(4 * max(params.fast, params.slow) + params.window)

    def on_bar(self, bar: Bar) -> None:
        """Take the ratio in; decide for each instrument once both have their bar."""
        if bar.instrument == self._ratio:
            self._fast.update(bar.close)
            self._slow.update(bar.close)
            if self._fast.ready and self._slow.ready:
                self._score.update(self._fast.value - self._slow.value)
        for name in self._traded:
            if bar.instrument in {name, self._ratio} and self._rounds[name].update(bar) and self._score.ready:
                self._decide(name)

    def _decide(self, name: InstrumentId) -> None:
        context, params, score = self.context, self.params, self._score.value
        if context.warming:
            return
        context.record("ratio", context.price(self._ratio) or 0.0)
        context.record("oscillator", self._fast.value - self._slow.value)
        context.record("z", score)
        held = context.position(name).quantity
        bars = self._held_bars[name] = self._held_bars.get(name, 0) + 1 if held else 0
        if context.orders(name):
            return
        if held:
            away = score if held > 0 else -score
            if away <= params.exit:
                context.target(name, 0, reason="the oscillator is back at its mean")
            elif bars >= params.max_bars:
                context.target(name, 0, reason="held for too long")
        elif abs(score) > params.entry:
            side = 1 if score > 0 else -1
            if params.direction == "both" or side == (1 if params.direction == "long" else -1):
                weight = side * params.exposure / len(self._traded)
                context.target_weight(name, weight, reason=f"put-call oscillator at {score:.2f} deviations")

    def snapshot(self) -> dict[str, Any]:
        """Keep how long each position has been held."""
        return {"held_bars": self._held_bars}

    def restore(self, state: dict[str, Any]) -> None:
        """Take it back."""
        self._held_bars = dict(state["held_bars"])
