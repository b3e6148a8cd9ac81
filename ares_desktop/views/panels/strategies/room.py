"""Shows as many columns of a table as fit, the important ones first, besides those that a person chose."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QEvent, QObject

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ares_desktop.views.layout_store import LayoutStore
    from ares_desktop.views.widgets.record_table import RecordTable

_SHOWN: Final = "+"
_HIDDEN: Final = "-"


class ColumnRoom(QObject):
    """Hides and shows columns with the width of their table.

    A column that a person showed or hid stays as it is until the default columns are asked for again.
    """

    def __init__(self, table: RecordTable, importance: Sequence[str], layout: LayoutStore) -> None:
        super().__init__(table)
        self._table = table
        self._importance = importance
        self._layout = layout
        self._name = f"tables/{table.objectName()}-chosen"
        self._chosen = {mark[1:]: mark[0] == _SHOWN for mark in layout.text(self._name).split() if mark[1:]}
        table.column_chosen.connect(self._choose)
        table.columns_reset.connect(self._forget)
        table.view.viewport().installEventFilter(self)
        self.fit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Fit the columns whenever the table's room changes."""
        if event.type() is QEvent.Type.Resize:
            self.fit()
        return super().eventFilter(watched, event)

    def fit(self) -> None:
        """Show what fits, in the order of importance."""
        view, columns = self._table.view, self._table.model.columns
        room = view.viewport().width()
        widths = {column.key: view.columnWidth(number) or column.width for number, column in enumerate(columns)}
        room -= sum(width for key, width in widths.items() if self._chosen.get(key))
        shown = {key for key, wanted in self._chosen.items() if wanted}
        for key in self._importance:
            if key in self._chosen:
                continue
            if widths[key] <= room:
                room -= widths[key]
                shown.add(key)
        for number, column in enumerate(columns):
            if view.isColumnHidden(number) == (column.key in shown):
                view.setColumnHidden(number, column.key not in shown)
        self._table.search_visible()

    def _choose(self, key: str, shown: bool) -> None:
        self._chosen[key] = shown
        self._keep()
        self.fit()

    def _forget(self) -> None:
        self._chosen.clear()
        self._keep()
        self.fit()

    def _keep(self) -> None:
        marks = (f"{_SHOWN if shown else _HIDDEN}{key}" for key, shown in self._chosen.items())
        self._layout.put(self._name, " ".join(marks))
