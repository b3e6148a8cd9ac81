"""Statistical arbitrage: the spread of two related prices against its own past.

Rule: for each pair a line ``log(first) = level + ratio x log(second)`` is fitted to the last ``window`` common closes
by ``method``: ordinary or total least squares. The z-score is the distance of the newest spread from the line in
standard deviations. Beyond ``entry`` the spread is sold (the first short, the second bought ``ratio`` times by value),
below ``-entry`` it is bought, when the ratio is positive and the half-life of the spread, by an Ornstein-Uhlenbeck
regression over the window, is at most ``max_half_life`` bars. While a position is open the line of its entry stays in
force. It is closed when the z-score is back within ``exit`` or on the other side, when it goes beyond ``stop``, and
after ``patience`` half-lives, each counted as one bar at least; after a stop the pair waits until its z-score has been
back within ``exit``. Both legs are held or none: when one of them is refused or left over, the other is closed.
Source: E. Gatev, W. Goetzmann, K. G. Rouwenhorst, Pairs Trading: Performance of a Relative-Value Arbitrage Rule
(Review of Financial Studies, 2006); rolling hedge ratio and half-life as in E. Chan, Algorithmic Trading (2013),
chapters 2, 3.
Data: bars of equal length, closes are enough; the instruments are pairs by position: first and second, third and
fourth and so on. Bars that one of a pair lacks are left out. The pairs share the exposure equally.
Parameters: the window and the method of the line, entry, exit and stop in standard deviations, the longest half-life
and how many of them a position may last, the exposure of both legs together.
Weaknesses: a relation that breaks loses until the stop, and a window of the past finds relations that are none; two
legs pay costs twice and the short one must be borrowed; both fill at the next prices, not at those looked at.
"""

from math import inf, isfinite
from typing import Any, Literal

import numpy as np

from ares_desktop.api import Bar, Order, Params, Strategy, param
from ares_desktop.api.pairs import Hedge, common_closes, half_life, hedge
from ares_desktop.api.rounds import BarRound
from ares_desktop.api.universe import InstrumentId, tradable


class _Pair:
    """Two instruments and what is known of an open position in them."""

    def __init__(self, one: InstrumentId, other: InstrumentId) -> None:
        self.one = one
        self.other = other
        self.name = f"{one}/{other}"
        self.round = BarRound((one, other))
        self.line: Hedge | None = None
        self.bars = 0
        self.longest = 0.0
        self.waits = False


class S2(Strategy):
    """Trades spreads that are far from their mean back to it."""

    class Params(Params):
        """What can be set."""

        window: int = param(120, title="Window", unit="bars", ge=20, le=2000, search=(60, 240, 20))
        method: Literal["ols", "tls"] = param("ols", title="Hedge ratio", description="ordinary or total least squares")
        entry: float = param(2.0, title="Entry", unit="standard deviations", gt=0, le=10, search=(1.5, 3, 0.25))
        exit: float = param(0.5, title="Exit", unit="standard deviations", ge=0, le=5)
        stop: float = param(4.0, title="Stop", unit="standard deviations", gt=0, le=20)
        max_half_life: float = param(30.0, title="Longest half-life", unit="bars", gt=0, le=1000)
        patience: float = param(3.0, title="Longest holding time", unit="half-lives", gt=0, le=50)
        exposure: float = param(0.9, title="Exposure", unit="share of equity", gt=0, le=1)

    def on_start(self) -> None:
        """Form the pairs; the lines come from the stored bars."""
        names = tradable(self.context)
        firsts, seconds = names[::2], names[1::2]
        if not names or len(firsts) != len(seconds):
            msg = f"s2 needs instruments in pairs: the 1st with the 2nd, the 3rd with the 4th; it has {len(names)}"
            raise ValueError(msg)
        self._pairs = [_Pair(one, other) for one, other in zip(firsts, seconds, strict=True)]

    def on_bar(self, bar: Bar) -> None:
        """Look at the pairs whose two bars are there."""
        for pair in self._pairs:
            if bar.instrument in {pair.one, pair.other} and pair.round.update(bar):
                self._look_at(pair)

    def on_order(self, order: Order) -> None:
        """Close the other leg when one is refused or ends without its fill."""
        if not order.is_final or order.filled == order.intent.quantity or order.intent.reason.startswith("close"):
            return
        for pair in self._pairs:
            if order.intent.instrument in {pair.one, pair.other}:
                self._close(pair, "the other leg was not filled")

    def _look_at(self, pair: _Pair) -> None:
        closes = common_closes(self.context, pair.one, pair.other, self.params.window)
        one, other = np.log(closes[0]), np.log(closes[1])
        line = hedge(one, other, self.params.method)
        life = half_life(one - line.ratio * other) if isfinite(line.ratio) else inf
        score = (pair.line or line).score(float(one[-1]), float(other[-1]))
        for name, value in (("ratio", line.ratio), ("half-life", life), ("z", score)):
            if isfinite(value):
                self.context.record(f"{name} {pair.name}", value)
        if self.context.orders(pair.one) or self.context.orders(pair.other):
            return
        held = [bool(self.context.position(name).quantity) for name in (pair.one, pair.other)]
        if any(held):
            self._look_after(pair, score, whole=all(held))
            return
        pair.line = None
        score = line.score(float(one[-1]), float(other[-1]))
        pair.waits = pair.waits and not abs(score) <= self.params.exit
        fit = len(one) >= self.params.window and line.ratio > 0 and life <= self.params.max_half_life
        if fit and not pair.waits and self.params.entry < abs(score) < self.params.stop:
            self._open(pair, line, score, life)

    def _open(self, pair: _Pair, line: Hedge, score: float, life: float) -> None:
        side = -1 if score > 0 else 1
        share = self.params.exposure / len(self._pairs) / (1 + line.ratio)
        text = f"z-score {score:.2f}, half-life {life:.1f} bars"
        pair.line, pair.bars, pair.longest = line, 0, self.params.patience * max(life, 1.0)
        first = self.context.target_weight(pair.one, side * share, reason=text)
        second = self.context.target_weight(pair.other, -side * share * line.ratio, reason=text)
        if (first is None) != (second is None):
            self._close(pair, "the other leg is less than one lot")

    def _look_after(self, pair: _Pair, score: float, *, whole: bool) -> None:
        pair.bars += 1
        # The spread was sold where it was above its line: then a positive score is the distance still to go.
        side = 1 if self.context.position(pair.one).quantity > 0 else -1
        away = -side * score
        if not whole or pair.line is None:
            self._close(pair, "one leg is held without the other, or without its line")
        elif away <= self.params.exit:
            self._close(pair, "the spread is back")
        elif away >= self.params.stop:
            pair.waits = True
            self._close(pair, "the spread went beyond the stop")
        elif pair.bars >= pair.longest:
            pair.waits = True
            self._close(pair, "held for too long")

    def _close(self, pair: _Pair, why: str) -> None:
        for name in (pair.one, pair.other):
            self.context.flatten(name, reason=f"close: {why}")

    def snapshot(self) -> dict[str, Any]:
        """Keep the lines of open positions, their age, and which pairs wait after a stop."""
        return {
            pair.name: {
                "line": None if pair.line is None else list(pair.line),
                "bars": pair.bars,
                "longest": pair.longest,
                "waits": pair.waits,
            }
            for pair in self._pairs
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Take them back."""
        for pair in self._pairs:
            kept = state.get(pair.name)
            if kept:
                pair.line = Hedge(*kept["line"]) if kept["line"] else None
                pair.bars, pair.longest, pair.waits = kept["bars"], kept["longest"], kept["waits"]
