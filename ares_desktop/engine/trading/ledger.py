"""Who owns what: a double-entry fold of fills, commissions and cash flows, one book a strategy over each account."""

from decimal import Decimal
from typing import Final

import msgspec

from ares_desktop.domain.books import FLAT, BookPosition
from ares_desktop.domain.events import CarryBooked, CashFlowRecorded, PositionAdjusted, PositionMoved, PositionSplit
from ares_desktop.domain.fills import Fill
from ares_desktop.domain.ids import AccountId, InstrumentId, StrategyId
from ares_desktop.domain.money import ZERO
from ares_desktop.engine.trading.book import Book, BookKey, Change
from ares_desktop.engine.trading.ledger_reads import LedgerReads, PositionKey
from ares_desktop.engine.trading.postings import Heading, Postings

__all__ = ["BookState", "Ledger", "PositionKey"]

_DUST: Final = Decimal("1E-9")
"""What 28 digits can lose to rounding; a fault of the books is larger."""
_INVENTORY: Final = int(Heading.INVENTORY)
"""Looked up once: a plain number is quicker than a member of an enumeration, and this is asked for every event."""


class BookState(msgspec.Struct, frozen=True, kw_only=True):
    """What a snapshot keeps of one book."""

    key: BookKey
    fills: int
    positions: list[tuple[InstrumentId, str, BookPosition]]
    balances: dict[str, list[Decimal]]


class Ledger(LedgerReads):
    """The books; the caller sees to it that each fact arrives once (the order registry does).

    After each fact its own part of the identity is proven: what the books took is what the fact says, the postings of
    the book add up to nothing, and its inventory is what its positions cost. Since every fact starts from books that
    were proven, so are all books after it; :meth:`check` proves them from nothing.

    Attributes:
        fault: what first did not add up, empty while everything does.
    """

    def __init__(self) -> None:
        super().__init__()
        self.fault = ""
        self._changed: set[tuple[AccountId, StrategyId, InstrumentId]] = set()
        self._changed_books: set[BookKey] = set()

    def post_fill(self, fill: Fill) -> tuple[BookPosition, BookPosition]:
        """Book an execution with the commission it carries; return the holding before and after it."""
        book, name = self._book(fill.account, fill.strategy), fill.instrument
        before = book.positions.get(name, FLAT)
        change = book.fill(fill)
        self._take(book, name, fill.currency, change)
        signed = fill.signed_quantity
        self._prove(book, fill.currency, change, signed, -(signed * fill.price * fill.multiplier + fill.commission))
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
        change = book.charge(fill, difference)
        self._take(book, fill.instrument, fill.currency, change)
        self._prove(book, fill.currency, change, ZERO, -difference)

    def post_reprice(self, fill: Fill, quantity: Decimal, value: Decimal) -> tuple[BookPosition, BookPosition]:
        """Correct what ``quantity`` units were booked for, ``value`` (price times units), to the price of ``fill``.

        Nothing but their price changes: not the quantity held, and not the commission.
        """
        book, name = self._book(fill.account, fill.strategy), fill.instrument
        before = book.positions.get(name, FLAT)
        change = book.reprice(fill, quantity, value)
        self._take(book, name, fill.currency, change)
        self._prove(book, fill.currency, change, ZERO, change.cash)
        return before, book.positions[name]

    def post_flow(self, flow: CashFlowRecorded) -> None:
        """Book money that came (positive) or went."""
        book = self._book(flow.account, flow.strategy)
        change = book.flow(flow)
        self._add_cash(flow.account, flow.currency, change.cash)
        self._changed_books.add(book.key)
        self._prove(book, flow.currency, change, ZERO, flow.amount)

    def post_adjustment(self, adjustment: PositionAdjusted) -> None:
        """Book a holding that came (or went) without a trade, at its price against the capital in kind."""
        book = self._book(adjustment.account, adjustment.strategy)
        change = book.adjust(adjustment)
        self._take(book, adjustment.instrument, adjustment.currency, change)
        self._prove(book, adjustment.currency, change, adjustment.quantity, ZERO)

    def post_carry(self, carry: CarryBooked) -> None:
        """Book what a holding or a debt earned (positive) or cost: it is performance, and no capital."""
        book = self._book(carry.account, carry.strategy)
        change = book.carry(carry)
        self._add_cash(carry.account, carry.currency, change.cash)
        self._changed_books.add(book.key)
        self._prove(book, carry.currency, change, ZERO, carry.amount)

    def post_split(self, action: PositionSplit) -> None:
        """Change the units of a holding at the same cost."""
        book = self._book(action.account, action.strategy)
        change = book.split(action)
        self._take(book, action.instrument, action.currency, change)
        self._prove(book, action.currency, change, action.after - action.before, action.cash)

    def post_move(self, move: PositionMoved) -> None:
        """Give a holding from one book to another at its cost, and its capital at its value; the account keeps all."""
        for strategy, sign in ((move.giver, -1), (move.taker, 1)):
            book = self._book(move.account, strategy)
            change = book.move(move, sign)
            self._take(book, move.instrument, move.currency, change)
            self._prove(book, move.currency, change, sign * move.quantity, ZERO)

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

    def _prove(self, book: Book, currency: str, change: Change, quantity: Decimal, cash: Decimal) -> None:
        """Note the first fact whose part of the identity does not hold."""
        postings = book.postings[currency]
        balances = postings.balances
        if (
            change.quantity == quantity
            and change.cash == cash
            and postings.cost == balances[_INVENTORY]
            and not sum(balances, ZERO)
        ):
            return
        wrong = {
            "units": change.quantity - quantity,
            "cash": change.cash - cash,
            "inventory": postings.balances[Heading.INVENTORY] - postings.cost,
            "postings": sum(postings.balances, ZERO),
        }
        found = [f"{name} off by {amount:f}" for name, amount in wrong.items() if abs(amount) > _DUST]
        if found and not self.fault:
            self.fault = f"book {book.key.strategy} in {book.key.account}, {currency}: {', '.join(found)}"

    def _add_cash(self, account: AccountId, currency: str, amount: Decimal) -> None:
        key = (account, currency)
        found = self._cash.get(key)
        if found is None:
            self._currencies.add(currency)
            self._cash[key] = amount
        else:
            self._cash[key] = found + amount
