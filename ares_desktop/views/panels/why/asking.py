"""How tables of orders, fills and positions ask why: key W, their menu, and a button."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence

from ares_desktop.views.formats import translated
from ares_desktop.views.widgets.controls import IconButton

if TYPE_CHECKING:
    from collections.abc import Callable

    from ares_desktop.views.desk import Desk
    from ares_desktop.views.widgets.record_table import RecordTable


def offer_why(desk: Desk, table: RecordTable, ask: Callable[[], object]) -> None:
    """Let a person ask why the selected row of a table is there."""
    button = IconButton(desk.theme, "why", translated("Why: the decision behind the selected row (W)"))
    button.clicked.connect(ask)
    table.add_tool(button)
    action = QAction(translated("Why"), table.view)
    action.setShortcut(QKeySequence(Qt.Key.Key_W))
    action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
    action.triggered.connect(ask)
    table.add_action(action)
