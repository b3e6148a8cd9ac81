"""Why: every decision of every strategy, searched, and the story of the chosen one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from msgspec.structs import replace
from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import QSplitter, QVBoxLayout, QWidget

from ares_desktop.domain.errors import UsageError
from ares_desktop.views.formats import count, translated
from ares_desktop.views.models.coalescer import Coalescer
from ares_desktop.views.panels.panel import Panel
from ares_desktop.views.panels.why.decision_table import DecisionTable
from ares_desktop.views.panels.why.filters import MOST, DecisionFilters
from ares_desktop.views.panels.why.story_page import StoryPage
from ares_desktop.views.widgets.controls import IconButton, label, strip
from ares_desktop.views.widgets.row_feed import RowFeed

if TYPE_CHECKING:
    from pathlib import Path

    from ares_desktop.domain.decisions import Decision, DecisionQuery
    from ares_desktop.domain.ids import ClientOrderId, InstrumentId, StrategyId
    from ares_desktop.domain.orders import Order
    from ares_desktop.views.desk import Desk

_BOTH: Final = 1000
"""Width from which list and story stand beside each other."""
_RENEWALS_HZ: Final = 1.0
_NONE: Final = "No decisions yet. Every order of a strategy, and every order by hand, leaves one here."
_NOT_FOUND: Final = "No decision matches what is looked for."
_FLAT: Final = "{0} holds nothing in {1}; no decision led to it."


class WhyPanel(Panel):
    """A list of decisions and a story; a narrow place shows one of them at a time."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._trades = desk.managers.trades
        self._search = 0
        self._read = False
        self._position: tuple[StrategyId, InstrumentId] | None = None
        self._told: ClientOrderId | None = None
        self._telling = False
        self.table = DecisionTable(desk)
        self.feed = RowFeed(self.table)
        self.filters = DecisionFilters()
        self.page = StoryPage(desk, self.ticks)
        self._build_position()
        self.list = self._build_list()
        self.split = QSplitter(Qt.Orientation.Horizontal)
        self.split.setChildrenCollapsible(False)
        self.split.setHandleWidth(1)
        self.split.addWidget(self.list)
        self.split.addWidget(self.page)
        self.split.setSizes([480, 640])
        self.column.addWidget(self.split)
        self.updates: Coalescer[Order] = Coalescer(
            self._renew, key=lambda order: order.id, hz=_RENEWALS_HZ, parent=self
        )
        self._connect()
        self._arrange()

    def _build_list(self) -> QWidget:
        made = QWidget()
        made.setMinimumSize(1, 1)
        column = QVBoxLayout(made)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.filters)
        column.addWidget(self.position)
        column.addWidget(self.table, 1)
        refresh = IconButton(self.desk.theme, "undo", translated("Look for everything again"))
        refresh.clicked.connect(self.show_all)
        self.table.add_tool(refresh)
        self.progress = label(part="caption")
        self.table.add_tool(self.progress)
        return made

    def _build_position(self) -> None:
        self.position, row = strip("toolbar", margins=(8, 2, 6, 3), spacing=6)
        self.position.setFixedHeight(32)
        self.position_text = label()
        self.position_text.setMinimumWidth(1)
        leave = IconButton(self.desk.theme, "close", translated("Show all decisions"))
        leave.clicked.connect(self.show_all)
        row.addWidget(self.position_text, 1)
        row.addWidget(leave)
        self.position.hide()

    def _connect(self) -> None:
        self.table.searched.connect(self._ask)
        self.table.export_chosen.connect(self.export)
        self.filters.changed.connect(self._ask)
        self.table.view.activated_row.connect(self._open_row)
        self.table.selection_changed.connect(self._chosen)
        self.page.left.connect(self.show_list)
        self.page.stepped.connect(self._step)
        self.page.asked.connect(self.show_order)
        self._trades.order_changed.connect(self.updates.push)

    def coalescers(self) -> tuple[Coalescer[Any], ...]:
        """Return what holds updates back."""
        return (self.updates,)

    # what is asked

    def show_order(self, order: ClientOrderId) -> None:
        """Tell why an order was made.

        An order that is no longer known is reported.
        """
        if self._position is not None:
            # The list belongs to another question.
            self._position = None
            self._ask()
        self._tell(order)
        self._telling = True
        self._arrange()
        self.table.select_key(order)
        self.page.story.setFocus()

    def show_position(self, strategy: StrategyId, instrument: InstrumentId) -> None:
        """List the decisions that led to what a strategy holds, and tell the newest of them."""
        self._position = (strategy, instrument)
        self._ask()
        self.show_list()
        self.table.view.setFocus()

    def show_all(self) -> None:
        """Look for every decision, of all strategies and times."""
        self._position = None
        self.filters.clear()
        self.table.filter.clear()
        self._ask()

    def show_list(self) -> None:
        """Bring the list back where there is room for one of the two only."""
        self._telling = False
        self._arrange()
        self.table.view.setFocus()

    def query(self) -> DecisionQuery:
        """Return what is looked for."""
        return self.filters.query(self.table.filter.text(), self.desk.managers.data.now())

    def export(self, file: Path) -> None:
        """Write what is looked for to a CSV or JSON file, by its name."""
        query = self.query()
        if self._position is not None:
            strategy, instrument = self._position
            query = replace(query, strategy=strategy, instrument=instrument)
        self.desk.runner.read(
            translated("Export decisions"),
            lambda: self._trades.export_decisions(query, file),
            done=lambda rows: self.desk.notices.inform(
                translated("Exported {0}").format(count(rows, "{0} decision", "{0} decisions")), str(file)
            ),
        )

    # searching

    def showEvent(self, event: QShowEvent) -> None:
        """Read the decisions when they are first looked at; what was held back meanwhile follows."""
        super().showEvent(event)
        if not self._read:
            self._ask()

    def _ask(self) -> None:
        self._read = True
        self._search += 1
        self._show_scope()
        if self._position is not None:
            self._show_found(self._search, self._trades.decisions_of_position(*self._position)[::-1])
            return
        self.filters.learn(self._trades.orders())
        search, query = self._search, self.query()
        self.progress.setText(translated("Searching\N{HORIZONTAL ELLIPSIS}"))
        self.desk.runner.read(
            translated("Search decisions"),
            lambda: self._trades.decisions(query),
            done=lambda found: self._show_found(search, found),
            failed=lambda _: self._failed(search),
        )

    def _failed(self, search: int) -> bool:
        if search == self._search:
            self.progress.setText("")
        return False

    def _show_scope(self) -> None:
        position = self._position
        self.filters.setVisible(position is None)
        self.table.filter.setEnabled(position is None)
        self.position.setVisible(position is not None)
        if position is not None:
            self.position_text.setText(translated("What led to the position of {0} in {1}").format(*position))

    def _show_found(self, search: int, found: tuple[Decision, ...]) -> None:
        if search != self._search:
            return
        self.progress.setText(translated("The newest {0}").format(f"{MOST:,}") if len(found) >= MOST else "")
        self.table.view.set_empty_text(self._empty_text())
        self.feed.show(found)
        if self._told is not None:
            self.table.select_key(self._told)
        if self._position is not None and found:
            self.table.view.selectRow(0)
            self._tell(found[0].id)

    def _empty_text(self) -> str:
        if self._position is not None:
            return translated(_FLAT).format(*self._position)
        query = self.query()
        looks = any((query.strategy, query.instrument, query.approved is not None, query.text, query.since))
        return translated(_NOT_FOUND if looks else _NONE)

    def _renew(self, orders: list[Order]) -> None:
        """Take over orders that were made or changed; the engine says which of them are looked for."""
        if any(order.id == self._told for order in orders) and self._told is not None:
            self._tell(self._told)
        if not self.isVisible():
            # Read anew when it is looked at again.
            self._read = False
            return
        self.filters.learn(orders)
        if self._position is not None:
            return
        times = [order.intent.created_at for order in orders]
        since, search, query = min(times), self._search, self.query()
        changed = replace(
            query, since=since if query.since is None else max(since, query.since), until=max(times), limit=MOST
        )
        self.desk.runner.read(
            translated("Search decisions"),
            lambda: self._trades.decisions(changed),
            done=lambda found: self._add(search, found),
        )

    def _add(self, search: int, found: tuple[Decision, ...]) -> None:
        if search == self._search:
            self.table.model.upsert(reversed(found))

    # telling

    def _chosen(self) -> None:
        rows = self.table.selected_rows()
        if len(rows) == 1 and (self._telling or self.width() >= _BOTH):
            order = self.table.model.record(rows[0]).id
            if order != self._told:
                self._tell(order)

    def _open_row(self, number: int) -> None:
        self._tell(self.table.model.record(number).id)
        self._telling = True
        self._arrange()
        self.page.story.setFocus()

    def _step(self, by: int) -> None:
        row = self.table.model.row_of(self._told) + by if self._told is not None else 0
        if 0 <= row < self.table.model.rowCount():
            self.table.view.selectRow(row)
            self._tell(self.table.model.record(row).id)

    def _tell(self, order: ClientOrderId) -> None:
        try:
            decision = self._trades.decision(order)
        except UsageError as error:
            self.desk.notices.show_error(translated("Why"), error)
            return
        before, self._told = self._told, order
        shown = self.page.decision
        if before != order or shown is None or len(decision.steps) > len(shown.steps):
            self.page.show_decision(decision)
            self._arrange()
        self.desk.runner.read(
            translated("Read the steps of {0}").format(order),
            lambda: self._trades.explain(order),
            done=self._show_whole,
        )

    def _show_whole(self, decision: Decision) -> None:
        if decision.id == self._told:
            self.page.show_decision(decision)

    # room

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Show both where there is room."""
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self) -> None:
        both = self.width() >= _BOTH
        telling = self._telling and self._told is not None
        self.list.setVisible(both or not telling)
        self.page.setVisible(telling or (both and self._told is not None))
        self.page.back.setVisible(not both)
