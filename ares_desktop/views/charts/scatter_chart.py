"""Pairs of values as points, with the line on which both are equal."""

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QStyleOptionGraphicsItem, QVBoxLayout, QWidget

from ares_desktop.views.charts.axes import ValueText
from ares_desktop.views.charts.decimate import Floats
from ares_desktop.views.charts.legend import Entry, Legend
from ares_desktop.views.charts.pane import Bounds
from ares_desktop.views.charts.plot_view import PlotView
from ares_desktop.views.charts.scales import number_ticks
from ares_desktop.views.theme import Theme

_RADIUS: Final = 4.5
_REACH_PX: Final = 18.0
_ROOM: Final = 0.08


class Point(NamedTuple):
    """A pair of values with its name; ``label`` is short and drawn beside the point."""

    x: float
    y: float
    name: str
    label: str = ""


class _Points(pg.GraphicsObject):  # type: ignore[misc]
    """Discs above the line of equality, rings below it."""

    def __init__(self) -> None:
        super().__init__()
        self.points: Sequence[Point] = ()
        self.hovered = -1
        self._above = self._below = self._line = self._text = QColor()

    def set_colors(self, above: str, below: str, line: str, text: str) -> None:
        """Draw in other colors."""
        self._above, self._below, self._line, self._text = (QColor(name) for name in (above, below, line, text))
        self.update()

    def boundingRect(self) -> QRectF:
        """Cover what is seen."""
        return QRectF(self.viewRect())

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        """Draw line and points."""
        del option, widget
        seen = self.viewRect()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(self._line, 0, Qt.PenStyle.DashLine))
        painter.drawLine(QLineF(seen.left(), seen.left(), seen.right(), seen.right()))
        transform = painter.transform()
        painter.save()
        painter.resetTransform()
        for number, point in enumerate(self.points):
            place = transform.map(QPointF(point.x, point.y))
            kept = point.y >= point.x
            color = self._above if kept else self._below
            painter.setPen(QPen(color, 1.6))
            painter.setBrush(color if kept else Qt.BrushStyle.NoBrush)
            radius = _RADIUS + (2 if number == self.hovered else 0)
            painter.drawEllipse(place, radius, radius)
            if point.label:
                painter.setPen(self._text)
                painter.drawText(QPointF(place.x() + radius + 4, place.y() + 4), point.label)
        painter.restore()


class ScatterChart(QWidget):
    """Points over two values of the same kind.

    Attributes:
        view: the plot.
        legend: the axes' names, or the point under the pointer.
    """

    def __init__(self, theme: Theme, *, text: ValueText, x_name: str, y_name: str) -> None:
        super().__init__()
        self._theme = theme
        self._text = text
        self._names = (x_name, y_name)
        self.legend = Legend(theme)
        self.view = PlotView(theme, self._extent, number_ticks(text.mark))
        self.view.cursor_text = text.read
        self.view.set_least_span(1e-6)
        pane = self.view.add_pane(text, stretch=1)
        pane.bounds = self._bounds
        self.items = _Points()
        pane.add(self.items)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.legend)
        column.addWidget(self.view, 1)
        self.view.cursor_moved.connect(self._point_at)
        theme.changed.connect(self._take_colors)
        self._take_colors()
        self._point_at(None)

    def show_points(self, points: Sequence[Point]) -> None:
        """Show other points."""
        self.items.points = tuple(points)
        self._point_at(None)
        self.view.show_span(None)

    def _values(self) -> Floats:
        return np.array([(point.x, point.y) for point in self.items.points], dtype=np.float64).reshape(-1, 2)

    def _extent(self) -> tuple[float, float] | None:
        values = self._values()
        if not len(values):
            return None
        low, high = float(values[:, 0].min()), float(values[:, 0].max())
        room = (high - low) * _ROOM or abs(high) * _ROOM or 1.0
        return low - room, high + room

    def _bounds(self, left: float, right: float) -> Bounds:
        del left, right
        values = self._values()
        return (float(values[:, 1].min()), float(values[:, 1].max())) if len(values) else None

    def _point_at(self, x: float | None) -> None:
        self.items.hovered = -1 if x is None else self._nearest(x)
        self.items.update()
        if self.items.hovered < 0:
            named = tuple(Entry("", name, "") for name in self._names)
            self.legend.show_entries(
                (Entry("", "\N{RIGHTWARDS ARROW}", named[0].name), Entry("", "\N{UPWARDS ARROW}", named[1].name))
            )
            return
        point = self.items.points[self.items.hovered]
        read = self._text.read
        self.legend.show_entries(
            (
                Entry("", "", point.name),
                Entry("", self._names[0], read(point.x)),
                Entry("", self._names[1], read(point.y)),
            )
        )

    def _nearest(self, x: float) -> int:
        values = self._values()
        if not len(values):
            return -1
        left, right = self.view.x_range()
        distance = np.abs(values[:, 0] - x) / max(right - left, 1e-12) * self.view.width()
        best = int(np.argmin(distance))
        return best if distance[best] <= _REACH_PX else -1

    def _take_colors(self) -> None:
        tokens = self._theme.tokens
        self.items.set_colors(tokens.positive, tokens.negative, tokens.faint, tokens.muted)
