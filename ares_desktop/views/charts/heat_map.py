"""A grid of cells whose color and number both say how good a pair of values is."""

import math
from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetricsF, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QPixmap
from PySide6.QtWidgets import QSizePolicy, QWidget

from ares_desktop.views.charts.decimate import Floats
from ares_desktop.views.charts.heat_colors import heat_color, ink_on
from ares_desktop.views.fonts import ui_font
from ares_desktop.views.formats import translated
from ares_desktop.views.theme import Theme
from ares_desktop.views.tokens import Tokens

_FONT_PX: Final = 11
_SCALE_WIDTH: Final = 74.0
_AXIS_HEIGHT: Final = 40.0
_MARGIN: Final = 8.0
_CELL_PAD: Final = 4.0

Cell = tuple[int, int]
"""Column and row, counted from the lower left."""


class HeatMap(QWidget):
    """Scores over two axes; arrows move the chosen cell, Enter or a double click opens it.

    Args:
        write: a score as text.
        bounds: scores at the ends of the scale, those of the data without them.
        color: of a share of the scale, from 0 to 1.
        best: whether the highest score is marked and chosen at first.
        unknown: what is read of a cell without a score.
        empty: what stands where there are no cells.
        every_name: whether each column has its label, shortened where it must be, instead of every few ones.

    Signals:
        cell_chosen: column and row of the cell that slices go through.
        cell_opened: column and row of the cell to work with.
        cell_hovered: column and row under the pointer, None when it has left.
    """

    cell_chosen = Signal(object)
    cell_opened = Signal(object)
    cell_hovered = Signal(object)

    def __init__(
        self,
        theme: Theme,
        *,
        write: Callable[[float], str],
        bounds: tuple[float, float] | None = None,
        color: Callable[[float, Tokens], QColor] = heat_color,
        best: bool = True,
        unknown: str = "not tried",
        empty: str = "Two parameters with more than one value are needed for a map.",
        every_name: bool = False,
    ) -> None:
        super().__init__()
        self._theme = theme
        self._write = write
        self._fixed_bounds = bounds
        self._color = color
        self._marks_best = best
        self._unknown = unknown
        self._empty = empty
        self._every_name = every_name
        self._names = ("", "")
        self._labels: tuple[tuple[str, ...], tuple[str, ...]] = ((), ())
        self._scores: Floats = np.empty((0, 0))
        self._bounds = (0.0, 0.0)
        self._picture: QPixmap | None = None
        self._drawn_for = ("", 0, 0, 0.0)
        self.chosen: Cell | None = None
        self.best: Cell | None = None
        self.hovered: Cell | None = None
        self.setFont(ui_font(_FONT_PX))
        self._metrics = QFontMetricsF(self.font())
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName(translated("Heat map"))
        theme.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        """Return a comfortable size."""
        return QSize(520, 360)

    def minimumSizeHint(self) -> QSize:
        """Return a size at which the axes can still be read."""
        return QSize(260, 180)

    def show_grid(
        self, names: tuple[str, str], x_labels: Sequence[str], y_labels: Sequence[str], scores: Floats
    ) -> None:
        """Show ``len(y_labels)`` rows of ``len(x_labels)`` scores, the first row at the bottom; NaN is not known."""
        self._picture = None
        self._names = names
        self._labels = (tuple(x_labels), tuple(y_labels))
        self._scores = scores
        known = scores[np.isfinite(scores)]
        self._bounds = self._fixed_bounds or (
            (float(known.min()), float(known.max())) if len(known) else (math.nan, math.nan)
        )
        self.best = None
        if self._marks_best and len(known):
            row, column = np.unravel_index(int(np.nanargmax(scores)), scores.shape)
            self.best = (int(column), int(row))
        kept = self.chosen is not None and self.chosen[0] < scores.shape[1] and self.chosen[1] < scores.shape[0]
        if self._marks_best or not kept:
            self.chosen = self.best
        self.hovered = None
        self._describe()
        self.update()

    def score(self, cell: Cell) -> float | None:
        """Return the score of a cell, None where it is not known."""
        value = float(self._scores[cell[1], cell[0]])
        return value if math.isfinite(value) else None

    def choose(self, cell: Cell) -> None:
        """Let slices go through a cell."""
        if cell != self.chosen:
            self.chosen = cell
            self._describe()
            self.update()
            self.cell_chosen.emit(cell)

    def reading(self, cell: Cell) -> str:
        """Return a cell in words: both values and the score."""
        value = self.score(cell)
        text = translated(self._unknown) if value is None else self._write(value)
        x, y = self._labels[0][cell[0]], self._labels[1][cell[1]]
        return f"{self._names[0]} {x}, {self._names[1]} {y}: {text}"

    def _describe(self) -> None:
        self.setAccessibleDescription("" if self.chosen is None else self.reading(self.chosen))

    # geometry

    def _area(self) -> QRectF:
        widest = max([0.0, *(self._metrics.horizontalAdvance(label) for label in self._labels[1])])
        left = _MARGIN + self._metrics.height() + 4 + widest + 6
        right = self.width() - _SCALE_WIDTH - _MARGIN
        return QRectF(left, _MARGIN, max(1.0, right - left), max(1.0, self.height() - _MARGIN - _AXIS_HEIGHT))

    def cell_box(self, cell: Cell) -> QRectF:
        """Return where a cell is drawn."""
        area = self._area()
        wide, high = area.width() / len(self._labels[0]), area.height() / len(self._labels[1])
        return QRectF(area.left() + cell[0] * wide, area.bottom() - (cell[1] + 1) * high, wide, high)

    def cell_at(self, place: QPointF) -> Cell | None:
        """Return the cell at a place, None outside of all."""
        area = self._area()
        if not area.contains(place) or not self._scores.size:
            return None
        column = int((place.x() - area.left()) / area.width() * len(self._labels[0]))
        row = int((area.bottom() - place.y()) / area.height() * len(self._labels[1]))
        return min(column, len(self._labels[0]) - 1), min(row, len(self._labels[1]) - 1)

    # painting

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw cells, axes and scale."""
        del event
        painter = QPainter(self)
        painter.setFont(self.font())
        tokens = self._theme.tokens
        painter.fillRect(self.rect(), QColor(tokens.surface))
        if not self._scores.size:
            painter.setPen(QColor(tokens.faint))
            text = translated(self._empty)
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, text)
            painter.end()
            return
        painter.drawPixmap(0, 0, self._grid_picture())
        self._paint_marks(painter)
        painter.end()

    def _grid_picture(self) -> QPixmap:
        """Return everything but the marks, drawn once: a pointer that moves over thousands of cells costs little."""
        ratio = self.devicePixelRatioF()
        drawn_for = (self._theme.tokens.name, self.width(), self.height(), ratio)
        if self._picture is None or self._drawn_for != drawn_for:
            self._drawn_for = drawn_for
            self._picture = QPixmap(round(self.width() * ratio), round(self.height() * ratio))
            self._picture.setDevicePixelRatio(ratio)
            self._picture.fill(QColor(self._theme.tokens.surface))
            painter = QPainter(self._picture)
            painter.setFont(self.font())
            self._paint_cells(painter)
            self._paint_axes(painter)
            self._paint_scale(painter)
            painter.end()
        return self._picture

    def _share(self, value: float) -> float:
        low, high = self._bounds
        return (value - low) / (high - low) if high > low else 0.5

    def _paint_cells(self, painter: QPainter) -> None:
        tokens = self._theme.tokens
        rows, columns = self._scores.shape
        first = self.cell_box((0, 0))
        with_numbers = first.height() > self._metrics.height() and first.width() > self._widest_number() + _CELL_PAD
        for row in range(rows):
            for column in range(columns):
                box = self.cell_box((column, row)).adjusted(0.5, 0.5, -0.5, -0.5)
                value = float(self._scores[row, column])
                if not math.isfinite(value):
                    painter.fillRect(box, QColor(tokens.raised))
                    painter.setPen(QPen(QColor(tokens.border_strong), 1, Qt.PenStyle.DotLine))
                    painter.drawLine(box.bottomLeft(), box.topRight())
                    continue
                color = self._color(self._share(value), tokens)
                painter.fillRect(box, color)
                if with_numbers:
                    painter.setPen(ink_on(color))
                    painter.drawText(box, Qt.AlignmentFlag.AlignCenter, self._write(value))

    def _widest_number(self) -> float:
        return max(self._metrics.horizontalAdvance(self._write(value)) for value in self._bounds)

    def _paint_axes(self, painter: QPainter) -> None:
        area = self._area()
        painter.setPen(QColor(self._theme.tokens.muted))
        wide = area.width() / len(self._labels[0])
        widest = max(self._metrics.horizontalAdvance(label) for label in self._labels[0]) + 8
        if self._every_name:
            widest = min(widest, wide)
        step = max(1, math.ceil(widest / wide))
        for number in range(0, len(self._labels[0]), step):
            box = QRectF(area.left() + (number + 0.5) * wide - widest / 2, area.bottom() + 3, widest, 16)
            name = self._metrics.elidedText(self._labels[0][number], Qt.TextElideMode.ElideMiddle, widest - 2)
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, name)
        high = area.height() / len(self._labels[1])
        step = max(1, math.ceil(self._metrics.height() / high))
        for number in range(0, len(self._labels[1]), step):
            middle = area.bottom() - (number + 0.5) * high
            box = QRectF(_MARGIN, middle - 8, area.left() - _MARGIN - 6, 16)
            painter.drawText(box, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, self._labels[1][number])
        painter.setPen(QColor(self._theme.tokens.text))
        painter.drawText(
            QRectF(area.left(), area.bottom() + 20, area.width(), 16), Qt.AlignmentFlag.AlignCenter, self._names[0]
        )
        painter.save()
        painter.translate(_MARGIN, area.center().y())
        painter.rotate(-90)
        painter.drawText(QRectF(-area.height() / 2, 0, area.height(), 16), Qt.AlignmentFlag.AlignCenter, self._names[1])
        painter.restore()

    def _paint_scale(self, painter: QPainter) -> None:
        area = self._area()
        if not all(map(math.isfinite, self._bounds)):
            return
        bar = QRectF(area.right() + 14, area.top(), 10, area.height())
        steps = max(2, int(bar.height()))
        for step in range(steps):
            top = bar.bottom() - (step + 1) * bar.height() / steps
            painter.fillRect(
                QRectF(bar.left(), top, bar.width(), 1.5), self._color(step / (steps - 1), self._theme.tokens)
            )
        painter.setPen(QColor(self._theme.tokens.muted))
        low, high = self._bounds
        half = self._metrics.height() / 2
        for value, y in ((high, bar.top() + half), ((low + high) / 2, bar.center().y()), (low, bar.bottom() - half)):
            box = QRectF(bar.right() + 5, y - 8, _SCALE_WIDTH - 29, 16)
            painter.drawText(box, Qt.AlignmentFlag.AlignVCenter, self._write(value))

    def _paint_marks(self, painter: QPainter) -> None:
        tokens = self._theme.tokens
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if self.chosen is not None:
            area, box = self._area(), self.cell_box(self.chosen)
            painter.setPen(QPen(QColor(tokens.text), 1, Qt.PenStyle.DotLine))
            painter.drawRect(QRectF(area.left(), box.top(), area.width(), box.height()))
            painter.drawRect(QRectF(box.left(), area.top(), box.width(), area.height()))
            painter.setPen(QPen(QColor(tokens.accent if self.hasFocus() else tokens.text), 2))
            painter.drawRect(box.adjusted(1, 1, -1, -1))
        if self.best is not None:
            corner = self.cell_box(self.best).topRight() + QPointF(-7, 7)
            painter.setPen(QPen(QColor(tokens.surface), 1))
            painter.setBrush(QColor(tokens.text))
            painter.drawEllipse(corner, 3.5, 3.5)
            painter.setBrush(Qt.BrushStyle.NoBrush)
        if self.hovered is not None:
            painter.setPen(QPen(QColor(tokens.text), 1))
            painter.drawRect(self.cell_box(self.hovered).adjusted(1, 1, -1, -1))

    # input

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Read the cell under the pointer."""
        self._hover_over(self.cell_at(event.position()))

    def leaveEvent(self, event: QEvent) -> None:
        """Read no cell."""
        super().leaveEvent(event)
        self._hover_over(None)

    def _hover_over(self, cell: Cell | None) -> None:
        if cell != self.hovered:
            self.hovered = cell
            self.update()
            self.cell_hovered.emit(cell)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose the cell."""
        super().mousePressEvent(event)
        cell = self.cell_at(event.position())
        if cell is not None and event.button() == Qt.MouseButton.LeftButton:
            self.choose(cell)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Open the cell."""
        super().mouseDoubleClickEvent(event)
        cell = self.cell_at(event.position())
        if cell is not None:
            self.cell_opened.emit(cell)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move by arrows, open by Enter."""
        moves: dict[int, Cell] = {
            Qt.Key.Key_Left: (-1, 0),
            Qt.Key.Key_Right: (1, 0),
            Qt.Key.Key_Up: (0, 1),
            Qt.Key.Key_Down: (0, -1),
        }
        move = moves.get(event.key())
        if self.chosen is None and move is not None and self._scores.size:
            self.choose((0, len(self._labels[1]) - 1))
        elif self.chosen is None or (move is None and event.key() not in (Qt.Key.Key_Return, Qt.Key.Key_Enter)):
            super().keyPressEvent(event)
        elif move is None:
            self.cell_opened.emit(self.chosen)
        else:
            column = min(max(0, self.chosen[0] + move[0]), len(self._labels[0]) - 1)
            row = min(max(0, self.chosen[1] + move[1]), len(self._labels[1]) - 1)
            self.choose((column, row))
