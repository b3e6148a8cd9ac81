"""Candles of one instrument with volume, last price and the strategies' fills."""

from collections.abc import Callable, Iterable, Sequence
from typing import Final

import pyqtgraph as pg
from PySide6.QtCore import QEvent, QLineF, QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QHelpEvent, QPainter, QPen
from PySide6.QtWidgets import QStyleOptionGraphicsItem, QToolTip, QVBoxLayout, QWidget

from ares_desktop.domain.market import NS_PER_SECOND, Bar
from ares_desktop.views import formats
from ares_desktop.views.charts.axes import Tag, ValueText
from ares_desktop.views.charts.bars import CLOSE, HIGH, LOW, OPEN, START, VOLUME, BarSeries
from ares_desktop.views.charts.candle_item import CandleItem, VolumeItem
from ares_desktop.views.charts.legend import Entry, Legend
from ares_desktop.views.charts.marker_item import Marker, MarkerItem
from ares_desktop.views.charts.pane import Bounds
from ares_desktop.views.charts.plot_view import PlotView
from ares_desktop.views.charts.span_item import SpanItem
from ares_desktop.views.charts.ticks import Tick, bar_ticks, moment_text
from ares_desktop.views.theme import Theme

_PRICE_SHARE: Final = 5
_VOLUME_SHARE: Final = 1
_FIRST_SPAN: Final = 150.0
_LEAST_SPAN: Final = 20.0
_DAY_NS: Final = 86_400 * NS_PER_SECOND
_VOLUME_UNITS: Final = ((1e9, "B"), (1e6, "M"), (1e3, "K"))


def _volume_text(value: float) -> str:
    """Return a volume in thousands, millions or billions."""
    for unit, letter in _VOLUME_UNITS:
        if abs(value) >= unit:
            return f"{formats.fixed(value / unit, 1)}{letter}".replace(".0", "")
    return formats.fixed(value, 0)


PLAIN_PRICES: Final = ValueText(formats.fixed, formats.price)
_VOLUMES: Final = ValueText(lambda value, _: _volume_text(value), _volume_text)


class _LastPrice(pg.GraphicsObject):  # type: ignore[misc]
    """A dotted line at the last price."""

    def __init__(self) -> None:
        super().__init__()
        self.price: float | None = None
        self.color = ""
        self.setZValue(5)

    def boundingRect(self) -> QRectF:
        """Cover what is seen."""
        return QRectF(self.viewRect())

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        """Draw the line."""
        del option, widget
        if self.price is None:
            return
        seen = self.viewRect()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)
        painter.setPen(QPen(QColor(self.color), 0, Qt.PenStyle.DotLine))
        painter.drawLine(QLineF(seen.left(), self.price, seen.right(), self.price))


class CandleChart(QWidget):
    """Bars over their numbers, so that nights and weekends take no room.

    Attributes:
        view: the plots.
        legend: the readout above them: the bar under the pointer, else the last one.
        spans: lines from one moment and price to another, such as stops.
        marker_text: what the pointer reads at a marker; thousands of texts are made only when they are asked for.
    """

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._title = ""
        self._cursor: float | None = None
        self._marker_names: tuple[Entry, ...] = ()
        self.marker_text: Callable[[Marker], str] = lambda marker: marker.text
        self.series = BarSeries()
        self.legend = Legend(theme)
        self.view = PlotView(theme, self._extent, self._ticks)
        self.view.cursor_text = self._cursor_text
        self.view.snap = lambda x: float(round(x))
        self.view.set_least_span(_LEAST_SPAN)
        self._prices = self.view.add_pane(PLAIN_PRICES, stretch=_PRICE_SHARE)
        self._volumes = self.view.add_pane(_VOLUMES, stretch=_VOLUME_SHARE)
        self._volumes.floor = 0.0
        self._candles = CandleItem(self.series, theme.tokens)
        self._columns = VolumeItem(self.series, theme.tokens)
        self._markers = MarkerItem(theme.tokens)
        self._last = _LastPrice()
        self.spans = SpanItem()
        for item in (self._candles, self._markers, self._last, self.spans):
            self._prices.add(item)
        self._volumes.add(self._columns)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.legend)
        column.addWidget(self.view, 1)
        self.view.cursor_moved.connect(self._point_at)
        self.view.viewport().installEventFilter(self)
        theme.changed.connect(self._take_colors)
        self.set_bars("", ())

    # data

    def set_bars(
        self, title: str, bars: Iterable[Bar], *, length_ns: int = 0, price_text: ValueText = PLAIN_PRICES
    ) -> None:
        """Show another instrument or another length of bars; markers and last price are forgotten."""
        self.set_series(title, BarSeries(bars, length_ns=length_ns), price_text=price_text)

    def set_series(self, title: str, series: BarSeries, *, price_text: ValueText = PLAIN_PRICES) -> None:
        """Show a series that was made elsewhere; markers, spans and last price are forgotten."""
        self._title = title
        self.series = series
        self._candles.series = self._columns.series = self.series
        self._prices.bounds = self._price_bounds
        self._volumes.bounds = self.series.volume_bounds
        self._prices.axis.set_text(price_text)
        self._markers.set_markers(())
        self.spans.set_spans(())
        self._marker_names = ()
        self._last.price = None
        self._cursor = None
        self.view.set_pane_shown(self._volumes, self.series.has_volume())
        self.view.time_axis.refresh()
        self.view.show_span(_FIRST_SPAN)
        self._show_last()

    def add_bars(self, bars: Iterable[Bar]) -> None:
        """Add closed bars at the end."""
        for bar in bars:
            self.series.add(bar)
            self._last.price = bar.close
        self.view.time_axis.refresh()
        if not self._volumes.box.isVisible() and self.series.has_volume():
            self.view.set_pane_shown(self._volumes, shown=True)
        self.refresh()

    def show_price(self, price: float) -> None:
        """Let the last price follow a print or quote; closed bars stay as they are."""
        self._last.price = price
        self.refresh()

    def set_markers(self, markers: Sequence[Marker]) -> None:
        """Show other fills; positions are bar numbers as of :meth:`position_of`."""
        self._markers.set_markers(markers)

    def add_markers(self, markers: Sequence[Marker]) -> None:
        """Show further fills."""
        self._markers.add_markers(markers)

    def markers(self) -> Sequence[Marker]:
        """Return the fills that are shown, ordered by position."""
        return self._markers.markers()

    def name_markers(self, names: Sequence[tuple[str, str]]) -> None:
        """Explain the markers in the readout: color and name of each strategy."""
        self._marker_names = tuple(Entry(color, name, "") for color, name in names)
        self._show_legend()

    def position_of(self, ns: int) -> float | None:
        """Return where a time lies on the x axis, None before the first bar."""
        number = self.series.number_at(ns)
        return None if number < 0 else float(number)

    def refresh(self) -> None:
        """Bring ranges, tags and readout up to date after a batch of changes."""
        self._show_last()
        self.view.refresh()

    # inside

    def _extent(self) -> tuple[float, float] | None:
        return (-0.5, len(self.series) - 0.5) if len(self.series) else None

    def _price_bounds(self, left: float, right: float) -> Bounds:
        bounds = self.series.price_bounds(left, right)
        price = self._last.price
        if bounds is None or price is None or right < len(self.series) - 1:
            return bounds
        return min(bounds[0], price), max(bounds[1], price)

    def _ticks(self, left: float, right: float, most: int) -> list[Tick]:
        first, last = self.series.part(left, right)
        starts = self.series.rows[first:last, START] / NS_PER_SECOND
        return [(first + at, text) for at, text in bar_ticks(starts, left - first, right - first, most)]

    def _cursor_text(self, x: float) -> str:
        rows = self.series.rows
        if not 0 <= x < len(rows):
            return ""
        start, end = rows[int(x), START], rows[int(x)][1]
        daily = end - start > _DAY_NS / 6 and self._is_daily()
        return moment_text(start / NS_PER_SECOND, span=1e12 if daily else 0.0)

    def _is_daily(self) -> bool:
        rows = self.series.rows
        return len(rows) > 1 and float(rows[-1, START] - rows[-2, START]) >= 0.9 * _DAY_NS

    def _show_last(self) -> None:
        rows = self.series.rows
        if self._last.price is None and len(rows):
            self._last.price = float(rows[-1, CLOSE])
        tokens = self._theme.tokens
        if self._last.price is None:
            self._prices.axis.set_tags(())
        else:
            before = rows[-2, CLOSE] if len(rows) > 1 else rows[-1, OPEN] if len(rows) else self._last.price
            self._last.color = tokens.positive if self._last.price >= before else tokens.negative
            self._prices.axis.set_tags((Tag(self._last.price, self._last.color),))
        self._show_legend()

    def _show_legend(self) -> None:
        rows = self.series.rows
        if not len(rows):
            self.legend.show_entries((Entry("", self._title, ""),))
            return
        number = len(rows) - 1
        if self._cursor is not None:
            number = min(number, max(0, int(self._cursor)))
        self.legend.show_entries((*self._entries(number), *self._marker_names))

    def _entries(self, number: int) -> list[Entry]:
        row = self.series.rows[number]
        tokens = self._theme.tokens
        before = float(self.series.rows[number - 1, CLOSE]) if number else float(row[OPEN])
        change = float(row[CLOSE]) / before - 1 if before else None
        color = tokens.positive if float(row[CLOSE]) >= before else tokens.negative
        write: Callable[[float], str] = self._prices.axis.write
        entries = [Entry("", "", self._title)]
        if row[HIGH] != row[LOW]:
            entries += [
                Entry("", name, write(float(row[field]))) for name, field in (("O", OPEN), ("H", HIGH), ("L", LOW))
            ]
        entries.append(Entry("", "C", write(float(row[CLOSE]))))
        entries.append(Entry("", "", formats.signed_percent(change), color))
        if row[VOLUME] > 0:
            entries.append(Entry("", formats.translated("Vol"), _volume_text(float(row[VOLUME]))))
        return entries

    def _point_at(self, x: float | None) -> None:
        self._cursor = x
        self._show_legend()

    def eventFilter(self, watched: object, event: QEvent) -> bool:
        """Show what is known of the fill under a resting pointer."""
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            marker = self.marker_at(event.pos())
            QToolTip.showText(
                event.globalPos(), "" if marker is None else self.marker_text(marker), self.view.viewport()
            )
            return True
        return super().eventFilter(watched, event)  # type: ignore[arg-type]

    def marker_at(self, pos: QPoint) -> Marker | None:
        """Return the fill drawn at a position of the plot's viewport."""
        scene: QPointF = self.view.mapToScene(pos)
        return self._markers.near(scene, self._prices.box.childGroup.sceneTransform())

    def _take_colors(self) -> None:
        for item in (self._candles, self._columns, self._markers):
            item.set_tokens(self._theme.tokens)
        self._show_last()
