"""Scopes that a person names: a pause of something that is not there would protect nobody."""

from collections.abc import Callable, Collection, Iterable

from ares_desktop.domain.errors import Finding, UsageError
from ares_desktop.domain.ids import MANUAL, UNASSIGNED, AccountId, StrategyId
from ares_desktop.domain.instruments import Instrument
from ares_desktop.domain.risk import ALL_SCOPE
from ares_desktop.engine.trading.fold import Fold


class Scopes:
    """Says whether a scope, or a book, is known.

    Args:
        accounts: of the brokers.
        instruments: returns those of the feed.
    """

    def __init__(
        self, fold: Fold, accounts: Collection[AccountId], instruments: Callable[[], Iterable[Instrument]]
    ) -> None:
        self._fold = fold
        self._accounts = accounts
        self._instruments = instruments

    def check(self, scope: str) -> None:
        """Let a known scope pass.

        Raises:
            UsageError: for a text that is no scope, or one that names nothing.
        """
        kind, colon, name = scope.partition(":")
        if scope == ALL_SCOPE:
            return
        if kind not in {"account", "strategy", "instrument"} or not colon or not name:
            raise _wrong("scope", scope, "is not a scope", "Write all, account:ID, strategy:NAME or instrument:ID.")
        known: Collection[str] = {"account": self._account_names, "strategy": self._books}.get(
            kind, self._instrument_names
        )()
        if name not in known:
            raise _wrong("scope", scope, "names nothing that is known", f"Known ones are {', '.join(sorted(known))}.")

    def book(self, name: str) -> StrategyId:
        """Return the book of that name, in which the trader may place orders.

        Raises:
            UsageError: when there is none.
        """
        known = self._books()
        if name not in known:
            raise _wrong("strategy", name, "is not known", f"Known ones are {', '.join(sorted(known))}.")
        return StrategyId(name)

    def _books(self) -> set[str]:
        """Return the instances, removed ones whose book is still there, and the trader's own."""
        books = (strategy for _, strategy in self._fold.ledger.all_books() if strategy != UNASSIGNED)
        return {*self._fold.instances, *books, MANUAL}

    def _account_names(self) -> set[str]:
        return {*self._accounts, *(account for account, _ in self._fold.ledger.all_books())}

    def _instrument_names(self) -> set[str]:
        """Return those of the feed, and what is held or was traded without being in it."""
        held = (key.instrument for key in self._fold.ledger.positions())
        return {*(item.id for item in self._instruments()), *held}


def _wrong(place: str, value: str, problem: str, remedy: str) -> UsageError:
    return UsageError(Finding(place=place, value=value, problem=problem, remedy=remedy))
