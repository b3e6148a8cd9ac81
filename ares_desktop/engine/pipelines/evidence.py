"""What was traded live, as the journal and the valuation curves have it, and the backtest that belongs to it."""

from collections.abc import Callable, Collection, Sequence
from typing import Final

import msgspec
import numpy as np

from ares_desktop.domain.accounts import EquityCurve
from ares_desktop.domain.backtests import BACKTEST_ACCOUNT, BacktestSpec
from ares_desktop.domain.errors import Finding, UsageError
from ares_desktop.domain.ids import InstrumentId, StrategyId
from ares_desktop.domain.instruments import Instrument
from ares_desktop.domain.market import from_ns, to_ns
from ares_desktop.domain.orders import OrderPurpose
from ares_desktop.domain.risk import RiskLimits
from ares_desktop.domain.simulation import SimulationSettings
from ares_desktop.domain.strategies import StrategyInstance
from ares_desktop.engine.data.hub import DataHub
from ares_desktop.engine.data.recent import RecentHistory
from ares_desktop.engine.data.series import Series, series_of
from ares_desktop.engine.pipelines.fidelity import Evidence
from ares_desktop.engine.ports.clock import Clock
from ares_desktop.engine.ports.feed import MarketDataFeed
from ares_desktop.engine.trading.curves import EquityCurves
from ares_desktop.engine.trading.fold import Fold

_REPLAY: Final = "replay:"
_MOST_BARS: Final = 1_000_000
_BOOK: Final = "live"


class LiveEvidence:
    """Implements :class:`~ares_desktop.engine.pipelines.fidelity.EvidenceSource`.

    Args:
        fold: instances, fills and capital.
        curves: the books' money.
        limits: in force for a strategy.
        simulation: what the paper account is configured with.
    """

    def __init__(
        self,
        fold: Fold,
        curves: EquityCurves,
        hub: DataHub,
        feed: MarketDataFeed,
        *,
        clock: Clock,
        limits: Callable[[StrategyId], RiskLimits],
        simulation: SimulationSettings,
    ) -> None:
        self._fold = fold
        self._curves = curves
        self._hub = hub
        self._feed = feed
        self._clock = clock
        self._limits = limits
        self._simulation = simulation

    async def collect(self, strategies: Sequence[StrategyId] = ()) -> Evidence:
        """Return the evidence of instances, of all that have money when none is named.

        The period is that of the books' curves, which survive restarts, or begins with the first order: a quick replay
        may have come far before a curve has its first point.

        Raises:
            UsageError: when there is nothing to compare, with every finding.
        """
        chosen = self._chosen(strategies)
        curves = [self._curves.curve(item.name) for item in chosen]
        names = {item.name for item in chosen}
        start_ns = min([*(int(curve.ts[0]) for curve in curves), *self._order_times(names)])
        limits = {self._limits(item.name) for item in chosen}
        if len(limits) > 1:
            remedy = "Compare them one by one."
            problem = "have different limits, and a backtest has one set for all"
            raise UsageError(Finding(place="strategies", value=", ".join(names), problem=problem, remedy=remedy))
        instances = tuple(self._instance(item) for item in chosen)
        cash = sum(
            (item.capital for item in instances if item.capital is not None), start=self._simulation.starting_cash * 0
        )
        data, series = await self._data(chosen)
        spec = BacktestSpec(
            strategies=instances,
            data=data,
            start=from_ns(start_ns),
            end=self._clock.now(),
            simulation=msgspec.structs.replace(self._simulation, account=BACKTEST_ACCOUNT, starting_cash=cash),
            limits=limits.pop(),
            title=f"{', '.join(sorted(names))} on {self._feed.name}",
        )
        fills = tuple(
            fill for fill in self._fold.registry.fills() if fill.strategy in names and to_ns(fill.at) >= start_ns
        )
        return Evidence(spec=spec, series=series, fills=fills, curve=together(curves))

    def _order_times(self, names: Collection[StrategyId]) -> list[int]:
        """Return when strategies ordered in the newest stretch of market time, the newest first."""
        found: list[int] = []
        for order in reversed(self._fold.registry.orders()):
            if order.intent.strategy in names and order.intent.purpose is OrderPurpose.STRATEGY:
                ts = to_ns(order.intent.created_at)
                if found and ts > found[-1]:
                    # Market time went back here: what is older is of another replay.
                    break
                found.append(ts)
        return found

    def _chosen(self, strategies: Sequence[StrategyId]) -> list[StrategyInstance]:
        known = self._fold.instances
        findings = [
            Finding(place="strategy", value=name, problem="is not known", remedy=f"Known ones are {', '.join(known)}.")
            for name in strategies
            if name not in known
        ]
        wanted = [known[name] for name in strategies if name in known] if strategies else list(known.values())
        chosen = [item for item in wanted if len(self._curves.curve(item.name).ts) > 1]
        if strategies:
            findings += [
                Finding(place="strategy", value=item.name, problem="has not traded yet", remedy="Switch it on first.")
                for item in wanted
                if item not in chosen
            ]
        elif not chosen:
            problem, remedy = "nothing was traded yet", "Switch a strategy on and let the market run."
            findings.append(Finding(place="fidelity", value="", problem=problem, remedy=remedy))
        if findings:
            raise UsageError(*findings)
        return chosen

    def _instance(self, instance: StrategyInstance) -> StrategyInstance:
        """Return an instance as the backtest runs it: with the capital that it was given."""
        capital = self._fold.ledger.capital(instance.account, instance.name, self._simulation.currency)
        return msgspec.structs.replace(instance, account=BACKTEST_ACCOUNT, capital=capital)

    async def _data(self, chosen: Sequence[StrategyInstance]) -> tuple[tuple[str, ...], tuple[Series, ...] | None]:
        """Return the names of a replay's data; else the bars that were built, as series."""
        name = self._feed.name
        if name.startswith(_REPLAY):
            return tuple(name.removeprefix(_REPLAY).split(",")), None
        if self._feed.replayed:
            return (name,), None
        series = [found for item in self._instruments(chosen) if (found := await self._series(item)) is not None]
        if not series:
            problem, remedy = "there are no bars yet", "Let the market run for some bars."
            raise UsageError(Finding(place="data", value=name, problem=problem, remedy=remedy))
        return (name,), tuple(series)

    def _instruments(self, chosen: Sequence[StrategyInstance]) -> tuple[Instrument, ...]:
        wanted: set[InstrumentId] = {name for item in chosen for name in item.instruments}
        everything = any(not item.instruments for item in chosen)
        return tuple(item for item in self._hub.instruments() if everything or item.id in wanted)

    async def _series(self, instrument: Instrument) -> Series | None:
        history = RecentHistory(self._hub, self._feed.history)
        spec = next(iter(history.specs(instrument.id)), None)
        if spec is None:
            return None
        bars = await history.bars(instrument.id, spec, end_ns=self._clock.now_ns(), count=_MOST_BARS)
        if not bars:
            return None
        return series_of(instrument, spec, bars)


def together(curves: Sequence[EquityCurve]) -> EquityCurve:
    """Return the sum of curves at every moment that one of them has; before its begin a book has what it began with."""
    ts = np.unique(np.concatenate([curve.ts for curve in curves]))
    equity = np.zeros(len(ts))
    for curve in curves:
        rows = np.maximum(np.searchsorted(curve.ts, ts, side="right") - 1, 0)
        equity += curve.equity[rows]
    peak = np.maximum.accumulate(equity)
    drawdown = np.divide(equity, peak, out=np.ones_like(equity), where=peak > 0) - 1
    twr = equity / equity[0] - 1 if equity[0] > 0 else np.zeros_like(equity)
    return EquityCurve(book=_BOOK, ts=ts, equity=equity, drawdown=drawdown, twr=twr)
