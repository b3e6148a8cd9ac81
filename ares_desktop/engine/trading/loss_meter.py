"""What each scope lost: takes valuations as they come, and keeps what the losses are measured from."""

from collections.abc import Callable, Iterable
from datetime import datetime
from decimal import Decimal
from typing import Final
from zoneinfo import ZoneInfo

import msgspec
import structlog
from msgspec.structs import replace

from ares_desktop.domain.accounts import AccountSnapshot, BookSnapshot
from ares_desktop.domain.ids import DRILL, MANUAL, UNASSIGNED, AccountId, StrategyId
from ares_desktop.domain.protections import LossBase, LossMeasure
from ares_desktop.domain.risk import ALL_SCOPE
from ares_desktop.engine.trading.loss_base import loss_of, rebased, valued

_log = structlog.get_logger(__name__)

_WITHIN_ACCOUNT: Final = frozenset({MANUAL, UNASSIGNED, DRILL})
"""Books that are measured with their account alone; a drill's is funded for a moment, which is no loss to act on."""

Rate = Callable[[str, str], Decimal | None]
BookOf = tuple[AccountId, StrategyId]


class LossMeter:
    """Measures losses of all accounts together, of each account and of each strategy.

    Books without capital of their own, the trader's, a drill's and the unassigned one, are measured within their
    account.

    Attributes:
        bases: by scope, as of the newest valuation that was known.
        zone: in which days are counted.
    """

    def __init__(self, rate: Rate, *, zone: str) -> None:
        self._rate = rate
        self.zone = ZoneInfo(zone)
        self.bases: dict[str, LossBase] = {}
        self._books: dict[BookOf, BookSnapshot] = {}
        self._accounts: dict[AccountId, AccountSnapshot] = {}
        self._moved: set[BookOf] = set()
        self._moved_accounts: set[AccountId] = set()
        self._paid_in = 0.0
        self._stale: frozenset[str] = frozenset()
        self._unknown: set[str] = set()

    def take_book(self, book: BookSnapshot) -> None:
        """Take a book's newest figures."""
        self._books[book.account, book.strategy] = book
        self._moved.add((book.account, book.strategy))

    def take_account(self, account: AccountSnapshot) -> None:
        """Take an account's newest figures, after those of its books."""
        self._accounts[account.account] = account
        self._moved_accounts.add(account.account)

    def take_stale(self, scopes: Iterable[str]) -> None:
        """Say whose value rests on prices that are too old: it counts as unknown."""
        stale = frozenset(scopes)
        if stale != self._stale:
            self._stale = stale
            self._moved |= self._books.keys()
            self._moved_accounts |= self._accounts.keys()

    def measure(self, now: datetime) -> set[str]:
        """Value what moved since the last call and return its scopes.

        A scope whose equity can't be computed keeps its base, and its losses are unknown until it can.
        """
        moved, self._moved = self._moved, set()
        accounts, self._moved_accounts = self._moved_accounts, set()
        day = now.astimezone(self.zone).date().isoformat()
        scopes = {f"account:{account}" for account in accounts if self._measure_account(account, day)}
        if accounts:
            scopes.add(ALL_SCOPE)
            self._value(ALL_SCOPE, self._sum_of_accounts(), self._paid_in, day)
        for strategy in {strategy for _, strategy in moved if self._has_own_loss(strategy)}:
            scopes.add(f"strategy:{strategy}")
            self._measure_strategy(strategy, day)
        return scopes

    def loss(self, scope: str, measure: LossMeasure) -> float | None:
        """Return a loss as a fraction, None when it can't be computed."""
        base = self.bases.get(scope)
        if base is None or base.equity is None or scope in self._unknown or scope in self._stale:
            return None
        return loss_of(base, measure)

    def knows(self, scope: str) -> bool:
        """Say whether a scope was valued in this session, or could not be."""
        return scope in self.bases or scope in self._unknown

    def missing(self, scope: str) -> str:
        """Return why a scope's equity is not known, in words."""
        if scope in self._stale:
            return "a price is too old"
        kind, _, name = scope.partition(":")
        gaps = [
            gap
            for (account, strategy), book in self._books.items()
            if scope == ALL_SCOPE or name == (account if kind == "account" else strategy)
            for gap in book.missing
        ]
        return ", ".join(dict.fromkeys(gaps)) or "a holding has no price"

    def rebase(self, scope: str) -> LossBase | None:
        """Return a base that begins at the present equity, None while that is unknown; it counts once it is put."""
        base = self.bases.get(scope)
        if base is None or base.equity is None or self.loss(scope, LossMeasure.DAY) is None:
            return None
        return rebased(base, base.equity, base.capital, base.day)

    def put(self, base: LossBase) -> None:
        """Measure from this base from here on."""
        self.bases[base.scope] = base
        if base.scope == ALL_SCOPE:
            self._paid_in = base.capital

    def encode(self) -> bytes:
        """Return the bases, to be kept over a restart."""
        return msgspec.msgpack.encode(list(self.bases.values()))

    def restore(self, journaled: Iterable[LossBase], kept: bytes | None) -> None:
        """Begin with what the journal says, and what was kept since where it only adds to that."""
        for base in journaled:
            self.put(base)
        try:
            later = [] if kept is None else msgspec.msgpack.decode(kept, type=list[LossBase])
        except msgspec.MsgspecError as error:
            _log.warning("loss_bases_left_aside", error=str(error))
            return
        for base in later:
            known = self.bases.get(base.scope)
            if known is not None and known.capital == base.capital and known.day == base.day:
                self.put(replace(known, equity=base.equity, peak=max(known.peak, base.peak)))

    def _has_own_loss(self, strategy: StrategyId) -> bool:
        """Say whether a book's loss is a share of anything: one that never had capital has a profit alone to lose."""
        if strategy in _WITHIN_ACCOUNT:
            return False
        funded = any(book.capital > 0 for (_, name), book in self._books.items() if name == strategy)
        return funded or f"strategy:{strategy}" in self.bases

    def _measure_account(self, account: AccountId, day: str) -> bool:
        snapshot = self._accounts[account]
        scope = f"account:{account}"
        before = self.bases.get(scope)
        capital = sum(float(book.capital) for (holder, _), book in self._books.items() if holder == account)
        if not self._value(scope, _float(snapshot.equity), capital, day):
            return True
        rate = self._rate(snapshot.currency, self._currency)
        # An account that is new here brings what it has: for all together that is money that came.
        came = self.bases[scope].equity if before is None or before.equity is None else capital - before.capital
        self._paid_in += (came or 0.0) * float(rate or 0)
        return True

    def _measure_strategy(self, strategy: StrategyId, day: str) -> None:
        books = [book for (_, name), book in self._books.items() if name == strategy]
        equity, capital = 0.0, 0.0
        known = True
        for book in books:
            rate = self._book_rate(book, books[0])
            known = known and book.equity is not None and rate is not None
            equity += float(book.equity or 0) * float(rate or 0)
            capital += float(book.capital) * float(rate or 0)
        self._value(f"strategy:{strategy}", equity if known else None, capital, day)

    def _book_rate(self, book: BookSnapshot, first: BookSnapshot) -> Decimal | None:
        if book.account == first.account:
            return Decimal(1)
        one, other = self._accounts.get(book.account), self._accounts.get(first.account)
        return None if one is None or other is None else self._rate(one.currency, other.currency)

    @property
    def _currency(self) -> str:
        return next(iter(self._accounts.values())).currency

    def _sum_of_accounts(self) -> float | None:
        total = 0.0
        for account in self._accounts.values():
            rate = self._rate(account.currency, self._currency)
            if account.equity is None or rate is None:
                return None
            total += float(account.equity * rate)
        return total

    def _value(self, scope: str, equity: float | None, capital: float, day: str) -> bool:
        if equity is None:
            self._unknown.add(scope)
            return False
        self._unknown.discard(scope)
        self.bases[scope] = valued(self.bases.get(scope) or LossBase(scope=scope), equity, capital, day)
        return True


def _float(value: Decimal | None) -> float | None:
    return None if value is None else float(value)
