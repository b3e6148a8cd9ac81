"""What the books say: every figure of a ledger that can be asked for, without anything that changes it."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Final, NamedTuple

from ares_desktop.domain.books import FLAT, BookPosition
from ares_desktop.domain.ids import UNASSIGNED, AccountId, InstrumentId, StrategyId
from ares_desktop.domain.money import ZERO
from ares_desktop.domain.positions import Proof
from ares_desktop.engine.trading.book import Book, BookKey
from ares_desktop.engine.trading.postings import Heading
from ares_desktop.engine.trading.proof_lines import proof_line

_NO_QUANTITIES: Final[Mapping[InstrumentId, Decimal]] = {}
_CENT: Final = Decimal("0.01")


class PositionKey(NamedTuple):
    """One instrument of one book."""

    account: AccountId
    strategy: StrategyId
    instrument: InstrumentId


class LedgerReads:
    """The state of a ledger, and its figures."""

    def __init__(self) -> None:
        self._books: dict[tuple[AccountId, StrategyId], Book] = {}
        self._net: dict[AccountId, dict[InstrumentId, Decimal]] = {}
        self._holders: dict[InstrumentId, set[BookKey]] = {}
        self._cash: dict[tuple[AccountId, str], Decimal] = {}
        self._currencies: set[str] = set()

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
        """Return what was put into a book less what was taken out: cash flows, and holdings in kind."""
        given = self._balance(account, strategy, currency, Heading.CAPITAL)
        return -given - self._balance(account, strategy, currency, Heading.IN_KIND)

    def handed(self, account: AccountId, strategy: StrategyId, currency: str = "USD") -> Decimal:
        """Return the open profit that a book handed over with holdings, negative where it took more over."""
        return -self._balance(account, strategy, currency, Heading.HANDED)

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
        steps: Mapping[InstrumentId, Decimal] = _NO_QUANTITIES,
    ) -> Proof:
        """Compare the books with the broker, line by line, each at its smallest step (a cent for cash).

        An account whose cash the broker has not reported has not reported at all; what a report leaves out is zero.
        """
        reported = {account for account, _ in broker_cash}
        held = {(book.account, instrument) for instrument, books in self._holders.items() for book in books}
        found = {key for key, quantity in broker_positions.items() if quantity}
        lines = [
            proof_line(
                account,
                instrument,
                self.net(account, instrument),
                self.position(account, UNASSIGNED, instrument).quantity,
                broker_positions.get((account, instrument), ZERO) if account in reported else None,
                steps.get(instrument, ZERO),
            )
            for account, instrument in sorted(held | found)
        ]
        lines += [
            proof_line(
                account,
                f"cash {currency}",
                self.account_cash(account, currency),
                self.cash(account, UNASSIGNED, currency),
                broker_cash.get((account, currency), ZERO) if account in reported else None,
                _CENT,
            )
            for account, currency in sorted(self._cash.keys() | broker_cash.keys())
        ]
        return Proof(lines=tuple(lines), at=at)

    def _balance(self, account: AccountId, strategy: StrategyId, currency: str, heading: Heading) -> Decimal:
        book = self._books.get((account, strategy))
        return ZERO if book is None else book.balance(currency, heading)
