"""Coverage: for each account which protection is real right now, why, and what to do where one is not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec
from PySide6.QtWidgets import QHBoxLayout, QWidget

from ares_desktop.domain.coverage import Cover, CoverageCell, CoverageGrid, Protection
from ares_desktop.views.formats import age, count, fixed, translated, word
from ares_desktop.views.models.columns import Column, RowShade
from ares_desktop.views.models.common_columns import time_column
from ares_desktop.views.models.record_table import RecordTableModel
from ares_desktop.views.panels.risk.page import RiskPage
from ares_desktop.views.tokens import Tone
from ares_desktop.views.widgets.controls import label
from ares_desktop.views.widgets.pill import Pill
from ares_desktop.views.widgets.record_table import RecordTable

if TYPE_CHECKING:
    from ares_desktop.views.desk import Desk

COVER_LOOKS: Final = {
    Cover.REAL: (Tone.POSITIVE, "check"),
    Cover.ENGAGED: (Tone.DANGER, "warning"),
    Cover.GAP: (Tone.NEGATIVE, "cross"),
    Cover.CHOSEN_OFF: (Tone.MUTED, "ring"),
    Cover.MISSING: (Tone.FAINT, "ring"),
}


class CoverageRow(msgspec.Struct, frozen=True):
    """One protection of one account, as a row."""

    account: str
    broker: str
    cell: CoverageCell


def rows_of(grid: CoverageGrid) -> list[CoverageRow]:
    """Return the grid as rows, an account's protections together."""
    return [CoverageRow(one.account, one.broker, cell) for one in grid.accounts for cell in one.cells]


def summary(grid: CoverageGrid) -> tuple[str, Tone, str]:
    """Return the text, tone and icon that say how well everything is covered."""
    gaps = sum(len(one.gaps) for one in grid.accounts)
    if gaps:
        return count(gaps, "{0} gap in protection", "{0} gaps in protection"), Tone.NEGATIVE, "cross"
    if any(cell.cover is Cover.ENGAGED for one in grid.accounts for cell in one.cells):
        return translated("a protection has acted"), Tone.DANGER, "warning"
    return translated("protected as chosen"), Tone.POSITIVE, "check"


def _seconds(cell: CoverageCell) -> str:
    if cell.seconds is None:
        return ""
    if cell.protection is Protection.DEAD_MAN:
        return translated("{0} left").format(age(cell.seconds))
    return translated("beat {0} s ago").format(fixed(cell.seconds, 1))


def coverage_columns() -> tuple[Column[CoverageRow], ...]:
    """Return the columns of the grid."""
    return (
        Column(key="account", title="Account", value=lambda r: r.account, width=90),
        Column(key="broker", title="Broker", value=lambda r: r.broker, tone=lambda _: Tone.MUTED, width=70),
        Column(key="protection", title="Protection", value=lambda r: r.cell.protection, text=word, width=120),
        Column(
            key="cover",
            title="State",
            value=lambda r: r.cell.cover,
            text=word,
            tone=lambda r: COVER_LOOKS[r.cell.cover][0],
            glyph=lambda r: COVER_LOOKS[r.cell.cover][1],
            width=110,
        ),
        Column(key="seconds", title="Now", value=lambda r: _seconds(r.cell), tone=lambda _: Tone.MUTED, width=110),
        Column(key="reason", title="Why", value=lambda r: r.cell.reason, tooltip=lambda r: r.cell.reason, width=300),
        Column(
            key="remedy",
            title="What to do",
            value=lambda r: r.cell.remedy,
            tooltip=lambda r: r.cell.remedy,
            width=300,
        ),
        time_column("since", "Since", lambda r: r.cell.since),
    )


class CoveragePage(RiskPage):
    """A summary above, every protection of every account below."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.column.addWidget(self._head(desk))
        self.model: RecordTableModel[CoverageRow] = RecordTableModel(
            coverage_columns(),
            key=lambda row: f"{row.account} {row.cell.protection.value}",
            shade=lambda row: RowShade.FAULT if row.cell.cover is Cover.GAP else RowShade.NONE,
            parent=self,
        )
        self.table = RecordTable(
            desk,
            self.model,
            "coverage",
            empty=translated("No account is connected yet."),
            units=("{0} protection", "{0} protections"),
        )
        self.column.addWidget(self.table)
        self.show_grid(desk.managers.sentinel.coverage())
        desk.managers.sentinel.coverage_changed.connect(self.show_grid)

    def _head(self, desk: Desk) -> QWidget:
        head = QWidget()
        row = QHBoxLayout(head)
        row.setContentsMargins(10, 6, 10, 6)
        row.setSpacing(8)
        self.pill = Pill(desk.theme, translated("Coverage"))
        row.addWidget(self.pill)
        row.addWidget(
            label(
                translated("What stops trading or limits a loss, even when this window can't."),
                tone=Tone.MUTED,
                part="caption",
            )
        )
        row.addStretch(1)
        return head

    def show_grid(self, grid: CoverageGrid) -> None:
        """Show the newest state of every protection."""
        self.pill.show_state(*summary(grid), "")
        self.model.upsert(rows_of(grid))

    def second_passed(self) -> None:
        """Renew the age of the beat and what is left of timers."""
        self.show_grid(self.desk.managers.sentinel.coverage())
