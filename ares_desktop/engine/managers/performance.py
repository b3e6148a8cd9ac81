"""How every strategy does, and how alike they do, while they trade."""

import asyncio
import time
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from typing import Final

from PySide6.QtCore import QObject

from ares_desktop.domain.accounts import AccountSnapshot, BookSnapshot, EquityCurve
from ares_desktop.domain.ids import UNASSIGNED, AccountId, StrategyId
from ares_desktop.domain.market import to_ns
from ares_desktop.domain.money import ZERO
from ares_desktop.domain.performance import StrategyCorrelations, StrategyPerformance
from ares_desktop.engine.managers.portfolio import PortfolioManager
from ares_desktop.engine.managers.signals import SignalOf, signal_of
from ares_desktop.engine.performance.benchmarks import Benchmarks
from ares_desktop.engine.performance.correlations import correlations
from ares_desktop.engine.performance.curves import Steps
from ares_desktop.engine.performance.figures import BookFacts
from ares_desktop.engine.performance.history import BookHistory, NavHistory, Valued
from ares_desktop.engine.performance.performance import Material, Outcome, completed, performance_of
from ares_desktop.engine.performance.ratio_desk import RatioDesk
from ares_desktop.engine.ports.feed import HistoricalData
from ares_desktop.engine.ports.state_store import StateStore
from ares_desktop.engine.runtime.tasks import TaskSet
from ares_desktop.engine.trading.book import BookKey
from ares_desktop.engine.trading.fold import Fold

ALL: Final = StrategyId("all")
KEPT_AS: Final = "performance"
_EVERY_S: Final = 1.0
_AGAIN_S: Final = 3.0
_AT_ONCE: Final = 6
_COMPARED_S: Final = 10.0


class PerformanceManager(QObject):
    """Computes the performance of books that changed, a few of them a second, in a thread.

    Signals:
        performance_changed: a strategy's newest performance; ``all`` is the account's.
        correlations_changed: newest correlations of the strategies.
    """

    performance_changed: SignalOf[StrategyPerformance] = signal_of(StrategyPerformance)
    correlations_changed: SignalOf[StrategyCorrelations] = signal_of(StrategyCorrelations)

    def __init__(
        self,
        portfolio: PortfolioManager,
        fold: Fold,
        past: Callable[[], HistoricalData],
        nav: NavHistory,
        states: StateStore,
        ratios: RatioDesk,
    ) -> None:
        super().__init__()
        self._portfolio = portfolio
        self._fold = fold
        self._nav = nav
        self._states = states
        self._ratios = ratios
        self._due: dict[StrategyId, BookSnapshot | AccountSnapshot] = {}
        self._computed: dict[StrategyId, float] = {}
        self._found: dict[StrategyId, StrategyPerformance] = {}
        self._steps: dict[StrategyId, dict[int, Steps]] = {}
        self._compared_at = 0.0
        self._moved = False
        self._tasks = TaskSet("performance")
        self._waiting: dict[StrategyId, Outcome] = {}
        self._asking: asyncio.Task[None] | None = None
        self._correlations: StrategyCorrelations | None = None
        self._benchmarks = Benchmarks(past)
        portfolio.book_changed.connect(self._book_changed)
        portfolio.account_changed.connect(self._account_changed)

    def performances(self) -> tuple[StrategyPerformance, ...]:
        """Return the newest performance of every book and of the account, as ``all``."""
        return tuple(self._found.values())

    def correlations(self) -> StrategyCorrelations | None:
        """Return the newest correlations, None before there were two strategies with money."""
        return self._correlations

    async def run(self) -> None:
        """Compute and show until canceled."""
        while True:
            await asyncio.sleep(_EVERY_S)
            await self.refresh(_AT_ONCE)

    async def refresh(self, most: int | None = None) -> None:
        """Compute what is due, the longest unseen first; without ``most`` all of it, however lately it was computed."""
        now = time.monotonic()
        due = sorted(self._due, key=lambda name: self._computed.get(name, 0.0))
        if most is not None:
            due = [name for name in due if now - self._computed.get(name, -_AGAIN_S) >= _AGAIN_S][:most]
        outcomes: list[Outcome] = []
        for name in due:
            self._computed[name] = now
            snapshot = self._due.pop(name, None)  # None where another call took it meanwhile
            material = await self._material(name, snapshot) if snapshot is not None else None
            if material is not None:
                outcomes.append(await asyncio.to_thread(performance_of, material))
                self._steps[name] = outcomes[-1].steps
        self._show(outcomes)
        if most is None and self._asking is not None:
            await asyncio.wait([self._asking])
        if self._moved and (most is None or now - self._compared_at >= _COMPARED_S):
            self._moved, self._compared_at = False, now
            await self._compare()

    def _show(self, outcomes: Sequence[Outcome]) -> None:
        """Show performances, those with ratios once they are there, or before that while the worker gets ready."""
        for outcome in outcomes:
            if outcome.task is None or not self._ratios.ready:
                self._put(outcome.performance)
            if outcome.task is not None:
                self._waiting[outcome.performance.strategy] = outcome
        if self._waiting and (self._asking is None or self._asking.done()):
            self._asking = self._tasks.spawn(self._ask(), "ratios")

    async def _ask(self) -> None:
        while self._waiting:
            waiting, self._waiting = tuple(self._waiting.values()), {}
            ratios = await self._ratios.ask([outcome.task for outcome in waiting if outcome.task is not None])
            found = [completed(item.performance, known) for item, known in zip(waiting, ratios, strict=False)]
            # Where the worker failed, the figures without ratios are shown: they are unknown, not what they were.
            for performance in found or [item.performance for item in waiting]:
                self._put(performance)

    def _put(self, performance: StrategyPerformance) -> None:
        self._found[performance.strategy] = performance
        self._moved = True
        self.performance_changed.emit(performance)

    async def close(self) -> None:
        """End the worker that computes ratios; idempotent."""
        await self._tasks.close()
        await self._ratios.close()

    async def keep(self) -> None:
        """Save what each day brought, so that figures of months outlive a restart.

        Raises:
            StorageError: when it can't be written; what was saved before stays.
        """
        await asyncio.to_thread(self._states.save, KEPT_AS, self._nav.encode())

    async def _compare(self) -> None:
        steps = {name: found for name, found in self._steps.items() if name in self._fold.instances}
        found = await asyncio.to_thread(correlations, steps)
        if found is not None:
            self._correlations = found
            self.correlations_changed.emit(found)

    def _book_changed(self, book: BookSnapshot) -> None:
        if book.strategy != UNASSIGNED:
            self._note(book.strategy, book, (BookKey(book.account, book.strategy),))

    def _account_changed(self, account: AccountSnapshot) -> None:
        self._note(ALL, account, self._books(account.account))

    def _note(self, name: StrategyId, snapshot: BookSnapshot | AccountSnapshot, books: Iterable[BookKey]) -> None:
        self._due[name] = snapshot
        if snapshot.equity is None or snapshot.twr is None:
            return
        traded = self._traded(snapshot.account, books)
        valued = Valued(
            ns=to_ns(snapshot.at),
            value=1.0 + snapshot.twr,
            equity=float(snapshot.equity),
            gross=None if snapshot.gross is None else float(snapshot.gross),
            traded=None if traded is None else float(traded),
        )
        self._nav.note(name, valued)

    async def _material(self, name: StrategyId, snapshot: BookSnapshot | AccountSnapshot) -> Material | None:
        history = self._nav.book(name)
        if history is None:
            return None
        curve = self._portfolio.curve(name)
        instance = self._fold.instances.get(name)
        benchmark = None
        if instance is not None and instance.benchmark is not None:
            benchmark = await self._benchmarks.find(instance.benchmark, history)
        return Material(
            strategy=name,
            history=history,
            curve=curve,
            facts=self._facts(name, snapshot, history, curve),
            at=snapshot.at,
            benchmark=benchmark,
            stale=snapshot.stale or snapshot.equity is None,
        )

    def _facts(
        self, name: StrategyId, snapshot: BookSnapshot | AccountSnapshot, history: BookHistory, curve: EquityCurve
    ) -> BookFacts:
        account = snapshot.account
        books = self._books(account) if name == ALL else (BookKey(account, name),)
        trips = [self._fold.attribution.trips(book) for book in books]
        twr, drawdown, deepest = snapshot.twr, snapshot.drawdown, snapshot.max_drawdown
        if snapshot.equity is None or twr is None:
            # A mark is missing: what was known last stands, marked stale.
            twr = history.closes[-1].value - 1.0
            drawdown = -float(curve.drawdown[-1]) if curve.ts.size else None
            deepest = -float(curve.drawdown.min()) if curve.ts.size else None
        return BookFacts(
            twr=twr,
            drawdown=drawdown,
            max_drawdown=deepest,
            trips=sum(item.closed for item in trips),
            won=sum(item.won for item in trips),
            costs=None if self._traded(account, books) is None else snapshot.commission,
        )

    def _books(self, account: AccountId) -> tuple[BookKey, ...]:
        names = self._fold.ledger.books(account)
        return tuple(BookKey(account, name) for name in names if name != UNASSIGNED)

    def _traded(self, account: AccountId, books: Iterable[BookKey]) -> Decimal | None:
        """Return what books traded in the account's currency, None where they traded in another one too."""
        money = next((item.currency for item in self._portfolio.accounts() if item.account == account), "USD")
        total = ZERO
        for book in books:
            traded = self._fold.attribution.trips(book).traded
            if traded.keys() - {money}:
                return None
            total += traded.get(money, ZERO)
        return total
