"""One plot of a chart: its box, its value axis, its grid and the pointer's lines."""

import math
from collections.abc import Callable
from typing import Final

import pyqtgraph as pg
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QStyleOptionGraphicsItem, QWidget

from ares_desktop.views.charts.axes import TimeAxis, ValueAxis
from ares_desktop.views.tokens import Tokens

Bounds = tuple[float, float] | None
_ROOM: Final = 0.06
"""Empty share above and below the data."""


class _Grid(pg.GraphicsObject):  # type: ignore[misc]
    """Lines at the marks of both axes, behind everything."""

    def __init__(self, pane: "Pane") -> None:
        super().__init__()
        self._pane = pane
        self.setZValue(-100)

    def boundingRect(self) -> QRectF:
        """Cover what is seen."""
        return QRectF(self.viewRect())

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        """Draw the lines."""
        del option, widget
        seen = self.viewRect()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)
        painter.setPen(self._pane.grid_pen)
        for value, _ in self._pane.axis.ticks():
            painter.drawLine(QLineF(seen.left(), value, seen.right(), value))
        for at, _ in self._pane.time_axis.ticks():
            painter.drawLine(QLineF(at, seen.top(), at, seen.bottom()))
        if self._pane.divided:
            painter.setPen(self._pane.border_pen)
            painter.drawLine(QLineF(seen.left(), seen.bottom(), seen.right(), seen.bottom()))


class _Pointer(pg.GraphicsObject):  # type: ignore[misc]
    """Dashed lines through the pointer, in front of everything."""

    def __init__(self, pane: "Pane") -> None:
        super().__init__()
        self._pane = pane
        self.at: float | None = None
        self.value: float | None = None
        self.setZValue(100)

    def boundingRect(self) -> QRectF:
        """Cover what is seen."""
        return QRectF(self.viewRect())

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        """Draw the lines."""
        del option, widget
        seen = self.viewRect()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)
        painter.setPen(self._pane.pointer_pen)
        if self.at is not None:
            painter.drawLine(QLineF(self.at, seen.top(), self.at, seen.bottom()))
        if self.value is not None:
            painter.drawLine(QLineF(seen.left(), self.value, seen.right(), self.value))


class Pane:
    """A plot whose value range follows what its ``bounds`` say of the positions in sight.

    Attributes:
        box: pyqtgraph's view box; drawn items are added to it.
        stretch: share of the height.
        bounds: least and greatest value between two positions.
        floor, ceiling: fixed ends of the value range, None to fit.
        divided: whether a line separates it from the plot above.
    """

    def __init__(self, tokens: Tokens, axis: ValueAxis, time_axis: TimeAxis, stretch: int) -> None:
        self.box = pg.ViewBox(enableMenu=False, enableMouse=True)
        self.box.setMouseEnabled(x=True, y=False)
        self.box.disableAutoRange()
        self.axis = axis
        self.axis.linkToView(self.box)
        self.time_axis = time_axis
        self.stretch = stretch
        self.bounds: Callable[[float, float], Bounds] = lambda _left, _right: None
        self.floor: float | None = None
        self.ceiling: float | None = None
        self.divided = False
        self._grid = _Grid(self)
        self._pointer = _Pointer(self)
        self.box.addItem(self._grid, ignoreBounds=True)
        self.box.addItem(self._pointer, ignoreBounds=True)
        self.set_tokens(tokens)

    def add(self, item: pg.GraphicsObject) -> None:
        """Draw an item in this plot."""
        self.box.addItem(item, ignoreBounds=True)

    def remove(self, item: pg.GraphicsObject) -> None:
        """Stop drawing an item."""
        self.box.removeItem(item)

    def set_tokens(self, tokens: Tokens) -> None:
        """Take the colors of a theme."""
        self.grid_pen = QPen(QColor(tokens.grid), 0)
        self.border_pen = QPen(QColor(tokens.border), 0)
        self.pointer_pen = QPen(QColor(tokens.faint), 0, Qt.PenStyle.DashLine)
        self.axis.set_tokens(tokens)
        self._grid.update()

    def fit(self, left: float, right: float) -> None:
        """Fit the value range to what lies between two positions."""
        bounds = self.bounds(left, right)
        if bounds is None:
            return
        low, high = bounds
        room = (high - low) * _ROOM or abs(high) * 0.01 or 1.0
        wanted = (
            low - room if self.floor is None else self.floor,
            high + room if self.ceiling is None else self.ceiling,
        )
        if wanted[1] <= wanted[0]:
            wanted = (wanted[0], wanted[0] + 1.0)
        if all(map(math.isfinite, wanted)) and wanted != tuple(self.box.viewRange()[1]):
            self.box.setYRange(*wanted, padding=0)

    def contains(self, scene: QPointF) -> bool:
        """Return whether a point of the scene lies in this plot."""
        return bool(self.box.sceneBoundingRect().contains(scene))

    def point_at(self, at: float | None, value: float | None) -> None:
        """Show the pointer's lines at a position, with a value when it is in this plot."""
        self._pointer.at, self._pointer.value = at, value
        self._pointer.update()
        self.axis.set_cursor(value)
