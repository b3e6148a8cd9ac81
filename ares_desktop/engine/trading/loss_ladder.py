"""The loss ladder as pure functions: which rung a loss leads to, and when risk returns."""

from datetime import datetime
from decimal import Decimal
from typing import Final, NamedTuple

from ares_desktop.domain.money import ONE
from ares_desktop.domain.protections import LadderState, LossMeasure, ProtectionRules, Rung

WARN_AT: Final = 0.5
"""Of the limit."""
RETURNS_BELOW: Final = 0.9
"""Of a rung's threshold: a loss that hovers at it does not make the rung flap."""
HALVED: Final = Decimal("0.5")


class Thresholds(NamedTuple):
    """Losses, as fractions, from which each rung counts; None for a rung that is not set."""

    warn: float | None = None
    limit: float | None = None
    hard: float | None = None

    def of(self, rung: Rung) -> float | None:
        """Return the threshold of a rung."""
        return {Rung.WARNED: self.warn, Rung.REDUCING: self.limit, Rung.HALTED: self.hard}.get(rung)


def thresholds(rules: ProtectionRules, measure: LossMeasure) -> Thresholds:
    """Return the thresholds of a measure: the warning is at half the limit."""
    limit, hard = (
        (rules.day_limit, rules.day_hard) if measure is LossMeasure.DAY else (rules.drawdown_limit, rules.drawdown_hard)
    )
    least = limit if limit is not None else hard
    return Thresholds(None if least is None else least * WARN_AT, limit, hard)


def climb(loss: float | None, before: Rung, marks: Thresholds) -> Rung:
    """Return the rung after a loss was measured.

    Up at once; down only below 0.9 x the threshold of each rung that is left, and from a halt never. A loss that is not
    known leads to UNKNOWN, save from a halt.

    Args:
        loss: as a positive fraction, None when the equity can't be computed.
        before: the rung of the newest loss that was known.
        marks: the rungs' thresholds.
    """
    if before is Rung.HALTED:
        return Rung.HALTED
    if loss is None:
        return Rung.UNKNOWN
    rung = Rung.CALM
    for step in (Rung.WARNED, Rung.REDUCING, Rung.HALTED):
        mark = marks.of(step)
        if mark is None:
            continue
        if loss >= mark or (before >= step and loss >= RETURNS_BELOW * mark):
            rung = step
    return rung


def multiplier(rung: Rung) -> Decimal:
    """Return what budgets are multiplied by: risk is halved from the warning on."""
    return ONE if rung is Rung.CALM else HALVED


def stands(
    scope: str,
    measure: LossMeasure,
    loss: float | None,
    known: LadderState | None,
    marks: Thresholds,
    now: datetime,
) -> LadderState:
    """Return where a scope stands now, from where it stood and what it lost.

    A hard limit that was moved away by a release (see :func:`released`) stays there until the loss is below 0.9 x the
    one that was set.
    """
    before = Rung.CALM if known is None else _known_rung(known)
    rearmed = None if known is None or marks.hard is None else known.rearmed
    if rearmed is not None and marks.hard is not None and loss is not None and loss < RETURNS_BELOW * marks.hard:
        rearmed = None
    if rearmed is not None:
        marks = marks._replace(hard=rearmed)
    rung = climb(loss, before, marks)
    return LadderState(
        scope=scope,
        measure=measure,
        rung=rung,
        at=now,
        loss=loss,
        warn=marks.warn,
        limit=marks.limit,
        hard=marks.hard,
        multiplier=multiplier(rung),
        beneath=before if rung is Rung.UNKNOWN else rung,
        rearmed=rearmed,
        detail=_detail(rung, loss),
    )


def released(known: LadderState, marks: Thresholds, now: datetime) -> LadderState:
    """Return where a halted scope stands once a person released the kill switch.

    Still beyond the hard limit, it neither halts again at once, which no person could get out of, nor is it disarmed:
    only exits pass, and it halts again when as much again is lost as lies between limit and hard limit.
    """
    loss = known.loss
    hard = marks.hard
    if hard is not None and loss is not None and loss >= RETURNS_BELOW * hard:
        gap = max(hard - (marks.limit or 0.0), 0.1 * hard)
        hard = max(hard, loss + gap)
    rung = (
        Rung.REDUCING if loss is None or marks.limit is None else climb(loss, Rung.REDUCING, marks._replace(hard=hard))
    )
    return LadderState(
        scope=known.scope,
        measure=known.measure,
        rung=rung,
        at=now,
        loss=loss,
        warn=marks.warn,
        limit=marks.limit,
        hard=hard,
        multiplier=multiplier(rung),
        beneath=rung,
        rearmed=None if hard == marks.hard else hard,
        detail="released by a person" + ("" if hard == marks.hard else f"; it halts again at a loss of {hard:.2%}"),
    )


def same(one: LadderState | None, other: LadderState) -> bool:
    """Say whether nothing changed that must be kept: the loss itself moves all the time."""
    if one is None:
        return other.rung is Rung.CALM
    return _kept(one) == _kept(other)


def _kept(state: LadderState) -> tuple[Rung, Rung, Thresholds]:
    return state.rung, state.beneath, Thresholds(state.warn, state.limit, state.hard)


def _known_rung(state: LadderState) -> Rung:
    return state.beneath if state.rung is Rung.UNKNOWN else state.rung


def _detail(rung: Rung, loss: float | None) -> str:
    if loss is None:
        return "the equity can't be computed"
    return f"loss of {loss:.2%}" if rung is not Rung.CALM else ""
