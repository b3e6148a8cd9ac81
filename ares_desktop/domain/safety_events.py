"""What was allowed and forbidden: trading states, the kill switch, limits."""

from datetime import datetime
from decimal import Decimal

import msgspec

from ares_desktop.domain.ids import AccountId, InstrumentId, StrategyId
from ares_desktop.domain.limits import ScopeLimits
from ares_desktop.domain.protections import GainPeak, LadderState, Lock, LossBase, ProtectionRules, Rung
from ares_desktop.domain.risk import KillSwitchReport, TradingState
from ares_desktop.domain.sentinel import SentinelAct


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
    """A person re-armed trading in a scope; an empty one stands for everything that was engaged."""

    source: str
    at: datetime
    scope: str = ""


class KillSwitchDrilled(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """A drill measured the kill switch on a book of its own.

    Attributes:
        cost: what the drill's own trades lost, in the account's currency.
    """

    report: KillSwitchReport
    cost: Decimal
    currency: str
    source: str
    at: datetime


class LimitsChanged(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """The limits of a scope were set.

    Attributes:
        limits: everything that the scope sets of its own from here on.
        note: why, as a person said it; a limit is not loosened without.
    """

    scope: str
    limits: ScopeLimits
    source: str
    at: datetime
    note: str = ""


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


class LossBaseKept(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """What losses of a scope are measured from; kept when a peak or a day's opening matters, or a person set it."""

    base: LossBase
    source: str
    at: datetime


class GainPeaked(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """An open position gained more than ever; kept in steps, so that a restart forgets little of it."""

    account: AccountId
    strategy: StrategyId
    instrument: InstrumentId
    gain: GainPeak
    at: datetime


class ProtectionsChanged(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """What protects a scope was set; None returns it to the settings."""

    scope: str
    rules: ProtectionRules | None
    source: str
    at: datetime


class ExecutionsConfirmed(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """A person looked at what a strategy executed by itself and lets it go on."""

    strategy: StrategyId
    source: str
    at: datetime


class SentinelActed(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """The sentinel acted while the application could not, and the application has learned of it."""

    act: SentinelAct
    at: datetime
