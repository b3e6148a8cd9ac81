"""What is wrong with an instance: place, message and remedy in sight, the traceback folded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPlainTextEdit, QVBoxLayout

from ares_desktop.views.fonts import ui_font
from ares_desktop.views.formats import translated
from ares_desktop.views.icons import icon_pixmap
from ares_desktop.views.panels.strategies.rows import place_text, remedy_text
from ares_desktop.views.tokens import SMALL_FONT_PX, Tone
from ares_desktop.views.widgets.controls import label
from ares_desktop.views.widgets.section import Section

if TYPE_CHECKING:
    from ares_desktop.domain.strategies import Fault
    from ares_desktop.views.theme import Theme

_TRACE_HEIGHT = 150


class Trouble(QFrame):
    """One fault; it is hidden while there is none."""

    def __init__(self, theme: Theme, title: str, icon: str, tone: Tone) -> None:
        super().__init__()
        self._theme = theme
        self._look = (icon, tone)
        self._shown: Fault | None = None
        self.setProperty("surface", "inset")
        self._mark = QLabel()
        heading = label(title, part="strong")
        heading.setWordWrap(True)
        self.text = label()
        self.remedy = label(tone=Tone.MUTED)
        self.trace = QPlainTextEdit()
        self.trace.setReadOnly(True)
        self.trace.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.trace.setFont(ui_font(SMALL_FONT_PX))
        self.trace.setFixedHeight(_TRACE_HEIGHT)
        self.trace.setAccessibleName(translated("Traceback"))
        self.fold = Section(theme, translated("Traceback"), self.trace, opened=False)
        top = QHBoxLayout()
        top.setSpacing(6)
        top.addWidget(self._mark)
        top.addWidget(heading, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 8, 10, 8)
        column.setSpacing(4)
        column.addLayout(top)
        for part in (self.text, self.remedy):
            part.setWordWrap(True)
            part.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            column.addWidget(part)
        column.addWidget(self.fold)
        theme.changed.connect(self._paint)
        self._paint()
        self.hide()

    def show_fault(self, fault: Fault | None) -> None:
        """Show a fault, or nothing."""
        if fault == self._shown:
            return
        self._shown = fault
        self.setVisible(fault is not None)
        if fault is None:
            return
        place = place_text(fault)
        self.text.setText(f"{place}: {fault.message}" if place else fault.message)
        self.text.setToolTip(fault.file)
        self.remedy.setText(remedy_text(fault))
        self.trace.setPlainText(fault.trace.strip())
        self.fold.setVisible(bool(fault.trace.strip()))
        self.fold.set_open(False)

    def _paint(self) -> None:
        icon, tone = self._look
        self._mark.setPixmap(icon_pixmap(icon, self._theme.tokens.color(tone), 16, self.devicePixelRatioF()))
