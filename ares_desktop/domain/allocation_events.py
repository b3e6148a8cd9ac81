"""What happened to proposals of how capital is divided."""

from datetime import date, datetime
from decimal import Decimal

import msgspec

from ares_desktop.domain.ids import AccountId, StrategyId
from ares_desktop.domain.portfolio import AllocationProposal


class AllocationProposed(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Weights were proposed; nothing changed by that."""

    proposal: AllocationProposal
    source: str
    at: datetime


class AllocationApproved(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """A person approved weights; the transfers and instances that follow are in the same commit.

    Attributes:
        before, after: shares of the account's equity; ``moved`` the money, positive into a strategy's book.
        first, last, days: the span of the data that the weights stand on.
    """

    proposal: str
    account: AccountId
    method: str
    before: dict[StrategyId, Decimal]
    after: dict[StrategyId, Decimal]
    moved: dict[StrategyId, Decimal]
    basis: str
    days: int
    source: str
    at: datetime
    first: date | None = None
    last: date | None = None


class AllocationRejected(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """A proposal was rejected by a person, or nobody approved it in time."""

    proposal: str
    reason: str
    source: str
    at: datetime
    expired: bool = False
