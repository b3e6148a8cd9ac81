"""Who owns what: a double-entry fold of fills, commissions and cash flows, one book a strategy over each account."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Final, NamedTuple

import msgspec

from ares_desktop.domain.books import FLAT, BookPosition
from ares_desktop.domain.events import CarryBooked, CashFlowRecorded, PositionAdjusted, PositionSplit
from ares_desktop.domain.fills import Fill
from ares_desktop.domain.ids import UNASSIGNED, AccountId, InstrumentId, StrategyId
from ares_desktop.domain.money import ZERO
from ares_desktop.domain.positions import Proof, ProofLine
from ares_desktop.engine.trading.book import Book, BookKey, Change
from ares_desktop.engine.trading.postings import Heading, Postings

_NO_QUANTITIES: Final[Mapping[InstrumentId, Decimal]] = {}


class PositionKey(NamedTuple):
    """One instrument of one book."""

    account: AccountId
    strategy: StrategyId
    instrument: InstrumentId


class BookState(msgspec.Struct, frozen=True, kw_only=True):
    """What a snapshot keeps of one book."""

    key: BookKey
    fills: int
    positions: list[tuple[InstrumentId, str, BookPosition]]
    balances: dict[str, list[Decimal]]


class Ledger:
    """The books; the caller sees to it that each fact arrives once (the order registry does)."""

    def __init__(self) -> None:
        self._books: dict[tuple[AccountId, StrategyId], Book] = {}
        self._net: dict[AccountId, dict[InstrumentId, Decimal]] = {}
        self._holders: dict[InstrumentId, set[BookKey]] = {}
        self._cash: dict[tuple[AccountId, str], Decimal] = {}
        self._currencies: set[str] = set()
        self._changed: set[tuple[AccountId, StrategyId, InstrumentId]] = set()
        self._changed_books: set[BookKey] = set()

    def post_fill(self, fill: Fill) -> tuple[BookPosition, BookPosition]:
        """Book an execution with the commission it carries; return the holding before and after it."""
        book, name = self._book(fill.account, fill.strategy), fill.instrument
        before = book.positions.get(name, FLAT)
        self._take(book, name, fill.currency, book.fill(fill))
        return before, book.positions[name]

    def post_fills(self, count: int, last: Fill, after: BookPosition) -> None:
        """Book ``count`` executions of one book in one instrument at once.

        Args:
            count: how many.
            last: the newest of them.
            after: the position that :func:`~ares_desktop.domain.books.apply_fill` made of all of them, one by one.
        """
        book = self._book(last.account, last.strategy)
        self._take(book, last.instrument, last.currency, book.fill_all(count, last, after))

    def post_commission(self, fill: Fill, difference: Decimal) -> None:
        """Charge what a commission report adds to the commission that ``fill`` was booked with."""
        book = self._book(fill.account, fill.strategy)
        self._take(book, fill.instrument, fill.currency, book.charge(fill, difference))

    def post_flow(self, flow: CashFlowRecorded) -> None:
        """Book money that came (positive) or went."""
        book = self._book(flow.account, flow.strategy)
        change = book.flow(flow)
        self._add_cash(flow.account, flow.currency, change.cash)
        self._changed_books.add(book.key)

    def post_adjustment(self, adjustment: PositionAdjusted) -> None:
        """Book a holding that came (or went) without a trade, at its price against the capital in kind."""
        book = self._book(adjustment.account, adjustment.strategy)
        self._take(book, adjustment.instrument, adjustment.currency, book.adjust(adjustment))

    def post_carry(self, carry: CarryBooked) -> None:
        """Book what a holding or a debt earned (positive) or cost: it is performance, and no capital."""
        book = self._book(carry.account, carry.strategy)
        self._add_cash(carry.account, carry.currency, book.carry(carry).cash)
        self._changed_books.add(book.key)

    def post_split(self, action: PositionSplit) -> None:
        """Change the units of a holding at the same cost."""
        book = self._book(action.account, action.strategy)
        self._take(book, action.instrument, action.currency, book.split(action))

    def knows(self, account: AccountId) -> bool:
        """Say whether anything was ever posted to a book of the account."""
        return account in self._net

    def books(self, account: AccountId) -> tuple[StrategyId, ...]:
        """Return the strategies that have a book in the account, in order of appearance."""
        return tuple(strategy for holder, strategy in self._books if holder == account)

    def all_books(self) -> tuple[BookKey, ...]:
        """Return every book of every account, in order of appearance."""
        return tuple(book.key for book in self._books.values())

    def position(self, account: AccountId, strategy: StrategyId, instrument: InstrumentId) -> BookPosition:
        """Return a book's holding, flat where there never was one."""
        book = self._books.get((account, strategy))
        return FLAT if book is None else book.positions.get(instrument, FLAT)

    def positions(self) -> dict[PositionKey, BookPosition]:
        """Return every holding there ever was, closed ones with their realized profit."""
        return {
            PositionKey(account, strategy, instrument): position
            for (account, strategy), book in self._books.items()
            for instrument, position in book.positions.items()
        }

    def book_positions(self, account: AccountId, strategy: StrategyId) -> Mapping[InstrumentId, Decimal]:
        """Return what a book holds at this moment, flat instruments left out; a live view."""
        book = self._books.get((account, strategy))
        return _NO_QUANTITIES if book is None else book.quantities

    def net_positions(self, account: AccountId) -> Mapping[InstrumentId, Decimal]:
        """Return the account's net quantities over all books, those of zero left out; a live view."""
        return self._net.get(account, _NO_QUANTITIES)

    def holders(self, instrument: InstrumentId) -> tuple[BookKey, ...]:
        """Return the books whose position in ``instrument`` is not flat."""
        return tuple(self._holders.get(instrument, ()))

    def currency(self, key: PositionKey) -> str:
        """Return the currency that a holding is paid in."""
        return self._books[key.account, key.strategy].currency[key.instrument]

    def net(self, account: AccountId, instrument: InstrumentId) -> Decimal:
        """Return the account's signed quantity over all books."""
        return self.net_positions(account).get(instrument, ZERO)

    def cash(self, account: AccountId, strategy: StrategyId, currency: str = "USD") -> Decimal:
        """Return a book's cash."""
        return self._balance(account, strategy, currency, Heading.CASH)

    def account_cash(self, account: AccountId, currency: str = "USD") -> Decimal:
        """Return the account's cash over all books."""
        return self._cash.get((account, currency), ZERO)

    def is_only_in(self, currency: str) -> bool:
        """Say whether nobody ever had cash in any other currency."""
        return len(self._currencies) == 1 and currency in self._currencies

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

    def carry(self, account: AccountId, strategy: StrategyId, currency: str = "USD") -> Decimal:
        """Return what dividends, borrow fees, interest and funding brought a book, negative for a cost."""
        return -self._balance(account, strategy, currency, Heading.CARRY)

    def fills(self, account: AccountId, strategy: StrategyId) -> int:
        """Return how many executions were booked in a book."""
        book = self._books.get((account, strategy))
        return 0 if book is None else book.fills

    @property
    def fills_count(self) -> int:
        """How many executions were booked."""
        return sum(book.fills for book in self._books.values())

    def check(self) -> bool:
        """Say whether every book is balanced, and the books add up to the netted quantities and cash."""
        net: dict[tuple[AccountId, InstrumentId], Decimal] = {}
        cash: dict[tuple[AccountId, str], Decimal] = {}
        for (account, _), book in self._books.items():
            for instrument, quantity in book.quantities.items():
                net[account, instrument] = net.get((account, instrument), ZERO) + quantity
            for currency in book.postings:
                cash[account, currency] = cash.get((account, currency), ZERO) + book.balance(currency, Heading.CASH)
        kept = {(account, item): amount for account, items in self._net.items() for item, amount in items.items()}
        return (
            all(book.check() for book in self._books.values())
            and {key: amount for key, amount in net.items() if amount} == kept
            and all(cash.get(key, ZERO) == amount for key, amount in self._cash.items())
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
        held = {(book.account, instrument) for instrument, books in self._holders.items() for book in books}
        found = {key for key, quantity in broker_positions.items() if quantity}
        lines = [
            _proof_line(
                account,
                instrument,
                self.net(account, instrument),
                self.position(account, UNASSIGNED, instrument).quantity,
                broker_positions.get((account, instrument), ZERO) if account in reported else None,
            )
            for account, instrument in sorted(held | found)
        ]
        lines += [
            _proof_line(
                account,
                f"cash {currency}",
                self.account_cash(account, currency),
                self.cash(account, UNASSIGNED, currency),
                broker_cash.get((account, currency), ZERO) if account in reported else None,
            )
            for account, currency in sorted(self._cash.keys() | broker_cash.keys())
        ]
        return Proof(lines=tuple(lines), at=at)

    def take_changes(self) -> tuple[set[PositionKey], set[BookKey]]:
        """Return the holdings and books that were posted to since the last call; there is one caller, the valuation."""
        changes = {PositionKey(*key) for key in self._changed}, self._changed_books
        self._changed, self._changed_books = set(), set()
        return changes

    def dump(self) -> list[BookState]:
        """Return the state for a snapshot."""
        return [
            BookState(
                key=book.key,
                fills=book.fills,
                positions=[(item, book.currency[item], position) for item, position in book.positions.items()],
                balances={currency: postings.balances for currency, postings in book.postings.items()},
            )
            for book in self._books.values()
        ]

    @classmethod
    def load(cls, books: list[BookState]) -> "Ledger":
        """Return the ledger that :meth:`dump` described; every book of it counts as changed."""
        ledger = cls()
        for state in books:
            book = ledger._book(*state.key)
            book.fills = state.fills
            ledger._changed_books.add(book.key)
            for currency, balances in state.balances.items():
                book.postings[currency] = Postings(balances)
                ledger._add_cash(book.key.account, currency, balances[Heading.CASH])
            for instrument, currency, position in state.positions:
                book.put(instrument, currency, position)
                ledger._take(book, instrument, currency, Change(position.quantity, ZERO))
        return ledger

    def _book(self, account: AccountId, strategy: StrategyId) -> Book:
        """Return a book, opening it where there is none."""
        book = self._books.get((account, strategy))
        if book is None:
            book = self._books[account, strategy] = Book(BookKey(account, strategy))
            self._net.setdefault(account, {})
        return book

    def _balance(self, account: AccountId, strategy: StrategyId, currency: str, heading: Heading) -> Decimal:
        book = self._books.get((account, strategy))
        return ZERO if book is None else book.balance(currency, heading)

    def _take(self, book: Book, instrument: InstrumentId, currency: str, change: Change) -> None:
        """Follow what a book did: netted quantity and cash, who holds the instrument, what is to be valued anew."""
        account, strategy = book.key
        self._changed.add((account, strategy, instrument))
        if change.cash:
            self._add_cash(account, currency, change.cash)
        if not change.quantity:
            return
        net = self._net[account]
        total = net.get(instrument, ZERO) + change.quantity
        if total:
            net[instrument] = total
        else:
            net.pop(instrument, None)
        holders = self._holders.get(instrument)
        if holders is None:
            holders = self._holders[instrument] = set()
        if instrument in book.quantities:
            holders.add(book.key)
        else:
            holders.discard(book.key)

    def _add_cash(self, account: AccountId, currency: str, amount: Decimal) -> None:
        key = (account, currency)
        found = self._cash.get(key)
        if found is None:
            self._currencies.add(currency)
            self._cash[key] = amount
        else:
            self._cash[key] = found + amount


def _proof_line(
    account: AccountId,
    item: str,
    total: Decimal,
    unassigned: Decimal,
    broker: Decimal | None,
) -> ProofLine:
    return ProofLine(account=account, item=item, books=total - unassigned, unassigned=unassigned, broker=broker)
