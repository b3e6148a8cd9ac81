"""Fills: every execution."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal

from ares_desktop.domain.fills import Fill
from ares_desktop.views.formats import money, translated
from ares_desktop.views.models.coalescer import Coalescer
from ares_desktop.views.models.columns import Align, Column
from ares_desktop.views.models.common_columns import price_column, quantity_column, side_column, time_column
from ares_desktop.views.models.record_table import RecordTableModel
from ares_desktop.views.panels.panel import Panel
from ares_desktop.views.panels.why.asking import offer_why
from ares_desktop.views.tokens import Tone
from ares_desktop.views.widgets.record_table import RecordTable

if TYPE_CHECKING:
    from ares_desktop.views.desk import Desk
    from ares_desktop.views.models.common_columns import Ticks


def _key(fill: Fill) -> tuple[str, str]:
    return fill.account, fill.trade_id


def fill_columns(ticks: Ticks) -> tuple[Column[Fill], ...]:
    """Return the columns of the fills table."""
    return (
        time_column("time", "Time", lambda f: f.at),
        Column(key="strategy", title="Strategy", value=lambda f: f.strategy, width=96),
        Column(key="instrument", title="Instrument", value=lambda f: f.instrument, width=100),
        side_column(lambda f: f.side),
        quantity_column("quantity", "Qty", lambda f: f.quantity),
        price_column("price", "Price", lambda f: f.price, lambda f: ticks(f.instrument)),
        Column(key="notional", title="Notional", value=lambda f: f.notional, text=money, align=Align.RIGHT, width=100),
        Column(
            key="commission",
            title="Commission",
            value=lambda f: f.commission,
            text=money,
            align=Align.RIGHT,
            tone=lambda _: Tone.MUTED,
            width=84,
        ),
        Column(key="order", title="Order id", value=lambda f: f.client_order_id, tone=lambda _: Tone.MUTED, width=130),
        Column(key="trade", title="Trade id", value=lambda f: f.trade_id, width=130, hidden=True),
        Column(key="account", title="Account", value=lambda f: f.account, hidden=True),
    )


class FillsPanel(Panel):
    """All fills of the session, newest first.

    Signals:
        why_asked: id of the order whose decision is to be told.
    """

    why_asked = Signal(object)

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        trades = desk.managers.trades
        self.model = RecordTableModel(fill_columns(self.ticks), key=_key, parent=self)
        self.model.reset(trades.fills())
        self.table = RecordTable(
            desk,
            self.model,
            "fills",
            empty=translated("No fills yet."),
            sort=("time", Qt.SortOrder.DescendingOrder),
            units=("{0} fill", "{0} fills"),
        )
        offer_why(desk, self.table, self.ask_why)
        self.column.addWidget(self.table)
        self._updates = Coalescer(self.model.upsert, key=_key, hz=desk.refresh_hz, parent=self)
        trades.filled.connect(self._updates.push)

    def ask_why(self) -> None:
        """Ask for the decision behind the first selected fill."""
        for fill in self.table.selected()[:1]:
            self.why_asked.emit(fill.client_order_id)
