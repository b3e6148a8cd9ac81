"""A titled part of a long form that folds away and then says in a few words what it holds."""

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from ares_desktop.views.theme import Theme
from ares_desktop.views.widgets.controls import label


class Section(QWidget):
    """A heading that opens and closes what is below it.

    Signals:
        toggled: whether it is open, after a person changed it.
    """

    toggled = Signal(bool)

    def __init__(self, theme: Theme, title: str, body: QWidget, *, opened: bool = True) -> None:
        super().__init__()
        self._theme = theme
        self._body = body
        self._text = ""
        self.head = QToolButton()
        self.head.setProperty("flat", "true")
        self.head.setText(title)
        self.head.setAccessibleName(title)
        self.head.setCheckable(False)
        self.head.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.head.setIconSize(QSize(12, 12))
        self.head.setProperty("part", "strong")
        self.head.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.head.clicked.connect(self._clicked)
        self._brief = label(part="caption")
        self._brief.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        row = QHBoxLayout()
        row.setSpacing(6)
        row.addWidget(self.head)
        row.addWidget(self._brief, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addLayout(row)
        column.addWidget(body)
        self.set_open(opened)
        theme.changed.connect(self._paint)

    @property
    def is_open(self) -> bool:
        """Whether the body shows."""
        return not self._body.isHidden()

    def set_open(self, opened: bool) -> None:
        """Show or fold the body."""
        self._body.setVisible(opened)
        self._show_brief()
        self._paint()

    def set_brief(self, text: str) -> None:
        """Say in a few words what a folded section holds."""
        self._text = text
        self._show_brief()

    def _show_brief(self) -> None:
        shown = "" if self.is_open else self._text
        self._brief.setText(shown)
        self._brief.setToolTip(shown)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Open or close wherever the line of the heading is pressed."""
        if event.button() == Qt.MouseButton.LeftButton and event.position().y() <= self.head.geometry().bottom():
            self._clicked()
        else:
            super().mousePressEvent(event)

    def _clicked(self) -> None:
        self.set_open(not self.is_open)
        self.toggled.emit(self.is_open)

    def _paint(self) -> None:
        self.head.setIcon(self._theme.icon("chevron-down" if self.is_open else "chevron-right"))
