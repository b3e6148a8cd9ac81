"""Straight lines between two moments on a price chart: stops while they worked, trades from entry to exit."""

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QLineF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QStyleOptionGraphicsItem, QWidget

from ares_desktop.views.charts.decimate import Floats

_MOST: Final = 600
"""More lines in sight than this are thinned evenly: beyond it nobody tells them apart."""


class Span(NamedTuple):
    """One line.

    Attributes:
        left, right: positions on the x axis.
        start, end: values at both.
        dashed: a broken line, as for a stop or a loss.
    """

    left: float
    right: float
    start: float
    end: float
    color: str
    dashed: bool


class SpanItem(pg.GraphicsObject):  # type: ignore[misc]
    """Draws the lines in sight.

    Attributes:
        drawn: number of lines of the last picture.
    """

    def __init__(self) -> None:
        super().__init__()
        self._spans: list[Span] = []
        self._left: Floats = np.empty(0)
        self._right: Floats = np.empty(0)
        self.drawn = 0
        self.setZValue(8)

    def spans(self) -> Sequence[Span]:
        """Return all lines, ordered by their begin."""
        return self._spans

    def set_spans(self, spans: Sequence[Span]) -> None:
        """Show other lines."""
        left = np.array([span.left for span in spans], dtype=np.float64)
        right = np.array([span.right for span in spans], dtype=np.float64)
        order = np.argsort(left, kind="stable")
        self._left, self._right = left[order], right[order]
        self._spans = [spans[number] for number in order.tolist()]
        self.update()

    def boundingRect(self) -> QRectF:
        """Cover what is seen."""
        return QRectF(self.viewRect())

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        """Draw the lines in sight."""
        del option, widget
        seen = self.viewRect()
        last = int(np.searchsorted(self._left, seen.right(), side="right"))
        inside = np.flatnonzero(self._right[:last] >= seen.left())
        if len(inside) > _MOST:
            inside = inside[:: -(-len(inside) // _MOST)]
        self.drawn = len(inside)
        looks: dict[tuple[str, bool], list[QLineF]] = {}
        for index in inside.tolist():
            span = self._spans[index]
            line = QLineF(span.left, span.start, span.right, span.end)
            looks.setdefault((span.color, span.dashed), []).append(line)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for (color, dashed), lines in looks.items():
            painter.setPen(QPen(QColor(color), 0, Qt.PenStyle.DashLine if dashed else Qt.PenStyle.SolidLine))
            painter.drawLines(lines)
