"""Cells that are drawn instead of written."""

from typing import Final

from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QPainter

from ares_desktop.views.theme import Theme
from ares_desktop.views.tokens import Tokens

SWITCH_WIDTH: Final = 28
SWITCH_HEIGHT: Final = 16


def draw_switch(painter: QPainter, box: QRectF, tokens: Tokens, *, on: bool, busy: bool = False) -> None:
    """Draw a toggle: the knob's side says on or off, the color repeats it; a ring says that it is under way."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QColor(tokens.accent if on else tokens.border_strong))
    painter.setBrush(QColor(tokens.accent if on else tokens.raised))
    radius = box.height() / 2
    painter.drawRoundedRect(box, radius, radius)
    knob = QPointF(box.right() - radius if on else box.left() + radius, box.center().y())
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(tokens.on_accent if on else tokens.muted))
    painter.drawEllipse(knob, radius - 3, radius - 3)
    if busy:
        painter.setPen(QColor(tokens.warning))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawEllipse(knob, radius - 1.5, radius - 1.5)
    painter.restore()


def paint_switch_cell(painter: QPainter, box: QRect, value: tuple[bool, bool, bool], theme: Theme) -> None:
    """Paint ``(on, busy, present)`` as a toggle at the left of a cell; nothing where there is nothing to switch."""
    on, busy, present = value
    if not present:
        return
    top = box.top() + (box.height() - SWITCH_HEIGHT) / 2
    draw_switch(
        painter, QRectF(box.left() + 0.5, top + 0.5, SWITCH_WIDTH, SWITCH_HEIGHT - 1), theme.tokens, on=on, busy=busy
    )


def paint_share_cell(painter: QPainter, box: QRect, value: float | None, theme: Theme) -> None:
    """Paint a share from 0 to 1 as a thin bar."""
    if value is None:
        return
    track = QRectF(box.left(), box.center().y() - 1.5, box.width(), 4)
    painter.fillRect(track, QColor(theme.tokens.border))
    track.setWidth(track.width() * min(1.0, max(0.0, value)))
    painter.fillRect(track, QColor(theme.tokens.accent))
