"""Positions, books and the proof that they add up to what the broker says."""

from datetime import datetime
from decimal import Decimal

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
    """

    account: AccountId
    item: str
    books: Decimal
    unassigned: Decimal
    broker: Decimal | None

    @property
    def balanced(self) -> bool | None:
        """None while the broker's figure is not known."""
        return None if self.broker is None else self.books + self.unassigned == self.broker


class Proof(msgspec.Struct, frozen=True, kw_only=True):
    """All proof lines at one moment."""

    lines: tuple[ProofLine, ...]
    at: datetime

    @property
    def balanced(self) -> bool | None:
        """False when any line does not add up; None when any is unknown and none is wrong."""
        states = [line.balanced for line in self.lines]
        if False in states:
            return False
        return None if None in states or not states else True


class Discrepancy(msgspec.Struct, frozen=True, kw_only=True):
    """A difference between our ledger and the broker.

    Attributes:
        kind: ``position``, ``cash``, ``order`` or ``fill``.
        resolved: True once a later reconciliation no longer finds it.
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
