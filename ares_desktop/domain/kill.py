"""What the kill switch did: its mode, its steps, each broker's line, and what became of each order and position."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum

import msgspec

from ares_desktop.domain.ids import AccountId, ClientOrderId, InstrumentId, StrategyId

ALL_SCOPE = "all"
"""The scope that holds everything; others are ``account:ID``, ``strategy:NAME`` and ``instrument:ID``."""


class KillMode(StrEnum):
    """What the kill switch does with positions."""

    CANCEL = "cancel"
    FLATTEN = "flatten"


class StepState(StrEnum):
    """Progress of one step of the kill switch."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    SKIPPED = "skipped"


class KillStep(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the kill switch's checklist; times are milliseconds since it was engaged."""

    name: str
    state: StepState
    started_ms: float | None = None
    finished_ms: float | None = None
    detail: str = ""


class BrokerLine(msgspec.Struct, frozen=True, kw_only=True):
    """The steps at one broker, which no other broker waits for."""

    broker: str
    account: AccountId
    mode: KillMode
    steps: tuple[KillStep, ...] = ()


class Residue(msgspec.Struct, frozen=True, kw_only=True):
    """What the kill switch could not yet undo, and what happens next.

    Attributes:
        at: when the next action can succeed at the earliest, None where nobody knows.
    """

    item: str
    detail: str
    next_action: str
    account: str = ""
    at: datetime | None = None


class KilledOrder(msgspec.Struct, frozen=True, kw_only=True):
    """An order that the kill switch canceled or sent, and what became of it."""

    order: ClientOrderId
    account: AccountId
    strategy: StrategyId
    instrument: InstrumentId
    outcome: str
    closing: bool = False


class KilledPosition(msgspec.Struct, frozen=True, kw_only=True):
    """A position that was there when the kill switch was engaged, and what is left of it."""

    account: AccountId
    strategy: StrategyId
    instrument: InstrumentId
    before: Decimal
    after: Decimal


class KillSwitchReport(msgspec.Struct, frozen=True, kw_only=True):
    """State and outcome of one engagement of the kill switch; ``engaged`` is False when it is released.

    Attributes:
        modes: what is done at each account; ``mode`` is the most that is done at any.
        brokers: the steps at each broker.
        orders, positions: what there was, with its outcome; complete once ``finished``.
        drill: whether it was an exercise on a book of its own.
    """

    engaged: bool
    reason: str = ""
    source: str = ""
    scope: str = ALL_SCOPE
    mode: KillMode = KillMode.FLATTEN
    modes: dict[AccountId, KillMode] = {}
    at: datetime | None = None
    steps: tuple[KillStep, ...] = ()
    brokers: tuple[BrokerLine, ...] = ()
    latched_ms: float | None = None
    cancel_sent_ms: float | None = None
    cancel_confirmed_ms: float | None = None
    flat_ms: float | None = None
    orders_canceled: int = 0
    positions_flattened: int = 0
    orders: tuple[KilledOrder, ...] = ()
    positions: tuple[KilledPosition, ...] = ()
    residue: tuple[Residue, ...] = ()
    finished: bool = False
    further_reasons: tuple[str, ...] = ()
    drill: bool = False
