"""Columns of limits and of denials, and the bar that shows how much of a limit is used."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import QRect, QRectF
from PySide6.QtGui import QColor, QPainter

from ares_desktop.domain.limits import BY_NAME
from ares_desktop.views.formats import fixed, money, percent, translated, word
from ares_desktop.views.models.columns import Align, Column, RowShade
from ares_desktop.views.models.common_columns import time_column
from ares_desktop.views.tokens import Tone

if TYPE_CHECKING:
    from ares_desktop.domain.risk import Denied, LimitUse
    from ares_desktop.views.theme import Theme

NEAR: Final = 0.8
"""Part of a limit from which on its use is a warning."""


def use_tone(use: LimitUse) -> Tone:
    """Return the color of a use: calm, near, breached."""
    if use.breached:
        return Tone.NEGATIVE
    if use.fraction is not None and use.fraction >= NEAR:
        return Tone.WARNING
    return Tone.NORMAL if use.bound is not None else Tone.FAINT


def use_shade(use: LimitUse) -> RowShade:
    """Return the background of a limit's row."""
    return RowShade.FAULT if use.breached else RowShade.NONE


def paint_use_cell(painter: QPainter, box: QRect, value: float | None, theme: Theme) -> None:
    """Paint what is used of a limit as a bar; beyond the limit it is full, with a notch where the limit lies."""
    if value is None:
        return
    tokens = theme.tokens
    track = QRectF(box.left(), box.center().y() - 3, box.width(), 7)
    painter.fillRect(track, QColor(tokens.border))
    color = tokens.negative if value > 1 else tokens.warning if value >= NEAR else tokens.accent
    filled = QRectF(track)
    filled.setWidth(track.width() * min(1.0, max(0.0, value)))
    painter.fillRect(filled, QColor(color))
    if value > 1:
        painter.fillRect(QRectF(track.left() + track.width() / value, track.top() - 2, 2, 11), QColor(tokens.text))


def amount_text(value: float | None, unit: str) -> str:
    """Return an amount as its unit is written."""
    if value is None:
        return ""
    if unit == "money":
        return money(value)
    if unit == "multiple":
        return fixed(value, 2)
    return percent(value) if unit == "fraction" else f"{value:,.10g}"


def state_text(use: LimitUse) -> str:
    """Return how a limit stands in a word; colors only repeat it."""
    if use.breached:
        return translated("breached: only exits pass")
    if use.unknown:
        return translated("not known: {0}").format(use.unknown)
    if use.bound is None:
        return translated("no bound")
    if use.each_order:
        return translated("each order")
    return translated("near") if use.fraction is not None and use.fraction >= NEAR else translated("within")


def limit_columns() -> tuple[Column[LimitUse], ...]:
    """Return the columns of limits and their use."""
    return (
        Column(key="scope", title="Scope", value=lambda use: use.scope, tone=lambda _: Tone.MUTED, width=104),
        Column(
            key="limit",
            title="Limit",
            value=lambda use: use.name,
            text=lambda name: translated(BY_NAME[name].title),
            sort=lambda use: tuple(BY_NAME).index(use.name),
            tooltip=lambda use: translated(BY_NAME[use.name].description),
            tone=use_tone,
            width=122,
        ),
        Column(
            key="used",
            title="Used",
            value=lambda use: (use.used, use.unit),
            text=lambda value: amount_text(*value),
            sort=lambda use: use.used,
            plain=lambda use: use.used,
            align=Align.RIGHT,
            tone=use_tone,
            width=84,
        ),
        Column(key="bar", title="", value=_shown, painter=paint_use_cell, sort=_shown, plain=_shown, width=80),
        Column(
            key="fraction",
            title="Use",
            value=lambda use: use.fraction,
            text=lambda value: "" if value is None else percent(value, 0),
            align=Align.RIGHT,
            tone=use_tone,
            width=52,
        ),
        Column(
            key="bound",
            title="Bound",
            value=lambda use: (use.bound, use.unit),
            text=lambda value: amount_text(*value),
            sort=lambda use: use.bound,
            plain=lambda use: use.bound,
            align=Align.RIGHT,
            width=84,
        ),
        Column(key="unit", title="Unit", value=lambda use: use.unit, tone=lambda _: Tone.MUTED, width=66),
        Column(
            key="state",
            title="State",
            value=state_text,
            tone=use_tone,
            glyph=lambda use: "warning" if use.breached or use.unknown else "",
            tooltip=state_text,
            width=178,
        ),
        Column(key="where", title="Most by", value=lambda use: use.where, tone=lambda _: Tone.MUTED, width=90),
        Column(
            key="origin",
            title="Set by",
            value=lambda use: use.origin,
            text=lambda origin: origin or translated("settings"),
            tone=lambda _: Tone.MUTED,
            width=110,
        ),
    )


def _shown(use: LimitUse) -> float | None:
    return use.fraction


def denial_columns() -> tuple[Column[Denied], ...]:
    """Return the columns of denials."""
    detail: dict[str, Any] = {"value": lambda one: one.detail, "tooltip": lambda one: one.detail}
    return (
        time_column("at", "Time", lambda one: one.at),
        Column(
            key="reason",
            title="Reason",
            value=lambda one: one.reason,
            text=word,
            tone=lambda _: Tone.WARNING,
            width=140,
        ),
        Column(key="detail", title="Detail", width=330, **detail),
        Column(key="strategy", title="Strategy", value=lambda one: one.strategy, width=100),
        Column(key="instrument", title="Instrument", value=lambda one: one.instrument, width=100),
        Column(
            key="order", title="Order", value=lambda one: one.client_order_id, tone=lambda _: Tone.MUTED, hidden=True
        ),
    )
