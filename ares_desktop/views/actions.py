"""Everything a person can do in the window, as data: menus, shortcuts and the command palette are made from it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenuBar, QWidget

from ares_desktop.views.formats import translated
from ares_desktop.views.theme import Theme


class Group(Enum):
    """A menu of the menu bar, by its title."""

    APPLICATION = "Ares"
    TRADE = "Trade"
    SAFETY = "Safety"
    STRATEGIES = "Strategies"
    LAB = "Lab"
    FEED = "Feed"
    VIEW = "View"
    PANELS = "Panels"


@dataclass(frozen=True, slots=True)
class Action:
    """One thing to do.

    Attributes:
        key: stable name.
        text: what it does, sentence case, in English.
        run: called without arguments from the menu, the shortcut or the palette; it never waits.
        keys: shortcut, empty for none.
        words: further words by which the palette finds it.
        anywhere: whether its keys work in every window of the application.
    """

    key: str
    text: str
    run: Callable[[], Any]
    group: Group
    keys: str = ""
    icon: str = ""
    words: str = ""
    anywhere: bool = False


class ActionBook:
    """The window's actions as Qt knows them."""

    def __init__(self, window: QWidget, theme: Theme, actions: tuple[Action, ...]) -> None:
        self._theme = theme
        self.actions = actions
        self._made: dict[str, QAction] = {}
        for action in actions:
            made = QAction(translated(action.text, "actions").replace("&", "&&"), window)
            made.setObjectName(f"action_{action.key}")
            if action.keys:
                made.setShortcut(QKeySequence(action.keys))
            if action.anywhere:
                made.setShortcutContext(Qt.ShortcutContext.ApplicationShortcut)
            made.triggered.connect(_plain(action.run))
            window.addAction(made)
            self._made[action.key] = made
        self.paint_icons()
        theme.changed.connect(self.paint_icons)

    def paint_icons(self) -> None:
        """Draw the icons in the colors of the theme."""
        for action in self.actions:
            if action.icon:
                self._made[action.key].setIcon(self._theme.icon(action.icon))

    def action(self, key: str) -> QAction:
        """Return Qt's action of a key.

        Raises:
            KeyError: when there is none.
        """
        return self._made[key]

    def fill(self, bar: QMenuBar) -> None:
        """Make a menu for each group."""
        for group in Group:
            menu = bar.addMenu(translated(group.value, "actions"))
            menu.setObjectName(f"menu_{group.name.lower()}")
            for action in self.actions:
                if action.group is group:
                    menu.addAction(self._made[action.key])


def _plain(run: Callable[[], Any]) -> Callable[[], None]:
    def triggered() -> None:
        run()

    return triggered
