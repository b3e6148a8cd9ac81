"""Long-term timing: in the market while a period closes above the average of its past closes.

Rule: when the last bar of a period (a month) is known, its close is compared with the exponential average of the
closes of the last ``periods`` periods. Above it the instrument is held with its weight, else it is sold. A weight that
is within ``band`` of what it should be is left alone. The last bar of a period is known as such when the first bar of
the next one arrives, so an order fills within the first days of the month.
Source: M. T. Faber, A Quantitative Approach to Tactical Asset Allocation (Journal of Wealth Management, 2007), with an
exponential instead of a simple average.
Data: bars of any length, closes are enough; 13 months of daily bars to start at once. On intraday bars choose a
shorter period. Several instruments share the exposure equally.
Parameters: the period, the number of periods in the average, the exposure and the band.
Weaknesses: slow to leave in a crash and slow to come back, sells and buys back around the average in flat markets.
"""

from typing import Any, Literal

from ares_desktop.api import EMA, Bar, Params, Strategy, param

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
        self._averages = {name: EMA(self.params.periods) for name in self.context.instruments}
        self._last: dict[str, Bar] = {}
        self._wanted: dict[str, bool] = {}
        self.context.warm_up(_BARS[self.params.period] * (self.params.periods + 2))

    def on_bar(self, bar: Bar) -> None:
        """Decide when a new period begins; keep at it until the position is there."""
        last, self._last[bar.instrument] = self._last.get(bar.instrument), bar
        if last is not None and self._period(last) != self._period(bar):
            average = self._averages[bar.instrument]
            average.update(last.close)
            if average.ready:
                self._wanted[bar.instrument] = last.close > average.value
                self._rebalance(bar)
        elif self._wanted.get(bar.instrument, False) != bool(self.context.position(bar.instrument).quantity):
            self._rebalance(bar)

    def _rebalance(self, bar: Bar) -> None:
        name, context = bar.instrument, self.context
        if context.warming or name not in self._wanted or context.orders(name):
            return
        if not self._wanted[name]:
            context.target(name, 0, reason=f"{self.params.period} closed below its average")
            return
        weight = self.params.exposure / len(self._averages)
        value = context.position(name).market_value or 0
        base = min(context.equity, context.budget)
        if not value or abs(weight - float(value / base)) > self.params.band:
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
        self._wanted = dict(state["wanted"])
