"""Small controls that the panels share."""

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QLayout, QPushButton, QSizePolicy, QToolButton, QWidget

from ares_desktop.views.theme import Theme
from ares_desktop.views.tokens import Tone


def set_property(widget: QWidget, name: str, value: object) -> None:
    """Set a property that the stylesheet looks at, and restyle the widget when it changed."""
    if widget.property(name) == value:
        return
    widget.setProperty(name, value)
    widget.style().unpolish(widget)
    widget.style().polish(widget)


def label(text: str = "", *, tone: Tone | None = None, part: str = "") -> QLabel:
    """Return a line of text; ``part`` is ``caption``, ``strong`` or ``title``."""
    made = QLabel(text)
    made.setTextFormat(Qt.TextFormat.PlainText)
    if tone is not None:
        made.setProperty("tone", tone.value)
    if part:
        made.setProperty("part", part)
    return made


def push_button(text: str, clicked: Callable[[], Any], *, role: str = "", tooltip: str = "") -> QPushButton:
    """Return a button; ``role`` is ``primary``, ``buy``, ``sell`` or ``danger``."""
    button = QPushButton(text)
    if role:
        button.setProperty("role", role)
    button.setToolTip(tooltip)
    button.setAccessibleName(text)
    button.clicked.connect(clicked)
    return button


def strip(
    surface: str, *, margins: tuple[int, int, int, int] = (8, 4, 8, 4), spacing: int = 6
) -> tuple[QFrame, QHBoxLayout]:
    """Return a horizontal frame of a surface of the stylesheet, with its layout."""
    frame = QFrame()
    frame.setProperty("surface", surface)
    row = QHBoxLayout(frame)
    row.setContentsMargins(*margins)
    row.setSpacing(spacing)
    return frame, row


def separator(height: int = 28) -> QFrame:
    """Return a thin vertical line."""
    line = QFrame()
    line.setProperty("surface", "separator")
    line.setFixedSize(1, height)
    return line


class WholeLabel(QLabel):
    """Text that gives way to its neighbours: it is shown as a whole or not at all."""

    def __init__(self) -> None:
        super().__init__()
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setMinimumWidth(1)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the text where it fits."""
        if self.width() >= self.sizeHint().width():
            super().paintEvent(event)


class IconButton(QToolButton):
    """A button with an icon in the theme's color, with or without text."""

    def __init__(self, theme: Theme, icon: str, tooltip: str, *, text: str = "", tone: Tone = Tone.MUTED) -> None:
        super().__init__()
        self._theme = theme
        self._icon = icon
        self._tone = tone
        self.setIconSize(QSize(14, 14))
        self.setToolTip(tooltip)
        self.setAccessibleName(text or tooltip)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        if text:
            self.setText(text)
            self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        else:
            self.setProperty("flat", "true")
        self._paint_icon()
        theme.changed.connect(self._paint_icon)

    def set_icon(self, icon: str, tone: Tone | None = None) -> None:
        """Show another icon, or the same one in another color."""
        tone = tone or self._tone
        if (icon, tone) != (self._icon, self._tone):
            self._icon, self._tone = icon, tone
            self._paint_icon()

    def _paint_icon(self) -> None:
        self.setIcon(self._theme.icon(self._icon, self._tone))


def clear_layout(layout: QLayout) -> None:
    """Take every widget out of a layout and have it deleted."""
    while (item := layout.takeAt(0)) is not None:
        widget = item.widget()
        if widget is not None:
            widget.hide()
            widget.deleteLater()
