"""Volatility risk premium: short VIX futures while implied lies above realized volatility and the curve is in contango.

Rule: with every round of futures bars the premium is the VIX less the realized volatility of the underlying over
``window`` bars, both in points. While it is above ``premium`` and the front future lies below the next one, the
contract with the best roll yield for a seller (against its nearer neighbour, the VIX itself for the first one) among
those with ``min_days`` to ``max_days`` left is sold with ``weight`` of the equity. It is kept, and brought back to its
weight when it is more than ``band`` away from it, until the premium is gone, the curve is no longer in contango, the
loss since the entry exceeds ``stop`` of the equity, or ``roll_sessions`` sessions are left: then the position moves,
by value, to the contract that is best at that moment, or is closed where there is none. After a stop it stays out
until the premium or the contango has been gone once.
Source: P. Carr and L. Wu, Variance Risk Premiums (Review of Financial Studies, 2009); D. Simon and J. Campasano, The
VIX Futures Basis: Evidence and Trading Strategies (Journal of Derivatives, 2014); roll yields as in C. Erb and C.
Harvey, The Strategic and Tactical Value of Commodity Futures (Financial Analysts Journal, 2006).
Data: daily bars of the VIX, an index that only informs; of the underlying, the first instrument that is no future
(SPY); and of the futures of one root (``root``), such as VXF24, VXG24 and so on; closes are enough.
Parameters: the root, the window of realized volatility, the least premium, the days a contract may have left, the
sessions before expiry at which it rolls, the weight, its band, the stop.
Weaknesses: earns a little on most days and loses many times that on a few; VIX futures have doubled within a day, more
than any stop or margin foresees; realized volatility looks back and is low just before it is high; old and new
contract count together while a roll is under way, so that a weight above a half is refused by a budget without
leverage.
"""

from typing import Any

from ares_desktop.api import Bar, Params, Strategy, futures, param
from ares_desktop.api.futures import TermPoint, TermStructure
from ares_desktop.api.options import realized_volatility
from ares_desktop.api.rounds import BarRound
from ares_desktop.api.universe import InstrumentId, informing, tradable


class ShortVIX(Strategy):
    """Sells the VIX future that time works most for."""

    class Params(Params):
        """What can be set."""

        root: str = param("VX", title="Root", description="of the futures, VX or VXM")
        window: int = param(21, title="Realized volatility", unit="bars", ge=5, le=252, search=(10, 63, 5))
        premium: float = param(0.0, title="Least premium", unit="points", ge=-50, le=50)
        min_days: int = param(10, title="Fewest days left", unit="days", ge=0, le=365)
        max_days: int = param(100, title="Most days left", unit="days", ge=1, le=365)
        roll_sessions: int = param(5, title="Roll", unit="sessions before expiry", ge=1, le=60)
        weight: float = param(0.25, title="Weight", unit="share of equity", gt=0, le=1, search=(0.1, 0.5, 0.05))
        band: float = param(0.05, title="Weight band", unit="share of equity", ge=0, le=0.5)
        stop: float = param(0.1, title="Stop", unit="share of equity", gt=0, le=1)

    def on_start(self) -> None:
        """Find the index, the underlying and the futures."""
        context = self.context
        told = informing(context)
        kinds = {name: context.instrument(name) for name in tradable(context)}
        plain = [name for name, item in kinds.items() if item.expiry is None]
        chain = [name for name, item in kinds.items() if item.root == self.params.root and name not in plain]
        if len(told) != 1 or not plain or not chain:
            msg = (
                "short_vix needs one index, an underlying and futures of the root "
                f"{self.params.root!r}; it has {', '.join(context.instruments)}"
            )
            raise ValueError(msg)
        self._index, self._underlying, self._chain = told[0], plain[0], frozenset(chain)
        self._round = BarRound()
        self._alive: set[InstrumentId] = set()
        self._end_ns = 0
        self._entry_equity = 0.0
        self._waits = False
        # So that it is known which futures have bars.
        context.warm_up(2)

    def on_bar(self, bar: Bar) -> None:
        """Decide once the futures have their bars of a time."""
        if bar.instrument not in self._chain:
            return
        if bar.end_ns != self._end_ns:
            self._end_ns = bar.end_ns
            self._alive = {item.id for item in futures.chain(self.context, self.params.root)}
        if self._round.update(bar, self._alive) and not self.context.warming:
            self._decide()

    def _decide(self) -> None:
        context, params = self.context, self.params
        index = context.price(self._index)
        closes = context.bars(self._underlying, params.window + 1).close
        curve = futures.term_structure(context, params.root)
        if index is None or len(closes) <= params.window or curve.ratio is None:
            return
        premium = index - 100 * realized_volatility(closes)
        # The index is where every future ends, so it is the neighbour of the first one.
        whole = TermStructure([TermPoint(self._index, 0.0, index), *curve.points])
        lasting = {point.instrument for point in curve.points if self._lasts(point.instrument)}
        best = whole.best_roll_yield(-1, min_days=params.min_days, max_days=params.max_days, among=lasting)
        context.record("premium", premium)
        context.record("front / next", curve.ratio)
        if best is not None:
            context.record("roll yield", -best.annualized)
        fit = premium > params.premium and curve.contango
        self._waits = self._waits and fit
        held = [name for name in futures.held(context, params.root) if context.position(name).quantity]
        if any(context.orders(name) for name in self._chain):
            return
        choice = None if best is None or best.annualized >= 0 else best.far.instrument
        if len(held) > 1:
            # A roll whose first half was refused.
            futures.roll(context, params.root, held[-1])
        elif held:
            self._look_after(held[0], choice, fit=fit)
        elif fit and choice is not None and not self._waits:
            self._entry_equity = float(context.equity)
            context.target_weight(choice, -params.weight, reason=f"premium {premium:.1f} points, contango")

    def _look_after(self, name: InstrumentId, choice: InstrumentId | None, *, fit: bool) -> None:
        context, params = self.context, self.params
        if not fit:
            context.target(name, 0, reason="the premium or the contango is gone")
        elif self._entry_equity and float(context.equity) < self._entry_equity * (1 - params.stop):
            self._waits = True
            context.target(name, 0, reason="lost more than the stop")
        elif not self._lasts(name):
            if choice is None:
                context.target(name, 0, reason="its end is near and there is no other")
            else:
                futures.roll(context, params.root, choice)
        else:
            base = min(context.equity, context.budget)
            weight = float((context.position(name).market_value or 0) / base) if base > 0 else 0.0
            if abs(weight + params.weight) > params.band:
                context.target_weight(name, -params.weight, reason="back to its weight")

    def _lasts(self, name: InstrumentId) -> bool:
        return bool(futures.sessions_left(self.context, name) > self.params.roll_sessions)

    def snapshot(self) -> dict[str, Any]:
        """Keep the equity at the entry and whether a stop is waited out."""
        return {"entry_equity": self._entry_equity, "waits": self._waits}

    def restore(self, state: dict[str, Any]) -> None:
        """Take them back."""
        self._entry_equity, self._waits = state["entry_equity"], state["waits"]
