"""The months of a backtest."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ares_desktop.views.formats import translated
from ares_desktop.views.widgets.controls import label
from ares_desktop.views.widgets.months_table import months_table, months_text, years_of
from ares_desktop.views.widgets.result_pages import ResultPage

if TYPE_CHECKING:
    from ares_desktop.views.desk import Desk
    from ares_desktop.views.panels.lab.result_data import BacktestResult


class MonthsPage(ResultPage):
    """A row for each year, the newest first."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        empty = translated("The run is too short for a month.")
        self.table, self.model = months_table(desk, "result months", empty=empty)
        self.summary = label(part="caption")
        self.summary.setContentsMargins(4, 0, 0, 0)
        self.table.add_tool(self.summary)
        self.column.addWidget(self.table)

    def show_result(self, result: BacktestResult) -> None:
        """Show another backtest."""
        self.model.reset(years_of(result.report.months))
        self.summary.setText(months_text(result.report.months))
