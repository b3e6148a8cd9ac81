"""What happened in the house: instances, sessions, comparisons with brokers."""

from datetime import datetime

import msgspec

from ares_desktop.domain.ids import AccountId, StrategyId
from ares_desktop.domain.strategies import Fault, StrategyInstance


class InstanceSaved(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """A strategy instance was added or changed; ``note`` says why, where a person wrote it."""

    instance: StrategyInstance
    source: str
    at: datetime
    note: str = ""


class InstanceRemoved(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """A strategy instance was removed; its book stays."""

    name: StrategyId
    source: str
    at: datetime


class InstanceFaulted(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """An instance failed."""

    name: StrategyId
    fault: Fault
    at: datetime


class StartForced(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """A person started an instance in spite of failed checks, whose codes are kept."""

    name: StrategyId
    failed: tuple[str, ...]
    source: str
    at: datetime


class StrategyReloaded(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """A changed file took over from the one that ran; ``sha256`` is that of the new source."""

    name: StrategyId
    file: str
    sha256: str
    at: datetime


class Reconciled(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Our books were compared with a broker's; counts of what had to be added or differs."""

    account: AccountId
    missing_events: int
    discrepancies: int
    at: datetime


class RemedyApplied(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """A person acted on a difference to the broker; what followed from it are events of their own.

    Attributes:
        discrepancy: its id, such as ``PAPER:cash:USD``.
        remedy: one of :class:`~ares_desktop.domain.positions.Remedy`.
        ours, broker: what differed.
    """

    account: AccountId
    discrepancy: str
    remedy: str
    ours: str
    broker: str
    source: str
    at: datetime


class SessionStarted(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """The application opened the journal for writing."""

    version: str
    pid: int
    at: datetime


class SessionStopped(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """The application ended in order; without it the session was killed."""

    at: datetime


class CommandIssued(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Somebody commanded something that changes the house, and it was done or it failed.

    Attributes:
        command: as the window and the command line call it, ``strategies enable``.
        arguments: as text, secrets left out.
        by: the user of the machine.
        via: ``window``, ``command line``, ``hot key``, ``tray``, ``sentinel`` or the part of the engine that acted.
        outcome: why a command was not done that was kept only after it had acted; empty else.
        took_ms: how long such a command took.
        pid: the process that asked, 0 when it is the application itself.
        uid: the number of the machine's user.
    """

    command: str
    arguments: dict[str, str]
    by: str
    via: str
    at: datetime
    outcome: str = ""
    took_ms: float = 0.0
    pid: int = 0
    uid: int = -1


class CommandFinished(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """A command that was kept before it acted has ended; its event is the cause of this one.

    Attributes:
        outcome: empty when it was done, else why not.
        took_ms: from the command to its end.
    """

    command: str
    outcome: str
    took_ms: float
    at: datetime
