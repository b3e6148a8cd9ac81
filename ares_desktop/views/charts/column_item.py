"""Upright columns over stretches of the x axis, such as the bins of a histogram."""

from typing import Final

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QStyleOptionGraphicsItem, QWidget

from ares_desktop.views.charts.decimate import Floats
from ares_desktop.views.fonts import ui_font

_NAME_PX: Final = 11


class ColumnItem(pg.GraphicsObject):  # type: ignore[misc]
    """Columns that stand on zero; each says whether it is of the second kind, which is drawn in the second color."""

    def __init__(self) -> None:
        super().__init__()
        self.edges: Floats = np.empty(0)
        self.heights: Floats = np.empty(0)
        self.second: tuple[bool, ...] = ()
        self.hovered = -1
        self._colors = (QColor(), QColor())

    def set_colors(self, first: str, second: str) -> None:
        """Draw in other colors."""
        self._colors = (QColor(first), QColor(second))
        self.update()

    def set_columns(self, edges: Floats, heights: Floats, second: tuple[bool, ...]) -> None:
        """Show other columns; there is one edge more than columns."""
        self.edges, self.heights, self.second = edges, heights, second
        self.update()

    def boundingRect(self) -> QRectF:
        """Cover what is seen."""
        return QRectF(self.viewRect())

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        """Draw the columns."""
        del option, widget
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)
        pixel = 1.0 / (painter.transform().m11() or 1.0)
        edges, heights = self.edges.tolist(), self.heights.tolist()
        for number, height in enumerate(heights):
            if height <= 0:
                continue
            left, right = edges[number], edges[number + 1] - pixel
            color = self._colors[1 if self.second[number] else 0]
            soft = QColor(color)
            soft.setAlpha(210 if number == self.hovered else 130)
            painter.fillRect(QRectF(left, 0.0, max(pixel, right - left), height), soft)
            pen = QPen(color, 2)
            pen.setCosmetic(True)
            painter.setPen(pen)
            painter.drawLine(QLineF(left, height, max(left + pixel, right), height))
        painter.setPen(Qt.PenStyle.NoPen)


class RuleItem(pg.GraphicsObject):  # type: ignore[misc]
    """An upright line at a position, with its name beside the top."""

    def __init__(self, name: str, *, dashed: bool = False, row: int = 0) -> None:
        super().__init__()
        self.name = name
        self.at: float | None = None
        self._style = Qt.PenStyle.DashLine if dashed else Qt.PenStyle.SolidLine
        self._row = row
        self._color = QColor()
        self._back = QColor()
        self.setZValue(20)

    def set_colors(self, color: str, back: str) -> None:
        """Draw in another color; ``back`` lies behind the name."""
        self._color, self._back = QColor(color), QColor(back)
        self._back.setAlpha(210)
        self.update()

    def boundingRect(self) -> QRectF:
        """Cover what is seen."""
        return QRectF(self.viewRect())

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        """Draw the line and its name."""
        del option, widget
        seen = self.viewRect()
        if self.at is None or not seen.left() <= self.at <= seen.right():
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)
        painter.setPen(QPen(self._color, 0, self._style))
        painter.drawLine(QLineF(self.at, seen.top(), self.at, seen.bottom()))
        place = painter.transform().map(QPointF(self.at, seen.bottom()))
        painter.save()
        painter.resetTransform()
        painter.setFont(ui_font(_NAME_PX))
        width = painter.fontMetrics().horizontalAdvance(self.name) + 8
        height = painter.fontMetrics().height() + 2
        left = place.x() + 3
        if left + width > self.getViewBox().sceneBoundingRect().right():
            left = place.x() - width - 3
        box = QRectF(left, place.y() + 3 + self._row * (height + 2), width, height)
        painter.fillRect(box, self._back)
        painter.setPen(self._color)
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, self.name)
        painter.restore()
