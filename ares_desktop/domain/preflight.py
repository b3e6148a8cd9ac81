"""What is looked at before an instance starts, and what its start will do."""

from datetime import datetime
from enum import StrEnum

import msgspec

from ares_desktop.domain.ids import StrategyId


class CheckState(StrEnum):
    """How a check came out."""

    PASSED = "passed"
    WARNING = "warning"
    FAILED = "failed"
    UNKNOWN = "unknown"


class PreflightCheck(msgspec.Struct, frozen=True, kw_only=True):
    """One check.

    Attributes:
        code: stable, such as ``DATA_FRESH``.
        reason: what was found, with figures.
        remedy: what a person can do; empty for a passed check.
        forcible: a person may start in spite of its failure.
    """

    code: str
    title: str
    state: CheckState
    reason: str
    remedy: str = ""
    forcible: bool = True


class Effect(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that will happen when the instance starts, in words with figures."""

    title: str
    text: str


class PreflightReport(msgspec.Struct, frozen=True, kw_only=True):
    """The card before a start."""

    name: StrategyId
    at: datetime
    checks: tuple[PreflightCheck, ...]
    effects: tuple[Effect, ...]

    @property
    def failed(self) -> tuple[PreflightCheck, ...]:
        """Checks that a start needs a person's word for, or that forbid it."""
        return tuple(check for check in self.checks if check.state is CheckState.FAILED)

    @property
    def forbidden(self) -> tuple[PreflightCheck, ...]:
        """Failed checks that no word overrides."""
        return tuple(check for check in self.failed if not check.forcible)
