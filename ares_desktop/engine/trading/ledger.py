"""Who owns what: a double-entry fold of fills, commissions and cash flows, one book a strategy over each account."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

import msgspec
from msgspec.structs import replace

from ares_desktop.domain.books import FLAT, BookPosition, apply_fill, trade
from ares_desktop.domain.events import CashFlowRecorded, PositionAdjusted
from ares_desktop.domain.fills import Fill
from ares_desktop.domain.ids import UNASSIGNED, AccountId, InstrumentId, StrategyId
from ares_desktop.domain.money import ZERO
from ares_desktop.domain.positions import Proof, ProofLine
from ares_desktop.engine.trading.postings import Heading, Postings


class PositionKey(NamedTuple):
    """One instrument of one book."""

    account: AccountId
    strategy: StrategyId
    instrument: InstrumentId


class BookKey(NamedTuple):
    """One strategy's book in one account."""

    account: AccountId
    strategy: StrategyId


class LedgerState(msgspec.Struct, frozen=True, kw_only=True):
    """What a snapshot keeps of :class:`Ledger`; books come in order of appearance."""

    books: list[tuple[BookKey, int]]
    positions: list[tuple[PositionKey, str, BookPosition]]
    balances: list[tuple[BookKey, str, list[Decimal]]]


class Ledger:
    """The books; the caller sees to it that each fact arrives once (the order registry does)."""

    def __init__(self) -> None:
        self._positions: dict[PositionKey, BookPosition] = {}
        self._currency: dict[PositionKey, str] = {}
        self._postings: dict[tuple[AccountId, StrategyId, str], Postings] = {}
        self._books: dict[BookKey, dict[InstrumentId, Decimal]] = {}
        self._fills: dict[BookKey, int] = {}
        self._net: dict[AccountId, dict[InstrumentId, Decimal]] = {}
        self._holders: dict[InstrumentId, set[BookKey]] = {}
        self._cash: dict[tuple[AccountId, str], Decimal] = {}
        self._changed: set[PositionKey] = set()
        self._changed_books: set[BookKey] = set()

    def post_fill(self, fill: Fill) -> None:
        """Book an execution with the commission it carries."""
        key = PositionKey(fill.account, fill.strategy, fill.instrument)
        before = self._positions.get(key, FLAT)
        after = apply_fill(before, fill)
        received = self._exchange(key, fill.currency, before, after, Heading.CASH)
        self._book(key.account, key.strategy, fill.currency).post(Heading.COMMISSION, Heading.CASH, fill.commission)
        self._add_cash(key.account, fill.currency, received - fill.commission)
        self._fills[BookKey(key.account, key.strategy)] += 1

    def post_commission(self, fill: Fill, difference: Decimal) -> None:
        """Charge what a commission report adds to the commission that ``fill`` was booked with."""
        key = PositionKey(fill.account, fill.strategy, fill.instrument)
        before = self._positions.get(key, FLAT)
        self._store(key, fill.currency, before, replace(before, commission=before.commission + difference))
        self._book(key.account, key.strategy, fill.currency).post(Heading.COMMISSION, Heading.CASH, difference)
        self._add_cash(key.account, fill.currency, -difference)

    def post_flow(self, flow: CashFlowRecorded) -> None:
        """Book money that came (positive) or went."""
        self._book(flow.account, flow.strategy, flow.currency).post(Heading.CASH, Heading.CAPITAL, flow.amount)
        self._add_cash(flow.account, flow.currency, flow.amount)
        self._changed_books.add(BookKey(flow.account, flow.strategy))

    def post_adjustment(self, adjustment: PositionAdjusted) -> None:
        """Book a holding that came (or went) without a trade, at its price against the capital in kind."""
        key = PositionKey(adjustment.account, adjustment.strategy, adjustment.instrument)
        before = self._positions.get(key, FLAT)
        after = trade(before, adjustment.quantity, adjustment.price, multiplier=adjustment.multiplier)
        self._exchange(key, adjustment.currency, before, after, Heading.IN_KIND)

    def knows(self, account: AccountId) -> bool:
        """Say whether anything was ever posted to a book of the account."""
        return account in self._net

    def books(self, account: AccountId) -> tuple[StrategyId, ...]:
        """Return the strategies that have a book in the account, in order of appearance."""
        return tuple(book.strategy for book in self._books if book.account == account)

    def all_books(self) -> tuple[BookKey, ...]:
        """Return every book of every account, in order of appearance."""
        return tuple(self._books)

    def position(self, account: AccountId, strategy: StrategyId, instrument: InstrumentId) -> BookPosition:
        """Return a book's holding, flat where there never was one."""
        return self._positions.get(PositionKey(account, strategy, instrument), FLAT)

    def positions(self) -> Mapping[PositionKey, BookPosition]:
        """Return every holding there ever was, closed ones with their realized profit."""
        return self._positions

    def book_positions(self, account: AccountId, strategy: StrategyId) -> Mapping[InstrumentId, Decimal]:
        """Return what a book holds at this moment, flat instruments left out; a live view."""
        return self._books.get(BookKey(account, strategy), {})

    def net_positions(self, account: AccountId) -> Mapping[InstrumentId, Decimal]:
        """Return the account's net quantities over all books, those of zero left out; a live view."""
        return self._net.get(account, {})

    def holders(self, instrument: InstrumentId) -> tuple[BookKey, ...]:
        """Return the books whose position in ``instrument`` is not flat."""
        return tuple(self._holders.get(instrument, ()))

    def currency(self, key: PositionKey) -> str:
        """Return the currency that a holding is paid in."""
        return self._currency.get(key, "USD")

    def net(self, account: AccountId, instrument: InstrumentId) -> Decimal:
        """Return the account's signed quantity over all books."""
        return self.net_positions(account).get(instrument, ZERO)

    def cash(self, account: AccountId, strategy: StrategyId, currency: str = "USD") -> Decimal:
        """Return a book's cash."""
        return self._balance(account, strategy, currency, Heading.CASH)

    def account_cash(self, account: AccountId, currency: str = "USD") -> Decimal:
        """Return the account's cash over all books."""
        return self._cash.get((account, currency), ZERO)

    def currencies(self, account: AccountId) -> tuple[str, ...]:
        """Return the currencies in which an account ever had cash."""
        return tuple(currency for holder, currency in self._cash if holder == account)

    def capital(self, account: AccountId, strategy: StrategyId, currency: str = "USD") -> Decimal:
        """Return what was put into a book less what was taken out: cash flows, and holdings in kind at their price."""
        given = self._balance(account, strategy, currency, Heading.CAPITAL)
        return -given - self._balance(account, strategy, currency, Heading.IN_KIND)

    def realized(self, account: AccountId, strategy: StrategyId, currency: str = "USD") -> Decimal:
        """Return a book's locked profit before commission."""
        return -self._balance(account, strategy, currency, Heading.REALIZED)

    def commission(self, account: AccountId, strategy: StrategyId, currency: str = "USD") -> Decimal:
        """Return the commission that a book paid."""
        return self._balance(account, strategy, currency, Heading.COMMISSION)

    def fills(self, book: BookKey) -> int:
        """Return how many executions were booked in a book."""
        return self._fills.get(book, 0)

    @property
    def fills_count(self) -> int:
        """How many executions were booked."""
        return sum(self._fills.values())

    def check(self) -> bool:
        """Say whether each book's postings add up to zero and its inventory to the cost of its positions."""
        inventory: dict[tuple[AccountId, StrategyId, str], Decimal] = {}
        for key, position in self._positions.items():
            book = (key.account, key.strategy, self._currency[key])
            inventory[book] = inventory.get(book, ZERO) + position.cost
        return all(
            postings.balanced and postings[Heading.INVENTORY] == inventory.get(book, ZERO)
            for book, postings in self._postings.items()
        )

    def proof(
        self,
        broker_positions: Mapping[tuple[AccountId, InstrumentId], Decimal],
        broker_cash: Mapping[tuple[AccountId, str], Decimal],
        at: datetime,
    ) -> Proof:
        """Compare the books with the broker, line by line.

        An account whose cash the broker has not reported has not reported at all; what a report leaves out is zero.
        """
        reported = {account for account, _ in broker_cash}

        def line(account: AccountId, item: str, total: Decimal, unassigned: Decimal, broker: Decimal) -> ProofLine:
            return ProofLine(
                account=account,
                item=item,
                books=total - unassigned,
                unassigned=unassigned,
                broker=broker if account in reported else None,
            )

        held = {(book.account, instrument) for instrument, books in self._holders.items() for book in books}
        lines = [
            line(
                account,
                instrument,
                self.net(account, instrument),
                self.position(account, UNASSIGNED, instrument).quantity,
                broker_positions.get((account, instrument), ZERO),
            )
            for account, instrument in sorted(held | {key for key, quantity in broker_positions.items() if quantity})
        ]
        lines.extend(
            line(
                account,
                f"cash {currency}",
                self.account_cash(account, currency),
                self.cash(account, UNASSIGNED, currency),
                broker_cash.get((account, currency), ZERO),
            )
            for account, currency in sorted(self._cash.keys() | broker_cash.keys())
        )
        return Proof(lines=tuple(lines), at=at)

    def take_changes(self) -> tuple[set[PositionKey], set[BookKey]]:
        """Return the holdings and books that were posted to since the last call; there is one caller, the valuation."""
        changes = self._changed, self._changed_books
        self._changed, self._changed_books = set(), set()
        return changes

    def dump(self) -> LedgerState:
        """Return the state for a snapshot."""
        return LedgerState(
            books=list(self._fills.items()),
            positions=[(key, self._currency[key], position) for key, position in self._positions.items()],
            balances=[
                (BookKey(account, strategy), currency, postings.balances)
                for (account, strategy, currency), postings in self._postings.items()
            ],
        )

    @classmethod
    def load(cls, state: LedgerState) -> "Ledger":
        """Return the ledger that :meth:`dump` described; every book of it counts as changed."""
        ledger = cls()
        for book, fills in state.books:
            ledger._open(book)
            ledger._fills[book] = fills
            ledger._changed_books.add(book)
        for key, currency, position in state.positions:
            ledger._store(key, currency, FLAT, position)
        for book, currency, balances in state.balances:
            postings = Postings(balances)
            ledger._postings[book.account, book.strategy, currency] = postings
            ledger._add_cash(book.account, currency, postings[Heading.CASH])
        return ledger

    def _balance(self, account: AccountId, strategy: StrategyId, currency: str, heading: Heading) -> Decimal:
        postings = self._postings.get((account, strategy, currency))
        return ZERO if postings is None else postings[heading]

    def _book(self, account: AccountId, strategy: StrategyId, currency: str) -> Postings:
        """Return the postings of a book, opening the book with its first one."""
        key = (account, strategy, currency)
        postings = self._postings.get(key)
        if postings is None:
            self._open(BookKey(account, strategy))
            postings = self._postings[key] = Postings()
        return postings

    def _open(self, book: BookKey) -> None:
        self._books.setdefault(book, {})
        self._fills.setdefault(book, 0)
        self._net.setdefault(book.account, {})

    def _exchange(
        self,
        key: PositionKey,
        currency: str,
        before: BookPosition,
        after: BookPosition,
        against: Heading,
    ) -> Decimal:
        """Book the change of a holding, its profit against its cost and the rest ``against``; return what it brought."""
        postings = self._book(key.account, key.strategy, currency)
        profit = after.realized - before.realized
        paid = after.cost - before.cost - profit
        postings.post(Heading.INVENTORY, Heading.REALIZED, profit)
        postings.post(Heading.INVENTORY, against, paid)
        self._store(key, currency, before, after)
        return -paid

    def _add_cash(self, account: AccountId, currency: str, amount: Decimal) -> None:
        key = (account, currency)
        self._cash[key] = self._cash.get(key, ZERO) + amount

    def _store(self, key: PositionKey, currency: str, before: BookPosition, after: BookPosition) -> None:
        self._positions[key] = after
        self._changed.add(key)
        if before is FLAT:
            self._currency[key] = currency
        moved = after.quantity - before.quantity
        if not moved:
            return
        account, strategy, instrument = key
        net = self._net[account]
        _set_quantity(net, instrument, net.get(instrument, ZERO) + moved)
        book = BookKey(account, strategy)
        _set_quantity(self._books[book], instrument, after.quantity)
        if not before.quantity:
            self._holders.setdefault(instrument, set()).add(book)
        elif not after.quantity:
            self._holders[instrument].discard(book)


def _set_quantity(quantities: dict[InstrumentId, Decimal], instrument: InstrumentId, quantity: Decimal) -> None:
    if quantity:
        quantities[instrument] = quantity
    else:
        quantities.pop(instrument, None)
