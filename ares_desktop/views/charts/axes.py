"""Axes that draw few quiet marks, tags for the values that matter, and nothing else.

They replace pyqtgraph's own painting, which takes two milliseconds an axis whenever the range moves.
"""

from collections.abc import Callable
from typing import Final, NamedTuple

import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter
from PySide6.QtWidgets import QStyleOptionGraphicsItem, QWidget

from ares_desktop.views.charts.ticks import Tick, decimals_for, value_step, value_ticks
from ares_desktop.views.fonts import ui_font
from ares_desktop.views.tokens import Tokens

FONT_PX: Final = 11
HEIGHT: Final = 22
_TAG_HEIGHT: Final = 17.0
_TAG_PADDING: Final = 6.0
_EDGE: Final = 2.0
_ROW_PX: Final = 38
_COLUMN_PX: Final = 92


class ValueText(NamedTuple):
    """How an axis writes values.

    Attributes:
        mark: a value with so many decimals as tell the marks apart.
        read: a value as a readout, in full.
        ticks: finds the marks of a scale that is not linear; None for round values.
    """

    mark: Callable[[float, int], str]
    read: Callable[[float], str]
    ticks: Callable[[float, float, int], list[Tick]] | None = None


TimeTicks = Callable[[float, float, int], list[Tick]]


class Tag(NamedTuple):
    """A value pinned to an axis: where, in which color, with which text (empty: the axis writes it)."""

    at: float
    color: str
    text: str = ""


class _PlainAxis(pg.AxisItem):  # type: ignore[misc]
    """What both axes share: cached ticks, colors, tags."""

    def __init__(self, orientation: str, tokens: Tokens) -> None:
        super().__init__(orientation)
        self.enableAutoSIPrefix(enable=False)
        self.showLabel(show=False)
        self.tags: tuple[Tag, ...] = ()
        self.cursor: Tag | None = None
        self._font: QFont = ui_font(FONT_PX)
        self._metrics = QFontMetricsF(self._font)
        self._ticks_of: tuple[float, float, float] | None = None
        self._ticks: list[Tick] = []
        self.set_tokens(tokens)

    def set_tokens(self, tokens: Tokens) -> None:
        """Take the colors of a theme."""
        self._text_color = QColor(tokens.muted)
        self._cursor_color = tokens.border_strong
        self._cursor_text = QColor(tokens.text)
        self._tag_text = QColor(tokens.surface)
        self.update()

    def set_tags(self, tags: tuple[Tag, ...]) -> None:
        """Pin values to the axis, the most important one first: the others go where there is no room for all."""
        if tags != self.tags:
            self.tags = tags
            self.update()

    def set_cursor(self, at: float | None, text: str = "") -> None:
        """Show where the pointer is, or that it is elsewhere."""
        cursor = None if at is None else Tag(at, self._cursor_color, text)
        if cursor != self.cursor:
            self.cursor = cursor
            self.update()

    def ticks(self) -> list[Tick]:
        """Return the marks for the range and length in force."""
        low, high = self.range
        length = self.size().height() if self.orientation == "right" else self.size().width()
        wanted = (low, high, length)
        if wanted != self._ticks_of:
            self._ticks_of = wanted
            self._ticks = self.make_ticks(low, high, length)
        return self._ticks

    def make_ticks(self, low: float, high: float, length: float) -> list[Tick]:
        """Compute the marks of a range over ``length`` pixels."""
        raise NotImplementedError


class ValueAxis(_PlainAxis):
    """The value axis at the right edge."""

    def __init__(self, tokens: Tokens, text: ValueText) -> None:
        self._text = text
        self._widest = 0.0
        super().__init__("right", tokens)

    def set_text(self, text: ValueText) -> None:
        """Write values in another way, for example as percent."""
        self._text = text
        self._ticks_of = None
        self._widest = 0.0
        self.update()

    def write(self, value: float) -> str:
        """Return a value as a readout."""
        return self._text.read(value)

    def make_ticks(self, low: float, high: float, length: float) -> list[Tick]:
        """Compute round values, and room for the widest of them."""
        most = max(2, int(length / _ROW_PX))
        if self._text.ticks is not None:
            ticks = self._text.ticks(low, high, most)
        else:
            decimals = decimals_for(value_step(low, high, most))
            ticks = [(value, self._text.mark(value, decimals)) for value in value_ticks(low, high, most)]
        self._widest = max([self._widest, *(self._metrics.horizontalAdvance(text) for _, text in ticks)])
        return ticks

    def wanted_width(self) -> float:
        """Return the width that holds every mark and tag; it never shrinks, so that the plot does not jump."""
        self.ticks()
        texts = [tag.text or self.write(tag.at) for tag in self.tags]
        self._widest = max([self._widest, *(self._metrics.horizontalAdvance(text) for text in texts)])
        return self._widest + 2 * _TAG_PADDING + 4

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        """Draw marks, tags and the pointer's value."""
        del option, widget
        size = self.size()
        low, high = self.range
        if high <= low:
            return
        scale = size.height() / (high - low)
        painter.setFont(self._font)
        painter.setPen(self._text_color)
        baseline = (self._metrics.ascent() - self._metrics.descent()) / 2
        tags = self._placed([tag for tag in self.tags if low <= tag.at <= high], high, scale)
        taken = [y for _, y in tags]
        if self.cursor is not None:
            taken.append((high - self.cursor.at) * scale)
        for value, text in self.ticks():
            y = (high - value) * scale
            covered = any(abs(y - tag_y) < _TAG_HEIGHT * 0.8 for tag_y in taken)
            if baseline < y < size.height() - baseline and not covered:
                painter.drawText(QPointF(_TAG_PADDING + 4, y + baseline), text)
        for tag, y in tags:
            self._paint_tag(painter, tag, y, self._tag_text)
        if self.cursor is not None:
            self._paint_tag(painter, self.cursor, (high - self.cursor.at) * scale, self._cursor_text)

    def _placed(self, tags: list[Tag], high: float, scale: float) -> list[tuple[Tag, float]]:
        """Return tags with their heights, pushed apart where they would cover each other."""
        placed: list[tuple[Tag, float]] = []
        below = _TAG_HEIGHT / 2
        room = max(1, int(self.size().height() / (_TAG_HEIGHT + 1)))
        for tag in sorted(tags[:room], key=lambda tag: -tag.at):
            y = max(below, (high - tag.at) * scale)
            placed.append((tag, y))
            below = y + _TAG_HEIGHT + 1
        bottom = self.size().height() - _TAG_HEIGHT / 2
        for index in reversed(range(len(placed))):
            tag, y = placed[index]
            placed[index] = (tag, min(y, bottom))
            bottom = min(y, bottom) - _TAG_HEIGHT - 1
        return placed

    def _paint_tag(self, painter: QPainter, tag: Tag, y: float, color: QColor) -> None:
        text = tag.text or self.write(tag.at)
        box = QRectF(2, y - _TAG_HEIGHT / 2, self.size().width() - 2, _TAG_HEIGHT)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(tag.color))
        painter.drawRoundedRect(box, 3, 3)
        painter.setPen(color)
        painter.drawText(box.adjusted(_TAG_PADDING - 2 + 4, 0, 0, 0), Qt.AlignmentFlag.AlignVCenter, text)


class TimeAxis(_PlainAxis):
    """The time axis at the bottom; ``make`` finds the marks, so that it serves times and bar numbers."""

    def __init__(self, tokens: Tokens, make: TimeTicks) -> None:
        self._make = make
        super().__init__("bottom", tokens)
        self.setHeight(HEIGHT)

    def refresh(self) -> None:
        """Find the marks again: what they mean has changed."""
        self._ticks_of = None
        self.update()

    def make_ticks(self, low: float, high: float, length: float) -> list[Tick]:
        """Compute round times."""
        return self._make(low, high, max(2, int(length / _COLUMN_PX)))

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        """Draw marks and the pointer's time."""
        del option, widget
        size = self.size()
        low, high = self.range
        if high <= low:
            return
        scale = size.width() / (high - low)
        painter.setFont(self._font)
        painter.setPen(self._text_color)
        baseline = HEIGHT / 2 + (self._metrics.ascent() - self._metrics.descent()) / 2
        cursor = self._cursor_box(scale, low)
        for at, text in self.ticks():
            width = self._metrics.horizontalAdvance(text)
            left = (at - low) * scale - width / 2
            covered = cursor is not None and left < cursor.right() + _EDGE and left + width > cursor.left() - _EDGE
            if left >= _EDGE and left + width <= size.width() - _EDGE and not covered:
                painter.drawText(QPointF(left, baseline), text)
        if self.cursor is not None and cursor is not None:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(self.cursor.color))
            painter.drawRoundedRect(cursor, 3, 3)
            painter.setPen(self._cursor_text)
            painter.drawText(cursor, Qt.AlignmentFlag.AlignCenter, self.cursor.text)

    def _cursor_box(self, scale: float, low: float) -> QRectF | None:
        if self.cursor is None or not self.cursor.text:
            return None
        width = self._metrics.horizontalAdvance(self.cursor.text) + 2 * _TAG_PADDING
        left = min(max(0.0, (self.cursor.at - low) * scale - width / 2), self.size().width() - width)
        return QRectF(left, 2, width, _TAG_HEIGHT)
