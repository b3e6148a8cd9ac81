"""Differences to the brokers: what, since when, and what can be done about it, with what has gone kept below."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt

from ares_desktop.domain.positions import Discrepancy, Remedy
from ares_desktop.views.desk import SOURCE
from ares_desktop.views.formats import translated, word
from ares_desktop.views.models.columns import Align, Column, RowShade
from ares_desktop.views.models.common_columns import time_column
from ares_desktop.views.models.record_table import RecordTableModel
from ares_desktop.views.panels.books.page import BooksPage
from ares_desktop.views.tokens import Tone
from ares_desktop.views.widgets.controls import push_button
from ares_desktop.views.widgets.record_table import RecordTable

if TYPE_CHECKING:
    from ares_desktop.views.desk import Desk


def _key(row: Discrepancy) -> tuple[str, bool, object]:
    return row.id, row.resolved, row.since


def difference_columns() -> tuple[Column[Discrepancy], ...]:
    """Return the columns of the table."""

    def tone(row: Discrepancy) -> Tone:
        return Tone.FAINT if row.resolved else Tone.NORMAL

    return (
        Column(
            key="state",
            title="State",
            value=lambda d: d.resolved,
            text=lambda done: translated("resolved") if done else translated("open"),
            tone=lambda d: Tone.POSITIVE if d.resolved else Tone.NEGATIVE,
            glyph=lambda d: "check" if d.resolved else "error",
            width=90,
        ),
        Column(key="kind", title="Kind", value=lambda d: d.kind, text=word, tone=tone, width=70),
        Column(key="item", title="Item", value=lambda d: d.item, tone=tone, width=110),
        Column(key="ours", title="Ours", value=lambda d: d.ours, tone=tone, align=Align.RIGHT, width=110),
        Column(key="broker", title="Broker", value=lambda d: d.broker, tone=tone, align=Align.RIGHT, width=110),
        time_column("since", "Since", lambda d: d.since),
        Column(key="seen", title="Seen", value=lambda d: d.seen, tone=tone, align=Align.RIGHT, width=48),
        Column(
            key="detail",
            title="What it means",
            value=lambda d: d.resolution if d.resolved else d.detail,
            tone=tone,
            tooltip=lambda d: d.detail,
            width=300,
        ),
        Column(key="account", title="Account", value=lambda d: d.account, hidden=True),
    )


class DifferencesPage(BooksPage):
    """The table, and a button for each remedy of the selected difference."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.model = RecordTableModel(
            difference_columns(),
            key=_key,
            shade=lambda row: RowShade.NONE if row.resolved else RowShade.FAULT,
            limit=2000,
            parent=self,
        )
        self.table = RecordTable(
            desk,
            self.model,
            "differences",
            empty=translated("No differences: our books agree with the broker."),
            sort=("state", Qt.SortOrder.AscendingOrder),
            units=("{0} difference", "{0} differences"),
        )
        self.remedies = {
            remedy: push_button(translated(remedy.value.capitalize()), partial(self._pressed, remedy))
            for remedy in Remedy
        }
        self.column.addWidget(self.table, 1)
        self.choices = self.line(translated("What to do:"), *self.remedies.values())
        self.column.addWidget(self.choices)
        self.portfolio.discrepancy_changed.connect(lambda _: self._show())
        self.table.selection_changed.connect(self._offer)
        self._show()

    def _show(self) -> None:
        rows = [*self.portfolio.discrepancies(), *self.portfolio.resolved_discrepancies()]
        present = {_key(row) for row in rows}
        self.model.remove([_key(row) for row in self.model.records() if _key(row) not in present])
        self.model.upsert(rows)
        self._offer()

    def _offer(self) -> None:
        chosen = self.table.selected()[:1]
        offered = chosen[0].remedies if chosen else ()
        for remedy, button in self.remedies.items():
            button.setVisible(remedy in offered)
        self.choices.setVisible(bool(offered))

    def _pressed(self, remedy: Remedy, *_: bool) -> None:
        self.apply(remedy)

    def apply(self, remedy: Remedy) -> None:
        """Do something about the selected difference."""
        for row in self.table.selected()[:1]:
            title = f"{translated(remedy.value.capitalize())}: {row.item}"
            self.act(
                title, partial(self.portfolio.resolve, row.id, remedy, source=SOURCE), self._done, difference=row.id
            )

    def _done(self, gone: bool) -> None:
        text = translated("The difference is gone.") if gone else translated("The difference is still there.")
        self.desk.notices.inform(text)
