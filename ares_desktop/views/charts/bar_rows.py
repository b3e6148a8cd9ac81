"""Named rows of horizontal bars: parts of a sum side by side, or values to compare below each other."""

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QBrush, QColor, QFontMetricsF, QHelpEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from ares_desktop.views.fonts import ui_font
from ares_desktop.views.theme import Theme
from ares_desktop.views.tokens import SMALL_FONT_PX

_BAR: Final = 14.0
_SLIM: Final = 12.0
_GAP: Final = 12.0
_MARGIN: Final = 10.0
_HEAD: Final = 26.0
_NAME_SHARE: Final = 0.28
_SOFT: Final = 110
_PATTERNS: Final = (
    Qt.BrushStyle.SolidPattern,
    Qt.BrushStyle.BDiagPattern,
    Qt.BrushStyle.Dense4Pattern,
    Qt.BrushStyle.HorPattern,
)
"""Beside its color each part has a texture of its own."""


class BarRow(NamedTuple):
    """One row: a value for each part, None where there is none."""

    name: str
    values: tuple[float | None, ...]


class BarRows(QWidget):
    """Bars from a common zero.

    Attributes:
        rows: what is shown, top to bottom.
    """

    def __init__(
        self, theme: Theme, parts: Sequence[tuple[str, str]], *, write: Callable[[float], str], stacked: bool
    ) -> None:
        """Make an empty one; a part is its name and its token of color, ``stacked`` parts add up to a sum."""
        super().__init__()
        self._theme = theme
        self._parts = tuple(parts)
        self._write = write
        self._stacked = stacked
        self._boxes: list[tuple[QRectF, str]] = []
        self.rows: tuple[BarRow, ...] = ()
        self.setFont(ui_font(SMALL_FONT_PX))
        self._metrics = QFontMetricsF(self.font())
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        theme.changed.connect(self.update)

    def show_rows(self, rows: Sequence[BarRow]) -> None:
        """Show other rows."""
        self.rows = tuple(rows)
        texts = (f"{row.name}: {', '.join(self._readings(row))}" for row in self.rows)
        self.setAccessibleDescription("; ".join(texts))
        self.setMinimumHeight(self.sizeHint().height())
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """Return the room for all rows."""
        return QSize(320, round(_HEAD + max(1, len(self.rows)) * self._row_height() + 4))

    def minimumSizeHint(self) -> QSize:
        """Return a narrow one of the same height."""
        return QSize(220, self.sizeHint().height())

    def _row_height(self) -> float:
        return (_BAR if self._stacked else _SLIM * len(self._parts)) + _GAP

    def _readings(self, row: BarRow) -> list[str]:
        pairs = zip(self._parts, row.values, strict=True)
        return [f"{name} {self._write(value)}" for (name, _), value in pairs if value is not None]

    # painting

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw names, bars and figures."""
        del event
        painter = QPainter(self)
        painter.setFont(self.font())
        painter.fillRect(self.rect(), QColor(self._theme.tokens.surface))
        self._boxes = []
        self._paint_head(painter)
        low, high = self._range()
        name_width = min(self.width() * _NAME_SHARE, self._widest([row.name for row in self.rows]) + 8)
        figure_width = self._widest([self._figure(row) for row in self.rows]) + 8 if self._stacked else 64.0
        area = QRectF(
            _MARGIN + name_width, _HEAD, self.width() - 2 * _MARGIN - name_width - figure_width, self.height() - _HEAD
        )
        scale = area.width() / (high - low) if high > low else 0.0
        zero = area.left() - low * scale
        painter.fillRect(QRectF(zero, _HEAD, 1, len(self.rows) * self._row_height()), QColor(self._theme.tokens.border))
        for number, row in enumerate(self.rows):
            top = _HEAD + number * self._row_height() + _GAP / 2
            self._paint_row(painter, row, top, zero, scale, name_width)
        painter.end()

    def _range(self) -> tuple[float, float]:
        sums: list[float] = []
        for row in self.rows:
            known = [value for value in row.values if value is not None]
            sums += [sum(max(0.0, v) for v in known), sum(min(0.0, v) for v in known)] if self._stacked else known
        return min([0.0, *sums]), max([0.0, *sums])

    def _widest(self, texts: Sequence[str]) -> float:
        return max([0.0, *(self._metrics.horizontalAdvance(text) for text in texts)])

    def _figure(self, row: BarRow) -> str:
        known = [value for value in row.values if value is not None]
        return self._write(sum(known)) if known else self._write(float("nan"))

    def _paint_head(self, painter: QPainter) -> None:
        left = _MARGIN
        for number, (name, _) in enumerate(self._parts):
            self._fill(painter, QRectF(left, 8, 12, 10), number)
            painter.setPen(QColor(self._theme.tokens.muted))
            painter.drawText(QPointF(left + 18, 17), name)
            left += 18 + self._metrics.horizontalAdvance(name) + 16

    def _fill(self, painter: QPainter, box: QRectF, number: int) -> None:
        color = QColor(getattr(self._theme.tokens, self._parts[number][1]))
        soft = QColor(color)
        soft.setAlpha(_SOFT)
        painter.fillRect(box, soft)
        painter.fillRect(box, QBrush(color, _PATTERNS[number % len(_PATTERNS)]))

    def _paint_row(
        self, painter: QPainter, row: BarRow, top: float, zero: float, scale: float, name_width: float
    ) -> None:
        height = self._row_height() - _GAP
        baseline = top + height / 2 + (self._metrics.ascent() - self._metrics.descent()) / 2
        painter.setPen(QColor(self._theme.tokens.text))
        name = self._metrics.elidedText(row.name, Qt.TextElideMode.ElideMiddle, name_width - 8)
        painter.drawText(QPointF(_MARGIN, baseline), name)
        plus = minus = zero
        for number, value in enumerate(row.values):
            if value is None:
                continue
            y, thick = (top, _BAR) if self._stacked else (top + number * _SLIM, _SLIM - 2)
            start = (plus if value >= 0 else minus) if self._stacked else zero
            end = start + value * scale
            box = QRectF(min(start, end), y, max(abs(end - start), 1.0 if value else 0.0), thick)
            self._fill(painter, box, number)
            if value >= 0:
                plus = end
            else:
                minus = end
            self._boxes.append((box, f"{row.name}\n{self._parts[number][0]}: {self._write(value)}"))
            if not self._stacked:
                painter.drawText(QPointF(max(box.right(), zero) + 6, y + thick + 1), self._write(value))
        if self._stacked:
            painter.drawText(QPointF(plus + 6, baseline), self._figure(row))

    def event(self, event: QEvent) -> bool:
        """Read the part under a resting pointer."""
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            text = next((text for box, text in self._boxes if box.contains(QPointF(event.pos()))), "")
            QToolTip.showText(event.globalPos(), text, self)
            return True
        return super().event(event)
