"""Choosing one of a few, or some of many, from a panel's toolbar."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QPoint, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QAction, QColor, QIcon, QPainter, QPixmap
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QMenu, QToolButton, QWidget

from ares_desktop.views.formats import translated
from ares_desktop.views.theme import Theme


class ChoiceButtons(QWidget):
    """Buttons side by side of which one is pressed.

    Signals:
        chosen: key of the button that was pressed.
    """

    chosen = Signal(str)

    def __init__(self, name: str, choices: Sequence[tuple[str, str, str]], chosen: str) -> None:
        """Make the buttons; a choice is its key, its text and its tooltip."""
        super().__init__()
        self.setAccessibleName(name)
        self._buttons: dict[str, QToolButton] = {}
        self._group = QButtonGroup(self)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(2)
        for key, text, tooltip in choices:
            button = QToolButton()
            button.setText(text)
            button.setToolTip(tooltip)
            button.setAccessibleName(f"{name}: {tooltip or text}")
            button.setCheckable(True)
            button.setChecked(key == chosen)
            button.setProperty("key", key)
            self._group.addButton(button)
            self._buttons[key] = button
            row.addWidget(button)
        self._group.buttonClicked.connect(self._clicked)

    @property
    def current(self) -> str:
        """Key of the pressed button."""
        button = self._group.checkedButton()
        return "" if button is None else str(button.property("key"))

    def choose(self, key: str) -> None:
        """Press a button without a signal."""
        self._buttons[key].setChecked(True)

    def focus_chosen(self) -> None:
        """Give the keyboard to the pressed button."""
        button = self._group.checkedButton()
        if button is not None:
            button.setFocus()

    def show_only(self, keys: Sequence[str]) -> None:
        """Hide the choices that make no sense at the moment."""
        for key, button in self._buttons.items():
            button.setVisible(key in keys)

    def _clicked(self, button: QToolButton) -> None:
        # A focus that stayed on another button would look like a second choice.
        if any(other.hasFocus() for other in self._buttons.values()):
            button.setFocus()
        self.chosen.emit(str(button.property("key")))


class CheckMenuButton(QToolButton):
    """A button whose menu checks some of many names, each with its color.

    Signals:
        changed: after a name was checked or unchecked.
    """

    changed = Signal()

    def __init__(self, text: str, tooltip: str, theme: Theme, color: Callable[[str], str]) -> None:
        super().__init__()
        self._text = text
        self._theme = theme
        self._color = color
        self._checked: dict[str, bool] = {}
        self._titles: dict[str, str] = {}
        self.setToolTip(tooltip)
        self.setAccessibleName(text)
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
        self.setIconSize(QSize(10, 10))
        self.clicked.connect(self._open)
        theme.changed.connect(self._paint_icon)
        self._paint_icon()
        self._show_text()

    def add_name(self, name: str, title: str = "", *, checked: bool = True) -> bool:
        """Offer a name; return whether it is new."""
        if name in self._checked:
            return False
        self._checked[name] = checked
        self._titles[name] = title or name
        self._show_text()
        return True

    def names(self) -> tuple[str, ...]:
        """Return every name in the order of their arrival."""
        return tuple(self._checked)

    def is_checked(self, name: str) -> bool:
        """Return whether a name is checked; an unknown one is not."""
        return self._checked.get(name, False)

    def checked(self) -> tuple[str, ...]:
        """Return the checked names in the order of their arrival."""
        return tuple(name for name, checked in self._checked.items() if checked)

    def check(self, name: str, checked: bool) -> None:
        """Check or uncheck a name."""
        if self._checked.get(name) != checked:
            self._checked[name] = checked
            self._show_text()
            self.changed.emit()

    def check_all(self, checked: bool) -> None:
        """Check or uncheck every name."""
        self._checked = dict.fromkeys(self._checked, checked)
        self._show_text()
        self.changed.emit()

    def _paint_icon(self) -> None:
        self.setIcon(self._theme.icon("chevron-down"))

    def _show_text(self) -> None:
        some = len(self.checked())
        total = len(self._checked)
        self.setText(self._text if some == total else f"{self._text} {some}/{total}")

    def _open(self) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for name, checked in self._checked.items():
            action = QAction(_chip(self._color(name)), self._titles[name], menu)
            action.setData(name)
            action.setCheckable(True)
            action.setChecked(checked)
            menu.addAction(action)
        menu.addSeparator()
        for title, checked in ((translated("All"), True), (translated("None"), False)):
            action = menu.addAction(title)
            action.setData(checked)
        # A bound method: a lambda would keep the button alive, and free it while its own menu is being deleted.
        menu.triggered.connect(self._picked)
        menu.popup(self.mapToGlobal(QPoint(0, self.height())))

    def _picked(self, action: QAction) -> None:
        picked = action.data()
        if isinstance(picked, bool):
            self.check_all(picked)
        else:
            self.check(picked, action.isChecked())


def _chip(color: str) -> QIcon:
    pixmap = QPixmap(32, 32)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(color))
    painter.drawRoundedRect(QRectF(6, 6, 20, 20), 5, 5)
    painter.end()
    return QIcon(pixmap)
