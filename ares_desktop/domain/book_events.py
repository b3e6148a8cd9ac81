"""What happened to books without a trade: money and holdings that came, went or changed hands."""

from datetime import datetime
from decimal import Decimal
from typing import Final

import msgspec

from ares_desktop.domain.ids import AccountId, InstrumentId, StrategyId

FLOW_KINDS: Final = ("deposit", "withdrawal", "transfer", "sweep", "fee", "dividend", "interest")
"""Why money came or went without a trade; the last three are what a person calls money the broker did not explain."""


class CashFlowRecorded(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Money that came or went without a trade: it moves NAV units, not performance.

    Attributes:
        amount: positive into the book.
        kind: one of :data:`FLOW_KINDS`; what a holding earns by the broker's own word is :class:`CarryBooked`.
        transfer: equal for the two sides of a transfer between books.
        key: unique within the account for what a broker carried out or a person booked, empty for others.
        note: why, where a person wrote it.
    """

    account: AccountId
    strategy: StrategyId
    currency: str
    amount: Decimal
    kind: str
    at: datetime
    transfer: str = ""
    key: str = ""
    note: str = ""
    source: str = ""


class PositionAdjusted(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """A holding found at the broker without a fill of ours, booked at the broker's cost.

    Attributes:
        price: what a unit cost, points of price.
        mark: market price at which it counts as capital, so that what it gained before is nobody's performance;
            None for the cost itself.
    """

    account: AccountId
    strategy: StrategyId
    instrument: InstrumentId
    quantity: Decimal
    price: Decimal
    reason: str
    at: datetime
    currency: str = "USD"
    multiplier: Decimal = Decimal(1)
    mark: Decimal | None = None


class CarryBooked(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Money that a holding or a debt earned (positive) or cost without a trade: performance, not a flow.

    Attributes:
        instrument: what was held, None for interest on cash.
        kind: ``dividend``, ``borrow``, ``interest`` or ``funding``.
        key: unique within the account.
    """

    account: AccountId
    strategy: StrategyId
    instrument: InstrumentId | None
    kind: str
    amount: Decimal
    currency: str
    key: str
    at: datetime


class PositionSplit(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """A book's holding became more or fewer units at the same cost; what makes no whole lot was paid out.

    Attributes:
        before, after: signed quantities.
        numerator, denominator: new units for so many old ones.
        cash: received for the fraction, negative when a short position paid for it.
        price: of a new unit, at which the fraction was valued.
        key: unique within the account.
    """

    account: AccountId
    strategy: StrategyId
    instrument: InstrumentId
    before: Decimal
    after: Decimal
    numerator: int
    denominator: int
    cash: Decimal
    price: Decimal
    currency: str
    key: str
    at: datetime


class PositionMoved(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """A person gave a holding, or a part of it, from one book to another of the same account; nothing was traded.

    Attributes:
        quantity: signed, as the giver held it.
        cost: of that quantity, multiplier included, which leaves the giver's cost and becomes the taker's.
        kind: ``assign``, ``split``, ``merge`` or ``undo``.
        move: unique; ``undoes`` is that of the move which this one takes back.
        value: of that quantity at the mark, which the giver's capital loses and the taker's gains, so that neither
            performance moves; None for the cost.
    """

    account: AccountId
    instrument: InstrumentId
    giver: StrategyId
    taker: StrategyId
    quantity: Decimal
    cost: Decimal
    currency: str
    multiplier: Decimal
    kind: str
    move: str
    source: str
    at: datetime
    undoes: str = ""
    value: Decimal | None = None


BookNews = CarryBooked | PositionSplit | CashFlowRecorded | PositionMoved
"""What a strategy is told of its book beside its executions."""
