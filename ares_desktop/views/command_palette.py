"""Type a few letters to find any action, panel or strategy command."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from PySide6.QtCore import QEvent, QObject, QSize, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLineEdit, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from ares_desktop.views.formats import translated
from ares_desktop.views.theme import Theme
from ares_desktop.views.widgets.controls import label

_WIDTH: Final = 520
_ROWS: Final = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A line of the palette."""

    text: str
    run: Callable[[], Any]
    hint: str = ""
    icon: str = ""
    words: str = ""


def rank(command: Command, typed: str) -> int | None:
    """Return how well a command fits what was typed, smaller is better; None when it does not fit.

    Every typed word must occur; the beginning of the text counts most, then that of a word.
    """
    text = command.text.casefold()
    places = f"{text} {command.words.casefold()}"
    total = 0
    for word in typed.casefold().split():
        if word not in places:
            return None
        total += 0 if text.startswith(word) else 1 if f" {word}" in f" {places}" else 2
    return total


class CommandPalette(QFrame):
    """A list that narrows while one types; Enter runs the marked line, Escape leaves."""

    def __init__(self, theme: Theme, commands: Callable[[], Sequence[Command]], parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._commands = commands
        self._offered: list[Command] = []
        self._all: Sequence[Command] = ()
        self.setObjectName("command_palette")
        self.setProperty("surface", "popover")
        self.setFixedWidth(_WIDTH)
        self.line = QLineEdit()
        self.line.setPlaceholderText(translated("Type to find an action, a panel or a strategy"))
        self.line.setAccessibleName(translated("Command palette"))
        self.line.textChanged.connect(self._narrow)
        self.line.installEventFilter(self)
        self.list = QListWidget()
        self.list.setIconSize(QSize(14, 14))
        self.list.setUniformItemSizes(True)
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.itemClicked.connect(self._run_marked)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 8, 8, 8)
        column.setSpacing(6)
        column.addWidget(self.line)
        column.addWidget(self.list)
        self.hide()

    def open_over(self, area: QWidget) -> None:
        """Show the palette in the upper middle of ``area``."""
        self._all = self._commands()
        self.line.clear()
        self._narrow()
        self.adjustSize()
        self.move((area.width() - self.width()) // 2, max(8, area.height() // 8))
        self.show()
        self.raise_()
        self.line.setFocus()

    def _narrow(self) -> None:
        typed = self.line.text()
        found = [(value, number) for number, one in enumerate(self._all) if (value := rank(one, typed)) is not None]
        self._offered = [self._all[number] for _, number in sorted(found)]
        self.list.clear()
        for command in self._offered:
            item = QListWidgetItem()
            item.setSizeHint(QSize(0, 28))
            if command.icon:
                item.setIcon(self._theme.icon(command.icon))
            self.list.addItem(item)
            self.list.setItemWidget(item, self._line_of(command))
        self.list.setCurrentRow(0)
        self.list.setFixedHeight(28 * max(1, min(_ROWS, len(self._offered))) + 4)
        self.adjustSize()

    def _line_of(self, command: Command) -> QWidget:
        line = QWidget()
        row = QHBoxLayout(line)
        row.setContentsMargins(14, 0, 8, 0)
        row.addWidget(label(command.text), 1)
        row.addWidget(label(command.hint, part="caption"))
        return line

    def _run_marked(self) -> None:
        number = self.list.currentRow()
        self.leave()
        if 0 <= number < len(self._offered):
            self._offered[number].run()

    def leave(self) -> None:
        """Close the palette."""
        self.hide()
        parent = self.parentWidget()
        if parent is not None:
            parent.setFocus()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Let the arrow keys move in the list while the line has the focus."""
        if watched is self.line and isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            key = event.key()
            if key == Qt.Key.Key_Escape:
                self.leave()
                return True
            if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self._run_marked()
                return True
            if key in (Qt.Key.Key_Down, Qt.Key.Key_Up):
                step = 1 if key == Qt.Key.Key_Down else -1
                self.list.setCurrentRow((self.list.currentRow() + step) % max(1, self.list.count()))
                return True
        elif watched is self.line and event.type() == QEvent.Type.FocusOut:
            self.hide()
        return super().eventFilter(watched, event)
