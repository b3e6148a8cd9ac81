"""The line above a chart that says what is drawn and what it is worth."""

from typing import Final, NamedTuple

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from ares_desktop.views.fonts import ui_font
from ares_desktop.views.theme import Theme
from ares_desktop.views.tokens import SMALL_FONT_PX

HEIGHT: Final = 26
_GAP: Final = 16.0


class Entry(NamedTuple):
    """One part of a legend.

    Attributes:
        color: of the mark before it, empty for none.
        value_color: of the value, empty for the normal text.
    """

    color: str
    name: str
    value: str
    value_color: str = ""


class Legend(QWidget):
    """Entries in one line; the ones that find no room are counted."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._entries: tuple[Entry, ...] = ()
        self.setFont(ui_font(SMALL_FONT_PX))
        self._metrics = QFontMetricsF(self.font())
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(HEIGHT)
        theme.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        """Take any width."""
        return QSize(200, HEIGHT)

    def entries(self) -> tuple[Entry, ...]:
        """Return what is shown."""
        return self._entries

    def show_entries(self, entries: tuple[Entry, ...]) -> None:
        """Show other entries."""
        if entries != self._entries:
            self._entries = entries
            self.setAccessibleDescription(", ".join(f"{entry.name} {entry.value}" for entry in entries))
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw as many entries as fit."""
        del event
        painter = QPainter(self)
        painter.setFont(self.font())
        tokens = self._theme.tokens
        painter.fillRect(self.rect(), QColor(tokens.surface))
        baseline = self.height() / 2 + (self._metrics.ascent() - self._metrics.descent()) / 2
        left = 10.0
        for number, entry in enumerate(self._entries):
            width = self._width(entry)
            rest = len(self._entries) - number
            if left + width > self.width() - (36 if rest > 1 else 4) and number:
                painter.setPen(QColor(tokens.faint))
                painter.drawText(QPointF(left, baseline), f"+{rest}")
                break
            self._paint_entry(painter, entry, left, baseline)
            left += width + _GAP
        painter.end()

    def _width(self, entry: Entry) -> float:
        mark = 14.0 if entry.color else 0.0
        gap = 5.0 if entry.name and entry.value else 0.0
        return mark + self._metrics.horizontalAdvance(entry.name) + gap + self._metrics.horizontalAdvance(entry.value)

    def _paint_entry(self, painter: QPainter, entry: Entry, left: float, baseline: float) -> None:
        tokens = self._theme.tokens
        if entry.color:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(entry.color))
            painter.drawRoundedRect(QRectF(left, self.height() / 2 - 1.5, 10, 3), 1.5, 1.5)
            left += 14
        painter.setPen(QColor(tokens.muted))
        painter.drawText(QPointF(left, baseline), entry.name)
        left += self._metrics.horizontalAdvance(entry.name) + (5.0 if entry.name else 0.0)
        painter.setPen(QColor(entry.value_color or tokens.text))
        painter.drawText(QPointF(left, baseline), entry.value)
