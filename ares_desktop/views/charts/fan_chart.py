"""Bands of percentiles with what really happened drawn over them."""

import math
from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QStyleOptionGraphicsItem, QVBoxLayout, QWidget

from ares_desktop.views import formats
from ares_desktop.views.charts.axes import Tag, ValueText
from ares_desktop.views.charts.curve_item import CurveItem
from ares_desktop.views.charts.decimate import Floats, MinMaxSeries
from ares_desktop.views.charts.legend import Entry, Legend
from ares_desktop.views.charts.pane import Bounds
from ares_desktop.views.charts.plot_view import PlotView
from ares_desktop.views.charts.scales import number_ticks
from ares_desktop.views.formats import translated
from ares_desktop.views.theme import Theme

PERCENTS: Final = (5, 25, 50, 75, 95)
_MIDDLE: Final = 2
_READ_IN_ORDER: Final = (2, 0, 4, 1, 3)
"""What matters most comes first: where there is no room the rest is left out."""
_OUTER_ALPHA: Final = 42
_INNER_ALPHA: Final = 62


class _Band(pg.GraphicsObject):  # type: ignore[misc]
    """The area between two curves."""

    def __init__(self, alpha: int) -> None:
        super().__init__()
        self._alpha = alpha
        self._color = QColor()
        self.x: Floats = np.empty(0)
        self.low: Floats = np.empty(0)
        self.high: Floats = np.empty(0)
        self.setZValue(-10)

    def set_color(self, color: str) -> None:
        """Fill in another color."""
        self._color = QColor(color)
        self._color.setAlpha(self._alpha)
        self.update()

    def boundingRect(self) -> QRectF:
        """Cover what is seen."""
        return QRectF(self.viewRect())

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        """Fill the area."""
        del option, widget
        if len(self.x) < 2:  # noqa: PLR2004 - an area needs two positions
            return
        x, y = np.concatenate((self.x, self.x[::-1])), np.concatenate((self.low, self.high[::-1]))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._color)
        painter.drawPolygon(pg.functions.arrayToQPolygonF(x, y))
        painter.setBrush(Qt.BrushStyle.NoBrush)


class FanChart(QWidget):
    """Paths that could have been: 5 to 95 % and 25 to 75 % as bands, the median dashed, the observed path solid.

    Attributes:
        view: the plot.
        legend: every percentile at the pointer, or at the end.
    """

    def __init__(self, theme: Theme, *, text: ValueText, position_text: Callable[[float], str]) -> None:
        super().__init__()
        self._theme = theme
        self._cursor: float | None = None
        self.legend = Legend(theme)
        self.view = PlotView(theme, self._extent, number_ticks(formats.fixed))
        self.view.cursor_text = position_text
        self._pane = self.view.add_pane(text, stretch=1)
        self._pane.bounds = self._bounds
        self._bands = (_Band(_OUTER_ALPHA), _Band(_INNER_ALPHA))
        self.curves = [CurveItem(MinMaxSeries(), "", dashed=number == _MIDDLE) for number in range(len(PERCENTS))]
        self.observed = CurveItem(MinMaxSeries(), "", bold=True)
        self.observed.setZValue(5)
        for item in (*self._bands, self.curves[_MIDDLE], self.observed):
            self._pane.add(item)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.legend)
        column.addWidget(self.view, 1)
        self.view.cursor_moved.connect(self._point_at)
        theme.changed.connect(self._take_colors)
        self._take_colors()

    def show_fan(self, x: Sequence[float], fan: Sequence[Sequence[float]], observed: Sequence[float]) -> None:
        """Show other paths; ``fan`` holds a curve for each of :data:`PERCENTS`, nothing at all empties the plot."""
        for number, curve in enumerate(self.curves):
            curve.series.clear()
            curve.series.extend(x, fan[number] if fan else ())
        self.observed.series.clear()
        if len(observed) == len(x):
            self.observed.series.extend(x, observed)
        for band, (low, high) in zip(self._bands, ((0, 4), (1, 3)), strict=True):
            band.x, band.low, band.high = (part.copy() for part in self._edges(low, high))
        self._take_colors()
        self.view.show_span(None)

    def _edges(self, low: int, high: int) -> tuple[Floats, Floats, Floats]:
        series = self.curves[low].series, self.curves[high].series
        return series[0].x, series[0].y, series[1].y

    def _extent(self) -> tuple[float, float] | None:
        x = self.curves[0].series.x
        return (float(x[0]), float(x[-1])) if len(x) else None

    def _bounds(self, left: float, right: float) -> Bounds:
        parts = [item.series.bounds(left, right) for item in (*self.curves, self.observed)]
        known = [part for part in parts if part is not None]
        return (min(low for low, _ in known), max(high for _, high in known)) if known else None

    def _point_at(self, x: float | None) -> None:
        self._cursor = x
        self._show_legend()

    def _show_legend(self) -> None:
        at = math.inf if self._cursor is None else self._cursor
        named = [(self.observed, translated("This run"))]
        named += [
            (
                self.curves[number],
                translated("Median") if number == _MIDDLE else formats.percent(PERCENTS[number] / 100, 0),
            )
            for number in _READ_IN_ORDER
        ]
        entries = []
        for item, name in named:
            value = item.value_at(at)
            if value is not None:
                entries.append(Entry(item.color, name, self._pane.axis.write(value)))
        self.legend.show_entries(tuple(entries))

    def _take_colors(self) -> None:
        tokens = self._theme.tokens
        for curve in self.curves:
            curve.set_color(tokens.accent)
        for band in self._bands:
            band.set_color(tokens.accent)
        self.observed.set_color(tokens.text)
        ends = [(self.observed.value_at(math.inf), tokens.text)]
        ends += [(self.curves[number].value_at(math.inf), tokens.accent) for number in (2, 0, 4)]
        self._pane.axis.set_tags(tuple(Tag(value, color) for value, color in ends if value is not None))
        self._show_legend()
