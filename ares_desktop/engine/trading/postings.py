"""Double-entry balances: every entry is written twice, so that all of them add up to nothing."""

from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from ares_desktop.domain.ids import AccountId, StrategyId
from ares_desktop.domain.money import ZERO


class Heading(StrEnum):
    """What a balance is of; debits are positive.

    What a book owns (cash, inventory at cost) and what it spent (commission) is positive; what it was given (capital,
    in kind) and what it earned (realized) is negative.
    """

    CASH = "cash"
    INVENTORY = "inventory"
    CAPITAL = "capital"
    IN_KIND = "in_kind"
    REALIZED = "realized"
    COMMISSION = "commission"


class BalanceKey(NamedTuple):
    """One balance of one book."""

    account: AccountId
    strategy: StrategyId
    currency: str
    heading: Heading


class Postings:
    """The balances of all books."""

    def __init__(self) -> None:
        self._balances: dict[BalanceKey, Decimal] = {}

    def post(
        self,
        account: AccountId,
        strategy: StrategyId,
        currency: str,
        debit: Heading,
        credit: Heading,
        amount: Decimal,
    ) -> None:
        """Move ``amount`` from the ``credit`` to the ``debit`` balance of a book."""
        if not amount:
            return
        balances = self._balances
        key = BalanceKey(account, strategy, currency, debit)
        balances[key] = balances.get(key, ZERO) + amount
        key = BalanceKey(account, strategy, currency, credit)
        balances[key] = balances.get(key, ZERO) - amount

    def balance(self, account: AccountId, strategy: StrategyId, currency: str, heading: Heading) -> Decimal:
        """Return a balance, zero where nothing was posted."""
        return self._balances.get(BalanceKey(account, strategy, currency, heading), ZERO)

    def all(self) -> dict[BalanceKey, Decimal]:
        """Return every balance that was ever posted to."""
        return dict(self._balances)

    def load(self, balances: dict[BalanceKey, Decimal]) -> None:
        """Replace every balance."""
        self._balances = dict(balances)

    def trial_balances(self) -> dict[tuple[AccountId, StrategyId, str], Decimal]:
        """Return the sum of each book's balances in each currency; every one is zero."""
        sums: dict[tuple[AccountId, StrategyId, str], Decimal] = {}
        for key, amount in self._balances.items():
            sums[key[:3]] = sums.get(key[:3], ZERO) + amount
        return sums
