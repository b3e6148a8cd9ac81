"""Opening-range breakout: with the first move out of the session's first minutes, flat at its end.

Rule: the high and the low of the first ``minutes`` after the session's open are its range. The first close above it is
bought, the first below it sold short, as far as ``direction`` admits; one entry a session. A stop order at the other
side of the range protects the position from its first fill. What is left is closed ``flat`` minutes before the
session's close. A range wider than ``widest`` of its price is not traded.
Source: T. Crabel, Day Trading with Short Term Price Patterns and Opening Range Breakout (1990), with the range of the
first minutes as in C. Zarattini and A. Aziz, Can Day Trading Really Be Profitable? (2023).
Data: bars of a few minutes at most, within sessions of the instrument's calendar. Several instruments share the
exposure equally, and one that can't be traded gets none. It begins with the next session's open.
Parameters: direction, the range's minutes and greatest width, the minutes before the close, the exposure.
Weaknesses: false breakouts on quiet days, entries after the fastest part of the move, a stop that is far away on wide
ranges; costs of a round trip every day.
"""

from typing import Any, Literal

from ares_desktop.api import Bar, Fill, Params, Strategy, param
from ares_desktop.api.universe import InstrumentId, tradable

_MINUTE_NS = 60_000_000_000


class OpeningRangeBreakout(Strategy):
    """Follows the first close beyond the session's opening range."""

    class Params(Params):
        """What can be set."""

        direction: Literal["long", "short", "both"] = param("both", title="Direction")
        minutes: int = param(30, title="Opening range", unit="minutes", ge=1, le=240, search=(5, 60, 5))
        widest: float = param(0.05, title="Widest range", unit="share of the price", gt=0, le=1)
        flat: int = param(10, title="Flat before the close", unit="minutes", ge=1, le=120)
        exposure: float = param(0.9, title="Exposure", unit="share of equity", gt=0, le=1)

    def on_start(self) -> None:
        """Ask for the sessions' edges."""
        self._traded = tradable(self.context)
        self._opened: dict[str, int] = {}
        self._ranges: dict[str, tuple[float, float]] = {}
        self._entered: set[str] = set()
        for name in self._traded:
            self.context.schedule(f"open {name}", "session open", instrument=name)
            self.context.schedule(f"flat {name}", f"session close -{self.params.flat}m", instrument=name)

    def on_timer(self, name: str) -> None:
        """Begin with the session, and be flat before it ends."""
        edge, _, text = name.partition(" ")
        instrument = InstrumentId(text)
        if edge == "open":
            self._opened[instrument] = round(self.context.now.timestamp()) * 10**9
            self._ranges.pop(instrument, None)
            self._entered.discard(instrument)
        else:
            self._opened.pop(instrument, None)
            self.context.flatten(instrument, reason="the session ends")

    def on_bar(self, bar: Bar) -> None:
        """Widen the range, or look whether the bar closed beyond it."""
        name, context = bar.instrument, self.context
        opened = self._opened.get(name)
        if opened is None:
            if name in self._traded and context.position(name).quantity and not context.warming:
                context.flatten(name, reason="the session is over")
            return
        if bar.end_ns <= opened + self.params.minutes * _MINUTE_NS:
            low, high = self._ranges.get(name, (bar.low, bar.high))
            self._ranges[name] = min(low, bar.low), max(high, bar.high)
        elif name in self._ranges and name not in self._entered and not context.warming:
            self._look(bar, *self._ranges[name])

    def _look(self, bar: Bar, low: float, high: float) -> None:
        name, p = bar.instrument, self.params
        side = (bar.close > high) - (bar.close < low)
        if not side or high - low > p.widest * bar.close or self.context.orders(name):
            return
        self._entered.add(name)
        if p.direction == "both" or side == (1 if p.direction == "long" else -1):
            self.context.record(f"range low {name}", low)
            self.context.record(f"range high {name}", high)
            weight = side * p.exposure / len(self._traded)
            self.context.target_weight(name, weight, reason="closed beyond the opening range")

    def on_fill(self, fill: Fill) -> None:
        """Put the stop at the other side of the range, as large as the position."""
        name, context = fill.instrument, self.context
        held = context.position(name).quantity
        if not held or (held > 0) != (fill.signed_quantity > 0) or name not in self._ranges:
            return
        for order in context.orders(name):
            if order.intent.stop_price is not None:
                order.cancel()
        low, high = self._ranges[name]
        order_of, price = (context.sell, low) if held > 0 else (context.buy, high)
        stop = context.round_price(name, price)
        order_of(name, abs(held), stop=stop, tif="GTC", reduce_only=True, reason="other side of the range")

    def snapshot(self) -> dict[str, Any]:
        """Keep the sessions that are open, their ranges, and where an entry was made."""
        return {"opened": self._opened, "ranges": self._ranges, "entered": sorted(self._entered)}

    def restore(self, state: dict[str, Any]) -> None:
        """Take them back."""
        self._opened = dict(state["opened"])
        self._ranges = {name: (low, high) for name, (low, high) in state["ranges"].items()}
        self._entered = set(state["entered"])
