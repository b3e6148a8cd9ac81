"""Moves of holdings from book to book, newest first; one that was not traded on can be undone."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt

from ares_desktop.domain.book_records import MoveRecord
from ares_desktop.views.desk import SOURCE
from ares_desktop.views.formats import money, signed_quantity, translated, word
from ares_desktop.views.models.columns import Align, Column
from ares_desktop.views.models.common_columns import time_column
from ares_desktop.views.models.record_table import RecordTableModel
from ares_desktop.views.panels.books.page import BooksPage
from ares_desktop.views.tokens import Tone
from ares_desktop.views.widgets.controls import push_button
from ares_desktop.views.widgets.record_table import RecordTable

if TYPE_CHECKING:
    from ares_desktop.views.desk import Desk


def _state(record: MoveRecord) -> tuple[str, Tone]:
    if record.undone_by:
        return translated("undone"), Tone.FAINT
    if record.why_not:
        return translated("traded on"), Tone.MUTED
    return translated("can be undone"), Tone.POSITIVE


def move_columns() -> tuple[Column[MoveRecord], ...]:
    """Return the columns of the moves table."""
    return (
        time_column("at", "Time", lambda r: r.move.at),
        Column(key="kind", title="Kind", value=lambda r: r.move.kind, text=word, width=64),
        Column(key="instrument", title="Instrument", value=lambda r: r.move.instrument, width=100),
        Column(
            key="quantity",
            title="Qty",
            value=lambda r: r.move.quantity,
            text=signed_quantity,
            align=Align.RIGHT,
            width=64,
        ),
        Column(key="giver", title="From", value=lambda r: r.move.giver, width=100),
        Column(key="taker", title="To", value=lambda r: r.move.taker, width=100),
        Column(
            key="state",
            title="State",
            value=lambda r: _state(r)[0],
            tone=lambda r: _state(r)[1],
            tooltip=lambda r: r.why_not,
            width=110,
        ),
        Column(key="cost", title="Cost", value=lambda r: r.move.cost, text=money, align=Align.RIGHT, width=88),
        Column(key="value", title="Value", value=lambda r: r.move.value, text=money, align=Align.RIGHT, width=88),
        Column(key="source", title="By", value=lambda r: r.move.source, tone=lambda _: Tone.MUTED, width=90),
        Column(key="move", title="Move", value=lambda r: r.move.move, tone=lambda _: Tone.FAINT, width=110),
    )


class MovesPage(BooksPage):
    """The history, and a button that takes the selected move back."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.model = RecordTableModel(move_columns(), key=lambda record: record.move.move, parent=self)
        self.table = RecordTable(
            desk,
            self.model,
            "moves",
            empty=translated("Nothing was moved from book to book. A holding is given to another book under Holdings."),
            sort=("at", Qt.SortOrder.DescendingOrder),
            units=("{0} move", "{0} moves"),
        )
        self.undo = push_button(translated("Undo"), self.undo_selected)
        self.undo.setToolTip(translated("Let both books hold again exactly what they did before the move"))
        self.table.add_tool(self.undo)
        self.column.addWidget(self.table)
        self.portfolio.moves_changed.connect(lambda _: self.second_passed())
        self.table.selection_changed.connect(self._selected)
        self.second_passed()
        self._selected()

    def second_passed(self) -> None:
        """Show what can be undone at this moment; trades take that away."""
        self.model.upsert(self.portfolio.moves())

    def _selected(self) -> None:
        self.undo.setEnabled(len(self.table.selected()) == 1)

    def undo_selected(self) -> None:
        """Take the selected move back; a refusal says why."""
        for record in self.table.selected()[:1]:
            move = record.move
            title = translated("Undo the move of {0} to {1}").format(move.instrument, move.taker)
            self.act(title, partial(self.portfolio.undo_move, move.move, source=SOURCE), move=move.move)
