"""Sector rotation: each month into the sectors that were strongest over the past year.

Rule: at the end of a month every instrument's relative strength is twice its return over ``quarter`` bars plus those
over two and four quarters. The ``top`` strongest are held, each with its part of the exposure, until the next month's
end. One whose strength is not above ``cash`` is not bought: its part stays cash. What leaves is sold first, what comes
is bought when the sales are done; a weight within ``band`` of what it should be is left alone.
Source: relative strength as weighted by W. O'Neil, How to Make Money in Stocks (1988), with the latest quarter counted
twice, and momentum across sectors as in T. Moskowitz and M. Grinblatt, Do Industries Explain Momentum? (Journal of
Finance, 1999); cash while absolute momentum is negative as in G. Antonacci, Dual Momentum Investing (2014).
Data: daily bars of sector funds or other instruments to choose from, closes are enough; ``4 x quarter + 1`` of them
before one is ranked. Histories may begin and end at different times; one without a bar in the last ten days is left.
Parameters: how many are held, the quarter's length, the least strength, the exposure and the band.
Weaknesses: late at turning points, whole months in what falls, and momentum is known to crash after deep bear markets.
"""

from datetime import datetime, timedelta
from typing import Any

from ares_desktop.api import Bar, Bars, Order, Params, Strategy, param
from ares_desktop.api.universe import InstrumentId, bars_of_all, fresh, history_of, known_at, returned, select, tradable

_QUOTED = timedelta(days=10)


class SIE(Strategy):
    """Holds the sectors with the greatest relative strength, or cash."""

    class Params(Params):
        """What can be set."""

        top: int = param(2, title="Held at once", unit="instruments", ge=1, le=50, search=(1, 5, 1))
        quarter: int = param(63, title="Quarter", unit="bars", ge=2, le=130)
        cash: float = param(0.0, title="Least strength", unit="sum of returns", ge=-4, le=4)
        exposure: float = param(0.95, title="Exposure", unit="share of equity", gt=0, le=1)
        band: float = param(0.05, title="Weight band", unit="share of equity", ge=0, le=0.5)

    def on_start(self) -> None:
        """Ask for past bars and for the ends of months."""
        self._due: datetime | None = None
        self._wanted: dict[str, float] | None = None
        self._done: set[str] = set()
        names = tradable(self.context)
        self._slots = min(self.params.top, len(names))
        if names:
            self.context.schedule("month end", "month end", instrument=names[0])
            self.context.schedule("late", "month end +1m", instrument=names[0])
        self.context.warm_up(4 * self.params.quarter + 1)

    def on_timer(self, name: str) -> None:
        """Rank at the month's last close, or a minute later what was reported until then."""
        if name == "month end":
            self._due = self.context.now
        if self._due is not None and (name == "late" or self._reported(self._due)):
            self._rank(self._due)

    def on_bar(self, bar: Bar) -> None:
        """Move this instrument towards what the ranking said."""
        if self.context.warming:
            return
        if self._due is not None and bar.end > self._due:
            self._rank(self._due)
        if self._wanted is not None and bar.instrument not in self._done:
            self._move(bar.instrument)

    def strength(self, bars: Bars) -> float:
        """Return the relative strength of bars, NaN where there are too few."""
        quarter = self.params.quarter
        return 2 * returned(quarter)(bars) + returned(2 * quarter)(bars) + returned(4 * quarter)(bars)

    def _reported(self, at: datetime) -> bool:
        """Say whether every instrument that is quoted has its bar of that time."""
        market = bars_of_all(self.context, 1)
        quoted = select(market, fresh(at, _QUOTED))
        return bool(quoted) and select(market, fresh(at, timedelta(0))) == quoted

    def _rank(self, at: datetime) -> None:
        """Choose as of a month's end; bars that closed later do not count."""
        self._due = None
        found = bars_of_all(self.context, 4 * self.params.quarter + 24)
        market = {name: known_at(bars, at) for name, bars in found.items()}
        quoted = (history_of(4 * self.params.quarter + 1), fresh(at, _QUOTED))
        ranked = select(market, *quoted, key=self.strength)
        strengths = {name: self.strength(market[name]) for name in ranked}
        for name, strength in strengths.items():
            self.context.record(f"strength {name}", strength)
        chosen = [name for name in ranked[: self._slots] if strengths[name] > self.params.cash]
        self._wanted = dict.fromkeys(chosen, self.params.exposure / self._slots)
        self._done = set()
        for name in market:
            self._move(name)

    def _move(self, name: InstrumentId) -> None:
        context, wanted = self.context, self._wanted or {}
        if name not in tradable(context) or context.orders(name):
            return
        if name not in wanted:
            context.target(name, 0, reason="not among the strongest")
            self._done.add(name)
        elif not self._leaving(wanted):
            base = min(context.equity, context.budget)
            value = context.position(name).market_value or 0
            if not value or not base or abs(wanted[name] - float(value / base)) > self.params.band:
                context.target_weight(name, wanted[name], reason="among the strongest")
            self._done.add(name)

    def _leaving(self, wanted: dict[str, float]) -> bool:
        """Say whether something that can be sold is still to be sold."""
        held = [name for name in tradable(self.context) if name not in wanted and self.context.position(name).quantity]
        return bool(held and select(bars_of_all(self.context, 1, held), fresh(self.context.now, _QUOTED)))

    def on_order(self, order: Order) -> None:
        """Try again at the next bar what was refused or found no bar to fill at."""
        if order.state in {"DENIED", "REJECTED", "EXPIRED"}:
            self._done.discard(order.intent.instrument)

    def snapshot(self) -> dict[str, Any]:
        """Keep what is to be held, and what of it has been ordered."""
        due = None if self._due is None else self._due.isoformat()
        return {"wanted": self._wanted, "done": sorted(self._done), "due": due}

    def restore(self, state: dict[str, Any]) -> None:
        """Take it back."""
        self._wanted = None if state["wanted"] is None else dict(state["wanted"])
        self._done = set(state["done"])
        self._due = None if state["due"] is None else datetime.fromisoformat(state["due"])
