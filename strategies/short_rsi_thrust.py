"""Sells liquid shares short after a thrust of their strength index, for a few days.

Rule: the universe is what closed above ``least_close``, traded more than ``least_volume`` of money a day over the last
20 and has an average true range above ``least_range`` of its close. Of these a share whose strength index of three
bars is above ``thrust`` after two higher closes is a candidate; those with the greatest trend strength (ADX) come
first while less than ``positions`` are held or ordered. For the next session each is offered ``limit`` above its close.
A stop three average true ranges above the entry protects it. It is bought back at the next open once a close is
``target`` below the entry, or after ``max_bars`` bars. The size risks ``risk`` of the equity, at most ``weight`` of it.
Source: the second system of L. Bensdorp, Automated Stock Trading Systems (2020), with exits at the next open instead
of the next close.
Data: daily bars with high, low and volume of many shares; 300 to start at once. Without volumes nothing is traded.
Parameters: the universe's bounds, the thrust, the offer above the close, target, stop and holding time, the size.
Weaknesses: losses of a short sale have no bound and squeezes jump over the stop; the fee and the locate of borrowed
shares are not in the rule; seldom in the market unless there are hundreds of shares to choose from.
"""

from typing import Any

from ares_desktop.api import ATR, RSI, Bar, Fill, Params, Strategy, param
from ares_desktop.api.indicators import TaLib
from ares_desktop.api.universe import InstrumentId, bars_of_all, close_over, dollar_volume_over, select, tradable

_VOLUME_BARS = 20


class _Share:
    """Indicators of one share."""

    def __init__(self) -> None:
        self.strength = RSI(3)
        self.range = ATR(10)
        self.trend = TaLib("ADX", timeperiod=7)
        self.higher = 0
        self.bar: Bar | None = None

    def update(self, bar: Bar) -> None:
        """Take a bar."""
        rose = self.bar is not None and bar.close > self.bar.close
        self.higher = self.higher + 1 if rose else 0
        self.strength.update(bar.close)
        self.range.update(bar)
        self.trend.update(bar)
        self.bar = bar

    @property
    def ready(self) -> bool:
        """Whether all of them are known."""
        return self.strength.ready and self.range.ready and self.trend.ready


class ShortRSIThrust(Strategy):
    """Offers overbought liquid shares short above their close."""

    class Params(Params):
        """What can be set."""

        least_close: float = param(5.0, title="Close over", unit="price", ge=0)
        least_volume: float = param(25e6, title="Dollar volume over", unit="money a day", ge=0)
        least_range: float = param(0.03, title="Range over", unit="share of the close", ge=0, le=1)
        thrust: float = param(90.0, title="Strength index over", ge=50, lt=100, search=(80, 95, 5))
        limit: float = param(0.04, title="Offer above the close", unit="share of the close", ge=0, le=0.5)
        target: float = param(0.04, title="Target", unit="share of the entry", gt=0, le=0.5)
        stop_atr: float = param(3.0, title="Stop", unit="ATR", gt=0, le=20)
        max_bars: int = param(2, title="Longest holding time", unit="bars", ge=1, le=100)
        positions: int = param(10, title="Positions at once", ge=1, le=100)
        risk: float = param(0.02, title="Risk of one position", unit="share of equity", gt=0, le=0.2)
        weight: float = param(0.1, title="Largest position", unit="share of equity", gt=0, le=1)

    def on_start(self) -> None:
        """Make fresh indicators and have them filled; the day is ranked once it is over."""
        self._shares = {name: _Share() for name in tradable(self.context)}
        self._held_bars: dict[str, int] = {}
        if self._shares:
            first = next(iter(self._shares))
            self.context.schedule("close", "session close", instrument=first)
            self.context.schedule("late", "session close +1m", instrument=first)
        self._ranked_at = 0
        self.context.warm_up(300)

    def on_bar(self, bar: Bar) -> None:
        """Take the bar in, and look after what is held."""
        name, share = bar.instrument, self._shares.get(bar.instrument)
        if share is None:
            return
        share.update(bar)
        if self.context.warming:
            return
        held = self.context.position(name)
        if not held.quantity:
            self._held_bars.pop(name, None)
            return
        bars = self._held_bars[name] = self._held_bars.get(name, 0) + 1
        entry = float(held.average_price or bar.close)
        self.context.record(f"gain {name}", 1 - bar.close / entry)
        if bar.close <= entry * (1 - self.params.target):
            self.context.flatten(name, reason="target reached")
        elif bars >= self.params.max_bars:
            self.context.flatten(name, reason="held for too long")

    def on_timer(self, name: str) -> None:
        """Make the offers of the next session, once everything of this one is known."""
        closed = {share.bar.end_ns for share in self._shares.values() if share.bar is not None}
        newest = max(closed, default=0)
        now_ns = round(self.context.now.timestamp()) * 10**9
        # At the close itself a live feed may not have told yet; a minute later it has, or the day is left out.
        if newest <= self._ranked_at or (name == "close" and newest < now_ns):
            return
        self._ranked_at = newest
        self._offer([name for name, share in self._shares.items() if share.bar and share.bar.end_ns == newest])

    def _offer(self, names: list[InstrumentId]) -> None:
        """Offer the best candidates while there is room."""
        taken = {name for name in self._shares if self.context.position(name).quantity or self.context.orders(name)}
        for name in self._candidates([name for name in names if name not in taken]):
            if len(taken) >= self.params.positions:
                return
            if self._sell_short(name):
                taken.add(name)

    def _candidates(self, names: list[InstrumentId]) -> list[InstrumentId]:
        """Return what fulfills the rule, the strongest trend first."""
        shares, p = self._shares, self.params
        thrust = [name for name in names if shares[name].ready and shares[name].higher > 1]
        thrust = [name for name in thrust if shares[name].strength.value > p.thrust]
        market = bars_of_all(self.context, _VOLUME_BARS, thrust)
        liquid = (close_over(p.least_close), dollar_volume_over(p.least_volume, _VOLUME_BARS))
        return list(
            select(
                market,
                *liquid,
                lambda bars: shares[bars.instrument].range.value > p.least_range * bars.close[-1],
                key=lambda bars: shares[bars.instrument].trend.value,
            )
        )

    def _sell_short(self, name: InstrumentId) -> bool:
        share, p, context = self._shares[name], self.params, self.context
        bar = share.bar
        if bar is None:
            return False
        base = float(min(context.equity, context.budget))
        definition = context.instrument(name)
        unit = float(definition.multiplier) * float(context.rate(definition.currency) or 0)
        value = min(p.weight * base / bar.close, p.risk * base / (p.stop_atr * share.range.value))
        lots = int(value / unit / float(definition.lot_size)) if unit else 0
        if lots <= 0:
            return False
        context.record(f"strength {name}", share.strength.value)
        context.record(f"trend {name}", share.trend.value)
        context.record(f"range {name}", share.range.value)
        price = context.round_price(name, bar.close * (1 + p.limit))
        context.sell(name, lots * definition.lot_size, limit=price, reason=f"RSI {share.strength.value:.0f}")
        return True

    def on_fill(self, fill: Fill) -> None:
        """Protect what was sold short, all of it."""
        name, held = fill.instrument, self.context.position(fill.instrument)
        if held.quantity >= 0 or fill.signed_quantity > 0 or name not in self._shares:
            return
        for order in self.context.orders(name):
            if order.intent.stop_price is not None:
                order.cancel()
        price = float(held.average_price or fill.price) + self.params.stop_atr * self._shares[name].range.value
        stop = self.context.round_price(name, price)
        self.context.buy(name, -held.quantity, stop=stop, tif="GTC", reduce_only=True, reason="protective stop")

    def snapshot(self) -> dict[str, Any]:
        """Keep how long each position has been held, and which day was ranked last."""
        return {"held_bars": self._held_bars, "ranked_at": self._ranked_at}

    def restore(self, state: dict[str, Any]) -> None:
        """Take them back."""
        self._held_bars = dict(state["held_bars"])
        self._ranked_at = int(state["ranked_at"])
