"""Double-entry balances: every amount is written twice, so that all of them add up to nothing."""

from decimal import Decimal
from enum import IntEnum

from ares_desktop.domain.money import ZERO


class Heading(IntEnum):
    """What a balance is of; debits are positive.

    What a book owns (cash, inventory at cost) and what it spent (commission) is positive; what it was given (capital,
    in kind) and what it earned (realized, carry) is negative. ``HANDED`` is the open profit that a book handed over
    with a holding (negative, it earned it) or took over (positive): the holding moves at its cost, the capital at the
    mark, and the difference is written here, so that nothing counts as realized.
    """

    CASH = 0
    INVENTORY = 1
    CAPITAL = 2
    IN_KIND = 3
    REALIZED = 4
    COMMISSION = 5
    CARRY = 6
    HANDED = 7


class Postings:
    """The balances of one book in one currency, by :class:`Heading`.

    Attributes:
        cost: of the positions, followed apart from the postings so that each proves the other.
    """

    __slots__ = ("balances", "cost")

    def __init__(self, balances: list[Decimal] | None = None) -> None:
        self.balances = balances or [ZERO] * len(Heading)
        self.cost = ZERO

    def post(self, debit: Heading, credit: Heading, amount: Decimal) -> None:
        """Move ``amount`` from the ``credit`` to the ``debit`` balance."""
        self.balances[debit] += amount
        self.balances[credit] -= amount

    @property
    def balanced(self) -> bool:
        """Whether the balances add up to zero."""
        return sum(self.balances) == 0
