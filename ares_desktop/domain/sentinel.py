"""What the sentinel guards, what it did, and how it is: the records that it shares with the application."""

from datetime import datetime
from enum import StrEnum
from typing import Final

import msgspec

from ares_desktop.domain.ids import AccountId, ClientOrderId
from ares_desktop.domain.orders import OrderIntent
from ares_desktop.domain.risk import KillMode, KillSwitchReport

_LEASE_S: Final = 2.0


class SentinelPolicy(StrEnum):
    """What the sentinel does for an account when the application falls silent."""

    NOTHING = "nothing"
    CANCEL = "cancel"
    FLATTEN = "flatten"

    @property
    def mode(self) -> KillMode | None:
        """The kill switch's word for it, None for nothing."""
        return None if self is SentinelPolicy.NOTHING else KillMode(self.value)


class GuardedAccount(msgspec.Struct, frozen=True, kw_only=True):
    """An account that the sentinel can reach by a session of its own; ``broker`` names the adapter."""

    broker: str
    account: AccountId
    paper: bool
    policy: SentinelPolicy


class GuardPlan(msgspec.Struct, frozen=True, kw_only=True):
    """What the application asked the sentinel to do, kept in the profile so that it holds without the application.

    Attributes:
        beat_s: seconds between two beats.
        after_s: seconds without a beat after which the policies are carried out.
        replayed: market time is the past's, so that the sentinel's orders carry the broker's newest time.
    """

    accounts: tuple[GuardedAccount, ...]
    beat_s: float = 0.5
    after_s: float = 10.0
    replayed: bool = False

    @property
    def lease_s(self) -> float:
        """How long the application may send orders after a beat that was answered: always over before the act."""
        return min(self.after_s - self.beat_s / 2, max(_LEASE_S, 4 * self.beat_s))


class ActState(StrEnum):
    """How far an act of the sentinel has come."""

    ACTING = "acting"
    DONE = "done"
    RESIDUE = "residue"
    """Something is left; it is tried again until it is gone or the application takes over."""
    TAKEN_OVER = "taken over"


class SentinelAct(msgspec.Struct, frozen=True, kw_only=True):
    """One time that the sentinel acted, kept on the disk before anything is sent and after every step.

    Attributes:
        id: unique within the profile.
        report: steps, times and residue, as of the kill switch.
        accounts: with the policies as they were carried out.
        orders: its own orders, written down before they were sent; sent again only under the same ids.
        canceled: orders that worked and that it canceled.
        silent_s: for how long the application had been silent, None when somebody asked for it.
        earlier: reports of acts before it that no application took over either; what they latched counts, too.
    """

    id: str
    state: ActState
    report: KillSwitchReport
    accounts: tuple[GuardedAccount, ...]
    orders: tuple[OrderIntent, ...] = ()
    canceled: tuple[ClientOrderId, ...] = ()
    silent_s: float | None = None
    earlier: tuple[KillSwitchReport, ...] = ()

    @property
    def latches(self) -> tuple[KillSwitchReport, ...]:
        """What is to be latched: of each scope the newest report."""
        return tuple({report.scope: report for report in (*self.earlier, self.report)}.values())


class SentinelPhase(StrEnum):
    """What the sentinel is busy with."""

    WAITING = "waiting"
    """No application has reported yet."""
    WATCHING = "watching"
    SILENT = "silent"
    """A beat is overdue."""
    ACTING = "acting"
    ACTED = "acted"


class SentinelStatus(msgspec.Struct, frozen=True, kw_only=True):
    """The sentinel as it answers.

    Attributes:
        beat_age_s: since the newest beat, None before the first.
        act: that no application has taken over yet.
    """

    pid: int
    phase: SentinelPhase
    since: datetime
    app_pid: int | None = None
    beat_age_s: float | None = None
    act: SentinelAct | None = None
