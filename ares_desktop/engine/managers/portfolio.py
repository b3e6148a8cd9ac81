"""Positions, cash and profit of the accounts, by strategy and netted, with the proof that they add up."""

import asyncio
from collections.abc import Sequence
from decimal import Decimal

from PySide6.QtCore import QObject

from ares_desktop.domain.accounts import AccountSnapshot, BookSnapshot, BrokerAccount, CurvePoint, EquityCurve
from ares_desktop.domain.book_records import FlowRecord, MoveRecord
from ares_desktop.domain.events import CashFlowRecorded, JournalEvent, PositionMoved
from ares_desktop.domain.ids import UNASSIGNED, AccountId, InstrumentId, StrategyId
from ares_desktop.domain.market import Bar, MarketEvent, Quote
from ares_desktop.domain.positions import Discrepancy, Position, Proof, Remedy
from ares_desktop.engine.data.hub import DataHub
from ares_desktop.engine.managers.alerts import AlertManager
from ares_desktop.engine.managers.book_guard import BookGuard
from ares_desktop.engine.managers.signals import SignalOf, signal_of
from ares_desktop.engine.ports.clock import Clock
from ares_desktop.engine.trading.bookkeeping import Bookkeeper
from ares_desktop.engine.trading.curves import EquityCurves, equity_point
from ares_desktop.engine.trading.fold import Applied
from ares_desktop.engine.trading.ledger_reads import PositionKey
from ares_desktop.engine.trading.link import BrokerLink
from ares_desktop.engine.trading.mark_ages import MarkAges
from ares_desktop.engine.trading.prices import exact
from ares_desktop.engine.trading.proving import Prover
from ares_desktop.engine.trading.recorder import Recorder
from ares_desktop.engine.trading.remedies import Remedies
from ares_desktop.engine.trading.valuation import Valuation

_EVERY_S = 0.05
_AGES_EVERY_S = 1.0
_ALL = "all"


class PortfolioManager(QObject):
    """Values the books about twenty times a second and shows what changed.

    Signals:
        position_changed, book_changed, account_changed: newest figures.
        proof_changed: the proof lines, when any of them changed.
        discrepancy_changed: a difference to a broker was found, or has gone.
        curve_extended: a new point of an equity curve.
        moves_changed: a holding changed its book, or went back.
        flow_recorded: money came, went or changed its book.
    """

    position_changed: SignalOf[Position] = signal_of(Position)
    account_changed: SignalOf[AccountSnapshot] = signal_of(AccountSnapshot)
    book_changed: SignalOf[BookSnapshot] = signal_of(BookSnapshot)
    proof_changed: SignalOf[Proof] = signal_of(Proof)
    discrepancy_changed: SignalOf[Discrepancy] = signal_of(Discrepancy)
    curve_extended: SignalOf[CurvePoint] = signal_of(CurvePoint)
    moves_changed: SignalOf[PositionMoved] = signal_of(PositionMoved)
    flow_recorded: SignalOf[FlowRecord] = signal_of(FlowRecord)

    def __init__(
        self,
        recorder: Recorder,
        valuation: Valuation,
        curves: EquityCurves,
        hub: DataHub,
        links: Sequence[BrokerLink],
        *,
        clock: Clock,
        wall: Clock | None = None,
    ) -> None:
        super().__init__()
        self._recorder = recorder
        self._valuation = valuation
        self._curves = curves
        self._links = links
        self._clock = clock
        self._reported: dict[AccountId, BrokerAccount] = {}
        self._hub = hub
        self._guard: BookGuard | None = None
        self._ages: MarkAges | None = None
        self._prover = Prover(recorder, links, clock.now)
        self._proof = self._prover.prove()
        by_account = {link.account: link for link in links}
        wall = wall or clock
        self._keeper = Bookkeeper(recorder, by_account, wall=wall, mark=self._mark_of, free=self._free)
        self._remedies = Remedies(recorder, links, self._keeper, wall=wall, mark=self._last_price)
        recorder.subscribe(self._recorded)
        hub.on_events(self.mark)
        for link in links:
            link.on_discrepancy(self.discrepancy_changed.emit)

    def positions(self) -> tuple[Position, ...]:
        """Return the holdings of every book, closed ones with their realized profit."""
        return self._valuation.positions()

    def net_positions(self) -> tuple[Position, ...]:
        """Return the holdings netted over the books of each account."""
        return self._valuation.net_positions()

    def books(self) -> tuple[BookSnapshot, ...]:
        """Return the money of every book."""
        return self._valuation.books()

    def accounts(self) -> tuple[AccountSnapshot, ...]:
        """Return the money of every account."""
        return self._valuation.accounts()

    def account(self) -> AccountSnapshot | None:
        """Return the first account's money, None before it was valued."""
        accounts = self.accounts()
        return accounts[0] if accounts else None

    def proof(self) -> Proof:
        """Return the newest proof: books + unassigned = broker."""
        return self._proof

    def discrepancies(self) -> tuple[Discrepancy, ...]:
        """Return what differs from the brokers at this moment."""
        return tuple(item for link in self._links for item in link.discrepancies.values())

    def resolved_discrepancies(self) -> tuple[Discrepancy, ...]:
        """Return what differed in this session and has gone, oldest first."""
        return tuple(item for link in self._links for item in link.differences.resolved())

    def moves(self) -> tuple[MoveRecord, ...]:
        """Return every move of a holding from book to book, oldest first, with why it can't be undone any more."""
        return self._keeper.moves()

    def flows(self) -> tuple[FlowRecord, ...]:
        """Return the newest cash flows, oldest first."""
        return tuple(self._recorder.fold.history.flows)

    def sweepable(self, strategy: StrategyId, account: AccountId | None = None) -> Decimal:
        """Return a book's realized profit above its high-water mark, in the account's currency.

        Raises:
            UsageError: for an unknown account.
        """
        return self._keeper.sweepable(strategy, account)

    def curve(self, book: str = _ALL) -> EquityCurve:
        """Return a book's equity curve; ``all`` is the account's own."""
        return self._curves.curve(book)

    async def move(
        self,
        instrument: InstrumentId,
        quantity: Decimal | None = None,
        *,
        taker: StrategyId,
        source: str,
        giver: StrategyId = UNASSIGNED,
        price: Decimal | None = None,
        account: AccountId | None = None,
    ) -> PositionMoved:
        """Give a holding of one book, or ``quantity`` units (positive) of it, to another; nothing is traded.

        It moves at its cost; its capital moves at ``price``, else at the mark, so that no performance changes.

        Raises:
            UsageError: with everything that is wrong; then nothing was changed.
            BrokerError, StorageError: when it could not be recorded; then nothing was changed.
        """
        self.collect()
        return await self._keeper.move(
            instrument, giver, taker, quantity=quantity, price=price, account=account, source=source
        )

    async def undo_move(self, move: str, *, source: str) -> PositionMoved:
        """Take a move back: both books hold exactly what they did before it.

        Raises:
            UsageError: for an unknown move.
            RefusedError: with the reason why that is not possible any more.
            BrokerError, StorageError: when it could not be recorded; then nothing was changed.
        """
        self.collect()
        return await self._keeper.undo_move(move, source=source)

    async def transfer(
        self,
        amount: Decimal,
        *,
        giver: StrategyId,
        taker: StrategyId,
        source: str,
        currency: str | None = None,
        account: AccountId | None = None,
        note: str = "",
    ) -> None:
        """Move cash from one book to another of the same account.

        Raises:
            UsageError: with everything that is wrong; then nothing was changed.
            StorageError: when it could not be recorded; then nothing was changed.
        """
        await self._keeper.transfer(amount, giver, taker, currency=currency, account=account, source=source, note=note)

    async def deposit(
        self,
        amount: Decimal,
        *,
        source: str,
        strategy: StrategyId = UNASSIGNED,
        currency: str | None = None,
        account: AccountId | None = None,
        note: str = "",
    ) -> CashFlowRecorded:
        """Pay money into a paper account.

        Raises:
            UsageError: with everything that is wrong; then nothing was changed.
            RefusedError: for real money, which is paid in at the broker.
            BrokerError: when the broker could not take it; BrokerTimeoutError when that is not known yet.
        """
        return await self._keeper.pay(
            amount, strategy, kind="deposit", currency=currency, account=account, source=source, note=note
        )

    async def withdraw(
        self,
        amount: Decimal,
        *,
        source: str,
        strategy: StrategyId = UNASSIGNED,
        currency: str | None = None,
        account: AccountId | None = None,
        note: str = "",
    ) -> CashFlowRecorded:
        """Pay money out of a paper account: no more than the book has in cash and no holding needs as margin.

        Raises:
            UsageError, RefusedError, BrokerError: as :meth:`deposit`.
        """
        return await self._keeper.pay(
            -amount, strategy, kind="withdrawal", currency=currency, account=account, source=source, note=note
        )

    async def sweep(
        self,
        strategy: StrategyId,
        amount: Decimal | None = None,
        *,
        source: str,
        withdraw: bool = False,
        account: AccountId | None = None,
    ) -> Decimal:
        """Take a book's realized profit above its high-water mark to the unassigned book, or out of the account.

        Returns:
            what was swept: ``amount``, else all of it that is there in cash.

        Raises:
            UsageError: with everything that is wrong; then nothing was changed.
            RefusedError: when it shall leave an account of real money; then it is in the unassigned book.
        """
        return await self._keeper.sweep(
            strategy, amount=amount, withdraw=withdraw, currency=None, account=account, source=source
        )

    async def resolve(self, discrepancy: str, remedy: Remedy, *, source: str) -> bool:
        """Do something about a difference to a broker; return whether it is gone.

        Raises:
            UsageError: when there is no such difference, it has changed, or this is no remedy for it.
            BrokerError, StorageError: when it could not be done.
        """
        return await self._remedies.apply(discrepancy, remedy, source=source)

    def guard(self, alerts: AlertManager, wall: Clock) -> None:
        """Raise an alert and stop new exposure when the books do not balance by themselves."""
        self._guard = BookGuard(self._recorder, alerts, wall)

    def watch_ages(self, ages: MarkAges) -> None:
        """Flag holdings whose feed went silent, about once a second."""
        self._ages = ages

    def look_at_ages(self) -> None:
        """Flag the marks that are older than their feed allows; the next price ends that."""
        if self._ages is not None:
            for instrument in self._ages.look(self.positions()):
                self._valuation.flag_stale(instrument)

    async def run(self) -> None:
        """Collect and show until canceled."""
        loop = asyncio.get_running_loop()
        looked = loop.time()
        while True:
            if loop.time() - looked >= _AGES_EVERY_S:
                looked = loop.time()
                self.look_at_ages()
            self.collect()
            if self._guard is not None:
                await self._guard.look()
            await asyncio.sleep(_EVERY_S)

    def collect(self) -> None:
        """Value what changed and show it."""
        for link in self._links:
            if link.balance is not None and link.balance != self._reported.get(link.account):
                self._reported[link.account] = link.balance
                self._valuation.report(link.balance)
        changes = self._valuation.collect()
        for position in changes.positions:
            self.position_changed.emit(position)
        for book in changes.books:
            self.book_changed.emit(book)
            self._extend(book.strategy, book)
        for account in changes.accounts:
            self.account_changed.emit(account)
            self._extend(_ALL, account)
        self.prove()

    def prove(self) -> Proof:
        """Compare the books with what the brokers reported."""
        before, self._proof = self._proof, self._prover.prove()
        proof = self._proof
        if (proof.lines, proof.broken_by, proof.fault) != (before.lines, before.broken_by, before.fault):
            self.proof_changed.emit(proof)
        return proof

    def mark(self, events: Sequence[MarketEvent]) -> None:
        """Value what is held at these prices from the next collection on."""
        mark = self._valuation.mark
        for event in events:
            if isinstance(event, Bar):
                mark(event.instrument, event.close, event.end_ns)
            elif isinstance(event, Quote):
                mark(event.instrument, (event.bid + event.ask) / 2, event.ts)
            else:
                mark(event.instrument, event.price, event.ts)

    def _recorded(self, event: JournalEvent, applied: Applied) -> None:
        del applied
        if isinstance(event.payload, PositionMoved):
            self.moves_changed.emit(event.payload)
        elif isinstance(event.payload, CashFlowRecorded):
            self.flow_recorded.emit(FlowRecord(sequence=event.sequence, flow=event.payload))

    def _mark_of(self, key: PositionKey) -> Decimal | None:
        """Return the price at which a holding is valued at this moment."""
        wanted = (key.account, key.strategy, key.instrument)
        held = (one for one in self.positions() if (one.account, one.strategy, one.instrument) == wanted)
        return next((one.mark for one in held), None) or self._last_price(key.instrument)

    def _last_price(self, instrument: InstrumentId) -> Decimal | None:
        return exact(self._hub.last_price(instrument))

    def _free(self, account: AccountId) -> Decimal | None:
        """Return what holdings do not need as margin, None when it is not known."""
        known = next((one for one in self.accounts() if one.account == account), None)
        if known is None or known.equity is None or known.margin_used is None:
            return None
        return known.equity - known.margin_used

    def _extend(self, book: str, snapshot: BookSnapshot | AccountSnapshot) -> None:
        point = equity_point(snapshot)
        added = self._curves.append(book, point) if point is not None else None
        if added is not None:
            self.curve_extended.emit(added)
