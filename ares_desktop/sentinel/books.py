"""Which strategy holds what: the journal, read while others write it, and what the broker executed since."""

import logging
from collections import defaultdict
from collections.abc import Iterable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

from ares_desktop.domain.errors import AresError
from ares_desktop.domain.fills import Fill
from ares_desktop.domain.ids import SENTINEL, UNASSIGNED, AccountId, InstrumentId, StrategyId
from ares_desktop.domain.money import ZERO
from ares_desktop.engine.adapters.stores.journal import SqliteJournal
from ares_desktop.engine.trading.fold import Fold

_log = logging.getLogger(__name__)

Book = tuple[StrategyId, InstrumentId]


class Holdings(NamedTuple):
    """What an account holds, apart by whose it is.

    Attributes:
        own: signed quantity of each strategy's book.
        outside: what the trader holds without a strategy, which is never touched.
    """

    own: dict[Book, Decimal]
    outside: dict[InstrumentId, Decimal]


class Books:
    """The books as of the moment they were read; only executions are added to them later.

    Attributes:
        note: what could not be read, empty when all could.
    """

    def __init__(self, fold: Fold, note: str = "") -> None:
        self.note = note
        self._fold = fold

    @classmethod
    def read(cls, journal: Path) -> "Books":
        """Fold a journal as far as it can be read; takes a while for a long one, and never fails."""
        store, fold = SqliteJournal(journal), Fold()
        try:
            snapshot = store.load_snapshot()
            fold = (Fold.decode(snapshot[1]) if snapshot else None) or fold
            for event in store.read(after=fold.last_sequence):
                fold.apply(event)
        except AresError as error:
            # What follows is known from the broker's executions, which carry their strategy.
            _log.warning("journal_not_read until=%s error=%s", fold.last_sequence, error)
            return cls(fold, f"the journal was read up to event {fold.last_sequence}: {error}")
        return cls(fold)

    @property
    def last_own_number(self) -> int:
        """The greatest number among the sentinel's own order ids, 0 before the first."""
        return self._fold.registry.last_sequence(SENTINEL)

    def has_strategy(self, name: str) -> bool:
        """Say whether an instance or a book is called so."""
        return name in self._fold.instances or any(key[1] == name for key in self._fold.ledger.positions())

    def holdings(self, account: AccountId, fills: Iterable[Fill]) -> Holdings:
        """Return what an account holds after executions that the journal may lack."""
        own: dict[Book, Decimal] = defaultdict(Decimal)
        for (name, strategy, instrument), position in self._fold.ledger.positions().items():
            if name == account:
                own[strategy, instrument] += position.quantity
        for fill in fills:
            if not self._fold.registry.has_trade(account, fill.trade_id):
                own[fill.strategy, fill.instrument] += fill.signed_quantity
        outside = {instrument: own.pop((book, instrument)) for book, instrument in list(own) if book == UNASSIGNED}
        return Holdings({book: quantity for book, quantity in own.items() if quantity}, outside)


def to_close(holdings: Holdings, net: Mapping[InstrumentId, Decimal]) -> dict[Book, Decimal]:
    """Return the signed part of each book that may be closed without touching what is held outside.

    Where nobody holds the other side, no more is closed than the broker has: books that are behind never flip a
    position.

    Args:
        holdings: by the books.
        net: what the broker has, by instrument.
    """
    closing: dict[Book, Decimal] = {}
    for instrument in sorted({instrument for _, instrument in holdings.own}):
        books = sorted(book for book in holdings.own if book[1] == instrument)
        sides = {holdings.own[book] > 0 for book in books}
        outside = holdings.outside.get(instrument, ZERO)
        if outside:
            sides.add(outside > 0)
        one_sided = len(sides) == 1
        left = abs(net.get(instrument, ZERO)) if (net.get(instrument, ZERO) > 0) in sides else ZERO
        for book in books:
            quantity = holdings.own[book]
            size = min(abs(quantity), left) if one_sided else abs(quantity)
            left -= size
            if size:
                closing[book] = size if quantity > 0 else -size
    return closing
