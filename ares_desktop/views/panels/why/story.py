"""A decision as a story: what was known, what was wanted, what the gate said, what happened, what it brought."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Final

import msgspec

from ares_desktop.domain.decisions import Decision, DecisionStep
from ares_desktop.domain.orders import Side
from ares_desktop.views import formats
from ares_desktop.views.formats import translated, word
from ares_desktop.views.models.columns import sign_tone
from ares_desktop.views.tokens import Tone

if TYPE_CHECKING:
    from ares_desktop.views.models.common_columns import Ticks

_MOST_FILLS: Final = 12
"""More fills than this are told by their sum between the first and the last ones."""
_MINUTE_S: Final = 60.0
_APART: Final = f" {formats.STALE} "

_LOOKS: Final = {
    "submitted": (Tone.ACCENT, "ring"),
    "accepted": (Tone.ACCENT, "dot"),
    "rejected": (Tone.NEGATIVE, "error"),
    "triggered": (Tone.ACCENT, "dot"),
    "fill": (Tone.POSITIVE, "check"),
    "commission": (Tone.MUTED, "ring"),
    "canceled": (Tone.MUTED, "cross"),
    "expired": (Tone.MUTED, "clock"),
    "unknown": (Tone.NEGATIVE, "warning"),
    "cancel rejected": (Tone.WARNING, "warning"),
    "change rejected": (Tone.WARNING, "warning"),
}
_OTHERWISE: Final = (Tone.MUTED, "ring")
_TOLD_BEFORE: Final = ("intent", "gate")


class Beat(msgspec.Struct, frozen=True, kw_only=True):
    """One part of the story.

    Attributes:
        icon: its mark on the line.
        title, detail: what it is, and what is to be said of it.
        values: names and figures, for what was known.
        at: when it was, None for what has no time of its own.
        after_s: seconds since the part before it that has a time, None for the first one.
    """

    icon: str
    tone: Tone
    title: str
    detail: str = ""
    values: tuple[tuple[str, str], ...] = ()
    at: datetime | None = None
    after_s: float | None = None


def story_of(decision: Decision, ticks: Ticks) -> tuple[Beat, ...]:
    """Return the parts of a decision's story in the order in which they happened."""
    beats = [*_thoughts(decision), *_wish(decision, ticks), *_steps(decision, ticks), _money(decision)]
    return tuple(_with_gaps(beats))


def told(beats: tuple[Beat, ...]) -> str:
    """Return a story as plain text, for the clipboard and for screen readers."""
    lines = []
    for beat in beats:
        when = "" if beat.at is None else f"  {formats.moment(beat.at)}"
        gap = "" if beat.after_s is None else f"  (+{lapse(beat.after_s)})"
        lines.append(f"{beat.title}{when}{gap}")
        lines += [f"    {line}" for line in beat.detail.splitlines() if line]
        lines += [f"    {name}: {value}" for name, value in beat.values]
    return "\n".join(lines)


def headline(decision: Decision) -> str:
    """Return what was wanted in a few words: ``Buy 100 AAPL.SMART``."""
    intent = decision.order.intent
    return f"{word(intent.side)} {formats.quantity(intent.quantity)} {intent.instrument}"


def lapse(seconds: float) -> str:
    """Return how long something took: ``12 ms``, ``3.2 s``, ``4 min``, ``2 h``."""
    if not seconds:
        return translated("{0} ms").format(0)
    return formats.milliseconds(seconds * 1000) if seconds < _MINUTE_S else formats.age(seconds)


def figure(value: float) -> str:
    """Return an input as a person reads it: digits enough to tell it from its neighbors, no noise."""
    size = abs(value)
    if value == int(value) and size < 1e15:  # noqa: PLR2004 - a whole number that a float holds exactly
        return formats.fixed(value, 0)
    digits = 2 if size >= 1000 else 4 if size >= 1 else 6  # noqa: PLR2004 - thousands, units, parts
    whole, _, rest = formats.fixed(value, digits).partition(".")
    rest = rest.rstrip("0")
    if not rest and whole.strip(formats.MINUS) == "0":
        return f"{value:.3g}".replace("-", formats.MINUS)
    return f"{whole}.{rest.ljust(2, '0')}"


def _thoughts(decision: Decision) -> Iterator[Beat]:
    own = sorted(decision.inputs, key=lambda name: _is_of_another(name, decision.order.intent.instrument))
    values = tuple((name, figure(decision.inputs[name])) for name in own)
    nothing = "" if values else translated("None were recorded with this order.")
    yield Beat(icon="search", tone=Tone.MUTED, title=translated("Inputs"), detail=nothing, values=values)
    opinion = decision.forecast or translated("None was asked for.")
    yield Beat(icon="lab", tone=Tone.MUTED, title=translated("Forecast"), detail=opinion)


def _is_of_another(name: str, instrument: str) -> bool:
    """Say whether an input's last word is an instrument other than the order's: such ones stand last."""
    last = name.rpartition(" ")[2]
    return "." in last and last != instrument


def _wish(decision: Decision, ticks: Ticks) -> Iterator[Beat]:
    intent = decision.order.intent
    tick = ticks(intent.instrument)
    parts = [f"{headline(decision)}, {word(intent.type).lower()}"]
    for text, price in (
        ("limit {0}", intent.limit_price),
        ("stop {0}", intent.stop_price),
        ("trail {0}", intent.trail),
    ):
        if price is not None:
            parts.append(translated(text).format(formats.price(price, tick)))
    parts.append(str(intent.tif))
    if intent.reduce_only:
        parts.append(translated("reduce-only"))
    lines = [", ".join(parts)]
    if decision.reason:
        lines.append(_sentence(decision.reason))
    side = Tone.POSITIVE if intent.side is Side.BUY else Tone.NEGATIVE
    icon = "up" if intent.side is Side.BUY else "down"
    yield Beat(icon=icon, tone=side, title=translated("Intent"), detail="\n".join(lines), at=decision.at)
    at = next((step.at for step in decision.steps if step.what == "gate"), decision.at)
    if decision.approved:
        detail = translated("Approved: every check passed.")
        yield Beat(icon="check", tone=Tone.POSITIVE, title=translated("Gate"), detail=detail, at=at)
    else:
        detail = translated("Denied: {0}").format(decision.gate)
        yield Beat(icon="error", tone=Tone.WARNING, title=translated("Gate"), detail=detail, at=at)


def _steps(decision: Decision, ticks: Ticks) -> Iterator[Beat]:
    steps = [step for step in decision.steps if step.what not in _TOLD_BEFORE]
    fills = [step for step in steps if step.what == "fill"]
    hidden = fills[_MOST_FILLS // 2 : -(_MOST_FILLS // 2)] if len(fills) > _MOST_FILLS else []
    left_out = set(map(id, hidden))
    details = _fill_details(decision, ticks)
    for step in steps:
        detail = details.pop(0) if step.what == "fill" and details else step.detail
        if id(step) not in left_out:
            yield _beat(step, detail)
        elif step is hidden[-1]:
            text = formats.count(len(hidden), "{0} more fill", "{0} more fills")
            yield Beat(icon="check", tone=Tone.POSITIVE, title=text, at=step.at)


def _beat(step: DecisionStep, detail: str) -> Beat:
    tone, icon = _LOOKS.get(step.what, _OTHERWISE)
    return Beat(icon=icon, tone=tone, title=word(step.what), detail=_sentence(detail), at=step.at)


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def _fill_details(decision: Decision, ticks: Ticks) -> list[str]:
    """Return what each fill was and how much of the order had been filled then."""
    whole, so_far = decision.order.intent.quantity, Decimal(0)
    tick = ticks(decision.order.intent.instrument)
    details = []
    for fill in decision.fills:
        so_far += fill.quantity
        text = translated("{0} at {1}, commission {2} {3}").format(
            formats.quantity(fill.quantity),
            formats.price(fill.price, tick),
            formats.money(fill.commission),
            fill.currency,
        )
        if fill.quantity != whole:
            share = translated("{0} of {1}").format(formats.quantity(so_far), formats.quantity(whole))
            text = f"{text}{_APART}{share}"
        details.append(text)
    return details


def _money(decision: Decision) -> Beat:
    realized, title = decision.realized, translated("P&L")
    cost = translated("Commission {0} {1}").format(formats.money(decision.commission), decision.currency)
    if not decision.fills:
        return Beat(icon="pnl", tone=Tone.MUTED, title=title, detail=translated("None: nothing was executed."))
    if realized is None:
        text = translated("None realized: its fills closed nothing.")
        return Beat(icon="pnl", tone=Tone.MUTED, title=title, detail=f"{text}\n{cost}")
    text = translated("{0} {1} realized").format(formats.signed_money(realized), decision.currency)
    return Beat(icon="pnl", tone=sign_tone(realized), title=title, detail=f"{text}\n{cost}")


def _with_gaps(beats: list[Beat]) -> Iterator[Beat]:
    before: datetime | None = None
    for beat in beats:
        if beat.at is not None and before is not None:
            # A correction may carry an earlier time than what it corrects.
            yield msgspec.structs.replace(beat, after_s=max(0.0, (beat.at - before).total_seconds()))
        else:
            yield beat
        before = beat.at or before
