"""Cash flows, newest first, and a line to pay in or out, to move cash between books, and to sweep profit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QLineEdit

from ares_desktop.domain.book_records import FlowRecord
from ares_desktop.views.desk import SOURCE
from ares_desktop.views.formats import money, signed_money, translated, word
from ares_desktop.views.models.columns import Align, Column, sign_tone
from ares_desktop.views.models.common_columns import time_column
from ares_desktop.views.models.record_table import RecordTableModel
from ares_desktop.views.panels.books.page import BooksPage
from ares_desktop.views.panels.books.typed import BookChoice, needed, number, number_field
from ares_desktop.views.tokens import Tone
from ares_desktop.views.widgets.controls import label, push_button
from ares_desktop.views.widgets.record_table import RecordTable

if TYPE_CHECKING:
    from collections.abc import Coroutine
    from typing import Any

    from ares_desktop.views.desk import Desk

_DEPOSIT = "deposit"
_WITHDRAW = "withdraw"
_TRANSFER = "transfer"
_SWEEP = "sweep"


def flow_columns() -> tuple[Column[FlowRecord], ...]:
    """Return the columns of the cash flows table."""
    return (
        time_column("at", "Time", lambda r: r.flow.at),
        Column(key="kind", title="Kind", value=lambda r: r.flow.kind, text=word, width=90),
        Column(key="book", title="Book", value=lambda r: r.flow.strategy, width=120),
        Column(
            key="amount",
            title="Amount",
            value=lambda r: r.flow.amount,
            text=signed_money,
            align=Align.RIGHT,
            tone=lambda r: sign_tone(r.flow.amount),
            width=110,
        ),
        Column(key="currency", title="Currency", value=lambda r: r.flow.currency, width=70),
        Column(key="source", title="By", value=lambda r: r.flow.source, tone=lambda _: Tone.MUTED, width=100),
        Column(key="note", title="Note", value=lambda r: r.flow.note, tooltip=lambda r: r.flow.note, width=200),
        Column(key="account", title="Account", value=lambda r: r.flow.account, hidden=True),
        Column(
            key="sequence",
            title="Event",
            value=lambda r: r.sequence,
            align=Align.RIGHT,
            tone=lambda _: Tone.FAINT,
            width=70,
        ),
    )


class FlowsPage(BooksPage):
    """The list, and a line that changes with what is to be done."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.model = RecordTableModel(flow_columns(), key=lambda record: record.sequence, parent=self)
        self.model.reset(self.portfolio.flows())
        self.table = RecordTable(
            desk,
            self.model,
            "flows",
            empty=translated("No money has come or gone."),
            sort=("at", Qt.SortOrder.DescendingOrder),
            units=("{0} cash flow", "{0} cash flows"),
        )
        self.kind = QComboBox()
        self.kind.setAccessibleName(translated("What to do"))
        for key, title in (
            (_DEPOSIT, translated("Deposit")),
            (_WITHDRAW, translated("Withdraw")),
            (_TRANSFER, translated("Transfer")),
            (_SWEEP, translated("Sweep profit")),
        ):
            self.kind.addItem(title, key)
        self.amount = number_field(translated("Amount"), "0.00")
        self.giver = BookChoice(desk, translated("Book"))
        self.arrow = label("\N{RIGHTWARDS ARROW}")
        self.taker = BookChoice(desk, translated("To"), "manual")
        self.note = QLineEdit()
        self.note.setAccessibleName(translated("Note"))
        self.note.setPlaceholderText(translated("Note"))
        self.note.setMinimumWidth(44)
        self.go = push_button(self.kind.currentText(), self.book, role="primary")
        self.hint = label(part="caption")
        self.column.addWidget(self.table, 1)
        self.column.addWidget(
            self.line(self.kind, self.amount, self.giver, self.arrow, self.taker, self.note, self.go, self.hint)
        )
        self.kind.currentIndexChanged.connect(self._show_fields)
        self.giver.currentIndexChanged.connect(self._show_fields)
        self.portfolio.flow_recorded.connect(lambda record: self.model.upsert((record,)))
        self._show_fields()

    def _show_fields(self) -> None:
        kind = self.kind.currentData()
        self.arrow.setVisible(kind == _TRANSFER)
        self.taker.setVisible(kind == _TRANSFER)
        self.note.setVisible(kind != _SWEEP)
        self.amount.setPlaceholderText(translated("all") if kind == _SWEEP else "0.00")
        text = ""
        if kind == _SWEEP:
            text = translated("above the high-water mark: {0}").format(money(self.portfolio.sweepable(self.giver.book)))
        self.hint.setText(text)
        self.go.setText(self.kind.currentText())

    def second_passed(self) -> None:
        """Let what can be swept follow the profit."""
        if self.kind.currentData() == _SWEEP:
            self._show_fields()

    def book(self) -> None:
        """Do what is chosen."""
        kind = self.kind.currentData()
        self.act(
            self.kind.currentText(),
            self._start,
            self._booked,
            amount=self.amount.text().strip(),
            book=self.giver.book,
            to=self.taker.book if kind == _TRANSFER else "",
            note=self.note.text().strip() if kind != _SWEEP else "",
        )

    def _booked(self, _: object) -> None:
        self.amount.clear()
        self.note.clear()

    def _start(self) -> Coroutine[Any, Any, Any]:
        kind, book, note = self.kind.currentData(), self.giver.book, self.note.text().strip()
        if kind == _DEPOSIT:
            return self.portfolio.deposit(needed(self.amount), strategy=book, note=note, source=SOURCE)
        if kind == _WITHDRAW:
            return self.portfolio.withdraw(needed(self.amount), strategy=book, note=note, source=SOURCE)
        if kind == _TRANSFER:
            amount = needed(self.amount)
            return self.portfolio.transfer(amount, giver=book, taker=self.taker.book, note=note, source=SOURCE)
        return self.portfolio.sweep(book, number(self.amount), source=SOURCE)
