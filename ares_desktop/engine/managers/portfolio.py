"""Positions, cash and profit of the accounts, by strategy and netted, with the proof that they add up."""

import asyncio
from collections.abc import Sequence
from decimal import Decimal

from PySide6.QtCore import QObject

from ares_desktop.domain.accounts import AccountSnapshot, BookSnapshot, BrokerAccount, CurvePoint, EquityCurve
from ares_desktop.domain.ids import AccountId, InstrumentId
from ares_desktop.domain.market import Bar, MarketEvent, Quote
from ares_desktop.domain.positions import Discrepancy, Position, Proof
from ares_desktop.engine.data.hub import DataHub
from ares_desktop.engine.managers.signals import SignalOf, signal_of
from ares_desktop.engine.ports.clock import Clock
from ares_desktop.engine.trading.curves import EquityCurves, equity_point
from ares_desktop.engine.trading.link import BrokerLink
from ares_desktop.engine.trading.recorder import Recorder
from ares_desktop.engine.trading.valuation import Valuation

_EVERY_S = 0.05
_ALL = "all"


class PortfolioManager(QObject):
    """Values the books about twenty times a second and shows what changed.

    Signals:
        position_changed, book_changed, account_changed: newest figures.
        proof_changed: the proof lines, when any of them changed.
        discrepancy_changed: a difference to a broker was found, or has gone.
        curve_extended: a new point of an equity curve.
    """

    position_changed: SignalOf[Position] = signal_of(Position)
    account_changed: SignalOf[AccountSnapshot] = signal_of(AccountSnapshot)
    book_changed: SignalOf[BookSnapshot] = signal_of(BookSnapshot)
    proof_changed: SignalOf[Proof] = signal_of(Proof)
    discrepancy_changed: SignalOf[Discrepancy] = signal_of(Discrepancy)
    curve_extended: SignalOf[CurvePoint] = signal_of(CurvePoint)

    def __init__(
        self,
        recorder: Recorder,
        valuation: Valuation,
        curves: EquityCurves,
        hub: DataHub,
        links: Sequence[BrokerLink],
        *,
        clock: Clock,
    ) -> None:
        super().__init__()
        self._recorder = recorder
        self._valuation = valuation
        self._curves = curves
        self._links = links
        self._clock = clock
        self._reported: dict[AccountId, BrokerAccount] = {}
        self._proof = Proof(lines=(), at=clock.now())
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

    def curve(self, book: str = _ALL) -> EquityCurve:
        """Return a book's equity curve; ``all`` is the account's own."""
        return self._curves.curve(book)

    async def run(self) -> None:
        """Collect and show until canceled."""
        while True:
            self.collect()
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
        positions: dict[tuple[AccountId, InstrumentId], Decimal] = {}
        cash: dict[tuple[AccountId, str], Decimal] = {}
        for link in self._links:
            positions |= {(link.account, item): held.quantity for item, held in link.positions.items()}
            cash |= {(link.account, currency): amount for currency, amount in link.cash.items()}
        proof = self._recorder.fold.ledger.proof(positions, cash, self._clock.now())
        if proof.lines != self._proof.lines:
            self._proof = proof
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

    def _extend(self, book: str, snapshot: BookSnapshot | AccountSnapshot) -> None:
        point = equity_point(snapshot)
        added = self._curves.append(book, point) if point is not None else None
        if added is not None:
            self.curve_extended.emit(added)
