"""Strategies: a switch, a state and a result for each instance, what is known of the selected one, and its form."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QStackedWidget

from ares_desktop.domain.accounts import BookSnapshot, CurvePoint
from ares_desktop.domain.positions import Position
from ares_desktop.domain.strategies import CatalogEntry, StrategyInstance, StrategyStatus
from ares_desktop.views.formats import translated
from ares_desktop.views.models.coalescer import Coalescer
from ares_desktop.views.models.record_table import RecordTableModel
from ares_desktop.views.panels.panel import Panel
from ares_desktop.views.panels.strategies.actions import InstanceActions
from ares_desktop.views.panels.strategies.columns import IMPORTANCE, strategy_columns
from ares_desktop.views.panels.strategies.detail import StrategyDetail
from ares_desktop.views.panels.strategies.editor import StrategyEditor
from ares_desktop.views.panels.strategies.preflight_card import PreflightCard
from ares_desktop.views.panels.strategies.room import ColumnRoom
from ares_desktop.views.panels.strategies.row_source import RowSource
from ares_desktop.views.panels.strategies.rows import StrategyRow, due_text, fault_text, file_key, shade
from ares_desktop.views.panels.strategies.tools import InstanceTools
from ares_desktop.views.tokens import Tone
from ares_desktop.views.widgets.controls import label, strip
from ares_desktop.views.widgets.flexible_split import FlexibleSplit
from ares_desktop.views.widgets.record_table import RecordTable

if TYPE_CHECKING:
    from ares_desktop.views.desk import Desk

_DETAIL: Final = "strategies/detail"
_OFF: Final = "off"
_BESIDE_CARD: Final = 0.3
"""Share of the table while the card before a start is open."""


class StrategiesPanel(Panel):
    """All instances, and files that can't be used."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._strategies = desk.managers.strategies
        self._wants_detail = desk.layout.text(_DETAIL) != _OFF
        self._shares: list[int] = []
        self._chosen: set[str] = set()
        self.source = RowSource(desk)
        self.model: RecordTableModel[StrategyRow] = RecordTableModel(
            strategy_columns(), key=lambda row: row.name, shade=shade, parent=self
        )
        self.model.reset(self.source.rows())
        self.table = RecordTable(
            desk,
            self.model,
            "strategies",
            empty=translated("No instances. Add one from a strategy file with +."),
            sort=("name", Qt.SortOrder.AscendingOrder),
            units=("{0} strategy", "{0} strategies"),
        )
        self.room = ColumnRoom(self.table, IMPORTANCE, desk.layout)
        self.actions_of_rows = InstanceActions(desk, self)
        self.editor = StrategyEditor(desk)
        self.card = PreflightCard(desk)
        self.detail = StrategyDetail(desk)
        self.tools = InstanceTools(
            desk, self.table, self.actions_of_rows, add=self.editor.prepare_new, details=self.show_detail
        )
        self._arrange()
        self._listen()
        self._connect()
        self._show_selected()

    def _arrange(self) -> None:
        self.below = QStackedWidget()
        self.below.addWidget(self.detail)
        self.below.addWidget(self.card)
        self.split = FlexibleSplit(self.table, self.below, above=(44, 56), beside=(56, 44))
        self.split.setHandleWidth(4)
        self.fault_line, row = strip("strip", margins=(10, 6, 10, 6))
        self.fault = label(tone=Tone.NEGATIVE)
        self.fault.setWordWrap(True)
        self.fault.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        row.addWidget(self.fault, 1)
        self.fault_line.hide()
        self.column.addWidget(self.split, 1)
        self.column.addWidget(self.editor, 1)
        self.column.addWidget(self.fault_line)

    def _listen(self) -> None:
        self._updates: Coalescer[StrategyRow] = Coalescer(self._take, key=lambda row: row.name, hz=10, parent=self)
        strategies, portfolio = self._strategies, self.desk.managers.portfolio
        strategies.status_changed.connect(self._status_changed)
        strategies.removed.connect(self._removed)
        strategies.catalog_changed.connect(self._catalog_changed)
        portfolio.book_changed.connect(self._book_changed)
        portfolio.position_changed.connect(self._position_changed)
        portfolio.curve_extended.connect(self._curve_extended)

    def _connect(self) -> None:
        view, actions = self.table.view, self.actions_of_rows
        view.cell_clicked.connect(self._cell_clicked)
        view.toggled_row.connect(lambda row: self.toggle(self.model.record(row)))
        view.activated_row.connect(lambda _: self.edit())
        self.table.selection_changed.connect(self._show_selected)
        actions.checks_wanted.connect(self.card.show_for)
        actions.checks_refused.connect(self.card.show_for)
        self.editor.added.connect(self.select)
        self.editor.start_wanted.connect(self.card.show_for)
        actions.editing_wanted.connect(self._edit)
        self.card.opened.connect(self._card_opened)
        self.card.closed.connect(self._card_closed)
        self.detail.close_button.clicked.connect(partial(self.show_detail, on=False))
        self.editor.opened.connect(self.split.hide)
        self.editor.closed.connect(self._show_table)

    def coalescers(self) -> tuple[Coalescer[Any], ...]:
        """Return what holds updates back."""
        return (self._updates,)

    # what the engine tells

    def _status_changed(self, status: StrategyStatus) -> None:
        self.detail.history.note(status)
        row = self.source.row(status)
        self._updates.push(row)
        if row.alive:
            self.card.forget(row.name)

    def _book_changed(self, book: BookSnapshot) -> None:
        self.source.take_book(book)
        self._renew(book.strategy)

    def _position_changed(self, position: Position) -> None:
        if self.source.take_position(position):
            self._renew(position.strategy)

    def _curve_extended(self, extended: CurvePoint) -> None:
        # The book itself is told of with each point, so that its row is renewed anyway.
        self.source.take_point(extended)

    def _renew(self, name: str) -> None:
        known = self.model.find(name)
        if known is not None and known.status is not None:
            self._updates.push(self.source.row(self._strategies.status(name)))

    def _take(self, rows: list[StrategyRow]) -> None:
        self.model.upsert(rows)
        self._show_faults()
        shown = self.detail.row
        if shown is not None and any(row.name == shown.name for row in rows):
            self._show_detail()
        if any(row.name in self._chosen for row in rows):
            self.tools.offer()

    def _removed(self, instance: StrategyInstance) -> None:
        self._updates.flush()
        self.model.remove([instance.name])
        self.detail.forget(instance.name)
        self.card.forget(instance.name)
        self._show_selected()

    def _catalog_changed(self, entry: CatalogEntry) -> None:
        self.model.remove([file_key(entry)])
        if entry.faults:
            self.model.upsert([StrategyRow(name=file_key(entry), entry=entry)])
        self._show_faults()

    def second_passed(self) -> None:
        """Let ages grow; rows that read as before are left alone."""
        aged = [row for row in map(self.source.aged, self.model.records()) if row is not None]
        if aged:
            self._take(aged)

    def _show_faults(self) -> None:
        """Say the first fault in a line of its own, where neither details nor a card tell of one."""
        if not self.below.isHidden():
            self.fault_line.hide()
            return
        failed = [row for row in self.model.records() if row.fault is not None]
        failed.sort(key=lambda row: row.name not in self._chosen)
        fault = failed[0].fault if failed else None
        self.fault_line.setVisible(fault is not None)
        if fault is not None:
            due = due_text(failed[0])
            text = f"{failed[0].name}: {fault_text(fault)}"
            self.fault.setText(f"{text} ({due})" if due else text)
            self.fault.setToolTip(fault.trace)

    # what is shown below the table

    def _show_selected(self) -> None:
        self._chosen = {row.name for row in self.table.selected()}
        self._show_below()
        self._show_detail()
        self.tools.offer()
        self._show_faults()

    def _show_below(self) -> None:
        card = bool(self.card.name)
        self.below.setCurrentWidget(self.card if card else self.detail)
        shown = card or (self._wants_detail and bool(self.table.selected_rows()))
        if shown == self.below.isHidden():
            self.below.setVisible(shown)
            # The table has become lower or higher: its current row stays in sight.
            QTimer.singleShot(0, self.table, lambda: self.table.view.scrollTo(self.table.view.currentIndex()))
        self.tools.details.setChecked(self._wants_detail)

    def _show_detail(self) -> None:
        chosen = self.table.selected()
        if chosen:
            self.detail.show_row(chosen[0])
        else:
            self.detail.clear()

    def show_detail(self, *, on: bool) -> None:
        """Show or hide what is known of the selected instance."""
        self._wants_detail = on
        self.desk.layout.put(_DETAIL, "" if on else _OFF)
        if on and not self.table.selected_rows() and self.model.rowCount():
            self.table.view.selectRow(0)
        self._show_selected()

    def _card_opened(self) -> None:
        if self.below.currentWidget() is not self.card:
            self._shares = self.split.sizes() if self.below.isVisible() else []
        self._show_below()
        self._show_faults()
        room = sum(self.split.sizes())
        self.split.setSizes([round(room * _BESIDE_CARD), round(room * (1 - _BESIDE_CARD))])

    def _card_closed(self) -> None:
        if self._shares:
            self.split.setSizes(self._shares)
        self._show_selected()
        self.table.view.setFocus()

    def _show_table(self) -> None:
        self.split.show()
        self.table.view.setFocus()

    # what a person does

    def _cell_clicked(self, row: int, column: int) -> None:
        if self.model.columns[column].key == "switch":
            self.toggle(self.model.record(row))

    def toggle(self, row: StrategyRow) -> None:
        """Switch an instance on or off."""
        self.actions_of_rows.toggle(row)

    def act(self, key: str) -> None:
        """Do something with the selected instances."""
        self.actions_of_rows.run(key, self.table.selected())

    def enable(self) -> None:
        """Enable the selected instances, or resume those that are held back."""
        self.act("enable")

    def edit(self) -> None:
        """Open the settings of the first selected instance."""
        self.act("edit")

    def select(self, name: str) -> None:
        """Select an instance, also one that was added this moment."""
        self._updates.flush()
        self.table.select_key(name)

    def _edit(self, name: str) -> None:
        self.select(name)
        self.editor.edit(self._strategies.status(name))
