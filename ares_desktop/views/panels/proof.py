"""The proof line: sum of books + unassigned = broker, for each instrument and for cash."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout

from ares_desktop.domain.positions import Proof, ProofLine
from ares_desktop.views.formats import count, fixed, quantity, translated
from ares_desktop.views.icons import icon_pixmap
from ares_desktop.views.models.columns import Align, Column, RowShade
from ares_desktop.views.models.record_table import RecordTableModel
from ares_desktop.views.tokens import Tone
from ares_desktop.views.widgets.controls import IconButton, label, set_property
from ares_desktop.views.widgets.table_view import TableView

if TYPE_CHECKING:
    from collections.abc import Callable

    from ares_desktop.views.desk import Desk

_ROWS_HEIGHT = 132


def _difference(line: ProofLine) -> Decimal | None:
    return None if line.broker is None else line.books + line.unassigned - line.broker


def _verdict(line: ProofLine) -> tuple[Tone, str, str]:
    if line.balanced is None:
        return Tone.MUTED, "ring", translated("not reported")
    return (
        (Tone.POSITIVE, "check", translated("equal"))
        if line.balanced
        else (
            Tone.NEGATIVE,
            "cross",
            translated("differs"),
        )
    )


def _amount(value: tuple[Decimal | None, bool]) -> str:
    number, is_cash = value
    return fixed(number) if is_cash else quantity(number)


def _amount_column(key: str, title: str, get: Callable[[ProofLine], Decimal | None]) -> Column[ProofLine]:
    return Column(
        key=key,
        title=title,
        value=lambda line: (get(line), line.item.startswith("cash")),
        text=_amount,
        sort=get,
        plain=get,
        align=Align.RIGHT,
        width=96,
    )


def proof_columns() -> tuple[Column[ProofLine], ...]:
    """Return the columns of the proof."""
    return (
        Column(key="item", title="Item", value=lambda line: line.item, width=96),
        _amount_column("books", "Books", lambda line: line.books),
        _amount_column("unassigned", "+ unassigned", lambda line: line.unassigned),
        _amount_column("broker", "= broker", lambda line: line.broker),
        _amount_column("difference", "Difference", _difference),
        Column(
            key="verdict",
            title="Proof",
            value=lambda line: _verdict(line)[2],
            tone=lambda line: _verdict(line)[0],
            glyph=lambda line: _verdict(line)[1],
            width=110,
        ),
    )


class ProofStrip(QFrame):
    """One line that says whether everything adds up, and opens to show each item."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self.setProperty("surface", "strip")
        self.mark = QLabel()
        self.text = label(part="caption")
        self.open = IconButton(desk.theme, "chevron-up", translated("Show the proof of each item"))
        self.open.setCheckable(True)
        self.open.toggled.connect(self._show_lines)
        self.model = RecordTableModel(
            proof_columns(),
            key=lambda line: (line.account, line.item),
            shade=lambda line: RowShade.FAULT if line.balanced is False else RowShade.NONE,
            parent=self,
        )
        self.lines = TableView(desk.theme, translated("The broker has not reported yet."))
        self.lines.setModel(self.model)
        self.lines.setAccessibleName(translated("Proof"))
        for number, column in enumerate(self.model.columns):
            self.lines.setColumnWidth(number, column.width)
        self.lines.setFixedHeight(_ROWS_HEIGHT)
        self.lines.hide()
        row = QHBoxLayout()
        row.setContentsMargins(8, 2, 4, 2)
        row.setSpacing(6)
        row.addWidget(self.mark)
        row.addWidget(self.text, 1)
        row.addWidget(self.open)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addLayout(row)
        whole.addWidget(self.lines)
        desk.managers.portfolio.proof_changed.connect(self.show_proof)
        desk.theme.changed.connect(self._show_current)
        self._show_current()

    def _show_lines(self, on: bool) -> None:
        self.lines.setVisible(on)
        self.open.set_icon("chevron-down" if on else "chevron-up")

    def _show_current(self) -> None:
        self.show_proof(self._desk.managers.portfolio.proof())

    def show_proof(self, proof: Proof) -> None:
        """Show a proof."""
        present = {(line.account, line.item) for line in proof.lines}
        self.model.remove(
            [(one.account, one.item) for one in self.model.records() if (one.account, one.item) not in present]
        )
        self.model.upsert(proof.lines)
        wrong = [line.item for line in proof.lines if line.balanced is False]
        if proof.balanced is None:
            tone, icon, text = Tone.MUTED, "ring", translated("Proof: waiting for the broker's report")
        elif wrong:
            tone, icon = Tone.NEGATIVE, "error"
            text = translated("Proof fails for {0}: books + unassigned \N{NOT EQUAL TO} broker").format(
                ", ".join(wrong)
            )
        else:
            tone, icon = Tone.POSITIVE, "check"
            items = count(len(proof.lines), "{0} item", "{0} items")
            text = translated("Books + unassigned = broker, {0}").format(items)
        self.mark.setPixmap(icon_pixmap(icon, self._desk.theme.tokens.color(tone), 14, self.devicePixelRatioF()))
        self.text.setText(text)
        self.text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        set_property(self.text, "tone", tone.value)
