"""A loss ladder in one cell: how far the loss has come, and where each rung begins."""

from typing import Final

from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from ares_desktop.domain.protections import LadderState, Rung
from ares_desktop.views.theme import Theme
from ares_desktop.views.tokens import Tone

LadderFigures = tuple[float | None, float | None, float | None, float | None, Rung]
"""Loss, warning, limit and hard limit as fractions, and the rung."""

RUNG_TONES: Final = {
    Rung.CALM: Tone.POSITIVE,
    Rung.WARNED: Tone.WARNING,
    Rung.REDUCING: Tone.NEGATIVE,
    Rung.HALTED: Tone.DANGER,
    Rung.UNKNOWN: Tone.WARNING,
}
_BEYOND: Final = 1.15
_HEIGHT: Final = 6.0
_MARK: Final = 5.0


def ladder_figures(state: LadderState) -> LadderFigures:
    """Return what a ladder's cell is painted from."""
    return state.loss, state.warn, state.limit, state.hard, state.rung


def paint_ladder_cell(painter: QPainter, box: QRect, value: LadderFigures, theme: Theme) -> None:
    """Paint the loss as a bar on a track that ends a little beyond the last rung, with a mark for each rung."""
    loss, *marks, rung = value
    set_marks = [mark for mark in marks if mark is not None]
    if not set_marks:
        return
    tokens = theme.tokens
    span = max(*set_marks, loss or 0.0) * _BEYOND if len(set_marks) > 1 else max(set_marks[0], loss or 0.0) * _BEYOND
    track = QRectF(box.left() + 2, box.center().y() - _HEIGHT / 2 + 0.5, box.width() - 4, _HEIGHT)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(tokens.border))
    painter.drawRoundedRect(track, 2, 2)
    if loss is None:
        # Nothing is known: a hatched track says so without a figure.
        painter.setBrush(QColor(tokens.warning))
        painter.setBrush(Qt.BrushStyle.BDiagPattern)
        painter.drawRoundedRect(track, 2, 2)
    elif loss > 0:
        filled = QRectF(track)
        filled.setWidth(max(2.0, track.width() * min(1.0, loss / span)))
        painter.setBrush(QColor(theme.tokens.color(RUNG_TONES[rung])))
        painter.drawRoundedRect(filled, 2, 2)
    for mark, tone, thick in zip(marks, (Tone.WARNING, Tone.NEGATIVE, Tone.DANGER), (1.5, 2.0, 3.0), strict=True):
        if mark is not None:
            at = track.left() + track.width() * mark / span
            painter.setPen(QPen(QColor(tokens.color(tone)), thick))
            painter.drawLine(QPointF(at, track.top() - _MARK), QPointF(at, track.bottom() + _MARK))
    painter.restore()
