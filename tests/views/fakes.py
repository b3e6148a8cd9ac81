"""Managers without an engine: the same signals and methods, over lists that a test fills."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from PySide6.QtCore import QObject

from ares_desktop.domain.accounts import AccountSnapshot, BookSnapshot, CurvePoint, EquityCurve
from ares_desktop.domain.book_records import FlowRecord, MoveRecord
from ares_desktop.domain.coverage import AccountCoverage, Cover, CoverageCell, CoverageGrid, Protection
from ares_desktop.domain.errors import Finding, UsageError
from ares_desktop.domain.events import LimitsChanged, PositionMoved
from ares_desktop.domain.ids import InstrumentId
from ares_desktop.domain.instruments import Instrument
from ares_desktop.domain.limits import own_part
from ares_desktop.domain.market import (
    Bar,
    BarSpec,
    DataKind,
    FeedState,
    FeedStatus,
    ImportProgress,
    Quote,
    StoredSymbol,
    TradeTick,
    to_ns,
)
from ares_desktop.domain.monitoring import (
    ConnectionState,
    ConnectionStatus,
    HealthReport,
    LogLine,
    PortfolioTotals,
    Standings,
)
from ares_desktop.domain.positions import Discrepancy, Position, Proof, ProofLine
from ares_desktop.domain.risk import ALL_SCOPE, RiskLimits
from ares_desktop.engine.managers.signals import SignalOf, signal_of
from tests.views.fake_alerts import FakeAlerts
from tests.views.fake_audit import FakeAudit
from tests.views.fake_decisions import FakePerformance
from tests.views.fake_limits import FakeLimits
from tests.views.fake_pipelines import FakePipelines
from tests.views.fake_portfolio import FakeAllocation, FakeRisk
from tests.views.fake_protections import FakeProtections
from tests.views.fake_rehearsals import FakeRehearsals
from tests.views.fake_trading import Calls, FakeState, FakeStrategies, FakeTrades
from tests.views.records import NOW, PAPER, a_health_report, changed

if TYPE_CHECKING:
    from ares_desktop.engine.managers.bundle import Managers


class FakePortfolio(QObject):
    """One account."""

    position_changed: SignalOf[Position] = signal_of(Position)
    account_changed: SignalOf[AccountSnapshot] = signal_of(AccountSnapshot)
    book_changed: SignalOf[BookSnapshot] = signal_of(BookSnapshot)
    proof_changed: SignalOf[Proof] = signal_of(Proof)
    discrepancy_changed: SignalOf[Discrepancy] = signal_of(Discrepancy)
    curve_extended: SignalOf[CurvePoint] = signal_of(CurvePoint)
    moves_changed: SignalOf[PositionMoved] = signal_of(PositionMoved)
    flow_recorded: SignalOf[FlowRecord] = signal_of(FlowRecord)

    def __init__(self) -> None:
        super().__init__()
        self.held: list[Position] = []
        self.snapshot: AccountSnapshot | None = None
        self.money: dict[str, BookSnapshot] = {}
        self.lines: tuple[ProofLine, ...] = ()
        self.found: list[Discrepancy] = []
        self.moved: list[MoveRecord] = []
        self.paid: list[FlowRecord] = []

    def collect(self) -> None:
        """Everything is valued already."""

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
        return tuple(one for one in self.found if not one.resolved)

    def resolved_discrepancies(self) -> tuple[Discrepancy, ...]:
        return tuple(one for one in self.found if one.resolved)

    def moves(self) -> tuple[MoveRecord, ...]:
        return tuple(self.moved)

    def flows(self) -> tuple[FlowRecord, ...]:
        return tuple(self.paid)

    def sweepable(self, strategy: str, account: str | None = None) -> Decimal:
        return Decimal(1250)

    def curve(self, book: str = "all") -> EquityCurve:
        steps = np.random.default_rng(len(book) * 7 + ord(book[0])).normal(3, 40, 600)
        equity = 100_000 + np.cumsum(steps)
        drawdown = equity / np.maximum.accumulate(equity) - 1
        start = to_ns(NOW - timedelta(minutes=600))
        ts = start + np.arange(600, dtype=np.int64) * 60_000_000_000
        return EquityCurve(book=book, ts=ts, equity=equity, drawdown=drawdown, twr=equity / 100_000 - 1)


class FakeTotals(QObject):
    """No totals, and limits that are set at once."""

    totals_changed: SignalOf[PortfolioTotals] = signal_of(PortfolioTotals)
    limits_changed: SignalOf[LimitsChanged] = signal_of(LimitsChanged)

    def __init__(self) -> None:
        super().__init__()
        self.own: dict[str, RiskLimits] = {}
        self.risk = FakeRisk()
        self.allocation = FakeAllocation()

    def totals(self) -> PortfolioTotals | None:
        return None

    def limits(self, scope: str = ALL_SCOPE) -> RiskLimits:
        return self.own.get(scope, RiskLimits())

    async def set_limits(self, limits: RiskLimits, *, source: str, scope: str = ALL_SCOPE) -> None:
        self.own[scope] = limits
        own = own_part(limits, RiskLimits())
        self.limits_changed.emit(LimitsChanged(scope=scope, limits=own, source=source, at=NOW))


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
        self.store: list[StoredSymbol] = []
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

    async def import_files(self, files: Sequence[Path], **options: Any) -> tuple[StoredSymbol, ...]:
        self.calls.append(("import_files", files, options))
        if files[0].stem == "broken":
            raise UsageError(Finding(place=files[0].name, value="", problem="has no column of times"))
        spy = InstrumentId("SPY.SMART")
        return (
            StoredSymbol(symbol="SPY", kind=DataKind.BARS, spec="1d", rows=12, start_ns=0, end_ns=1, instrument=spy),
        )

    async def stored(self) -> tuple[StoredSymbol, ...]:
        return tuple(self.store)

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


class FakeSentinel(QObject):
    """A sentinel that watches, and a timer that could not be armed."""

    coverage_changed: SignalOf[CoverageGrid] = signal_of(CoverageGrid)

    def __init__(self) -> None:
        super().__init__()
        cells = (
            CoverageCell(
                protection=Protection.SENTINEL, cover=Cover.REAL, reason="cancels and flattens", since=NOW, seconds=0.2
            ),
            CoverageCell(
                protection=Protection.DEAD_MAN, cover=Cover.GAP, reason="not refreshed", remedy="Reconnect.", since=NOW
            ),
        )
        account = AccountCoverage(account=PAPER, broker="paper", paper=True, cells=cells)
        self.grid = CoverageGrid(accounts=(account,), at=NOW)

    def coverage(self) -> CoverageGrid:
        return self.grid


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
    sentinel: FakeSentinel
    alerts: FakeAlerts
    health: FakeHealth
    pipelines: FakePipelines
    performance: FakePerformance
    audit: FakeAudit
    limits: FakeLimits
    protections: FakeProtections
    rehearsals: FakeRehearsals

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
            sentinel=FakeSentinel(),
            alerts=FakeAlerts(),
            health=FakeHealth(),
            pipelines=FakePipelines(),
            performance=FakePerformance(),
            audit=FakeAudit(),
            limits=FakeLimits(),
            rehearsals=FakeRehearsals(),
            protections=FakeProtections(),
        )

    @property
    def managers(self) -> Managers:
        """The fakes, as views see them."""
        return cast("Managers", self)
