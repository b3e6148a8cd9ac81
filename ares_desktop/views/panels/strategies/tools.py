"""Buttons and menu of the strategies table, made from what can be done with its rows."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Final, Protocol

from PySide6.QtCore import QObject, QPoint, Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu

from ares_desktop.views.formats import translated
from ares_desktop.views.widgets.controls import IconButton

if TYPE_CHECKING:
    from ares_desktop.views.desk import Desk
    from ares_desktop.views.panels.strategies.actions import InstanceActions
    from ares_desktop.views.widgets.record_table import RecordTable

_BUTTONS: Final = {
    "enable": "Enable or resume (Ctrl+Shift+E)",
    "pause": "Pause: it gets data, its orders are denied (Ctrl+Shift+P)",
    "disable": "Disable (Ctrl+Shift+D)",
    "edit": "Settings (Enter)",
}
"""What has a button of its own, with its tooltip; the rest is in the menu."""
_GROUPS: Final = ("restart", "preflight", "duplicate")
"""What begins a new group of the menu."""


class ShowDetail(Protocol):
    """Shows or hides the details."""

    def __call__(self, *, on: bool) -> None:
        """Show them, or not."""


class InstanceTools(QObject):
    """Keeps buttons and menu entries usable exactly where they do something.

    Attributes:
        details: the button that shows what is known of the selected instance.
    """

    def __init__(
        self,
        desk: Desk,
        table: RecordTable,
        actions: InstanceActions,
        *,
        add: Callable[[], object],
        details: ShowDetail,
    ) -> None:
        super().__init__(table)
        self._desk = desk
        self._table = table
        self._actions = actions
        self._buttons: dict[str, IconButton] = {}
        self.entries: dict[str, QAction] = {}
        self._add_button("plus", "Add an instance (Ctrl+N)", add)
        for action in actions.all:
            if action.key in _BUTTONS:
                run = partial(self._run, action.key)
                self._buttons[action.key] = self._add_button(action.icon, _BUTTONS[action.key], run)
        more = self._add_button("menu", "More to do with the selected", lambda: self._open_menu(more))
        self.details = self._add_button("info", "Details of the selected", lambda: details(on=self.details.isChecked()))
        self.details.setCheckable(True)
        self._fill_menu()
        table.rows.hide()

    def _add_button(self, icon: str, text: str, run: Callable[[], object]) -> IconButton:
        button = IconButton(self._desk.theme, icon, translated(text))
        button.clicked.connect(lambda _: run())
        self._table.add_tool(button)
        return button

    def _fill_menu(self) -> None:
        view = self._table.view
        first = view.actions()[0] if view.actions() else None
        entries: list[QAction] = []
        for action in self._actions.all:
            if action.key in _GROUPS:
                entries.append(self._separator())
            entry = QAction(translated(action.text), view)
            entry.triggered.connect(partial(self._run, action.key))
            if action.keys:
                entry.setShortcut(QKeySequence(action.keys))
                entry.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
            self.entries[action.key] = entry
            entries.append(entry)
        entries.append(self._separator())
        for entry in entries:
            if first is None:
                view.addAction(entry)
            else:
                view.insertAction(first, entry)
        self._paint_icons()
        self._desk.theme.changed.connect(self._paint_icons)

    def _separator(self) -> QAction:
        made = QAction(self._table.view)
        made.setSeparator(True)
        return made

    def _paint_icons(self) -> None:
        for action in self._actions.all:
            self.entries[action.key].setIcon(self._desk.theme.icon(action.icon))

    def _open_menu(self, button: IconButton) -> None:
        menu = QMenu(button)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addActions(self._table.view.actions())
        menu.popup(button.mapToGlobal(QPoint(0, button.height())))

    def _run(self, key: str, *_: object) -> None:
        self._actions.run(key, self._table.selected())

    def offer(self) -> None:
        """Allow what makes sense for at least one selected row."""
        rows = self._table.selected()
        for key, entry in self.entries.items():
            usable = bool(self._actions.fitting(key, rows))
            entry.setEnabled(usable)
            if key in self._buttons:
                self._buttons[key].setEnabled(usable)
