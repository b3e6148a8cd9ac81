"""Monthly returns of the chosen strategy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtWidgets import QVBoxLayout, QWidget

from ares_desktop.domain.backtests import MonthlyReturn
from ares_desktop.views import formats
from ares_desktop.views.formats import translated
from ares_desktop.views.panels.performance.columns import shown_name
from ares_desktop.views.widgets.controls import label
from ares_desktop.views.widgets.months_table import months_table, months_text, years_of

if TYPE_CHECKING:
    from ares_desktop.domain.performance import StrategyPerformance
    from ares_desktop.views.desk import Desk

_CELL_WIDTH: Final = 58


class MonthsPage(QWidget):
    """A row for each year, the newest first."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        empty = translated("No month yet: the first one appears with the second day of valuations.")
        self.table, self.model = months_table(desk, "performance months", empty=empty)
        self.table.rows.hide()
        self.title = label(part="strong")
        self.table.add_tool(self.title)
        self.summary = label(part="caption")
        self.summary.setWordWrap(True)
        self.summary.setContentsMargins(10, 3, 10, 4)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.table, 1)
        column.addWidget(self.summary)
        self.setMinimumSize(1, 1)

    def show_performance(self, performance: StrategyPerformance | None) -> None:
        """Show another strategy's months."""
        if performance is None:
            self.model.reset(())
            self.title.setText("")
            self.summary.setText("")
            return
        months = [MonthlyReturn(year=one.year, month=one.month, value=one.value) for one in performance.months]
        self.model.upsert(years_of(months))
        self.model.remove({row.year for row in self.model.records()} - {one.year for one in months})
        self.title.setText(shown_name(performance.strategy))
        parts = [months_text(months)]
        partial = [f"{one.year}-{one.month:02d}" for one in performance.months if one.partial]
        if partial:
            parts.append(translated("not whole: {0}").format(", ".join(partial)))
        self.summary.setText(f" {formats.STALE} ".join(part for part in parts if part))
