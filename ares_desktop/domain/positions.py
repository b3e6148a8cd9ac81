"""Positions, books and the proof that they add up to what the broker says."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum

import msgspec

from ares_desktop.domain.ids import AccountId, InstrumentId, StrategyId
from ares_desktop.domain.money import ZERO


class Position(msgspec.Struct, frozen=True, kw_only=True):
    """One book's holding of an instrument, valued at its mark.

    Attributes:
        quantity: signed; zero once closed, when realized P&L remains to be shown.
        average_price: cost of the open part by the average-cost rule, None when flat.
        mark: valuation price, None when there is none; then ``unrealized`` is None too, never zero.
        marked_at: time of the mark.
        stale: the mark is older than its feed allows.
    """

    account: AccountId
    strategy: StrategyId
    instrument: InstrumentId
    quantity: Decimal
    average_price: Decimal | None = None
    realized: Decimal = ZERO
    commission: Decimal = ZERO
    mark: Decimal | None = None
    marked_at: datetime | None = None
    unrealized: Decimal | None = None
    market_value: Decimal | None = None
    currency: str = "USD"
    stale: bool = False


class NetPosition(msgspec.Struct, frozen=True, kw_only=True):
    """What the broker reports for an instrument of an account."""

    account: AccountId
    instrument: InstrumentId
    quantity: Decimal
    average_price: Decimal | None = None


class ProofLine(msgspec.Struct, frozen=True, kw_only=True):
    """Sum of books + unassigned = broker, for an instrument or for cash.

    Attributes:
        item: an instrument, or ``cash USD``.
        broker: None when the broker has not reported yet.
        step: the smallest amount there is of the item; what differs by less than half of it is equal.
    """

    account: AccountId
    item: str
    books: Decimal
    unassigned: Decimal
    broker: Decimal | None
    step: Decimal = ZERO

    @property
    def difference(self) -> Decimal | None:
        """What the books have more than the broker, None while the broker's figure is not known."""
        return None if self.broker is None else self.books + self.unassigned - self.broker

    @property
    def balanced(self) -> bool | None:
        """None while the broker's figure is not known."""
        difference = self.difference
        return None if difference is None else not difference or 2 * abs(difference) < self.step


class Proof(msgspec.Struct, frozen=True, kw_only=True):
    """All proof lines at one moment.

    Attributes:
        sequence: of the newest journal event that the lines include.
        held_at: when every line last added up, None while it never did in this session.
        held_sequence: of the newest event that it then included.
        broken_by: sequence of the first event after which it no longer held, 0 while it holds.
        broken_at: when that was found.
        fault: why the books do not balance by themselves, empty while they do.
    """

    lines: tuple[ProofLine, ...]
    at: datetime
    sequence: int = 0
    held_at: datetime | None = None
    held_sequence: int = 0
    broken_by: int = 0
    broken_at: datetime | None = None
    fault: str = ""

    @property
    def balanced(self) -> bool | None:
        """False when any line does not add up; None when any is unknown and none is wrong."""
        states = [line.balanced for line in self.lines]
        if False in states:
            return False
        return None if None in states or not states else True


class Remedy(StrEnum):
    """What a person can do about a difference to the broker."""

    ASK_AGAIN = "ask again"
    ADOPT = "adopt as unassigned"
    DEPOSIT = "book as deposit"
    WITHDRAWAL = "book as withdrawal"
    FEE = "book as fee"
    DIVIDEND = "book as dividend"
    INTEREST = "book as interest"
    CANCEL = "cancel at the broker"
    FORGET = "count as gone"


class Discrepancy(msgspec.Struct, frozen=True, kw_only=True):
    """A difference between our ledger and the broker.

    Attributes:
        kind: ``position``, ``cash``, ``order`` or ``fill``.
        at: when it was seen last; ``since`` when it was first.
        seen: how many comparisons in a row found it.
        remedies: what can be done, the proposed one first.
        resolved: True once a later reconciliation no longer finds it; ``resolution`` says what was done about it.
    """

    id: str
    account: AccountId
    kind: str
    item: str
    ours: str
    broker: str
    detail: str
    at: datetime
    resolved: bool = False
    since: datetime | None = None
    seen: int = 1
    remedies: tuple[Remedy, ...] = ()
    resolution: str = ""
