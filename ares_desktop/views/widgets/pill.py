"""A small state mark: icon, word and color say the same thing."""

from typing import Final

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QSizePolicy

from ares_desktop.views.fonts import ui_font
from ares_desktop.views.icons import icon_pixmap
from ares_desktop.views.theme import Theme
from ares_desktop.views.tokens import SMALL_FONT_PX, Tone

_SOFT: Final = {
    Tone.POSITIVE: "positive_soft",
    Tone.NEGATIVE: "negative_soft",
    Tone.DANGER: "negative_soft",
    Tone.WARNING: "warning_soft",
    Tone.ACCENT: "accent_soft",
}


class Pill(QAbstractButton):
    """Shows a state; it can be clicked when someone listens to ``clicked``."""

    def __init__(self, theme: Theme, name: str) -> None:
        super().__init__()
        self._theme = theme
        self._name = name
        self._icon = "dot"
        self._tone = Tone.MUTED
        self.setFont(ui_font(SMALL_FONT_PX, QFont.Weight.Medium))
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAccessibleName(name)
        theme.changed.connect(self.update)

    def show_state(self, text: str, tone: Tone, icon: str = "dot", tooltip: str = "") -> None:
        """Show a state."""
        if (text, tone, icon) != (self.text(), self._tone, self._icon):
            self._tone, self._icon = tone, icon
            self.setText(text)
            self.setAccessibleName(f"{self._name}: {text}")
            self.updateGeometry()
            self.update()
        self.setToolTip(tooltip)

    @property
    def tone(self) -> Tone:
        """The color in force."""
        return self._tone

    def sizeHint(self) -> QSize:
        """Return the room for icon and word."""
        return QSize(QFontMetrics(self.font()).horizontalAdvance(self.text()) + 34, 24)

    def minimumSizeHint(self) -> QSize:
        """Return the same: a state is never cut."""
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the mark."""
        del event
        tokens = self._theme.tokens
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(QColor(getattr(tokens, _SOFT.get(self._tone, "raised"))))
        painter.setPen(QColor(tokens.accent) if self.hasFocus() else Qt.PenStyle.NoPen)
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 11.5, 11.5)
        color = tokens.negative if self._tone is Tone.DANGER else tokens.color(self._tone)
        painter.drawPixmap(8, 5, icon_pixmap(self._icon, color, 14, self.devicePixelRatioF()))
        painter.setPen(QColor(color))
        painter.setFont(self.font())
        painter.drawText(self.rect().adjusted(26, 0, -6, 0), Qt.AlignmentFlag.AlignVCenter, self.text())
        painter.end()
