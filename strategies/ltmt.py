"""Long-term timing: in the market while a period closes above the average of its past closes.

Rule: at the end of a period (a month) its close is compared with the exponential average of the closes of the last
``periods`` periods. Above it the instrument is held with its weight, else it is sold. A weight that is within ``band``
of what it should be is left alone. A month ends with the last session of its calendar, so an order fills at the next
open; where that session's bar is late or missing, and for other periods, the first bar of the next period tells.
Source: M. T. Faber, A Quantitative Approach to Tactical Asset Allocation (Journal of Wealth Management, 2007), with an
exponential instead of a simple average.
Data: bars of any length, closes are enough; 11 months of daily bars to start at once, 42 until the average no longer
shows where it began. On intraday bars choose a shorter period. Several instruments share the exposure equally, and one
that can't be traded gets none.
Parameters: the period, the number of periods in the average, the exposure and the band.
Weaknesses: slow to leave in a crash and slow to come back, sells and buys back around the average in flat markets.
"""

from typing import Any, Literal

from ares_desktop.api import EMA, Bar, Params, Strategy, param
from ares_desktop.api.universe import InstrumentId, tradable

_BARS = {"month": 23, "week": 5, "day": 1}


class LTMT(Strategy):
    """Holds what closed its month above its 10-month average."""

    class Params(Params):
        """What can be set."""

        period: Literal["month", "week", "day"] = param("month", title="Period")
        periods: int = param(10, title="Average", unit="periods", ge=2, le=60, search=(4, 16, 2))
        exposure: float = param(0.95, title="Exposure", unit="share of equity", gt=0, le=1)
        band: float = param(0.05, title="Weight band", unit="share of equity", ge=0, le=0.5)

    def on_start(self) -> None:
        """Make fresh averages and have them filled."""
        self._averages = {name: EMA(self.params.periods) for name in tradable(self.context)}
        self._last: dict[str, Bar] = {}
        self._concluded: dict[str, tuple[int, int]] = {}
        self._wanted: dict[str, bool] = {}
        if self.params.period == "month":
            for name in self._averages:
                self.context.schedule(f"month end {name}", "month end", instrument=name)
        # Four lengths of an exponential average leave little of where it began.
        self.context.warm_up(_BARS[self.params.period] * (4 * self.params.periods + 2))

    def on_bar(self, bar: Bar) -> None:
        """Decide when a new period begins; keep at it until the position is there."""
        name = bar.instrument
        if name not in self._averages:
            return
        last, self._last[name] = self._last.get(name), bar
        if last is not None and self._period(last) != self._period(bar):
            self._conclude(last)
        elif self._wanted.get(name, False) != bool(self.context.position(name).quantity):
            self._rebalance(name)

    def on_timer(self, name: str) -> None:
        """Decide at the month's last close when its bar is there already."""
        last = self._last.get(name.removeprefix("month end "))
        if last is not None and last.end >= self.context.now:
            self._conclude(last)

    def _conclude(self, last: Bar) -> None:
        """Take in the last close of a period, once."""
        name, period = last.instrument, self._period(last)
        if self._concluded.get(name) == period:
            return
        self._concluded[name] = period
        average = self._averages[name]
        average.update(last.close)
        if average.ready:
            self.context.record(f"close {name}", last.close)
            self.context.record(f"average {name}", average.value)
            self._wanted[name] = last.close > average.value
            self._rebalance(name)

    def _rebalance(self, name: InstrumentId) -> None:
        context = self.context
        if context.warming or name not in self._wanted or context.orders(name):
            return
        if not self._wanted[name]:
            context.target(name, 0, reason=f"{self.params.period} closed below its average")
            return
        weight = self.params.exposure / len(self._averages)
        value = context.position(name).market_value or 0
        base = min(context.equity, context.budget)
        if not value or not base or abs(weight - float(value / base)) > self.params.band:
            context.target_weight(name, weight, reason=f"{self.params.period} closed above its average")

    def _period(self, bar: Bar) -> tuple[int, int]:
        # The start counts: a session that closes at midnight belongs to the day it began on.
        day = bar.start.date()
        if self.params.period == "month":
            return day.year, day.month
        if self.params.period == "week":
            return day.isocalendar()[:2]
        return day.year, day.toordinal()

    def snapshot(self) -> dict[str, Any]:
        """Keep what is to be held: past bars may not reach back to the last decision."""
        return {"wanted": self._wanted}

    def restore(self, state: dict[str, Any]) -> None:
        """Take it back."""
        self._wanted = {name: wanted for name, wanted in state["wanted"].items() if name in self._averages}
