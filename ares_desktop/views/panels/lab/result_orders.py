"""Orders, fills, denials and cash entries of a backtest as tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from PySide6.QtWidgets import QStackedWidget

from ares_desktop.domain.ids import InstrumentId
from ares_desktop.domain.instruments import Instrument
from ares_desktop.views.formats import count, translated
from ares_desktop.views.models.common_columns import Ticks
from ares_desktop.views.models.record_table import RecordTableModel
from ares_desktop.views.panels.fills import fill_columns
from ares_desktop.views.panels.lab.result_trade_columns import CASH_COLUMNS, DENIED_COLUMNS, OLDEST_FIRST
from ares_desktop.views.panels.orders import order_columns
from ares_desktop.views.widgets.choices import ChoiceButtons
from ares_desktop.views.widgets.controls import label, strip
from ares_desktop.views.widgets.record_table import RecordTable
from ares_desktop.views.widgets.result_pages import ResultPage
from ares_desktop.views.widgets.row_feed import RowFeed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ares_desktop.views.desk import Desk
    from ares_desktop.views.models.columns import Column
    from ares_desktop.views.panels.lab.result_data import BacktestResult

ORDERS: Final = "orders"
FILLS: Final = "fills"
DENIALS: Final = "denials"
CASH: Final = "cash"


class OrdersPage(ResultPage):
    """One table at a time; a row of buttons says how many rows each has."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self._instruments: dict[InstrumentId, Instrument] = {}
        ticks = Ticks(self._instrument)
        self.tables: dict[str, RecordTable] = {}
        self._feeds: dict[str, RowFeed] = {}
        self.stack = QStackedWidget()
        self._add(ORDERS, order_columns(ticks), "created", translated("No order was placed."), "order")
        self._add(FILLS, fill_columns(ticks), "time", translated("Nothing was filled."), "fill")
        self._add(DENIALS, DENIED_COLUMNS, "time", translated("No order was denied by the checks."), "denial")
        self._add(CASH, CASH_COLUMNS, "time", translated("No dividend, fee or interest came or went."), "entry")
        bar, tools = strip("toolbar", margins=(6, 2, 6, 3), spacing=8)
        bar.setFixedHeight(32)
        self.which = ChoiceButtons(
            translated("Table"),
            (
                (ORDERS, translated("Orders"), translated("Every order with its last state")),
                (FILLS, translated("Fills"), translated("Every execution")),
                (DENIALS, translated("Denials"), translated("Orders that the pre-trade checks refused, and why")),
                (CASH, translated("Cash"), translated("Dividends, borrow fees, interest, funding and settlements")),
            ),
            ORDERS,
        )
        self.which.chosen.connect(lambda key: self.stack.setCurrentWidget(self.tables[key]))
        self.summary = label(part="caption")
        tools.addWidget(self.which)
        tools.addStretch(1)
        tools.addWidget(self.summary)
        self.column.addWidget(bar)
        self.column.addWidget(self.stack, 1)

    def _add(self, key: str, columns: Sequence[Column[Any]], sort: str, empty: str, unit: str) -> None:
        model: RecordTableModel[Any] = RecordTableModel(columns, key=id, parent=self)
        many = f"{unit[:-1]}ies" if unit.endswith("y") else f"{unit}s"
        table = RecordTable(
            self._desk,
            model,
            f"result {key}",
            empty=empty,
            sort=(sort, OLDEST_FIRST),
            units=(f"{{0}} {unit}", f"{{0}} {many}"),
        )
        self.tables[key] = table
        self._feeds[key] = RowFeed(table)
        self.stack.addWidget(table)

    def _instrument(self, name: InstrumentId) -> Instrument | None:
        return self._instruments.get(name)

    def show_result(self, result: BacktestResult) -> None:
        """Show another backtest."""
        outcome = result.outcome
        self._instruments = {one.id: one for one in outcome.instruments}
        rows: dict[str, Sequence[Any]] = {
            ORDERS: outcome.orders,
            FILLS: outcome.fills,
            DENIALS: outcome.denials,
            CASH: outcome.cash,
        }
        for key, records in rows.items():
            self._feeds[key].show(records)
        parts = (
            count(len(outcome.orders), "{0} order", "{0} orders"),
            count(len(outcome.fills), "{0} fill", "{0} fills"),
            count(len(outcome.denials), "{0} denial", "{0} denials"),
        )
        self.summary.setText(", ".join(parts))
