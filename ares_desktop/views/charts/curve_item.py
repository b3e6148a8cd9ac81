"""A curve as the plot draws it: never more points than pixels can show."""

import math
from typing import Final

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QStyleOptionGraphicsItem, QWidget

from ares_desktop.views.charts.decimate import Floats, MinMaxSeries

_FINE: Final = (0.0,)
_BOLD: Final = (-0.5, 0.5)
_FINE_DENSE: Final = (-0.3, 0.3)
_BOLD_DENSE: Final = (-0.7, 0.0, 0.7)
"""Where hairlines are drawn, in pixels above and below the curve, to look like one line of some width.

Qt strokes a smooth line wider than a pixel twenty times slower than a hairline: 0.5 ms, not 0.03 ms for 300 points.
"""
_DENSE_SCREEN: Final = 1.25
_DASHES: Final = (6.0, 4.0)


class CurveItem(pg.GraphicsObject):  # type: ignore[misc]
    """Draws a series as a line, optionally dashed, or filled down or up to a base value."""

    def __init__(
        self,
        series: MinMaxSeries,
        color: str,
        *,
        bold: bool = False,
        dashed: bool = False,
        base: float | None = None,
    ) -> None:
        super().__init__()
        self.series = series
        self._bold = bold
        self._dashed = dashed
        self._base = base
        self.set_color(color)

    def set_color(self, color: str) -> None:
        """Draw in another color."""
        self.color = color
        self._pen = QPen(QColor(color), 0)
        if self._dashed:
            self._pen.setDashPattern(_DASHES)
        self._fill = QColor(color)
        self._fill.setAlpha(36)
        self.update()

    def boundingRect(self) -> QRectF:
        """Cover what is seen."""
        return QRectF(self.viewRect())

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        """Draw the part in sight."""
        del option, widget
        seen = self.viewRect()
        columns = max(1, int(self.getViewBox().width()))
        x, y = self.series.window(seen.left(), seen.right(), columns)
        if not len(x):
            return
        thinned = self._base is not None and self.series.is_thinned(seen.left(), seen.right(), columns)
        for part_x, part_y in _unbroken(x, y):
            if self._base is not None:
                self._paint_fill(painter, part_x, part_y, self._base, thinned=thinned)
            self._paint_line(painter, part_x, part_y)

    def _paint_line(self, painter: QPainter, x: Floats, y: Floats) -> None:
        polygon = pg.functions.arrayToQPolygonF(x, y)
        dense = painter.device().devicePixelRatioF() >= _DENSE_SCREEN
        lines = (_BOLD_DENSE if dense else _BOLD) if self._bold else (_FINE_DENSE if dense else _FINE)
        pixel = 1.0 / (painter.transform().m22() or 1.0)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(self._pen)
        at = 0.0
        for line in lines:
            painter.translate(0.0, (line - at) * pixel)
            at = line
            if len(x) == 1:
                painter.drawPoint(polygon.at(0))
            else:
                painter.drawPolyline(polygon)
        painter.translate(0.0, -at * pixel)

    def _paint_fill(self, painter: QPainter, x: Floats, y: Floats, base: float, *, thinned: bool) -> None:
        if thinned and len(x) > 1:
            # Of a column's two extremes the farther one alone bounds the fill: half the corners, no spikes to fill.
            farther = np.where(np.abs(y[0:-1:2] - base) > np.abs(y[1::2] - base), y[0:-1:2], y[1::2])
            x, y = x[0:-1:2], farther
        area = pg.functions.arrayToQPolygonF(x, y)
        area.append(QPointF(x[-1], base))
        area.append(QPointF(x[0], base))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._fill)
        painter.drawPolygon(area)
        painter.setBrush(Qt.BrushStyle.NoBrush)

    def value_at(self, x: float) -> float | None:
        """Return the value in force at a position: that of the last point not after it."""
        index = int(np.searchsorted(self.series.x, x, side="right")) - 1
        if index < 0:
            return None
        value = float(self.series.y[index])
        return value if math.isfinite(value) else None


def _unbroken(x: Floats, y: Floats) -> list[tuple[Floats, Floats]]:
    """Split where values are missing."""
    known = np.isfinite(y)
    if known.all():
        return [(x, y)]
    edges = np.flatnonzero(np.diff(np.concatenate(([False], known, [False])).astype(np.int8)))
    return [(x[start:end], y[start:end]) for start, end in zip(edges[0::2], edges[1::2], strict=True)]
