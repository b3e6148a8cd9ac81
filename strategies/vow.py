"""Volume-weighted reversion: against what strayed from the session's average price, flat at its end.

Rule: the day's volume-weighted average price and the volume-weighted standard deviation around it tell what was paid.
``settle`` bars after the session's open, a close more than ``entry`` deviations below the average is bought, one above
it is sold short, as far as ``direction`` admits. The position is closed when the close is back at the average, when
it strayed ``stop`` deviations, which ends that side for the day, or ``flat`` minutes before the session's close.
Source: the average as in S. Berkowitz, D. Logue and E. Noser, The Total Cost of Transactions on the NYSE (Journal of
Finance, 1988); trading back towards it with bands of deviations is common practice among day traders.
Data: bars of minutes with volumes; without a volume nothing is traded. Days are those of UTC. Several instruments
share the exposure equally, and one that can't be traded gets none. It begins with the next session's open.
Parameters: direction, the entry and stop distances, the bars to settle, the minutes before the close, the exposure.
Weaknesses: stands against every day that trends; many small gains pay for few large losses, and costs eat most of
them; the stop is looked at on closes only.
"""

from math import nan, sqrt
from typing import Any, Literal

from ares_desktop.api import Bar, Params, Strategy, param
from ares_desktop.api.universe import InstrumentId, tradable

_DAY_BARS = 960


class _Day:
    """Volume-weighted mean and deviation of one day's typical prices, by the recursion of D. West (1979)."""

    def __init__(self) -> None:
        self.mean = nan
        self._day = 0
        self._volume = 0.0
        self._squares = 0.0

    def update(self, bar: Bar) -> None:
        """Take a bar; the first one of another day begins anew."""
        day = bar.start.toordinal()
        if day != self._day:
            self._day, self._volume, self._squares, self.mean = day, 0.0, 0.0, nan
        if not bar.volume > 0:
            return
        price = (bar.high + bar.low + bar.close) / 3
        self._volume += bar.volume
        before = price if self._volume == bar.volume else self.mean
        self.mean = before + (price - before) * bar.volume / self._volume
        self._squares += bar.volume * (price - before) * (price - self.mean)

    @property
    def deviation(self) -> float:
        """Standard deviation in quote currency, 0 when nothing moved or was traded."""
        return sqrt(self._squares / self._volume) if self._volume else 0.0


class VOW(Strategy):
    """Trades back towards the volume-weighted average price of the session."""

    class Params(Params):
        """What can be set."""

        direction: Literal["long", "short", "both"] = param("both", title="Direction")
        entry: float = param(2.0, title="Entry", unit="deviations", gt=0, le=10, search=(1.5, 3, 0.25))
        stop: float = param(4.0, title="Stop", unit="deviations", gt=0, le=20)
        settle: int = param(30, title="Bars to settle", unit="bars", ge=2, le=500)
        flat: int = param(10, title="Flat before the close", unit="minutes", ge=1, le=120)
        exposure: float = param(0.9, title="Exposure", unit="share of equity", gt=0, le=1)

    def on_start(self) -> None:
        """Make fresh averages, have the day's bars fed, and ask for the sessions' edges."""
        self._days = {name: _Day() for name in tradable(self.context)}
        self._bars: dict[str, int] = {}
        self._stopped: dict[str, int] = {}
        for name in self._days:
            self.context.schedule(f"open {name}", "session open", instrument=name)
            self.context.schedule(f"flat {name}", f"session close -{self.params.flat}m", instrument=name)
        self.context.warm_up(_DAY_BARS)

    def on_timer(self, name: str) -> None:
        """Begin with the session, and be flat before it ends."""
        edge, _, text = name.partition(" ")
        instrument = InstrumentId(text)
        if edge == "open":
            self._bars[instrument] = 0
            self._stopped.pop(instrument, None)
        else:
            self._bars.pop(instrument, None)
            self.context.flatten(instrument, reason="the session ends")

    def on_bar(self, bar: Bar) -> None:
        """Enter beyond the band, leave at the average."""
        name, day = bar.instrument, self._days.get(bar.instrument)
        if day is None:
            return
        day.update(bar)
        held = self.context.position(name).quantity
        if name in self._bars:
            self._bars[name] += 1
        elif held and not self.context.warming and not self.context.orders(name):
            self.context.flatten(name, reason="the session is over")
        deviation = day.deviation
        if self.context.warming or not deviation or name not in self._bars:
            return
        away = (bar.close - day.mean) / deviation
        self.context.record(f"average {name}", day.mean)
        self.context.record(f"deviations {name}", away)
        if self.context.orders(name):
            return
        if held:
            self._leave(name, 1 if held > 0 else -1, away)
        elif self._bars[name] > self.params.settle and self.params.entry < abs(away) < self.params.stop:
            self._enter(name, -1 if away > 0 else 1, away)

    def _enter(self, name: InstrumentId, side: int, away: float) -> None:
        admitted = {"long": (1,), "short": (-1,), "both": (1, -1)}[self.params.direction]
        if side in admitted and self._stopped.get(name) != side:
            weight = side * self.params.exposure / len(self._days)
            self.context.target_weight(name, weight, reason=f"{away:.1f} deviations from the average")

    def _leave(self, name: InstrumentId, side: int, away: float) -> None:
        if side * away >= 0:
            self.context.target(name, 0, reason="back at the average")
        elif side * away <= -self.params.stop:
            self._stopped[name] = side
            self.context.target(name, 0, reason="strayed too far")

    def snapshot(self) -> dict[str, Any]:
        """Keep which sessions are open, for how many bars, and which sides were stopped out."""
        return {"bars": self._bars, "stopped": self._stopped}

    def restore(self, state: dict[str, Any]) -> None:
        """Take them back."""
        self._bars = dict(state["bars"])
        self._stopped = dict(state["stopped"])
