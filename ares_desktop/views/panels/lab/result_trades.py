"""Round trips of a backtest above the candles that they were made on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ares_desktop.domain.backtests import RoundTrip
from ares_desktop.views.formats import translated
from ares_desktop.views.models.record_table import RecordTableModel
from ares_desktop.views.panels.lab.result_candles import CandlesView
from ares_desktop.views.panels.lab.result_trade_columns import OLDEST_FIRST, TRIP_COLUMNS
from ares_desktop.views.widgets.flexible_split import FlexibleSplit
from ares_desktop.views.widgets.record_table import RecordTable
from ares_desktop.views.widgets.result_pages import ResultPage
from ares_desktop.views.widgets.row_feed import RowFeed

if TYPE_CHECKING:
    from ares_desktop.views.desk import Desk
    from ares_desktop.views.panels.lab.result_data import BacktestResult


class TradesPage(ResultPage):
    """A table of trades; the selected one is shown on the candles."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.model: RecordTableModel[RoundTrip] = RecordTableModel(TRIP_COLUMNS, key=id, parent=self)
        self.table = RecordTable(
            desk,
            self.model,
            "result trades",
            empty=translated("No trade was made. Look at Orders for what was denied, and at Log for why."),
            sort=("entry", OLDEST_FIRST),
            units=("{0} trade", "{0} trades"),
        )
        self.rows = RowFeed(self.table)
        self.candles = CandlesView(desk)
        self.column.addWidget(FlexibleSplit(self.table, self.candles, above=(220, 320), beside=(400, 480)))
        self.table.selection_changed.connect(self._show_selected)

    def show_result(self, result: BacktestResult) -> None:
        """Show another backtest."""
        self.rows.show(sorted(result.report.trips, key=lambda trip: trip.entry_ns))
        self.candles.show_result(result)

    def _show_selected(self) -> None:
        chosen = self.table.selected()
        if chosen:
            self.candles.show_trip(chosen[0])
