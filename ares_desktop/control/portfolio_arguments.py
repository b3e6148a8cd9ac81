"""What the commands about the whole house take."""

from decimal import Decimal

import msgspec

from ares_desktop.domain.portfolio import AllocationMethod


class Stress(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Which scenarios: all, one by its name, or one of shocks that are given here.

    Attributes:
        shocks: target and change, such as ``asset:equity=-0.15``.
        keep: name under which the shocks are kept; ``forget`` that of a kept scenario.
    """

    scenario: str | None = None
    shocks: tuple[str, ...] = ()
    keep: str | None = None
    forget: str | None = None


class Propose(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How weights are proposed, and for which account."""

    method: AllocationMethod
    account: str | None = None


class ShowAllocation(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Everything, or one proposal."""

    proposal: str | None = None


class Approve(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A proposal, and the word that confirms it."""

    proposal: str
    confirm: str


class Reject(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A proposal and why it is put aside."""

    proposal: str
    reason: str = ""


class Reduce(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Which share of every position to close, and where."""

    fraction: Decimal
    scope: str = "all"
