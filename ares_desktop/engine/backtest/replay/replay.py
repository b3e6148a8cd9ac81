"""Carries each moment of past data through venue, strategies and gate, in the order of a live replay."""

import time
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from functools import partial
from typing import Final

import msgspec

from ares_desktop.api.setup import WorkerSetup
from ares_desktop.api.strategy import Strategy
from ares_desktop.domain.accounts import EquityPoint
from ares_desktop.domain.backtests import BacktestSpec
from ares_desktop.domain.events import CashFlowRecorded
from ares_desktop.domain.ids import UNASSIGNED, StrategyId
from ares_desktop.domain.instruments import Instrument
from ares_desktop.domain.market import Bar, MarketEvent, to_ns
from ares_desktop.domain.risk import LimitsInForce
from ares_desktop.domain.strategies import StrategyInstance
from ares_desktop.engine.backtest.replay.actor import Actor
from ares_desktop.engine.backtest.replay.checks import capital_of, rows_of
from ares_desktop.engine.backtest.replay.desk import ReplayDesk
from ares_desktop.engine.backtest.replay.floor import ROUNDS, Floor
from ares_desktop.engine.backtest.replay.market import ReplayedMarket
from ares_desktop.engine.backtest.replay.plain_run import PlainRun
from ares_desktop.engine.backtest.replay.plain_view import PlainView
from ares_desktop.engine.backtest.replay.prepared import PreparedData
from ares_desktop.engine.data.bar_maker import BarMaker
from ares_desktop.engine.data.history import SeriesHistory
from ares_desktop.engine.hosting.sessions import LoadedCalendars
from ares_desktop.engine.simulation.simulated import SimulatedBroker
from ares_desktop.engine.trading.opening_hours import OpeningHours, hours_of

_TELL_EVERY_S: Final = 0.1


class ReplayProgress(msgspec.Struct, frozen=True):
    """How far a replay is.

    Attributes:
        done, total: market events.
        points: of the account's equity curve, new since the last time.
    """

    done: int
    total: int
    points: tuple[EquityPoint, ...] = ()


class Replay:
    """One run over prepared data.

    Attributes:
        actors: by name.
        floor: gate, books and venue.
        first, last: rows of the timeline that are traded.
    """

    def __init__(
        self,
        spec: BacktestSpec,
        data: PreparedData,
        kinds: Mapping[StrategyId, type[Strategy]],
        tell: Callable[[ReplayProgress], None] | None,
    ) -> None:
        self._spec = spec
        self._data = data
        self._tell = tell
        self._told_at = time.perf_counter()
        self._peak = float(spec.simulation.starting_cash)
        self.first, self.last = rows_of(spec, data)
        self.history = SeriesHistory(data.series)
        self.begin_ns = self._seek()
        self.market = ReplayedMarket(data.instruments)
        self.broker = SimulatedBroker(msgspec.structs.replace(spec.simulation, seed=spec.seed), reports=False)
        self.broker.register(data.instruments.values())
        # Two series of one instrument, such as its bars and its quotes, may tell of the same dividend.
        self.broker.schedule(dict.fromkeys(action for series in data.series for action in series.actions))
        self.floor = Floor(spec.simulation, spec.limits, self.market, self.broker, hours=_hours(spec))
        self.floor.clock.advance(self.begin_ns)
        self._hub_bars = BarMaker()
        self._prime()
        self._fund()
        self.actors = {instance.name: self._actor(instance, kinds[instance.name]) for instance in spec.strategies}
        self.floor.admit(self.actors.values())

    def _seek(self) -> int:
        """Make known what is older than the first traded row; return the time at which strategies start."""
        ts = self._data.ts
        begin_ns = int(ts[self.first - 1]) if self.first else int(ts[0]) - 1
        if self._spec.start is not None:
            begin_ns = max(begin_ns, to_ns(self._spec.start) - 1)
        self.history.deliver(begin_ns)
        return begin_ns

    def _prime(self) -> None:
        """Give every instrument its newest past price, and ticks the bars that are built of them."""
        ticking = self._data.ticking()
        for instrument in self._data.instruments.values():
            spec = next(iter(self.history.specs(instrument.id)), None)
            if spec is None:
                continue
            if instrument.id in ticking:
                self._hub_bars.add(instrument, spec)
            bars = self.history.past(instrument.id, spec, end_ns=self.begin_ns, count=1)
            if bars:
                self.market.last[instrument.id] = bars[-1]

    def _fund(self) -> None:
        settings = self._spec.simulation
        self._flow(UNASSIGNED, settings.starting_cash, "deposit")
        for instance in self._spec.strategies:
            capital = capital_of(instance, self._spec)
            self._flow(UNASSIGNED, -capital, "transfer")
            self._flow(instance.name, capital, "transfer")

    def _flow(self, strategy: StrategyId, amount: Decimal, kind: str) -> None:
        settings = self._spec.simulation
        self.floor.fund(
            CashFlowRecorded(
                account=settings.account,
                strategy=strategy,
                currency=settings.currency,
                amount=amount,
                kind=kind,
                at=self.floor.clock.now(),
            ),
        )

    def _actor(self, instance: StrategyInstance, kind: type[Strategy]) -> Actor:
        instruments = self._instruments_of(instance)
        desk = ReplayDesk(instance.name, self.history, self.market, self.begin_ns)
        view = None
        if not instance.bar_spec and all(item.id in self._data.plain for item in instruments):
            view = PlainView(desk, {item.id: self._data.track(item.id) for item in instruments})
        capital = capital_of(instance, self._spec)
        last = (self.market.last.get(item.id) for item in instruments)
        setup = WorkerSetup(
            instance=msgspec.structs.replace(instance, instruments=tuple(item.id for item in instruments)),
            file=instance.file,
            instruments=instruments,
            capital=capital,
            cash=capital,
            currency=self._spec.simulation.currency,
            next_sequence=1,
            now_ns=self.begin_ns,
            last=tuple(event for event in last if event is not None),
            limits=LimitsInForce.of(self._spec.limits),
            replayed=True,
            keep_inputs=False,
        )
        actor = Actor(kind, setup, desk, view)
        actor.context.look_up_limits = partial(self.floor.limits_seen_by, instance.name)
        return actor

    def _instruments_of(self, instance: StrategyInstance) -> tuple[Instrument, ...]:
        known = self._data.instruments
        if not instance.instruments:
            return tuple(item for item in known.values() if item.tradable)
        return tuple(known[item] for item in instance.instruments)

    async def run(self) -> None:
        """Start the strategies, play everything, stop them.

        Raises:
            StrategyError: with its fault, when a strategy raises.
        """
        for actor in self.actors.values():
            await actor.begin(self.begin_ns)
        self.floor.hand_over()
        await self.floor.answers(ROUNDS)
        plain = self._plain_run()
        done = 0
        if plain is not None:
            for bars in self._data.bars(self.first, self.last):
                await plain.play(bars)
                done += len(bars)
                plain.finish()
                self._report(done)
            plain.end()
        else:
            for events in self._data.moments(self.first, self.last):
                await self._moment(events)
                done += len(events)
                self._report(done)
        for actor in self.actors.values():
            await actor.stop()
        self.floor.hand_over()

    def _plain_run(self) -> PlainRun | None:
        """Return the quick way, None where there is more than one strategy that listens to one series of bars."""
        actors = list(self.actors.values())
        if len(actors) != 1 or len(self._data.tracks) != 1 or not actors[0].is_plain:
            return None
        view = actors[0].market
        return PlainRun(actors[0], view, self.floor, self.market) if isinstance(view, PlainView) else None

    async def _moment(self, events: Sequence[MarketEvent]) -> None:
        now_ns = events[-1].ts
        self.floor.clock.advance(now_ns)
        self.history.deliver(now_ns)
        self.floor.match(events)
        stream = self._hub_bars.extend(events)
        for event in events:
            self.market.last[event.instrument] = event
            if isinstance(event, Bar):
                self.market.bars[event.instrument] = event
        for actor in self.actors.values():
            mine = [event for event in stream if event.instrument in actor.instruments]
            if mine and not actor.ended:
                actor.queue.append(mine)
        await self.floor.answers(ROUNDS)

    def _report(self, done: int) -> None:
        if self._tell is None or time.perf_counter() - self._told_at < _TELL_EVERY_S:
            return
        self._told_at = time.perf_counter()
        equity = self.floor.equity()
        points: tuple[EquityPoint, ...] = ()
        if equity is not None:
            capital = float(self._spec.simulation.starting_cash)
            self._peak = max(self._peak, equity)
            point = EquityPoint(self.floor.clock.now_ns(), equity, equity / self._peak - 1, equity / capital - 1)
            points = (point,)
        self._tell(ReplayProgress(done, self.last - self.first, points))


def _hours(spec: BacktestSpec) -> OpeningHours | None:
    """Return when strategies may open positions, None where all of them always may."""
    texts = {instance.name: instance.hours for instance in spec.strategies if instance.hours.strip()}
    return OpeningHours(hours_of(texts), LoadedCalendars()) if texts else None
