"""A strip below the runs that asks for the rest of what an action needs; doing nothing leaves all as it is."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLineEdit, QPushButton, QVBoxLayout, QWidget

from ares_desktop.views.formats import translated
from ares_desktop.views.widgets.controls import IconButton, label, push_button

if TYPE_CHECKING:
    from ares_desktop.views.desk import Desk


class Drawer(QFrame):
    """A heading, whatever is asked, and a button that does it; Escape closes it.

    Signals:
        closed: it gave its room back.
    """

    closed = Signal()

    def __init__(self, desk: Desk, button: str, *, role: str = "primary") -> None:
        super().__init__()
        self.desk = desk
        self.setProperty("surface", "strip")
        self.title = label(part="strong")
        self.title.setWordWrap(True)
        self.go: QPushButton = push_button(button, self.confirm, role=role)
        close = IconButton(desk.theme, "close", translated("Close (Esc)"))
        close.clicked.connect(self.leave)
        top = QHBoxLayout()
        top.setSpacing(8)
        top.addWidget(self.title, 1)
        top.addWidget(self.go, 0, Qt.AlignmentFlag.AlignTop)
        top.addWidget(close, 0, Qt.AlignmentFlag.AlignTop)
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(10, 6, 6, 6)
        self.column.setSpacing(6)
        self.column.addLayout(top)
        self.hide()

    def open(self, title: str, first: QWidget | None = None) -> None:
        """Show it and put the focus into its ``first`` field, or on its button."""
        self.title.setText(title)
        self.show()
        (first or self.go).setFocus()

    def leave(self) -> None:
        """Close; nothing happens."""
        if not self.isHidden():
            self.hide()
            self.closed.emit()

    def confirm(self) -> None:
        """Do what the button says."""
        self.leave()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Leave on Escape, confirm on Enter."""
        if event.key() == Qt.Key.Key_Escape:
            self.leave()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self._may_confirm():
            self.confirm()
        else:
            super().keyPressEvent(event)

    def _may_confirm(self) -> bool:
        focus = self.focusWidget()
        return self.go.isEnabled() and (focus is self.go or isinstance(focus, QLineEdit))


class QuestionDrawer(Drawer):
    """Asks before something that can't be undone."""

    def __init__(self, desk: Desk, button: str) -> None:
        super().__init__(desk, button, role="danger")
        self._chosen: Callable[[], object] = lambda: None

    def ask(self, question: str, chosen: Callable[[], object]) -> None:
        """Show a question; the button calls ``chosen``."""
        self._chosen = chosen
        self.open(question)

    def confirm(self) -> None:
        """Do it."""
        self.leave()
        self._chosen()
