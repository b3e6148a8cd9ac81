"""VIX term structure: short volatility in contango, long volatility in backwardation.

Rule: the ratio of the near index (VIX, 30 days) to the far one (VIX3M, 93 days) is looked at with every bar. After
``confirm`` bars in a row below ``contango`` volatility is sold, after as many above ``backwardation`` it is bought, as
far as ``direction`` admits; in between what is held stays. Volatility is traded through one vehicle: one that falls
when volatility rises, such as SPY or SVXY (``inverse``), is bought to sell volatility and sold short to buy it; one
that rises with volatility, such as VXX or UVXY (``volatility``), the other way round. A weight within ``band`` of what
it should be is left alone.
Source: D. Simon and J. Campasano, The VIX Futures Basis: Evidence and Trading Strategies (Journal of Derivatives,
2014), which trades futures by the slope of their curve; here the two indices stand for the curve.
Data: daily bars of two indices that only inform, the near one before the far one, and of the vehicle: the first
instrument that can be traded. The vehicle's bars decide; those of the indices must end at the same time.
Parameters: the kind of vehicle, the side, both thresholds, the bars of confirmation, the weight when volatility is
sold, the one when it is bought, and the band.
Weaknesses: sold volatility loses at once what it earned in months when a shock comes, before the ratio tells; SPY is a
poor vehicle that moves little with the curve and drifts upward against every purchase of volatility; the thresholds
are round numbers; the indices are computed until 16:15 in New York, a quarter of an hour after shares have closed.
"""

from typing import Any, Literal

from ares_desktop.api import Bar, Params, Strategy, param
from ares_desktop.api.rounds import BarRound
from ares_desktop.api.term_structure import TermPoint, TermStructure
from ares_desktop.api.universe import informing, tradable

_NEAR_DAYS = 30.0
_FAR_DAYS = 93.0


class SVIX(Strategy):
    """Sells volatility while the far index lies above the near one."""

    class Params(Params):
        """What can be set."""

        vehicle: Literal["inverse", "volatility"] = param(
            "inverse", title="Vehicle", description="moves against volatility, as SPY does, or with it, as VXX"
        )
        direction: Literal["short", "long", "both"] = param(
            "both", title="Volatility", description="sold, bought or both"
        )
        contango: float = param(0.95, title="Contango", unit="near / far", gt=0, le=2, search=(0.85, 1, 0.025))
        backwardation: float = param(
            1.0, title="Backwardation", unit="near / far", gt=0, le=3, search=(0.95, 1.1, 0.025)
        )
        confirm: int = param(2, title="Confirmation", unit="bars", ge=1, le=60)
        short_weight: float = param(0.9, title="Weight, volatility sold", unit="share of equity", gt=0, le=1)
        long_weight: float = param(0.5, title="Weight, volatility bought", unit="share of equity", gt=0, le=1)
        band: float = param(0.05, title="Weight band", unit="share of equity", ge=0, le=0.5)

    def on_start(self) -> None:
        """Find the two indices and the vehicle."""
        told, traded = informing(self.context), tradable(self.context)
        if len(told) != 2 or not traded:  # noqa: PLR2004 - a near and a far index
            msg = (
                f"svix needs two indices, near before far, and a vehicle; it has {', '.join(self.context.instruments)}"
            )
            raise ValueError(msg)
        self._near, self._far, self._vehicle = *told, traded[0]
        self._round = BarRound((self._near, self._far, self._vehicle))
        self._side = 0
        self._seen = 0
        self._count = 0
        # Bars that one of the three lacks are no round: some more than are confirmed.
        self.context.warm_up(2 * self.params.confirm + 10)

    def on_bar(self, bar: Bar) -> None:
        """Decide once all three have their bar of a time."""
        if not self._round.update(bar):
            return
        curve = self._curve()
        if curve.ratio is None or curve.slope is None:
            return
        self.context.record("ratio", curve.ratio)
        self.context.record("slope", curve.slope)
        seen = -1 if curve.ratio < self.params.contango else 1 if curve.ratio > self.params.backwardation else 0
        self._count = self._count + 1 if seen == self._seen else 1
        self._seen = seen
        if seen and self._count >= self.params.confirm:
            self._side = seen
        self.context.record("side", self._side)
        if not self.context.warming:
            self._hold(curve.ratio)

    def _curve(self) -> TermStructure:
        near, far = self.context.price(self._near), self.context.price(self._far)
        return TermStructure(
            [TermPoint(self._near, _NEAR_DAYS, near or 0.0), TermPoint(self._far, _FAR_DAYS, far or 0.0)]
        )

    def _hold(self, ratio: float) -> None:
        """Bring the vehicle to its weight."""
        context, params = self.context, self.params
        if context.orders(self._vehicle):
            return
        admitted = {"short": -1, "long": 1}.get(params.direction, self._side) == self._side
        size = params.short_weight if self._side < 0 else params.long_weight
        weight = self._side * size * (1 if params.vehicle == "volatility" else -1) if admitted else 0.0
        position = context.position(self._vehicle)
        if not weight:
            context.target(self._vehicle, 0, reason=f"near / far {ratio:.3f}")
            return
        base = min(context.equity, context.budget)
        present = float((position.market_value or 0) / base) if base > 0 else 0.0
        if present * weight <= 0 or abs(weight - present) > params.band:
            what = "sold" if self._side < 0 else "bought"
            context.target_weight(self._vehicle, weight, reason=f"near / far {ratio:.3f}: volatility is {what}")

    def snapshot(self) -> dict[str, Any]:
        """Keep the side in force; past bars tell how long the present one has been seen."""
        return {"side": self._side}

    def restore(self, state: dict[str, Any]) -> None:
        """Take it back."""
        self._side = state["side"]
