"""Strategies: a switch, a state and a result for each instance, and what is wrong with those that failed."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction

from ares_desktop.domain.accounts import BookSnapshot
from ares_desktop.domain.strategies import CatalogEntry, StrategyInstance, StrategyState, StrategyStatus
from ares_desktop.views.desk import SOURCE
from ares_desktop.views.formats import translated
from ares_desktop.views.models.coalescer import Coalescer
from ares_desktop.views.models.record_table import RecordTableModel
from ares_desktop.views.panels.panel import Panel
from ares_desktop.views.panels.strategies.editor import StrategyEditor
from ares_desktop.views.panels.strategies.rows import StrategyRow, fault_text, file_key, shade, strategy_columns
from ares_desktop.views.tokens import Tone
from ares_desktop.views.widgets.controls import IconButton, label, strip
from ares_desktop.views.widgets.record_table import RecordTable

if TYPE_CHECKING:
    from ares_desktop.views.desk import Desk

Verb = Callable[..., Coroutine[Any, Any, StrategyStatus]]


class StrategiesPanel(Panel):
    """All instances, and files that can't be used."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._strategies = desk.managers.strategies
        self._books: dict[str, BookSnapshot] = {book.strategy: book for book in desk.managers.portfolio.books()}
        self.model = RecordTableModel(strategy_columns(), key=lambda row: row.name, shade=shade, parent=self)
        self.model.reset(self._all_rows())
        self.table = RecordTable(
            desk,
            self.model,
            "strategies",
            empty=translated("No instances. Add one from a strategy file with +."),
            sort=("name", Qt.SortOrder.AscendingOrder),
            units=("{0} strategy", "{0} strategies"),
        )
        self.editor = StrategyEditor(desk)
        self._build_fault_line()
        self._add_tools()
        self.column.addWidget(self.table, 1)
        self.column.addWidget(self.editor, 1)
        self.column.addWidget(self.fault_line)
        self._connect()

    def _build_fault_line(self) -> None:
        self.fault_line, row = strip("strip", margins=(10, 6, 10, 6))
        self.fault = label(tone=Tone.NEGATIVE)
        self.fault.setWordWrap(True)
        self.fault.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        row.addWidget(self.fault, 1)
        self.fault_line.hide()

    def _add_tools(self) -> None:
        tools: tuple[tuple[str, str, Callable[[], None]], ...] = (
            ("plus", "Add an instance (Ctrl+N)", self.editor.prepare_new),
            ("play", "Enable or resume", self.enable),
            ("pause", "Pause: it gets data, its orders are denied", self.pause),
            ("stop", "Disable", self.disable),
            ("settings", "Parameters (Enter)", self.edit),
            ("trash", "Remove; its book stays", self.ask_removal),
        )
        for icon, text, run in tools:
            button = IconButton(self.desk.theme, icon, translated(text))
            button.clicked.connect(run)
            self.table.add_tool(button)
            action = QAction(translated(text.partition(" (")[0]), self.table.view)
            action.triggered.connect(run)
            self.table.add_action(action)
        self.table.rows.hide()

    def _connect(self) -> None:
        self._updates = Coalescer(self.model.upsert, key=lambda row: row.name, hz=10, parent=self)
        self._strategies.status_changed.connect(self._status_changed)
        self._strategies.removed.connect(self._removed)
        self._strategies.catalog_changed.connect(self._catalog_changed)
        self.desk.managers.portfolio.book_changed.connect(self._book_changed)
        view = self.table.view
        view.cell_clicked.connect(self._cell_clicked)
        view.toggled_row.connect(lambda row: self.toggle(self.model.record(row)))
        view.activated_row.connect(lambda _: self.edit())
        self.table.selection_changed.connect(self._show_fault)
        self.editor.opened.connect(self.table.hide)
        self.editor.closed.connect(self._show_table)
        self._show_fault()

    # what the engine tells

    def _all_rows(self) -> list[StrategyRow]:
        rows = [self._row(status) for status in self._strategies.statuses()]
        return [
            *rows,
            *(StrategyRow(name=file_key(one), entry=one) for one in self._strategies.catalog() if one.faults),
        ]

    def _row(self, status: StrategyStatus) -> StrategyRow:
        name = status.instance.name
        return StrategyRow(name=name, status=status, book=self._books.get(name))

    def _status_changed(self, status: StrategyStatus) -> None:
        self._updates.push(self._row(status))

    def _book_changed(self, book: BookSnapshot) -> None:
        self._books[book.strategy] = book
        known = self.model.find(book.strategy)
        if known is not None and known.status is not None:
            self._updates.push(self._row(self._strategies.status(book.strategy)))

    def _removed(self, instance: StrategyInstance) -> None:
        self._updates.flush()
        self.model.remove([instance.name])
        self._show_fault()

    def _catalog_changed(self, entry: CatalogEntry) -> None:
        self.model.remove([file_key(entry)])
        if entry.faults:
            self.model.upsert([StrategyRow(name=file_key(entry), entry=entry)])
        self._show_fault()

    def second_passed(self) -> None:
        """Renew heartbeats and faults."""
        self.model.upsert([self._row(status) for status in self._strategies.statuses()])
        self._show_fault()

    def _show_fault(self) -> None:
        chosen = [row for row in self.table.selected() if row.fault is not None]
        failed = chosen or [row for row in self.model.records() if row.fault is not None]
        self.fault_line.setVisible(bool(failed))
        if failed:
            row = failed[0]
            self.fault.setText(f"{row.name}: {fault_text(row.fault)}")
            self.fault.setToolTip(row.fault.trace)

    # what a person does

    def _show_table(self) -> None:
        self.table.show()
        self.table.view.setFocus()

    def _cell_clicked(self, row: int, column: int) -> None:
        if self.model.columns[column].key == "switch":
            self.toggle(self.model.record(row))

    def toggle(self, row: StrategyRow) -> None:
        """Switch an instance on or off."""
        if row.status is not None:
            self._run(
                "Disable" if row.on else "Enable", self._strategies.disable if row.on else self._strategies.enable, row
            )

    def _run(self, verb: str, method: Verb, row: StrategyRow) -> None:
        self.desk.runner.run(f"{translated(verb)} {row.name}", partial(method, row.name, source=SOURCE))

    def _chosen(self) -> list[StrategyRow]:
        return [row for row in self.table.selected() if row.status is not None]

    def enable(self) -> None:
        """Enable the selected instances, or resume paused ones."""
        for row in self._chosen():
            paused = row.status is not None and row.status.state is StrategyState.PAUSED
            self._run(
                "Resume" if paused else "Enable", self._strategies.resume if paused else self._strategies.enable, row
            )

    def disable(self) -> None:
        """Disable the selected instances."""
        for row in self._chosen():
            self._run("Disable", self._strategies.disable, row)

    def pause(self) -> None:
        """Pause the selected instances."""
        for row in self._chosen():
            self._run("Pause", self._strategies.pause, row)

    def edit(self) -> None:
        """Open the parameters of the first selected instance."""
        for row in self._chosen()[:1]:
            if row.status is not None:
                self.editor.edit(row.status)

    def ask_removal(self) -> None:
        """Ask, then remove the selected instances."""
        for row in self._chosen():
            self.desk.notices.ask(
                translated("Remove {0}?").format(row.name),
                translated("Its code stops and its settings go. Its book and its history stay."),
                translated("Remove"),
                partial(self._remove, row.name),
            )

    def _remove(self, name: str) -> None:
        self.desk.runner.run(
            translated("Remove {0}").format(name), partial(self._strategies.remove, name, source=SOURCE)
        )
