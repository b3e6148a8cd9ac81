"""Candles and volumes drawn from arrays: only what is in sight, never more than the pixels can show."""

from typing import Final

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QLineF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QStyleOptionGraphicsItem, QWidget

from ares_desktop.views.charts.bars import CLOSE, HIGH, LOW, OPEN, VOLUME, BarSeries, Floats
from ares_desktop.views.tokens import Tokens

_BODY: Final = 0.7
"""Width of a body as a share of the distance of two bars."""
_BODY_PX: Final = 3.0
_DASH_PX: Final = 5.0
_FLAT_SHARE: Final = 0.5


class _BarItem(pg.GraphicsObject):  # type: ignore[misc]
    """What both kinds share: the series, the colors of up and down, the part in sight."""

    def __init__(self, series: BarSeries, tokens: Tokens) -> None:
        super().__init__()
        self.series = series
        self.set_tokens(tokens)

    def set_tokens(self, tokens: Tokens) -> None:
        """Take the colors of a theme."""
        self._up = QColor(tokens.positive)
        self._down = QColor(tokens.negative)
        self._line_color = QColor(tokens.accent)
        self._soft_up, self._soft_down = QColor(tokens.positive), QColor(tokens.negative)
        for color in (self._soft_up, self._soft_down):
            color.setAlpha(110)
        self.update()

    def boundingRect(self) -> QRectF:
        """Cover what is seen."""
        return QRectF(self.viewRect())

    def _in_sight(self) -> tuple[Floats, Floats, float]:
        """Return positions, rows and pixels for each bar; bars that share a pixel column are gathered."""
        seen = self.viewRect()
        first, last = self.series.part(seen.left(), seen.right())
        pixels = self.getViewBox().width() / max(seen.width(), 1e-9)
        rows = self.series.rows[first:last]
        group = int(np.ceil(1.0 / pixels)) if pixels > 0 else 1
        if group <= 1 or not len(rows):
            return np.arange(first, last, dtype=np.float64), rows, pixels
        at, gathered = self.series.gathered(first, last, group)
        step = float(at[1] - at[0]) if len(at) > 1 else float(group)
        return at, gathered, pixels * step


class CandleItem(_BarItem):
    """Prices: candles, thin lines where there is no room, a line with dashes where bars are nothing but a close."""

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        """Draw the bars in sight."""
        del option, widget
        at, rows, pixels = self._in_sight()
        if not len(rows):
            return
        flat = rows[:, HIGH] == rows[:, LOW]
        if flat.mean() > _FLAT_SHARE and pixels > 0:
            self._paint_closes(painter, at, rows, pixels)
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)
        rising = rows[:, CLOSE] >= rows[:, OPEN]
        for chosen, color in ((rising, self._up), (~rising, self._down)):
            self._paint_candles(painter, at[chosen], rows[chosen], color, with_bodies=pixels >= _BODY_PX)

    def _paint_candles(self, painter: QPainter, at: Floats, rows: Floats, color: QColor, *, with_bodies: bool) -> None:
        painter.setPen(QPen(color, 0))
        # A candle without a range still shows as one pixel.
        lines = zip(at.tolist(), rows[:, LOW].tolist(), rows[:, HIGH].tolist(), strict=True)
        painter.drawLines([QLineF(x, low, x, high) for x, low, high in lines])
        if not with_bodies:
            return
        painter.setBrush(color)
        low = np.minimum(rows[:, OPEN], rows[:, CLOSE])
        bodies = zip(
            (at - _BODY / 2).tolist(), low.tolist(), np.abs(rows[:, OPEN] - rows[:, CLOSE]).tolist(), strict=True
        )
        painter.drawRects([QRectF(left, bottom, _BODY, height) for left, bottom, height in bodies])
        painter.setBrush(Qt.BrushStyle.NoBrush)

    def _paint_closes(self, painter: QPainter, at: Floats, rows: Floats, pixels: float) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(self._line_color, 0))
        painter.drawPolyline(pg.functions.arrayToQPolygonF(at, rows[:, CLOSE].copy()))
        if pixels < _DASH_PX:
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)
        rising = np.diff(rows[:, CLOSE], prepend=rows[0, CLOSE]) >= 0
        for chosen, color in ((rising, self._up), (~rising, self._down)):
            pen = QPen(color, 2)
            pen.setCosmetic(True)
            painter.setPen(pen)
            dashes = zip(at[chosen].tolist(), rows[chosen, CLOSE].tolist(), strict=True)
            painter.drawLines([QLineF(x - _BODY / 2, close, x + _BODY / 2, close) for x, close in dashes])


class VolumeItem(_BarItem):
    """Volumes as columns in the color of their bar."""

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        """Draw the bars in sight."""
        del option, widget
        at, rows, pixels = self._in_sight()
        known = np.isfinite(rows[:, VOLUME])
        at, rows = at[known], rows[known]
        if not len(rows):
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)
        before = np.concatenate((rows[:1, OPEN], rows[:-1, CLOSE]))
        rising = np.where(rows[:, HIGH] == rows[:, LOW], rows[:, CLOSE] >= before, rows[:, CLOSE] >= rows[:, OPEN])
        for chosen, color in ((rising, self._soft_up), (~rising, self._soft_down)):
            columns = zip(at[chosen].tolist(), rows[chosen, VOLUME].tolist(), strict=True)
            if pixels < _BODY_PX:
                painter.setPen(QPen(color, 0))
                painter.drawLines([QLineF(x, 0, x, volume) for x, volume in columns])
            else:
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(color)
                painter.drawRects([QRectF(x - _BODY / 2, 0, _BODY, volume) for x, volume in columns])
                painter.setBrush(Qt.BrushStyle.NoBrush)
