"""Fills on a price chart: a triangle that points at the price, up for a buy and down for a sale, full or hollow."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Final, NamedTuple

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPixmap, QPolygonF, QTransform
from PySide6.QtWidgets import QStyleOptionGraphicsItem, QWidget

from ares_desktop.views.charts.decimate import Floats
from ares_desktop.views.tokens import Tokens

_SIZE: Final = 9.0
_GAP: Final = 2.0
_REACH_PX: Final = 10.0
_MOST: Final = 300
"""More markers in sight than this are drawn smaller, and one for each spot, side and color."""
_SMALL: Final = 6.0
_HOLLOW_MORE: Final = 6.0
"""A hollow one stands around a full one at the same place."""
_SPOT: Final = 8.0
_GRID: Final = 4096
"""More spots than any screen has in a row."""


class Marker(NamedTuple):
    """One fill.

    Attributes:
        at: position on the x axis.
        price: value on the y axis.
        sign: +1 for a buy, -1 for a sale.
        color: of its strategy.
        text: what the pointer reads.
        hollow: a larger outline, so that it is told apart without its color, and seen around a full one.
    """

    at: float
    price: float
    sign: int
    color: str
    text: str
    hollow: bool = False


class MarkerItem(pg.GraphicsObject):  # type: ignore[misc]
    """Draws the markers in sight, in pixels, so that zooming leaves their size alone."""

    def __init__(self, tokens: Tokens) -> None:
        super().__init__()
        self._markers: list[Marker] = []
        self._at: Floats = np.empty(0)
        self._price: Floats = np.empty(0)
        self._look = np.empty(0, dtype=np.int64)
        self._colors: dict[str, int] = {}
        self.setZValue(10)
        self.set_tokens(tokens)

    def set_tokens(self, tokens: Tokens) -> None:
        """Take the colors of a theme."""
        self._outline = tokens.surface
        self.update()

    def markers(self) -> Sequence[Marker]:
        """Return all markers, ordered by position."""
        return self._markers

    def set_markers(self, markers: Sequence[Marker]) -> None:
        """Show other markers."""
        self._markers = sorted(markers, key=lambda marker: marker.at)
        self._at = np.array([marker.at for marker in self._markers], dtype=np.float64)
        self._price = np.array([marker.price for marker in self._markers], dtype=np.float64)
        self._look = self._looks_of(self._markers)
        self.update()

    def add_markers(self, markers: Sequence[Marker]) -> None:
        """Show further fills; newer ones than all before cost least."""
        if self._markers and markers and min(marker.at for marker in markers) < self._markers[-1].at:
            self.set_markers([*self._markers, *markers])
            return
        fresh = sorted(markers, key=lambda marker: marker.at)
        self._markers += fresh
        self._at = np.append(self._at, [marker.at for marker in fresh])
        self._price = np.append(self._price, [marker.price for marker in fresh])
        self._look = np.append(self._look, self._looks_of(fresh))
        self.update()

    def boundingRect(self) -> QRectF:
        """Cover what is seen."""
        return QRectF(self.viewRect())

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        """Draw the markers in sight."""
        del option, widget
        seen = self.viewRect()
        first, last = np.searchsorted(self._at, (seen.left() - 1, seen.right() + 1)).tolist()
        if first == last:
            return
        transform = painter.transform()
        x = np.rint(self._at[first:last] * transform.m11() + transform.dx())
        y = np.rint(self._price[first:last] * transform.m22() + transform.dy())
        few = last - first <= _MOST
        chosen = np.arange(last - first) if few else self._one_of_each_spot(first, last, x, y)
        size = _SIZE if few else _SMALL
        painter.save()
        painter.resetTransform()
        ratio = painter.device().devicePixelRatioF()
        for number, across, down in zip(chosen.tolist(), x[chosen].tolist(), y[chosen].tolist(), strict=True):
            marker = self._markers[first + number]
            wide, high = _extent(size, marker.hollow)
            gap = _GAP - (_HOLLOW_MORE / 2 if marker.hollow else 0)
            pixmap = _pixmap(marker.color, marker.sign, size, self._outline, ratio, marker.hollow)
            place = QPointF(across - wide / 2, down + gap if marker.sign > 0 else down - gap - high)
            painter.drawPixmap(place, pixmap)
        painter.restore()

    def _one_of_each_spot(self, first: int, last: int, x: Floats, y: Floats) -> NDArray[np.int64]:
        """Leave out markers that would hide one another: of equal ones on one spot the last is drawn."""
        across, down = (np.clip(part // _SPOT, 0, _GRID - 1).astype(np.int64) for part in (x, y))
        spots = (self._look[first:last] * _GRID + across) * _GRID + down
        _, chosen = np.unique(spots[::-1], return_index=True)
        return np.sort(last - first - 1 - chosen)

    def _looks_of(self, markers: Sequence[Marker]) -> NDArray[np.int64]:
        """Return a number for each color, fill and side."""
        codes = self._colors
        looks = [
            codes.setdefault(f"{marker.color}{'-' if marker.hollow else ''}", len(codes) + 1) * marker.sign
            for marker in markers
        ]
        return np.array(looks, dtype=np.int64)

    def near(self, scene: QPointF, to_scene: QTransform) -> Marker | None:
        """Return the marker nearest to a point of the scene, None when none is within reach."""
        scale_x, scale_y = abs(to_scene.m11()), abs(to_scene.m22())
        if not len(self._at) or not scale_x:
            return None
        view = to_scene.inverted()[0].map(scene)
        reach = _REACH_PX / scale_x
        first, last = np.searchsorted(self._at, (view.x() - reach, view.x() + reach)).tolist()
        if first == last:
            return None
        across = (self._at[first:last] - view.x()) * scale_x
        # The triangle's middle lies beside the price, on the side that it comes from.
        signs = np.array([marker.sign for marker in self._markers[first:last]])
        down = (view.y() - self._price[first:last]) * scale_y + signs * (_GAP + _SIZE / 2)
        distance = np.hypot(across, down)
        best = int(np.argmin(distance))
        return self._markers[first + best] if distance[best] <= _REACH_PX else None


def _extent(size: float, hollow: bool) -> tuple[float, float]:
    size += _HOLLOW_MORE if hollow else 0
    return size * 1.1 + 2, size + 2


@lru_cache(maxsize=256)
def _pixmap(color: str, sign: int, size: float, outline: str, ratio: float, hollow: bool) -> QPixmap:
    """Return a triangle with its tip up for a buy, down for a sale; drawing it again costs a copy of pixels."""
    wide, high = _extent(size, hollow)
    pixmap = QPixmap(round(wide * ratio), round(high * ratio))
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(Qt.GlobalColor.transparent)
    tip, base = (1.0, high - 1) if sign > 0 else (high - 1, 1.0)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(QColor(color), 1.5) if hollow else QPen(QColor(outline), 1.0))
    painter.setBrush(Qt.BrushStyle.NoBrush if hollow else QColor(color))
    painter.drawConvexPolygon(QPolygonF([QPointF(wide / 2, tip), QPointF(1, base), QPointF(wide - 1, base)]))
    painter.end()
    return pixmap
