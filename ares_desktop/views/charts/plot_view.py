"""Stacked plots over one time axis: pan, zoom, follow, pointer and keyboard, the same for every chart."""

from collections.abc import Callable
from typing import Final

import pyqtgraph as pg
from PySide6.QtCore import QEvent, QPointF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QWidget

from ares_desktop.views.charts.axes import TimeAxis, TimeTicks, ValueAxis, ValueText
from ares_desktop.views.charts.pane import Pane
from ares_desktop.views.theme import Theme

_PAN: Final = 0.1
_ZOOM: Final = 0.8
_AHEAD: Final = 0.02
"""Empty share at the right edge, so that the newest point does not touch the axis."""
_NO_BOUND: Final = 16_777_215.0
"""Qt's own greatest size of an item."""

Extent = Callable[[], tuple[float, float] | None]
"""Returns the first and last position of the data, None while there is none."""


class PlotView(pg.GraphicsLayoutWidget):  # type: ignore[misc]
    """Panes above each other that share positions on the x axis; each finds its own value range.

    Signals:
        cursor_moved: position under the pointer, None when it has left.
        follow_changed: whether the newest data stays in sight.

    Attributes:
        panes: top to bottom.
    """

    cursor_moved = Signal(object)
    follow_changed = Signal(bool)

    def __init__(self, theme: Theme, extent: Extent, make_ticks: TimeTicks, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._extent = extent
        self._span: float | None = None
        self._follow = True
        self._sharing = False
        self._least_span = 1.0
        self.panes: list[Pane] = []
        self.time_axis = TimeAxis(theme.tokens, make_ticks)
        self.snap: Callable[[float], float] = float
        self.cursor_text: Callable[[float], str] = str
        self.ci.layout.setContentsMargins(0, 4, 0, 0)
        self.ci.layout.setSpacing(0)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self._take_colors()
        theme.changed.connect(self._take_colors)

    def add_pane(self, text: ValueText, *, stretch: int) -> Pane:
        """Add a plot below the others; ``text`` writes its values, ``stretch`` is its share of the height."""
        pane = Pane(self._theme.tokens, ValueAxis(self._theme.tokens, text), self.time_axis, stretch)
        row = len(self.panes)
        pane.divided = row > 0
        if row:
            self.ci.removeItem(self.time_axis)
        self.ci.addItem(pane.box, row=row, col=0)
        self.ci.addItem(pane.axis, row=row, col=1)
        self.ci.addItem(self.time_axis, row=row + 1, col=0)
        self.ci.layout.setRowStretchFactor(row, stretch)
        if not self.panes:
            self.time_axis.linkToView(pane.box)
        pane.box.sigXRangeChanged.connect(self._share_range)
        pane.box.sigRangeChangedManually.connect(self._moved_by_hand)
        self.panes.append(pane)
        return pane

    def set_pane_shown(self, pane: Pane, shown: bool) -> None:
        """Show a plot, or give its room to the others."""
        if pane.box.isVisible() == shown:
            return
        pane.box.setVisible(shown)
        pane.axis.setVisible(shown)
        row = self.panes.index(pane)
        self.ci.layout.setRowStretchFactor(row, pane.stretch if shown else 0)
        self.ci.layout.setRowMaximumHeight(row, _NO_BOUND if shown else 0.0)

    # range

    @property
    def following(self) -> bool:
        """Whether the newest data stays in sight."""
        return self._follow

    def set_least_span(self, span: float) -> None:
        """Don't zoom in further than this."""
        self._least_span = span
        for pane in self.panes:
            pane.box.setLimits(minXRange=span)

    def show_span(self, span: float | None) -> None:
        """Show the newest ``span`` of the x axis, or everything, and follow."""
        self._span = span
        self._set_follow(on=True)
        self.refresh()

    def show_range(self, left: float, right: float) -> None:
        """Show a stretch of the x axis and stay there."""
        width = max(self._least_span, right - left)
        middle = (left + right) / 2
        self._set_follow(on=False)
        self._set_range(middle - width / 2, middle + width / 2)
        self.refresh()

    def set_follow(self, on: bool) -> None:
        """Keep the newest data in sight, or leave the picture where it is."""
        self._set_follow(on=on)
        if on:
            self.refresh()

    def _set_follow(self, *, on: bool) -> None:
        if on != self._follow:
            self._follow = on
            self.follow_changed.emit(on)

    def refresh(self) -> None:
        """Fit the ranges to the data and repaint."""
        extent = self._extent()
        if extent is None or not self.panes:
            self.viewport().update()
            return
        if self._follow:
            first, last = extent
            all_of_it = last - first
            width = max(self._least_span, all_of_it if self._span is None else min(self._span, all_of_it))
            self._set_range(last - width, last + width * _AHEAD)
        self._fit_values()
        self.viewport().update()

    def x_range(self) -> tuple[float, float]:
        """Return the positions at the left and right edge."""
        left, right = self.panes[0].box.viewRange()[0]
        return float(left), float(right)

    def _set_range(self, left: float, right: float) -> None:
        self._sharing = True
        for pane in self.panes:
            if tuple(pane.box.viewRange()[0]) != (left, right):
                pane.box.setXRange(left, right, padding=0)
        self._sharing = False

    def _share_range(self, _box: pg.ViewBox, x_range: tuple[float, float]) -> None:
        """Move the other plots along when a person moves one."""
        if not self._sharing:
            self._set_range(*x_range)
            self._fit_values()

    def _moved_by_hand(self) -> None:
        extent = self._extent()
        if extent is None:
            return
        left, right = self.x_range()
        if right >= extent[1]:
            self._span = (right - left) / (1 + _AHEAD)
        self._set_follow(on=right >= extent[1])

    def _fit_values(self) -> None:
        left, right = self.x_range()
        widths = []
        for pane in self.panes:
            pane.fit(left, right)
            widths.append(pane.axis.wanted_width())
        widest = max(widths)
        if widest != self.panes[0].axis.width():
            for pane in self.panes:
                pane.axis.setWidth(widest)

    def _pan(self, share: float) -> None:
        left, right = self.x_range()
        by = (right - left) * share
        self._set_range(left + by, right + by)
        self._fit_values()
        self._moved_by_hand()

    def _zoom(self, factor: float) -> None:
        left, right = self.x_range()
        width = max(self._least_span, (right - left) * factor)
        self._set_range(right - width, right)
        self._fit_values()
        if self._follow:
            self._span = width / (1 + _AHEAD)
            self.refresh()

    # input

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Pan with left and right, zoom with up, down, plus and minus; Home shows all, End the newest."""
        actions: dict[int, Callable[[], None]] = {
            Qt.Key.Key_Left: lambda: self._pan(-_PAN),
            Qt.Key.Key_Right: lambda: self._pan(_PAN),
            Qt.Key.Key_Up: lambda: self._zoom(_ZOOM),
            Qt.Key.Key_Plus: lambda: self._zoom(_ZOOM),
            Qt.Key.Key_Equal: lambda: self._zoom(_ZOOM),
            Qt.Key.Key_Down: lambda: self._zoom(1 / _ZOOM),
            Qt.Key.Key_Minus: lambda: self._zoom(1 / _ZOOM),
            Qt.Key.Key_Home: lambda: self.show_span(None),
            Qt.Key.Key_End: lambda: self.set_follow(on=True),
        }
        action = actions.get(event.key())
        if action is None:
            super().keyPressEvent(event)
            return
        action()
        event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Move the pointer's lines."""
        super().mouseMoveEvent(event)
        self._point_at(self.mapToScene(event.position().toPoint()))

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Return to the newest data."""
        super().mouseDoubleClickEvent(event)
        self.set_follow(on=True)

    def leaveEvent(self, event: QEvent) -> None:
        """Take the pointer's lines away."""
        super().leaveEvent(event)
        self._point_at(None)

    def _point_at(self, scene: QPointF | None) -> None:
        hit = next((pane for pane in self.panes if scene is not None and pane.contains(scene)), None)
        if hit is None or scene is None:
            for pane in self.panes:
                pane.point_at(None, None)
            self.time_axis.set_cursor(None)
            self.cursor_moved.emit(None)
            return
        point = hit.box.mapSceneToView(scene)
        at = self.snap(point.x())
        for pane in self.panes:
            pane.point_at(at, point.y() if pane is hit else None)
        self.time_axis.set_cursor(at, self.cursor_text(at))
        self.cursor_moved.emit(at)

    # look

    def _take_colors(self) -> None:
        tokens = self._theme.tokens
        self.setBackground(tokens.surface)
        self.time_axis.set_tokens(tokens)
        for pane in self.panes:
            pane.set_tokens(tokens)
