"""Exposure of all books by instrument, sector, currency, strategy or asset class."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QScrollArea, QSplitter, QVBoxLayout, QWidget

from ares_desktop.domain.portfolio import Grouping, Measure
from ares_desktop.views import formats
from ares_desktop.views.charts.bar_rows import BarRow, BarRows
from ares_desktop.views.formats import translated, word
from ares_desktop.views.models.record_table import RecordTableModel
from ares_desktop.views.panels.portfolio.columns import CASH, EXPOSURE, text_of
from ares_desktop.views.panels.portfolio.page import PortfolioPage, age_text, caption, reasons_text
from ares_desktop.views.widgets.choices import ChoiceButtons
from ares_desktop.views.widgets.controls import label, strip
from ares_desktop.views.widgets.record_table import RecordTable

if TYPE_CHECKING:
    from ares_desktop.domain.portfolio import CashRow, Exposure, ExposureRow
    from ares_desktop.views.desk import Desk

_MOST_BARS: Final = 24


class ExposurePage(PortfolioPage):
    """Totals on top, the rows of one grouping as a table and as bars, cash by currency below."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.totals = label(part="strong")
        self.totals.setContentsMargins(10, 6, 10, 2)
        self.note = caption()
        self.by = ChoiceButtons(
            translated("Exposure by"),
            [(grouping.value, word(grouping), "") for grouping in Grouping],
            Grouping.INSTRUMENT.value,
        )
        self.by.chosen.connect(lambda _: self.refresh())
        self.rows: RecordTableModel[ExposureRow] = RecordTableModel(EXPOSURE, key=lambda row: row.name, parent=self)
        self.table = RecordTable(
            desk,
            self.rows,
            "exposure",
            empty=translated("Nothing is held. Exposure appears with the first position."),
            sort=("gross", Qt.SortOrder.DescendingOrder),
            units=("{0} group", "{0} groups"),
        )
        self.bars = BarRows(
            desk.theme,
            ((translated("Long"), "positive"), (translated("Short"), "negative")),
            write=lambda value: formats.money(value, 0),
            stacked=False,
        )
        self.bars.setAccessibleName(translated("Exposure as bars"))
        self.cash: RecordTableModel[CashRow] = RecordTableModel(CASH, key=lambda row: row.currency, parent=self)
        self.cash_table = RecordTable(
            desk,
            self.cash,
            "cash by currency",
            empty=translated("No cash yet."),
            units=("{0} currency", "{0} currencies"),
        )
        self._build()

    def _build(self) -> None:
        toolbar, tools = strip("toolbar", margins=(6, 2, 6, 3), spacing=6)
        tools.addWidget(self.by)
        tools.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QScrollArea.Shape.NoFrame)
        scroll.setWidget(self.bars)
        scroll.setMinimumWidth(200)
        upper = QSplitter(Qt.Orientation.Horizontal)
        upper.setChildrenCollapsible(False)
        upper.setHandleWidth(1)
        upper.addWidget(self.table)
        upper.addWidget(scroll)
        upper.setSizes([560, 340])
        top = QWidget()
        column = QVBoxLayout(top)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(toolbar)
        column.addWidget(upper, 1)
        split = QSplitter(Qt.Orientation.Vertical)
        split.setChildrenCollapsible(False)
        split.setHandleWidth(1)
        split.addWidget(top)
        split.addWidget(self.cash_table)
        split.setSizes([420, 130])
        self.column.addWidget(self.totals)
        self.column.addWidget(self.note)
        self.column.addWidget(split, 1)
        self.setMinimumSize(1, 1)

    def refresh(self) -> None:
        """Show the exposure of this moment."""
        found = self.desk.managers.totals.risk.exposure()
        rows = found.by(Grouping(self.by.current))
        self.rows.remove({row.name for row in self.rows.records()} - {row.name for row in rows})
        self.rows.upsert(rows)
        self.cash.remove({row.currency for row in self.cash.records()} - {row.currency for row in found.cash})
        self.cash.upsert(found.cash)
        self.bars.show_rows([_bar(row) for row in rows[:_MOST_BARS]])
        self._show_totals(found)

    def _show_totals(self, found: Exposure) -> None:
        parts = (
            (translated("Equity"), found.equity),
            (translated("Gross"), found.total.gross),
            (translated("Net"), found.total.net),
            (translated("Gross, netted"), found.netted_gross),
        )
        texts = [f"{name} {text_of(value, formats.money)}" for name, value in parts]
        share = found.total.share
        if share is not None:
            texts.append(translated("{0} of equity").format(formats.percent(share, 1)))
        self.totals.setText(f"{found.currency}    " + "    ".join(texts))
        notes = [translated("No figure: {0}").format(reasons_text(found.missing))] if found.missing else []
        if found.stale:
            notes.append(translated("Stale: a price or a rate behind these figures is old"))
        if found.rate_at is not None:
            notes.append(age_text(found.rate_at, found.at))
        for measure in (Measure.DELTA, Measure.NOTIONAL):
            count = sum(holding.measure is measure for holding in found.holdings)
            if count:
                notes.append(
                    translated("{0} by {1}").format(formats.count(count, "{0} holding", "{0} holdings"), word(measure))
                )
        self.note.setText(f" {formats.STALE} ".join(notes))
        self.note.setVisible(bool(notes))


def _bar(row: ExposureRow) -> BarRow:
    if row.long is None or row.short is None:
        return BarRow(row.name, (None, None))
    return BarRow(row.name, (float(row.long) or None, float(row.short) or None))
