"""Which protection of an account is real right now."""

from datetime import datetime
from enum import StrEnum

import msgspec

from ares_desktop.domain.ids import AccountId


class Protection(StrEnum):
    """What may stop trading or limit a loss."""

    KILL_SWITCH = "kill switch"
    SENTINEL = "sentinel"
    DEAD_MAN = "dead-man timer"
    STOPS = "protective stops"
    LATCH = "latch on disk"


class Cover(StrEnum):
    """Whether a protection is real."""

    REAL = "real"
    ENGAGED = "engaged"
    """It has acted, and holds."""
    GAP = "gap"
    """It should be there and is not."""
    CHOSEN_OFF = "off"
    """It was not chosen."""
    MISSING = "not available"
    """The broker does not offer it."""


class CoverageCell(msgspec.Struct, frozen=True, kw_only=True):
    """One protection of one account.

    Attributes:
        reason: what the state follows from.
        remedy: what a person can do about it, empty where nothing needs doing.
        since: when it came to this state, None when that is not known.
        seconds: age of the sentinel's newest answer, or what is left of a timer; None for the others.
    """

    protection: Protection
    cover: Cover
    reason: str
    remedy: str = ""
    since: datetime | None = None
    seconds: float | None = None


class AccountCoverage(msgspec.Struct, frozen=True, kw_only=True):
    """All protections of an account, one cell for each kind."""

    account: AccountId
    broker: str
    paper: bool
    cells: tuple[CoverageCell, ...]

    @property
    def gaps(self) -> tuple[CoverageCell, ...]:
        """Protections that should be there and are not."""
        return tuple(cell for cell in self.cells if cell.cover is Cover.GAP)


class CoverageGrid(msgspec.Struct, frozen=True, kw_only=True):
    """Every account at one moment."""

    accounts: tuple[AccountCoverage, ...]
    at: datetime
