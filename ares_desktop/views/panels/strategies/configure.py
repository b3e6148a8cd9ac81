"""A place of its own for the form of an instance, with room for the preview beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from ares_desktop.views.formats import translated
from ares_desktop.views.panels.panel import Panel
from ares_desktop.views.tokens import Tone
from ares_desktop.views.widgets.controls import label, push_button

if TYPE_CHECKING:
    from ares_desktop.views.desk import Desk
    from ares_desktop.views.panels.strategies.editor import StrategyEditor


class ConfigurePanel(Panel):
    """Shows the form while something is configured, else how to begin.

    Signals:
        wanted: it is to be brought to the front, because something is configured.
        left: nothing is configured any more.
        float_wanted: it is to become a window, or to be put back.
    """

    wanted = Signal()
    left = Signal()
    float_wanted = Signal()

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._editor: StrategyEditor | None = None
        self.setMinimumWidth(1)
        text = label(
            translated("Choose a strategy and press Enter to configure it, or add an instance of a strategy file."),
            tone=Tone.MUTED,
        )
        text.setAlignment(Qt.AlignmentFlag.AlignCenter)
        text.setWordWrap(True)
        self.add = push_button(translated("Add an instance"), self._add)
        self.empty = QWidget()
        column = QVBoxLayout(self.empty)
        column.setContentsMargins(24, 24, 24, 24)
        column.setSpacing(12)
        column.addStretch(1)
        column.addWidget(text)
        column.addWidget(self.add, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(1)
        self.stack = QStackedWidget()
        self.stack.addWidget(self.empty)
        self.column.addWidget(self.stack)

    def take_in(self, editor: StrategyEditor) -> None:
        """Give the form this place."""
        self._editor = editor
        editor.take_own_room()
        self.stack.addWidget(editor)
        self._show_empty()
        editor.raised.connect(self._raise)
        editor.closed.connect(self._show_empty)
        editor.closed.connect(self.left)
        editor.float_wanted.connect(self.float_wanted)

    def _raise(self) -> None:
        if self._editor is not None:
            self.stack.setCurrentWidget(self._editor)
            self.wanted.emit()

    def _show_empty(self) -> None:
        self.stack.setCurrentWidget(self.empty)

    def _add(self) -> None:
        if self._editor is not None:
            self._editor.prepare_new()
