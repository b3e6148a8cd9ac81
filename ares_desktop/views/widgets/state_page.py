"""What stands in an area that has nothing to show: why, and whether something is on its way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QLabel, QProgressBar, QVBoxLayout, QWidget

from ares_desktop.views.icons import icon_pixmap
from ares_desktop.views.tokens import Tone
from ares_desktop.views.widgets.controls import label

if TYPE_CHECKING:
    from ares_desktop.views.desk import Desk

_ICON: Final = 28
_TEXT_WIDTH: Final = 560


class StatePage(QWidget):
    """An icon, a title and a text in the middle."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._theme = desk.theme
        self._look = ("market", Tone.FAINT)
        self.mark = QLabel()
        self.mark.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.title = label(part="title")
        self.title.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.text = label(tone=Tone.MUTED)
        self.text.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.text.setMaximumWidth(_TEXT_WIDTH)
        self.text.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        for part in (self.title, self.text):
            part.setWordWrap(True)
        self.busy = QProgressBar()
        self.busy.setRange(0, 0)
        self.busy.setTextVisible(False)
        self.busy.setFixedWidth(160)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 24, 24, 24)
        column.setSpacing(8)
        column.addStretch(2)
        column.addWidget(self.mark)
        column.addWidget(self.title)
        column.addWidget(self.text, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addWidget(self.busy, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(3)
        desk.theme.changed.connect(self._paint)

    def show_state(self, icon: str, tone: Tone, title: str, text: str = "", *, busy: bool = False) -> None:
        """Show another state."""
        self._look = (icon, tone)
        self.title.setText(title)
        self.text.setText(text)
        self.text.setVisible(bool(text))
        self._fit()
        self.busy.setVisible(busy)
        self._paint()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the text within the page."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        self.text.setMinimumWidth(min(_TEXT_WIDTH, max(0, self.width() - 64)) if self.text.text() else 0)

    def _paint(self) -> None:
        icon, tone = self._look
        self.mark.setPixmap(icon_pixmap(icon, self._theme.tokens.color(tone), _ICON, self.devicePixelRatioF()))
