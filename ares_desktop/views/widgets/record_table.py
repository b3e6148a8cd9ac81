"""A table with everything a person expects of one: filter, count, columns, sorting, copying, export."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QAction, QGuiApplication, QKeySequence
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QLineEdit, QMenu, QVBoxLayout, QWidget

from ares_desktop.views.formats import count, translated
from ares_desktop.views.widgets.controls import IconButton, WholeLabel, strip
from ares_desktop.views.widgets.table_files import as_tsv, write_csv
from ares_desktop.views.widgets.table_view import TableView

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ares_desktop.views.desk import Desk
    from ares_desktop.views.models.record_table import RecordTableModel

_TYPING_MS: Final = 120


class RecordTable(QWidget):
    """A :class:`TableView` with its toolbar.

    Signals:
        selection_changed: after rows were selected or left.
        column_chosen: key of a column that a person showed or hid, and whether it shows.
        columns_reset: after a person asked for the default columns.

    Attributes:
        complete: called before rows are copied or exported, for a model that is still being filled.
    """

    selection_changed = Signal()
    column_chosen = Signal(str, bool)
    columns_reset = Signal()

    def __init__(
        self,
        desk: Desk,
        model: RecordTableModel[Any],
        name: str,
        *,
        empty: str,
        sort: tuple[str, Qt.SortOrder] | None = None,
        units: tuple[str, str] = ("{0} row", "{0} rows"),
    ) -> None:
        super().__init__()
        self._desk = desk
        self._name = name
        self._units = units
        self.model = model
        self.complete: Callable[[], object] = lambda: None
        self.setObjectName(f"table_{name}")
        self.view = TableView(desk.theme, empty)
        self.view.setObjectName(f"view_{name}")
        self.view.setAccessibleName(translated(name.capitalize()))
        self.view.setModel(model)
        self.filter = QLineEdit()
        self._build_toolbar()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.toolbar)
        column.addWidget(self.view, 1)
        self._add_shortcuts()
        self._connect(model)
        self._restore(sort)

    def _build_toolbar(self) -> None:
        self.toolbar, self.tools = strip("toolbar", margins=(6, 2, 6, 3), spacing=4)
        self.toolbar.setFixedHeight(32)
        self.filter.setPlaceholderText(translated("Filter"))
        self.filter.setAccessibleName(translated("Filter {0}").format(self._name))
        self.filter.setClearButtonEnabled(True)
        self.filter.setMaximumWidth(180)
        self.filter.setMinimumWidth(70)
        self._typing = QTimer(self)
        self._typing.setSingleShot(True)
        self._typing.setInterval(_TYPING_MS)
        self._typing.timeout.connect(self.apply_filter)
        self.filter.textChanged.connect(self._typing.start)
        self.filter.returnPressed.connect(self.apply_filter)
        # In a narrow panel the count gives way to the buttons.
        self.rows = WholeLabel()
        self.rows.setProperty("part", "caption")
        self._spot = QHBoxLayout()
        self._spot.setSpacing(4)
        columns = IconButton(self._desk.theme, "columns", translated("Choose columns"))
        columns.clicked.connect(lambda: self._show_columns(columns.mapToGlobal(QPoint(0, columns.height()))))
        export = IconButton(self._desk.theme, "export", translated("Export as CSV"))
        export.clicked.connect(self.choose_export)
        self.tools.addWidget(self.filter, 1)
        self.tools.addLayout(self._spot)
        self.tools.addStretch(1)
        self.tools.addWidget(self.rows)
        self.tools.addWidget(columns)
        self.tools.addWidget(export)

    def add_tool(self, widget: QWidget) -> None:
        """Put a control beside the filter."""
        self._spot.addWidget(widget)

    def add_action(self, action: QAction) -> None:
        """Offer an action in the menu of the rows."""
        self.view.addAction(action)

    def _add_shortcuts(self) -> None:
        self.view.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
        copy = QAction(translated("Copy"), self.view)
        copy.setShortcut(QKeySequence.StandardKey.Copy)
        copy.triggered.connect(self.copy)
        export = QAction(translated("Export as CSV\N{HORIZONTAL ELLIPSIS}"), self.view)
        export.triggered.connect(self.choose_export)
        find = QAction(translated("Filter"), self)
        find.setShortcut(QKeySequence.StandardKey.Find)
        find.triggered.connect(self.focus_filter)
        for action, owner in ((copy, self.view), (export, self.view), (find, self)):
            action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            owner.addAction(action)
        header = self.view.horizontalHeader()
        header.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        header.customContextMenuRequested.connect(lambda point: self._show_columns(header.mapToGlobal(point)))

    def _connect(self, model: RecordTableModel[Any]) -> None:
        for signal in (model.rowsInserted, model.rowsRemoved, model.modelReset):
            signal.connect(self._show_count)
        self.view.selectionModel().selectionChanged.connect(self.selection_changed)
        self._show_count()

    def show_model(self, model: RecordTableModel[Any]) -> None:
        """Show another model with the same columns, keeping filter and order."""
        for signal in (self.model.rowsInserted, self.model.rowsRemoved, self.model.modelReset):
            signal.disconnect(self._show_count)
        header = self.view.horizontalHeader()
        state = header.saveState()
        self.model = model
        model.set_filter(self.filter.text())
        self.view.setModel(model)
        header.restoreState(state)
        model.sort(header.sortIndicatorSection(), header.sortIndicatorOrder())
        self.search_visible()
        self._connect(model)

    # filter and selection

    def focus_filter(self) -> None:
        """Start typing a filter."""
        self.filter.setFocus()
        self.filter.selectAll()

    def apply_filter(self) -> None:
        """Filter by what was typed, keeping the selected rows that still show."""
        self._typing.stop()
        keys = {self.model.key_at(row) for row in self.selected_rows()}
        self.model.set_filter(self.filter.text())
        selection = self.view.selectionModel()
        flags = selection.SelectionFlag.Select | selection.SelectionFlag.Rows
        for row in (self.model.row_of(key) for key in keys):
            if row >= 0:
                selection.select(self.model.index(row, 0), flags)

    def selected_rows(self) -> list[int]:
        """Return the numbers of the selected rows, top to bottom."""
        return sorted(index.row() for index in self.view.selectionModel().selectedRows())

    def selected(self) -> list[Any]:
        """Return the selected records, top to bottom."""
        return [self.model.record(row) for row in self.selected_rows()]

    def select_key(self, key: Any) -> None:  # noqa: ANN401 - a model's key
        """Select the row of a key where it is shown."""
        row = self.model.row_of(key)
        if row >= 0:
            self.view.selectRow(row)

    def _show_count(self) -> None:
        shown, total = self.model.rowCount(), self.model.total
        text = count(total, *self._units)
        self.rows.setText(text if shown == total else translated("{0} of {1}").format(f"{shown:,}", text))

    # columns

    def visible_columns(self) -> list[Any]:
        """Return the shown columns from left to right."""
        header = self.view.horizontalHeader()
        order = sorted(range(len(self.model.columns)), key=header.visualIndex)
        return [self.model.columns[number] for number in order if not header.isSectionHidden(number)]

    def _show_columns(self, where: QPoint) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for number, column in enumerate(self.model.columns):
            action = menu.addAction(translated(column.title or column.key, "columns"))
            action.setCheckable(True)
            action.setChecked(not self.view.isColumnHidden(number))
            action.toggled.connect(lambda shown, number=number: self._choose_column(number, on=shown))
        menu.addSeparator()
        menu.addAction(translated("Default columns"), self._choose_default)
        menu.popup(where)

    def _choose_column(self, number: int, *, on: bool) -> None:
        self.show_column(number, on=on)
        self.column_chosen.emit(self.model.columns[number].key, on)

    def _choose_default(self) -> None:
        self.reset_columns()
        self.columns_reset.emit()

    def show_column(self, number: int, *, on: bool) -> None:
        """Show or hide a column; the filter looks at visible ones alone."""
        self.view.setColumnHidden(number, not on)
        self.search_visible()

    def search_visible(self) -> None:
        """Let the filter look at the shown columns alone."""
        columns = range(len(self.model.columns))
        self.model.search_in(number for number in columns if not self.view.isColumnHidden(number))

    def reset_columns(self) -> None:
        """Show the columns as they are declared."""
        header = self.view.horizontalHeader()
        for number, column in enumerate(self.model.columns):
            header.moveSection(header.visualIndex(number), number)
            self.view.setColumnHidden(number, column.hidden)
            self.view.setColumnWidth(number, column.width)
        self.search_visible()

    def _restore(self, sort: tuple[str, Qt.SortOrder] | None) -> None:
        header = self.view.horizontalHeader()
        self.view.setSortingEnabled(False)
        self.reset_columns()
        if sort is not None:
            header.setSortIndicator(self.model.column_number(sort[0]), sort[1])
        else:
            header.setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        state = self._desk.layout.bytes(self._state_name)
        if state is not None:
            header.restoreState(state)
            self.search_visible()
        header.setSortIndicatorClearable(True)
        self.view.setSortingEnabled(True)

    @property
    def _state_name(self) -> str:
        return f"tables/{self._name}-{len(self.model.columns)}"

    def save_layout(self) -> None:
        """Keep widths, order, hidden columns and sorting."""
        self._desk.layout.put(self._state_name, self.view.horizontalHeader().saveState())

    # copy and export

    def copy(self) -> None:
        """Copy the selected rows, or all when none is selected, as tab-separated text with plain figures."""
        self.complete()
        records = self.selected() or self.model.records()
        QGuiApplication.clipboard().setText(as_tsv(records, self.visible_columns()))

    def choose_export(self) -> None:
        """Let the person choose a file for the shown rows."""
        dialog = QFileDialog(self, translated("Export as CSV"), str(Path.home() / f"{self._name}.csv"))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix("csv")
        dialog.setNameFilter("CSV (*.csv)")
        dialog.fileSelected.connect(lambda file: self.export(Path(file)))
        dialog.open()

    def export(self, file: Path) -> None:
        """Write the shown rows and columns to a CSV file."""
        self.complete()
        records: Sequence[Any] = self.model.records()
        columns = self.visible_columns()
        self._desk.runner.read(
            translated("Export as CSV"),
            lambda: asyncio.to_thread(write_csv, file, records, columns),
            done=lambda rows: self._desk.notices.inform(
                translated("Exported {0}").format(count(rows, *self._units)), str(file)
            ),
        )
