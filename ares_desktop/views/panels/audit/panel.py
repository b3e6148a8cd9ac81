"""The audit: every event of the journal with filters, its content, and the chain of causes of any order."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec
from PySide6.QtCore import Qt
from PySide6.QtGui import QFontDatabase
from PySide6.QtWidgets import QFileDialog, QPlainTextEdit, QSplitter, QToolButton, QVBoxLayout, QWidget

from ares_desktop.domain.audit import AuditPage, AuditQuery, AuditRow, CausalChain
from ares_desktop.domain.ids import ClientOrderId
from ares_desktop.views.formats import count, translated
from ares_desktop.views.models.record_table import RecordTableModel
from ares_desktop.views.panels.audit.chain_view import ChainView
from ares_desktop.views.panels.audit.columns import audit_columns
from ares_desktop.views.panels.audit.filters import AuditFilters
from ares_desktop.views.panels.audit.tools import AuditTools
from ares_desktop.views.panels.panel import Panel
from ares_desktop.views.widgets.controls import IconButton, label
from ares_desktop.views.widgets.record_table import RecordTable

if TYPE_CHECKING:
    from ares_desktop.domain.errors import AresError
    from ares_desktop.views.desk import Desk

_MOST: Final = 200_000
_NEAR: Final = 40
"""Rows from the end at which the next page is asked for."""


class AuditPanel(Panel):
    """The journal, newest first; further pages come while the table is scrolled down."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._audit = desk.managers.audit
        self._query: AuditQuery | None = None
        self._before: int | None = None
        self._asked = 0
        self._busy = False
        self._chained = ""
        self.filters = AuditFilters()
        self.model: RecordTableModel[AuditRow] = RecordTableModel(
            audit_columns(), key=lambda row: row.sequence, limit=_MOST, parent=self
        )
        self.table = RecordTable(
            desk,
            self.model,
            "audit",
            empty=translated("No event matches what is looked for."),
            sort=("sequence", Qt.SortOrder.DescendingOrder),
            units=("{0} event", "{0} events"),
        )
        self.content = QPlainTextEdit()
        self.content.setReadOnly(True)
        self.content.setAccessibleName(translated("Content of the event"))
        self.content.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self.content.setPlaceholderText(translated("Select an event to see all of its fields."))
        self.chain = ChainView(desk.theme)
        self.tools = AuditTools(desk)
        self._add_tools()
        self._arrange()
        self.filters.changed.connect(self.search)
        self.table.selection_changed.connect(self._selected)
        self.table.view.verticalScrollBar().valueChanged.connect(self._scrolled)

    def _add_tools(self) -> None:
        self.live = QToolButton()
        self.live.setText(translated("Live"))
        self.live.setCheckable(True)
        self.live.setChecked(True)
        self.live.setToolTip(translated("Show new events as they come"))
        again = IconButton(self.desk.theme, "undo", translated("Look for everything again"))
        again.clicked.connect(self.show_all)
        export = IconButton(self.desk.theme, "copy", translated("Export the shown events as JSON"))
        export.clicked.connect(self.choose_json)
        self.state = label(part="caption")
        for tool in (self.live, again, export, self.state):
            self.table.add_tool(tool)

    def _arrange(self) -> None:
        left = QWidget()
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.table, 1)
        right = QSplitter(Qt.Orientation.Vertical)
        right.addWidget(self.chain)
        right.addWidget(self.content)
        right.setSizes([340, 200])
        split = QSplitter(Qt.Orientation.Horizontal)
        for part in (left, right):
            part.setMinimumSize(1, 1)
            split.addWidget(part)
        split.setChildrenCollapsible(False)
        split.setHandleWidth(1)
        split.setSizes([860, 520])
        self.column.addWidget(self.filters)
        self.column.addWidget(split, 1)
        self.column.addWidget(self.tools)

    # looking

    def second_passed(self) -> None:
        """Begin when the panel is first seen, then follow the journal."""
        if self._query is None:
            self.search()
        elif self.live.isChecked() and not self._busy and self._audit.last_sequence > self._newest():
            self._ask(msgspec.structs.replace(self._query, before=None), follow=True)

    def show_all(self) -> None:
        """Look for every event again."""
        self.filters.clear()
        self.search()

    def show_order(self, order: str) -> None:
        """Show an order's events and its chain."""
        self.filters.clear()
        self.filters.order.setText(order)
        self.search()
        self._show_chain_of(order)

    def search(self) -> None:
        """Look for what the filters say."""
        self._query = self.filters.query(datetime.now(UTC))
        self._asked += 1
        self._before = None
        self.model.reset(())
        self._ask(self._query)

    def more(self) -> None:
        """Load the next page, where there is one."""
        if self._before is not None and not self._busy and self._query is not None:
            self._ask(msgspec.structs.replace(self._query, before=self._before))

    def _ask(self, query: AuditQuery, *, follow: bool = False) -> None:
        self._busy = True
        asked = self._asked
        if not follow:
            self.state.setText(translated("Searching\N{HORIZONTAL ELLIPSIS}"))
        self.desk.runner.read(
            translated("Search the journal"),
            lambda: self._audit.page(query),
            done=lambda page: self._show_page(asked, page, follow=follow),
            failed=lambda error: self._failed(asked, error),
        )

    def _show_page(self, asked: int, page: AuditPage, *, follow: bool) -> None:
        if asked != self._asked:
            return
        self._busy = False
        newest = self._newest()
        if follow and page.before is not None and page.rows[-1].sequence > newest + 1:
            # More came than one page holds: to go on here would hide what lies between.
            self.search()
            return
        self.model.upsert(page.rows)
        if not follow:
            self._before = page.before
        self.state.setText(translated("more below") if self._before is not None else "")

    def _failed(self, asked: int, _: AresError) -> bool:
        if asked == self._asked:
            self._busy = False
            self.state.setText(translated("not searched"))
        return False

    def _newest(self) -> int:
        return max((row.sequence for row in self.model.records()[:1]), default=0)

    def _scrolled(self, value: int) -> None:
        if value >= self.table.view.verticalScrollBar().maximum() - _NEAR:
            self.more()

    # one event

    def _selected(self) -> None:
        rows: list[AuditRow] = self.table.selected()
        if len(rows) != 1:
            return
        row = rows[0]
        self.content.setPlainText(_content(row))
        order = row.order or row.correlation
        if order:
            self._show_chain_of(order)
        else:
            self._chained = ""
            self.chain.show_nothing()

    def _show_chain_of(self, order: str) -> None:
        if order == self._chained:
            return
        self._chained = order
        self.desk.runner.read(
            translated("Read the chain of {0}").format(order),
            lambda: self._audit.chain(ClientOrderId(order)),
            done=lambda chain: self._show_chain(order, chain),
        )

    def _show_chain(self, order: str, chain: CausalChain) -> None:
        if order == self._chained:
            self.chain.show_chain(chain)

    # export

    def choose_json(self) -> None:
        """Let the person choose a file for the shown events."""
        dialog = QFileDialog(self, translated("Export as JSON"), str(Path.home() / "audit.json"))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix("json")
        dialog.setNameFilter("JSON (*.json)")
        dialog.fileSelected.connect(lambda file: self.export_json(Path(file)))
        dialog.open()

    def export_json(self, file: Path) -> None:
        """Write the shown events with all of their fields."""
        rows = self.model.records()
        self.desk.runner.read(
            translated("Export as JSON"),
            lambda: asyncio.to_thread(_write, file, rows),
            done=lambda number: self.desk.notices.inform(
                translated("Exported {0}").format(count(number, "{0} event", "{0} events")), str(file)
            ),
        )


def _content(row: AuditRow) -> str:
    head = (
        f"event        {row.sequence}  {row.id}",
        f"time         {row.at.isoformat()}",
        f"kind         {row.kind}",
        f"cause        {row.cause or 'none known'}",
        f"correlation  {row.correlation or 'none'}",
        "",
    )
    return "\n".join((*head, msgspec.json.format(row.payload.encode(), indent=2).decode()))


def _write(file: Path, rows: list[AuditRow]) -> int:
    documents = [msgspec.structs.asdict(row) | {"payload": msgspec.Raw(row.payload.encode())} for row in rows]
    file.write_bytes(msgspec.json.format(msgspec.json.encode(documents), indent=2))
    return len(rows)
