"""Locks on trading, and the ladder of losses that leads to them."""

from datetime import datetime
from decimal import Decimal
from enum import IntEnum, StrEnum

import msgspec

from ares_desktop.domain.ids import AccountId, InstrumentId, StrategyId
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
        beneath: the rung it stood on when its equity was last known; what is not known does not calm it.
        rearmed: the hard limit that a release moved away, until the loss is below the one that was set.
        detail: what moved it, in words.
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
    beneath: Rung = Rung.CALM
    rearmed: float | None = None
    detail: str = ""


class ProtectionRules(msgspec.Struct, frozen=True, kw_only=True):
    """What protects one scope; None or 0 turns a rule off.

    Attributes:
        day_limit, drawdown_limit: losses, as fractions, from which only exits pass; half of each warns.
        day_hard, drawdown_hard: losses at which the kill switch engages.
        stop_trading_minutes: how long a scope is locked after it came to a limit.
        stop_losses: stop-outs within ``stop_loss_minutes`` that lock the instrument, or the strategy when
            ``stop_loss_all``, for ``stop_loss_lock_minutes``.
        max_drawdown: fall of a strategy's units within ``max_drawdown_minutes`` that locks it.
        low_profit_trades: closed trades within ``low_profit_minutes`` from which their summed return counts; below
            ``low_profit_return`` it locks the instrument for the strategy.
        cool_down_minutes: lock of an instrument for the strategy after it closed a position in it.
        errors: refused orders and faults in a row that lock the strategy.
        give_back_gain: gain, as a fraction of the cost, from which ``give_back_share`` of it given back closes.
        naked_alert_s: how long a position may lack the stop it asked for until it alarms; ``naked_close`` closes it.
    """

    day_limit: float | None = None
    day_hard: float | None = None
    drawdown_limit: float | None = None
    drawdown_hard: float | None = None
    stop_trading_minutes: float = 0.0
    stop_losses: int = 0
    stop_loss_minutes: float = 60.0
    stop_loss_lock_minutes: float = 60.0
    stop_loss_all: bool = False
    max_drawdown: float | None = None
    max_drawdown_minutes: float = 1440.0
    max_drawdown_lock_minutes: float = 720.0
    low_profit_trades: int = 0
    low_profit_minutes: float = 1440.0
    low_profit_return: float = 0.0
    low_profit_lock_minutes: float = 60.0
    cool_down_minutes: float = 0.0
    errors: int = 0
    errors_lock_minutes: float = 30.0
    give_back_gain: float | None = None
    give_back_share: float = 0.4
    naked_alert_s: float = 5.0
    naked_close: bool = False


class LossBase(msgspec.Struct, frozen=True, kw_only=True):
    """What the losses of a scope are measured from; money that came or went has scaled all of it.

    Attributes:
        capital: paid in less paid out, as of the newest valuation.
        equity: at the newest valuation, None before the first.
        peak: highest equity; ``opening``: that which the day began with.
        day: the date of ``opening`` in the zone that days are counted in, as text.
        ruined: everything was lost before money came anew; only a person gives it a new base.
    """

    scope: str
    capital: float = 0.0
    equity: float | None = None
    peak: float = 0.0
    opening: float = 0.0
    day: str = ""
    ruined: bool = False


class GainPeak(msgspec.Struct, frozen=True, kw_only=True):
    """The greatest gain of an open position, as a fraction of its cost.

    Attributes:
        position: the order that opened it, which stands for the position from its first fill to its last.
    """

    position: str
    peak: float


class StopCover(msgspec.Struct, frozen=True, kw_only=True):
    """How a position of a strategy is protected.

    Attributes:
        quantity: signed; ``asked``: of it, what shall have a stop; ``covered``: what working stops cover.
        naked_since: on the clock in force, None while enough is covered.
        action: what is being done, in words.
    """

    account: AccountId
    strategy: StrategyId
    instrument: InstrumentId
    quantity: Decimal
    asked: Decimal
    covered: Decimal
    naked_since: datetime | None = None
    action: str = ""

    @property
    def naked(self) -> Decimal:
        """What lacks a stop that it asked for."""
        return max(self.asked - self.covered, Decimal(0))
