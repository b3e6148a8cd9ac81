"""Keeps the mouse wheel from changing what it only passes over."""

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtWidgets import QAbstractSpinBox, QComboBox, QWidget


class _WheelGuard(QObject):
    """Leaves the wheel over an editor without the focus to the page that scrolls."""

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Turn away the wheel until the editor was clicked or reached by the keyboard."""
        if event.type() == QEvent.Type.Wheel and isinstance(watched, QWidget) and not watched.hasFocus():
            event.ignore()
            return True
        return False


def guard_wheel(editor: QWidget) -> None:
    """Let a page scroll over an editor, or the ones inside it: a number or choice is changed on purpose alone."""
    for one in (editor, *editor.findChildren(QAbstractSpinBox), *editor.findChildren(QComboBox)):
        if isinstance(one, QAbstractSpinBox | QComboBox):
            one.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            one.installEventFilter(_WheelGuard(one))
