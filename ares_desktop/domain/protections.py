"""Locks on trading, and the ladder of losses that leads to them."""

from datetime import datetime
from decimal import Decimal
from enum import IntEnum, StrEnum

import msgspec

from ares_desktop.domain.money import ONE


class LockKind(StrEnum):
    """What put a lock in place."""

    PERSON = "person"
    STOP_LOSS_GUARD = "stop_loss_guard"
    MAX_DRAWDOWN = "max_drawdown"
    LOW_PROFIT = "low_profit"
    COOL_DOWN = "cool_down"
    ERRORS = "errors"
    GIVE_BACK = "give_back"
    LOSS_LADDER = "loss_ladder"
    EXECUTIONS = "executions"


class Lock(msgspec.Struct, frozen=True, kw_only=True):
    """No new exposure in a scope until a time; exits and cancels pass.

    Attributes:
        id: unique; a protection that locks the same scope again replaces its own lock.
        scope: as of trading states, or ``strategy:NAME instrument:ID`` for both together.
        until: on the clock in force, None until a person lifts it.
    """

    id: str
    scope: str
    kind: LockKind
    reason: str
    since: datetime
    until: datetime | None = None


class Rung(IntEnum):
    """A step of the loss ladder; a greater value is a greater loss."""

    CALM = 0
    WARNED = 1
    REDUCING = 2
    HALTED = 3
    UNKNOWN = 4
    """The equity can't be computed: it is treated as REDUCING, never as no loss."""


class LossMeasure(StrEnum):
    """What a ladder climbs on."""

    DAY = "day"
    DRAWDOWN = "drawdown"


class LadderState(msgspec.Struct, frozen=True, kw_only=True):
    """Where one scope stands on one ladder.

    Attributes:
        loss: of the measure as a positive fraction of the equity it is measured from, None when it can't be computed.
        warn, limit, hard: the rungs' thresholds as fractions, None for a rung that is not set.
        multiplier: what budgets of the scope are multiplied by while it stands there.
    """

    scope: str
    measure: LossMeasure
    rung: Rung
    at: datetime
    loss: float | None = None
    warn: float | None = None
    limit: float | None = None
    hard: float | None = None
    multiplier: Decimal = ONE
