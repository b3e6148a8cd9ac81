"""What a preview is made of: the last bars of an instance's instruments, and the backtest of each side."""

import asyncio
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Final

import msgspec

from ares_desktop.domain.backtests import BACKTEST_ACCOUNT, BacktestSpec
from ares_desktop.domain.errors import Finding, StrategyError, UsageError
from ares_desktop.domain.ids import InstrumentId, StrategyId
from ares_desktop.domain.instruments import Instrument
from ares_desktop.domain.market import BarSpec, from_ns
from ares_desktop.domain.money import round_down
from ares_desktop.domain.previews import Preview, PreviewSide
from ares_desktop.domain.risk import RiskLimits
from ares_desktop.domain.simulation import SimulationSettings
from ares_desktop.domain.strategies import StrategyInstance
from ares_desktop.engine.backtest.preview_task import PreviewTask, pack
from ares_desktop.engine.data.hub import DataHub
from ares_desktop.engine.data.recent import RecentHistory
from ares_desktop.engine.data.series import Series, series_of
from ares_desktop.engine.pipelines.checking import StrategyFiles
from ares_desktop.engine.ports.clock import Clock
from ares_desktop.engine.ports.feed import MarketDataFeed
from ares_desktop.engine.trading.capital import CENT, wanted_capital
from ares_desktop.engine.trading.fold import Fold

MOST_BARS: Final = 5000
_WARM_UP: Final = 500
"""Bars before those that are traded."""
_READ_MOST: Final = 20_000


class PreviewPlan(msgspec.Struct, frozen=True, kw_only=True):
    """Both sides, to be tried out on the same bars, and the preview without its sides.

    Attributes:
        tasks: the proposed side, then the one in force where there is one.
    """

    tasks: tuple[PreviewTask, ...]
    outline: Preview


class PreviewSource:
    """Plans previews from the books and the market's past.

    Args:
        fold: capital of the books.
        files: finds strategy files.
        limits: in force for a strategy.
        simulation: what the paper account is configured with.
    """

    def __init__(
        self,
        fold: Fold,
        hub: DataHub,
        feed: MarketDataFeed,
        *,
        files: StrategyFiles,
        clock: Clock,
        limits: Callable[[StrategyId], RiskLimits],
        simulation: SimulationSettings,
    ) -> None:
        self._fold = fold
        self._hub = hub
        self._feed = feed
        self._files = files
        self._clock = clock
        self._limits = limits
        self._simulation = simulation

    async def plan(self, instance: StrategyInstance, current: StrategyInstance | None, bars: int) -> PreviewPlan:
        """Return what is to be tried out.

        Raises:
            UsageError: when there is no such file, or no bars to try it on, with every finding.
        """
        series = await self._series(instance, bars)
        rows = [_first_row(item, instance, bars) for item in series]
        start_ns = max(int(item.ts[row]) for item, row in zip(series, rows, strict=True))
        rows = [int(item.ts.searchsorted(start_ns)) for item in series]
        packed = tuple(await asyncio.to_thread(lambda: [pack(item) for item in series]))
        sides = (instance,) if current is None else (instance, current)
        return PreviewPlan(
            tasks=tuple(PreviewTask(spec=self._spec(one, current or one, start_ns), bars=packed) for one in sides),
            outline=Preview(
                name=instance.name,
                instruments=tuple(item.instrument.id for item in series),
                since_ns=min(int(item.starts[min(row, len(item) - 1)]) for item, row in zip(series, rows, strict=True)),
                until_ns=max(int(item.ts[-1]) for item in series),
                bars=max(len(item) - row for item, row in zip(series, rows, strict=True)),
                proposed=PreviewSide(parameters=instance.parameters),
            ),
        )

    def _spec(self, instance: StrategyInstance, current: StrategyInstance, start_ns: int) -> BacktestSpec:
        try:
            file = str(self._files.find(instance.file))
        except StrategyError as error:
            raise UsageError(Finding(place="strategy", value=instance.file, problem=str(error))) from error
        capital = self._capital(instance, current)
        return BacktestSpec(
            strategies=(msgspec.structs.replace(instance, file=file, account=BACKTEST_ACCOUNT, capital=capital),),
            data=(self._feed.name,),
            start=from_ns(start_ns),
            simulation=msgspec.structs.replace(
                self._simulation, account=BACKTEST_ACCOUNT, starting_cash=max(capital, CENT)
            ),
            limits=self._limits(instance.name),
            title=f"preview of {instance.name}",
        )

    def _capital(self, instance: StrategyInstance, current: StrategyInstance) -> Decimal:
        """Return what its book was given, unless the proposal asks for other capital."""
        ledger, currency = self._fold.ledger, self._simulation.currency
        if (instance.capital, instance.weight) == (current.capital, current.weight):
            given = ledger.capital(instance.account, instance.name, currency)
            if given > 0:
                return given
        wanted = wanted_capital(ledger, instance, currency)
        return wanted or round_down(instance.weight * self._simulation.starting_cash, CENT)

    async def _series(self, instance: StrategyInstance, bars: int) -> tuple[Series, ...]:
        findings = list(_findings(instance, bars))
        found: list[Series] = []
        for name, instrument in self._instruments(instance):
            if instrument is None:
                remedy = "Choose one that the feed has."
                findings.append(Finding(place="instruments", value=name, problem="is not known", remedy=remedy))
            elif not findings:
                series = await self._bars_of(instrument, instance, bars)
                if series is None:
                    remedy = "Let the market run for some bars, or import past ones."
                    findings.append(Finding(place="instruments", value=name, problem="has no bars yet", remedy=remedy))
                else:
                    found.append(series)
        if not found and not findings:
            findings.append(Finding(place="instruments", value="", problem="nothing can be traded"))
        if findings:
            raise UsageError(*findings)
        return tuple(found)

    def _instruments(self, instance: StrategyInstance) -> Sequence[tuple[InstrumentId, Instrument | None]]:
        if instance.instruments:
            return [(name, self._hub.instrument(name)) for name in instance.instruments]
        return [(item.id, item) for item in self._hub.instruments() if item.tradable]

    async def _bars_of(self, instrument: Instrument, instance: StrategyInstance, bars: int) -> Series | None:
        history = RecentHistory(self._hub, self._feed.history)
        spec = next(iter(history.specs(instrument.id)), None)
        if spec is None:
            return None
        count = min((bars + _WARM_UP) * _parts(spec, instance.bar_spec), _READ_MOST)
        found = await history.bars(instrument.id, spec, end_ns=self._clock.now_ns(), count=count)
        if not found:
            return None
        actions = tuple(item for item in self._feed.actions if item.instrument == instrument.id)
        return await asyncio.to_thread(series_of, instrument, spec, found, actions)


def _findings(instance: StrategyInstance, bars: int) -> Sequence[Finding]:
    found: list[Finding] = []
    if not 1 <= bars <= MOST_BARS:
        found.append(Finding(place="bars", value=f"{bars}", problem=f"must be from 1 to {MOST_BARS}"))
    try:
        BarSpec.parse(instance.bar_spec or "1m")
    except ValueError as error:
        found.append(Finding(place="bar_spec", value=instance.bar_spec, problem=str(error)))
    return found


def _parts(spec: BarSpec, wanted: str) -> int:
    """Return how many bars of the data make one of those that the instance wants."""
    return max(1, -(-BarSpec.parse(wanted).duration_ns // spec.duration_ns)) if wanted else 1


def _first_row(series: Series, instance: StrategyInstance, bars: int) -> int:
    """Return the row of the first bar that is traded on."""
    parts = 1 if series.spec is None else _parts(series.spec, instance.bar_spec)
    return max(0, len(series) - bars * parts)
