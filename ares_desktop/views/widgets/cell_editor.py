"""Types into a cell of a table in its place; nothing else of the table changes meanwhile."""

from collections.abc import Callable, Hashable
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit

from ares_desktop.views.widgets.record_table import RecordTable

_LEAST_WIDTH = 160


class CellEditor(QLineEdit):
    """One line over a cell: Enter or leaving it keeps what was typed, Escape forgets it."""

    def __init__(self, table: RecordTable) -> None:
        super().__init__(table.view.viewport())
        self._table = table
        self._key: Hashable = None
        self._column = ""
        self._before = ""
        self._keep: Callable[[Any, str], object] = lambda _key, _text: None
        self.hide()
        self.editingFinished.connect(self._finish)
        table.model.layoutChanged.connect(self._follow)
        table.model.rowsInserted.connect(self._follow)
        table.model.rowsRemoved.connect(self._follow)
        table.model.modelReset.connect(self._follow)
        table.view.verticalScrollBar().valueChanged.connect(self._follow)
        table.view.horizontalScrollBar().valueChanged.connect(self._follow)

    def edit(self, key: Hashable, column: str, text: str, keep: Callable[[Any, str], object]) -> None:
        """Open over the cell of a row's ``column``; ``keep`` gets the row's key and the new text."""
        self._key, self._column, self._before, self._keep = key, column, text, keep
        number = self._table.model.column_number(column)
        self._table.show_column(number, on=True)
        row = self._table.model.row_of(key)
        self._table.view.scrollTo(self._table.model.index(row, number))
        self.setText(text)
        self.setAccessibleName(self._table.model.columns[number].title)
        self.show()
        self._follow()
        self.selectAll()
        self.setFocus()

    def _follow(self, *_: object) -> None:
        """Stay over the cell when rows move; its row may also be gone."""
        if self.isHidden():
            return
        model = self._table.model
        row = model.row_of(self._key)
        if row < 0:
            self.hide()
            return
        box = self._table.view.visualRect(model.index(row, model.column_number(self._column)))
        box.setWidth(max(_LEAST_WIDTH, box.width()))
        self.setGeometry(box)

    def _finish(self) -> None:
        if self.isHidden():
            return
        typed = self.text().strip()
        self.hide()
        if typed != self._before:
            self._keep(self._key, typed)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Forget on Escape; give the focus back to the rows."""
        if event.key() == Qt.Key.Key_Escape:
            self.hide()
            self._table.view.setFocus()
            return
        super().keyPressEvent(event)
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            # The table itself opens a row with this key.
            event.accept()
            self._table.view.setFocus()
