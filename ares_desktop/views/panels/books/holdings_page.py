"""Who holds what: the unassigned bucket and every other book, and a line to give a holding to another book."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QToolButton

from ares_desktop.domain.events import PositionMoved
from ares_desktop.domain.ids import UNASSIGNED
from ares_desktop.domain.positions import Position
from ares_desktop.views.desk import SOURCE
from ares_desktop.views.formats import quantity, translated
from ares_desktop.views.models.coalescer import Coalescer
from ares_desktop.views.models.record_table import RecordTableModel
from ares_desktop.views.panels.books.page import BooksPage
from ares_desktop.views.panels.books.typed import BookChoice, number_field, numbers
from ares_desktop.views.panels.positions import position_columns
from ares_desktop.views.widgets.controls import push_button
from ares_desktop.views.widgets.record_table import RecordTable

if TYPE_CHECKING:
    from collections.abc import Coroutine
    from typing import Any

    from ares_desktop.views.desk import Desk


def _key(position: Position) -> tuple[str, str, str]:
    return position.account, position.strategy, position.instrument


class HoldingsPage(BooksPage):
    """Open holdings of every book; the selected one can be given away, in whole or in part."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        columns = position_columns(self.ticks, desk.managers.data.now)
        self.model = RecordTableModel(columns, key=_key, parent=self)
        self.model.reset(self.portfolio.positions())
        self.table = RecordTable(
            desk,
            self.model,
            "holdings",
            empty=translated("No book holds anything. Everything is in cash."),
            sort=("strategy", Qt.SortOrder.AscendingOrder),
            units=("{0} holding", "{0} holdings"),
        )
        self.unassigned = QToolButton()
        self.unassigned.setText(translated("Unassigned only"))
        self.unassigned.setCheckable(True)
        self.unassigned.setToolTip(translated("Show what the broker has and no strategy claims"))
        self.unassigned.toggled.connect(self.show_unassigned)
        self.table.add_tool(self.unassigned)
        self.show_unassigned(on=False)
        self.amount = number_field(translated("Quantity"), translated("all"))
        self.taker = BookChoice(desk, translated("To"))
        self.price = number_field(translated("Price"), translated("market"), 90)
        self.give = push_button(translated("Give"), self.move_selected, role="primary")
        self.give.setToolTip(translated("Move the selected holding at its cost; nothing is traded"))
        self.column.addWidget(self.table, 1)
        self.column.addWidget(
            self.line(
                translated("Give the selected holding:"),
                self.amount,
                translated("to"),
                self.taker,
                translated("at"),
                self.price,
                self.give,
            )
        )
        self._updates = Coalescer(self.model.upsert, key=_key, hz=desk.refresh_hz, parent=self)
        self._connect()

    def _connect(self) -> None:
        self.price.setToolTip(translated("At which it counts as capital; left out, the market's price"))
        self.portfolio.position_changed.connect(self._updates.push)
        self.table.selection_changed.connect(self._selected)
        self._selected()

    def coalescers(self) -> tuple[Coalescer[Position], ...]:
        """Return what holds updates back."""
        return (self._updates,)

    def show_unassigned(self, on: bool) -> None:
        """Show the unassigned bucket alone, or every book."""
        self.model.set_predicate(
            (lambda one: one.quantity != 0 and one.strategy == UNASSIGNED) if on else (lambda one: one.quantity != 0)
        )

    def _selected(self) -> None:
        self.give.setEnabled(len(self.table.selected()) == 1)

    def move_selected(self) -> None:
        """Give the selected holding, or as much of it as was typed, to the chosen book."""
        for position in self.table.selected()[:1]:
            title = translated("Give {0} of {1} to {2}").format(position.instrument, position.strategy, self.taker.book)
            typed = {"quantity": self.amount.text().strip(), "price": self.price.text().strip()}
            self.act(title, partial(self._move, position), self._moved, **typed)

    def _move(self, position: Position) -> Coroutine[Any, Any, PositionMoved]:
        amount, price = numbers(self.amount, self.price)
        return self.portfolio.move(
            position.instrument,
            amount,
            giver=position.strategy,
            taker=self.taker.book,
            price=price,
            account=position.account,
            source=SOURCE,
        )

    def _moved(self, move: PositionMoved) -> None:
        self.amount.clear()
        self.price.clear()
        text = translated("{0} {1} went from {2} to {3}")
        self.desk.notices.inform(text.format(quantity(abs(move.quantity)), move.instrument, move.giver, move.taker))
