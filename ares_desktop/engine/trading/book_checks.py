"""What must hold before a holding moves or money changes hands; everything that is wrong is told at once."""

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import Final

from ares_desktop.domain.book_records import MoveRecord
from ares_desktop.domain.books import BookPosition
from ares_desktop.domain.errors import Finding, RefusedError, UsageError
from ares_desktop.domain.ids import MANUAL, UNASSIGNED, AccountId, StrategyId
from ares_desktop.domain.money import ZERO, is_multiple
from ares_desktop.engine.trading.ledger_reads import PositionKey
from ares_desktop.engine.trading.link import BrokerLink
from ares_desktop.engine.trading.recorder import Recorder

_SMALLEST: Final = Decimal("1E-8")
_LARGEST: Final = Decimal("1E15")


class BookChecks:
    """The rules, over the journal's fold and what the brokers reported.

    Args:
        free: equity less the margin in use, None when that is not known.
    """

    def __init__(
        self,
        recorder: Recorder,
        links: Mapping[AccountId, BrokerLink],
        free: Callable[[AccountId], Decimal | None],
    ) -> None:
        self._recorder = recorder
        self._links = links
        self._free = free

    def account(self, account: AccountId | None) -> AccountId:
        """Return the account that is meant: the only one where none is named.

        Raises:
            UsageError: for an unknown one, or when several could be meant.
        """
        if account is None and len(self._links) == 1:
            return next(iter(self._links))
        if account is None or account not in self._links:
            names = ", ".join(sorted(self._links)) or "none"
            problem = "is not known" if account is not None else "must be named, there are several"
            raise UsageError(Finding(place="account", value=account or "", problem=problem, remedy=f"Use {names}."))
        return account

    def currency(self, account: AccountId) -> str:
        """Return the account's own currency."""
        balance = self._links[account].balance
        return "USD" if balance is None else balance.currency

    def move(
        self, key: PositionKey, taker: StrategyId, held: BookPosition, quantity: Decimal | None, mark: Decimal | None
    ) -> None:
        """Raise UsageError unless a holding may go to ``taker``."""
        found = self._books(key.account, giver=key.strategy, taker=taker)
        if not held.quantity:
            found.append(
                _wrong("instrument", key.instrument, f"is not held by {key.strategy}", "Choose what it holds.")
            )
        elif quantity is not None and not ZERO < quantity <= abs(held.quantity):
            found.append(
                _wrong(
                    "quantity",
                    f"{quantity:f}",
                    f"must be above 0 and at most the {abs(held.quantity):f} that {key.strategy} holds",
                    "Leave it out to move all of it.",
                )
            )
        elif quantity is not None and quantity != abs(held.quantity):
            found += self._lots(key, quantity)
        there = self._recorder.fold.ledger.position(key.account, taker, key.instrument)
        if held.quantity and there.quantity and (held.quantity > 0) != (there.quantity > 0):
            found.append(
                _wrong(
                    "to",
                    taker,
                    f"holds {there.quantity:f} of it on the other side, and nothing is netted without a trade",
                    "Close one of the two with an order.",
                )
            )
        if held.quantity and (mark is None or mark <= 0):
            found.append(
                _wrong(
                    "price",
                    "" if mark is None else f"{mark:f}",
                    "is not known" if mark is None else "must be above 0",
                    "Wait for market data of the instrument, or give the price at which it counts.",
                )
            )
        found += self._working(key)
        found += self._connected(key.account)
        _raise(found)

    def _lots(self, key: PositionKey, quantity: Decimal) -> list[Finding]:
        """A part of a lot can't be closed by an order of the book that holds it."""
        lot = self._links[key.account].steps.get(key.instrument, ZERO)
        if lot <= ZERO or is_multiple(quantity, lot):
            return []
        return [_wrong("quantity", f"{quantity:f}", f"must be whole lots of {lot:f}", "Round it, or move all of it.")]

    def transfer(
        self, account: AccountId, giver: StrategyId, taker: StrategyId, amount: Decimal, currency: str
    ) -> None:
        """Raise UsageError unless cash may go from one book to another."""
        found = self._books(account, giver=giver, taker=taker)
        found += _amount(amount)
        found += self._cash(account, giver, amount, currency)
        _raise(found)

    def payment(self, account: AccountId, book: StrategyId, amount: Decimal, currency: str) -> None:
        """Raise UsageError unless money may be paid in (positive) or out."""
        found = self._books(account, book=book)
        found += _amount(abs(amount))
        found += self._connected(account)
        if len(currency) < 2 or not currency.isalnum() or not currency.isupper():  # noqa: PLR2004 - no code is shorter
            found.append(_wrong("currency", currency, "must be a code such as USD", "Write it in capitals."))
        if amount < 0:
            found += self._cash(account, book, -amount, currency)
            found += self._margin(account, -amount, currency)
        _raise(found)

    def sweep(
        self, account: AccountId, book: StrategyId, amount: Decimal | None, currency: str, above: Decimal
    ) -> Decimal:
        """Return how much to sweep: ``amount``, else all above the mark that is there in cash.

        Raises:
            UsageError: when it is not there.
        """
        cash = self._recorder.fold.ledger.cash(account, book, currency)
        chosen = min(above, cash) if amount is None else amount
        found = self._books(account, giver=book, taker=UNASSIGNED)
        if above <= 0:
            found.append(
                _wrong("strategy", book, "has no realized profit above its high-water mark", "Sweep after it earned.")
            )
        elif chosen > above:
            problem = f"is more than the {above:f} {currency} above the high-water mark"
            found.append(_wrong("amount", f"{chosen:f}", problem, "Leave it out to sweep all of it."))
        else:
            found += _amount(chosen)
        found += self._cash(account, book, chosen, currency)
        _raise(found)
        return chosen

    def undone_move(self, move: str) -> MoveRecord:
        """Return a move by its id.

        Raises:
            UsageError: when there is none.
        """
        record = self._recorder.fold.history.moves.get(move)
        if record is None:
            raise UsageError(_wrong("move", move, "is not known", "ares-desktop books moves lists them."))
        return record

    def undo(self, record: MoveRecord) -> None:
        """Raise RefusedError unless a move can be taken back exactly."""
        why = self.why_not_undone(record)
        if why:
            raise RefusedError("NOT_UNDOABLE", why)
        _raise(self._connected(record.move.account))

    def why_not_undone(self, record: MoveRecord) -> str:
        """Return why a move can't be taken back any more, empty when it can."""
        move, ledger = record.move, self._recorder.fold.ledger
        if record.undone_by:
            return f"it was undone by {record.undone_by}"
        for strategy, after in ((move.taker, record.taker_after), (move.giver, record.giver_after)):
            now = ledger.position(move.account, strategy, move.instrument)
            if (now.quantity, now.cost, now.realized) != (after.quantity, after.cost, after.realized):
                return (
                    f"{strategy} traded or moved {move.instrument} since: it held {after.quantity:f} after the move, "
                    f"{now.quantity:f} now; move it back by hand instead"
                )
        working = self._working(PositionKey(move.account, move.taker, move.instrument))
        return f"{working[0].problem}; {working[0].remedy}" if working else ""

    def _working(self, key: PositionKey) -> list[Finding]:
        if key.strategy == UNASSIGNED:
            return []
        orders = self._recorder.fold.registry.working(key.strategy, key.instrument, key.account)
        if not orders:
            return []
        problem = f"has {len(orders)} working orders of {key.instrument}, which would trade what it no longer holds"
        return [_wrong("from", key.strategy, problem, "Cancel them first.")]

    def _books(self, account: AccountId, **books: StrategyId) -> list[Finding]:
        fold = self._recorder.fold
        known = {UNASSIGNED, MANUAL, *fold.ledger.books(account)}
        known |= {name for name, instance in fold.instances.items() if instance.account == account}
        words = {"giver": "from", "taker": "to", "book": "book"}
        found = [
            _wrong(words[role], name, f"is no book of {account}", f"Use one of {', '.join(sorted(known))}.")
            for role, name in books.items()
            if name not in known
        ]
        if "taker" in books and books["taker"] == books["giver"]:
            found.append(_wrong("to", books["taker"], "is the book that gives", "Choose another one."))
        return found

    def _connected(self, account: AccountId) -> list[Finding]:
        if self._links[account].status.reconciled:
            return []
        problem = "is not connected and compared with its broker"
        return [_wrong("account", account, problem, "Wait until it is, or reconnect it.")]

    def _cash(self, account: AccountId, book: StrategyId, amount: Decimal, currency: str) -> list[Finding]:
        cash = self._recorder.fold.ledger.cash(account, book, currency)
        if amount <= cash:
            return []
        problem = f"is more than the {cash:f} {currency} that {book} has in cash"
        return [_wrong("amount", f"{amount:f}", problem, "Take less, or let it close positions first.")]

    def _margin(self, account: AccountId, amount: Decimal, currency: str) -> list[Finding]:
        free = self._free(account)
        if free is None or currency != self.currency(account) or amount <= free:
            return []
        problem = f"is more than the {free:f} {currency} that holdings do not need as margin"
        return [_wrong("amount", f"{amount:f}", problem, "Take less, or close positions first.")]


def _amount(amount: Decimal) -> list[Finding]:
    if amount.is_finite() and ZERO < amount < _LARGEST and is_multiple(amount, _SMALLEST):
        return []
    problem = "must be above 0, below 1,000,000,000,000,000 and of eight decimals at most"
    return [_wrong("amount", str(amount), problem, "Write it as 2500 or 2500.50.")]


def _wrong(place: str, value: str, problem: str, remedy: str) -> Finding:
    return Finding(place=place, value=value, problem=problem, remedy=remedy)


def _raise(found: Iterable[Finding]) -> None:
    findings = tuple(found)
    if findings:
        raise UsageError(*findings)
