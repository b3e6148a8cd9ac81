"""Double-entry balances: every amount is written twice, so that all of them add up to nothing."""

from decimal import Decimal
from enum import IntEnum

from ares_desktop.domain.money import ZERO


class Heading(IntEnum):
    """What a balance is of; debits are positive.

    What a book owns (cash, inventory at cost) and what it spent (commission) is positive; what it was given (capital,
    in kind) and what it earned (realized, carry) is negative.
    """

    CASH = 0
    INVENTORY = 1
    CAPITAL = 2
    IN_KIND = 3
    REALIZED = 4
    COMMISSION = 5
    CARRY = 6


class Postings:
    """The balances of one book in one currency, by :class:`Heading`."""

    __slots__ = ("balances",)

    def __init__(self, balances: list[Decimal] | None = None) -> None:
        self.balances = balances or [ZERO] * len(Heading)

    def post(self, debit: Heading, credit: Heading, amount: Decimal) -> None:
        """Move ``amount`` from the ``credit`` to the ``debit`` balance."""
        self.balances[debit] += amount
        self.balances[credit] -= amount

    @property
    def balanced(self) -> bool:
        """Whether the balances add up to zero."""
        return sum(self.balances) == 0
