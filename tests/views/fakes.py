"""Managers without an engine: the same signals and methods, over lists that a test fills."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from PySide6.QtCore import QObject

from ares_desktop.domain.accounts import AccountSnapshot, BookSnapshot, CurvePoint, EquityCurve
from ares_desktop.domain.errors import Finding, RefusedError, UsageError
from ares_desktop.domain.events import LimitsChanged
from ares_desktop.domain.fills import Fill
from ares_desktop.domain.ids import InstrumentId, StrategyId
from ares_desktop.domain.instruments import Instrument
from ares_desktop.domain.market import Bar, BarSpec, FeedState, FeedStatus, ImportProgress, Quote, TradeTick, to_ns
from ares_desktop.domain.monitoring import (
    Alert,
    ConnectionState,
    ConnectionStatus,
    HealthReport,
    LogLine,
    PortfolioTotals,
    Standings,
)
from ares_desktop.domain.orders import Order, OrderState
from ares_desktop.domain.positions import Discrepancy, Position, Proof, ProofLine
from ares_desktop.domain.risk import ALL_SCOPE, Denied, KillSwitchReport, RiskLimits, TradingState, TradingStateChanged
from ares_desktop.domain.strategies import (
    CatalogEntry,
    StrategyLog,
    StrategyRecord,
    StrategyState,
    StrategyStatus,
)
from ares_desktop.domain.tickets import OrderTicket
from ares_desktop.engine.managers.signals import SignalOf, signal_of
from tests.views.records import NOW, PAPER, a_health_report, a_status, an_entry, an_order, changed

if TYPE_CHECKING:
    from ares_desktop.engine.managers.bundle import Managers


class Calls:
    """Notes what was asked of a fake."""

    def __init__(self) -> None:
        self.calls: list[tuple[Any, ...]] = []


class FakeState(QObject):
    """The trading state of one scope and a kill switch of one step."""

    trading_state_changed: SignalOf[TradingStateChanged] = signal_of(TradingStateChanged)
    kill_switch_changed: SignalOf[KillSwitchReport] = signal_of(KillSwitchReport)

    def __init__(self) -> None:
        super().__init__()
        self.kill_switch = KillSwitchReport(engaged=False)
        self.current = self._change(TradingState.ACTIVE, "", "start")

    @staticmethod
    def _change(state: TradingState, reason: str, source: str) -> TradingStateChanged:
        return TradingStateChanged(scope=ALL_SCOPE, state=state, reason=reason, source=source, since=NOW)

    def states(self) -> tuple[TradingStateChanged, ...]:
        return (self.current,)

    def state(self, scope: str = ALL_SCOPE) -> TradingStateChanged:
        del scope
        return self.current

    async def set_state(self, state: TradingState, *, reason: str, source: str, scope: str = ALL_SCOPE) -> None:
        del scope
        if self.kill_switch.engaged:
            raise RefusedError("KILL_SWITCH", "release the kill switch first")
        self.current = self._change(state, reason, source)
        self.trading_state_changed.emit(self.current)

    async def engage(self, *, reason: str, source: str, scope: str = ALL_SCOPE, mode: Any = None) -> KillSwitchReport:
        del mode
        self.current = self._change(TradingState.HALTED, reason, source)
        self.show(KillSwitchReport(engaged=True, reason=reason, source=source, scope=scope, at=NOW, finished=True))
        return self.kill_switch

    def show(self, report: KillSwitchReport) -> None:
        """Take over and publish a report."""
        self.kill_switch = report
        if report.engaged:
            self.current = self._change(TradingState.HALTED, report.reason, report.source)
        self.kill_switch_changed.emit(report)
        self.trading_state_changed.emit(self.current)

    async def release(self, *, word: str, source: str) -> None:
        if word != "RELEASE":
            raise RefusedError("WRONG_WORD", "type RELEASE")
        self.current = self._change(TradingState.ACTIVE, "released", source)
        self.show(KillSwitchReport(engaged=False))


class FakeStrategies(QObject, Calls):
    """Instances that start and stop at once."""

    status_changed: SignalOf[StrategyStatus] = signal_of(StrategyStatus)
    removed: SignalOf[StrategyId] = signal_of(StrategyId)
    recorded: SignalOf[StrategyRecord] = signal_of(StrategyRecord)
    logged: SignalOf[StrategyLog] = signal_of(StrategyLog)
    catalog_changed: SignalOf[CatalogEntry] = signal_of(CatalogEntry)

    def __init__(self) -> None:
        QObject.__init__(self)
        Calls.__init__(self)
        self.by_name: dict[str, StrategyStatus] = {}
        self.entries: list[CatalogEntry] = [an_entry()]

    def put(self, *statuses: StrategyStatus) -> None:
        """Take over and publish statuses."""
        for status in statuses:
            self.by_name[status.instance.name] = status
            self.status_changed.emit(status)

    def statuses(self) -> tuple[StrategyStatus, ...]:
        return tuple(self.by_name.values())

    def status(self, name: str) -> StrategyStatus:
        return self.by_name[name]

    def catalog(self) -> tuple[CatalogEntry, ...]:
        return tuple(self.entries)

    def logs(self, name: str) -> tuple[StrategyLog, ...]:
        del name
        return ()

    async def _to(self, name: str, state: StrategyState, verb: str, *, active: bool) -> StrategyStatus:
        self.calls.append((verb, name))
        old = self.by_name[name]
        instance = changed(old.instance, active=active, paused=state is StrategyState.PAUSED)
        self.put(changed(old, state=state, instance=instance, fault=None))
        return self.by_name[name]

    async def enable(self, name: str, *, source: str) -> StrategyStatus:
        del source
        return await self._to(name, StrategyState.RUNNING, "enable", active=True)

    async def disable(self, name: str, *, source: str) -> StrategyStatus:
        del source
        return await self._to(name, StrategyState.STOPPED, "disable", active=False)

    async def pause(self, name: str, *, source: str) -> StrategyStatus:
        del source
        return await self._to(name, StrategyState.PAUSED, "pause", active=True)

    async def resume(self, name: str, *, source: str) -> StrategyStatus:
        del source
        return await self._to(name, StrategyState.RUNNING, "resume", active=True)

    async def set_parameters(self, name: str, values: Mapping[str, Any], *, source: str) -> StrategyStatus:
        del source
        self.calls.append(("set_parameters", name, dict(values)))
        if int(values.get("fast", 0)) >= int(values.get("slow", 1000)):
            raise UsageError(Finding(place="slow", value=str(values["slow"]), problem="must be above fast"))
        old = self.by_name[name]
        self.put(changed(old, instance=changed(old.instance, parameters={**old.instance.parameters, **values})))
        return self.by_name[name]

    async def add(self, file: str, *, name: str | None = None, **settings: Any) -> StrategyStatus:
        self.calls.append(("add", file, name, settings))
        made = a_status(name or "new", StrategyState.STOPPED, file=file)
        self.put(made)
        return made

    async def remove(self, name: str, *, source: str) -> None:
        del source
        self.calls.append(("remove", name))
        self.removed.emit(self.by_name.pop(name).instance.name)

    async def check(self, file: str) -> CatalogEntry:
        return an_entry(file.rpartition("/")[2].removesuffix(".py"), file=file)


class FakeTrades(QObject, Calls):
    """Orders that cancel at once."""

    order_changed: SignalOf[Order] = signal_of(Order)
    filled: SignalOf[Fill] = signal_of(Fill)
    denied: SignalOf[Denied] = signal_of(Denied)

    def __init__(self) -> None:
        QObject.__init__(self)
        Calls.__init__(self)
        self.by_id: dict[str, Order] = {}
        self.executions: list[Fill] = []
        self.refusal: RefusedError | None = None

    def put(self, *orders: Order) -> None:
        """Take over and publish orders."""
        for order in orders:
            self.by_id[order.id] = order
            self.order_changed.emit(order)

    def orders(self) -> tuple[Order, ...]:
        return tuple(self.by_id.values())

    def working(self) -> tuple[Order, ...]:
        return tuple(order for order in self.by_id.values() if order.is_working)

    def fills(self) -> tuple[Fill, ...]:
        return tuple(self.executions)

    async def submit(self, ticket: OrderTicket) -> Order:
        self.calls.append(("submit", ticket))
        if self.refusal is not None:
            raise self.refusal
        order = an_order(900 + len(self.calls), side=ticket.side, quantity=ticket.quantity)
        self.put(order)
        return order

    async def cancel(self, order: str, *, source: str) -> None:
        self.calls.append(("cancel", order, source))
        self.put(changed(self.by_id[order], state=OrderState.CANCELED))

    async def cancel_all(self, *, source: str, scope: str = ALL_SCOPE) -> int:
        self.calls.append(("cancel_all", source, scope))
        return len(self.working())

    async def flatten(self, *, source: str, scope: str = ALL_SCOPE) -> tuple[Order, ...]:
        self.calls.append(("flatten", source, scope))
        return ()


class FakePortfolio(QObject):
    """One account."""

    position_changed: SignalOf[Position] = signal_of(Position)
    account_changed: SignalOf[AccountSnapshot] = signal_of(AccountSnapshot)
    book_changed: SignalOf[BookSnapshot] = signal_of(BookSnapshot)
    proof_changed: SignalOf[Proof] = signal_of(Proof)
    discrepancy_changed: SignalOf[Discrepancy] = signal_of(Discrepancy)
    curve_extended: SignalOf[CurvePoint] = signal_of(CurvePoint)

    def __init__(self) -> None:
        super().__init__()
        self.held: list[Position] = []
        self.snapshot: AccountSnapshot | None = None
        self.money: dict[str, BookSnapshot] = {}
        self.lines: tuple[ProofLine, ...] = ()
        self.found: list[Discrepancy] = []

    def positions(self) -> tuple[Position, ...]:
        return tuple(self.held)

    def net_positions(self) -> tuple[Position, ...]:
        net: dict[str, Position] = {}
        for one in self.held:
            known = net.get(one.instrument)
            quantity = one.quantity + (known.quantity if known else Decimal(0))
            net[one.instrument] = changed(one, strategy="all", quantity=quantity)
        return tuple(net.values())

    def account(self) -> AccountSnapshot | None:
        return self.snapshot

    def accounts(self) -> tuple[AccountSnapshot, ...]:
        return (self.snapshot,) if self.snapshot else ()

    def books(self) -> tuple[BookSnapshot, ...]:
        return tuple(self.money.values())

    def proof(self) -> Proof:
        return Proof(lines=self.lines, at=NOW)

    def discrepancies(self) -> tuple[Discrepancy, ...]:
        return tuple(self.found)

    def curve(self, book: str = "all") -> EquityCurve:
        steps = np.random.default_rng(len(book) * 7 + ord(book[0])).normal(3, 40, 600)
        equity = 100_000 + np.cumsum(steps)
        drawdown = equity / np.maximum.accumulate(equity) - 1
        start = to_ns(NOW - timedelta(minutes=600))
        ts = start + np.arange(600, dtype=np.int64) * 60_000_000_000
        return EquityCurve(book=book, ts=ts, equity=equity, drawdown=drawdown, twr=equity / 100_000 - 1)


class FakeTotals(QObject):
    """No totals."""

    totals_changed: SignalOf[PortfolioTotals] = signal_of(PortfolioTotals)
    limits_changed: SignalOf[LimitsChanged] = signal_of(LimitsChanged)

    def totals(self) -> PortfolioTotals | None:
        return None

    def limits(self, scope: str = ALL_SCOPE) -> RiskLimits:
        del scope
        return RiskLimits()


class FakeData(QObject, Calls):
    """Three instruments and a replay."""

    quoted: SignalOf[Quote] = signal_of(Quote)
    traded: SignalOf[TradeTick] = signal_of(TradeTick)
    bar_closed: SignalOf[Bar] = signal_of(Bar)
    feed_changed: SignalOf[FeedStatus] = signal_of(FeedStatus)
    import_progressed: SignalOf[ImportProgress] = signal_of(ImportProgress)

    def __init__(self) -> None:
        QObject.__init__(self)
        Calls.__init__(self)
        symbols = ("AAPL.SMART", "SPY.SMART", "BAC.SMART")
        self.known = {InstrumentId(text): Instrument(id=InstrumentId(text)) for text in symbols}
        self.prices: dict[str, float] = {"AAPL.SMART": 187.25, "SPY.SMART": 512.4, "BAC.SMART": 38.12}
        self.status = FeedStatus(
            name="sample",
            state=FeedState.RUNNING,
            market_time_ns=to_ns(NOW),
            events=12_400,
            speed=20.0,
            progress=0.34,
        )

    def put(self, status: FeedStatus) -> None:
        """Take over and publish the feed's state."""
        self.status = status
        self.feed_changed.emit(status)

    def instruments(self) -> tuple[Instrument, ...]:
        return tuple(self.known.values())

    def instrument(self, instrument: InstrumentId) -> Instrument | None:
        return self.known.get(instrument)

    def resolve(self, text: str) -> InstrumentId:
        for known in self.known:
            if text.upper() in (known, known.rpartition(".")[0]):
                return known
        raise UsageError(Finding(place="instrument", value=text, problem="is not known", remedy="Try AAPL."))

    def last(self, instrument: InstrumentId) -> None:
        del instrument

    def last_price(self, instrument: InstrumentId) -> float | None:
        return self.prices.get(instrument)

    def bars(self, instrument: InstrumentId, n: int = 500, spec: Any = None) -> tuple[Bar, ...]:
        del spec
        rng = np.random.default_rng(len(instrument))
        closes = self.prices.get(instrument, 100.0) + np.cumsum(rng.normal(0, 0.6, n))
        start = to_ns(NOW - timedelta(minutes=n))
        minute = 60_000_000_000
        return tuple(
            Bar(
                instrument,
                start + i * minute,
                start + (i + 1) * minute,
                c - 0.2,
                c + 0.7,
                c - 0.8,
                float(c),
                1000.0 + i,
            )
            for i, c in enumerate(closes.tolist())
        )

    def specs(self, instrument: InstrumentId) -> tuple[BarSpec, ...]:
        del instrument
        return ()

    async def history(self, instrument: InstrumentId, spec: BarSpec, count: int) -> tuple[Bar, ...]:
        return self.bars(instrument, count, spec)

    def feed(self) -> FeedStatus:
        return self.status

    def set_speed(self, speed: float) -> None:
        self.calls.append(("set_speed", speed))
        self.put(changed(self.status, speed=speed))

    def pause(self) -> None:
        self.put(changed(self.status, state=FeedState.PAUSED))

    def resume(self) -> None:
        self.put(changed(self.status, state=FeedState.RUNNING))

    def now(self) -> datetime:
        return NOW


class FakeTraders(QObject):
    """A ranking."""

    standings_changed: SignalOf[Standings] = signal_of(Standings)

    def __init__(self) -> None:
        super().__init__()
        self.ranking = Standings(rows=(), at=NOW)

    def put(self, ranking: Standings) -> None:
        """Take over and publish a ranking."""
        self.ranking = ranking
        self.standings_changed.emit(ranking)

    def standings(self) -> Standings:
        return self.ranking


class FakeConnections(QObject, Calls):
    """The paper broker."""

    connection_changed: SignalOf[ConnectionStatus] = signal_of(ConnectionStatus)

    def __init__(self) -> None:
        QObject.__init__(self)
        Calls.__init__(self)
        self.known = [ConnectionStatus(name="paper", account=PAPER, state=ConnectionState.RECONCILED, since=NOW)]

    def connections(self) -> tuple[ConnectionStatus, ...]:
        return tuple(self.known)

    async def reconnect(self, name: str) -> None:
        self.calls.append(("reconnect", name))

    async def reconcile(self, name: str) -> tuple[Discrepancy, ...]:
        self.calls.append(("reconcile", name))
        return ()


class FakeAlerts(QObject):
    """Alerts in a list."""

    alert_raised: SignalOf[Alert] = signal_of(Alert)

    def __init__(self) -> None:
        super().__init__()
        self.raised: dict[str, Alert] = {}

    def put(self, *alerts: Alert) -> None:
        """Take over and publish alerts."""
        for alert in alerts:
            self.raised[alert.key] = alert
            self.alert_raised.emit(alert)

    def alerts(self) -> tuple[Alert, ...]:
        return tuple(self.raised.values())

    def acknowledge(self, key: str) -> None:
        self.put(changed(self.raised[key], acknowledged=True))


class FakeHealth(QObject):
    """A calm engine and its log."""

    reported: SignalOf[HealthReport] = signal_of(HealthReport)
    log_written: SignalOf[LogLine] = signal_of(LogLine)

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[LogLine] = []

    def report(self) -> HealthReport | None:
        return a_health_report()

    def log_lines(self) -> tuple[LogLine, ...]:
        return tuple(self.lines)


class Fakes(SimpleNamespace):
    """All fakes under the names of the bundle."""

    state: FakeState
    strategies: FakeStrategies
    trades: FakeTrades
    portfolio: FakePortfolio
    totals: FakeTotals
    data: FakeData
    traders: FakeTraders
    connections: FakeConnections
    alerts: FakeAlerts
    health: FakeHealth

    def __init__(self) -> None:
        super().__init__(
            state=FakeState(),
            strategies=FakeStrategies(),
            trades=FakeTrades(),
            portfolio=FakePortfolio(),
            totals=FakeTotals(),
            data=FakeData(),
            traders=FakeTraders(),
            connections=FakeConnections(),
            alerts=FakeAlerts(),
            health=FakeHealth(),
        )

    @property
    def managers(self) -> Managers:
        """The fakes, as views see them."""
        return cast("Managers", self)
