"""What was allowed and forbidden: trading states, the kill switch, limits."""

from datetime import datetime

import msgspec

from ares_desktop.domain.ids import StrategyId
from ares_desktop.domain.protections import LadderState, Lock, Rung
from ares_desktop.domain.risk import KillSwitchReport, RiskLimits, TradingState


class TradingStateSet(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Somebody set the trading state of a scope.

    Attributes:
        holder: who holds the scope in it, empty for a person. Each holder sets and lifts its own state alone; the most
            restrictive one of a scope is in force.
    """

    scope: str
    state: TradingState
    reason: str
    source: str
    at: datetime
    holder: str = ""


class KillSwitchEngaged(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """The latch: committed before anything else happens."""

    report: KillSwitchReport


class KillSwitchStepped(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """A step began or ended, or a further reason came; holds the whole state so far."""

    report: KillSwitchReport


class KillSwitchReleased(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """A person re-armed trading."""

    source: str
    at: datetime


class LimitsChanged(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """The limits of a scope were set."""

    scope: str
    limits: RiskLimits
    source: str
    at: datetime


class LockPlaced(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """A protection or a person locked a scope, or changed the lock of the same id."""

    lock: Lock
    source: str
    at: datetime


class LockLifted(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """A lock was taken away before or at its end."""

    id: str
    source: str
    at: datetime


class LadderStepped(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """A scope came to another rung of the loss ladder; ``before`` is the one it came from."""

    state: LadderState
    before: Rung


class ExecutionsConfirmed(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """A person looked at what a strategy executed by itself and lets it go on."""

    strategy: StrategyId
    source: str
    at: datetime
