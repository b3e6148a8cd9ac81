"""Orders: what works, what was denied or rejected and why, and the cancels."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QToolButton

from ares_desktop.domain.orders import Order, OrderState
from ares_desktop.views.desk import SOURCE
from ares_desktop.views.formats import count, signed_money, translated, word
from ares_desktop.views.models.coalescer import Coalescer
from ares_desktop.views.models.columns import Align, Column, RowShade
from ares_desktop.views.models.common_columns import price_column, quantity_column, side_column, time_column
from ares_desktop.views.models.record_table import RecordTableModel
from ares_desktop.views.panels.panel import Panel
from ares_desktop.views.panels.why.asking import offer_why
from ares_desktop.views.tokens import Tone
from ares_desktop.views.widgets.controls import IconButton
from ares_desktop.views.widgets.record_table import RecordTable

if TYPE_CHECKING:
    from ares_desktop.views.desk import Desk
    from ares_desktop.views.models.common_columns import Ticks

_STATE_LOOKS: Final = {
    OrderState.INITIALIZED: (Tone.MUTED, "ring"),
    OrderState.DENIED: (Tone.WARNING, "error"),
    OrderState.SUBMITTED: (Tone.ACCENT, "ring"),
    OrderState.ACCEPTED: (Tone.ACCENT, "dot"),
    OrderState.REJECTED: (Tone.NEGATIVE, "error"),
    OrderState.TRIGGERED: (Tone.ACCENT, "dot"),
    OrderState.PARTIALLY_FILLED: (Tone.ACCENT, "half"),
    OrderState.FILLED: (Tone.MUTED, "check"),
    OrderState.PENDING_UPDATE: (Tone.ACCENT, "ring"),
    OrderState.PENDING_CANCEL: (Tone.WARNING, "ring"),
    OrderState.CANCELED: (Tone.FAINT, "cross"),
    OrderState.EXPIRED: (Tone.FAINT, "clock"),
    OrderState.UNKNOWN: (Tone.NEGATIVE, "warning"),
}


_NO_ORDERS: Final = "No orders yet. Strategies and the ticket place them here."
_NO_WORKING: Final = "No working orders."


def _state_tone(order: Order) -> Tone:
    return _STATE_LOOKS[order.state][0]


def _reason(order: Order) -> str:
    return ": ".join(part for part in (order.reason_code, order.reason) if part)


def order_columns(ticks: Ticks) -> tuple[Column[Order], ...]:
    """Return the columns of the orders table."""
    return (
        time_column("created", "Time", lambda o: o.intent.created_at),
        Column(key="strategy", title="Strategy", value=lambda o: o.intent.strategy, width=86),
        Column(key="instrument", title="Instrument", value=lambda o: o.intent.instrument, width=84),
        side_column(lambda o: o.intent.side),
        quantity_column("quantity", "Qty", lambda o: o.intent.quantity, width=52),
        Column(
            key="state",
            title="State",
            value=lambda o: o.state,
            text=word,
            tone=_state_tone,
            glyph=lambda o: _STATE_LOOKS[o.state][1],
            width=112,
        ),
        quantity_column("filled", "Filled", lambda o: o.filled, width=52),
        price_column("average", "Average", lambda o: o.average_price, lambda o: ticks(o.intent.instrument), width=74),
        Column(key="type", title="Type", value=lambda o: o.intent.type, text=word, width=84, tone=lambda _: Tone.MUTED),
        price_column("limit", "Limit", lambda o: o.intent.limit_price, lambda o: ticks(o.intent.instrument), width=66),
        price_column("stop", "Stop", lambda o: o.intent.stop_price, lambda o: ticks(o.intent.instrument), width=66),
        Column(key="reason", title="Reason", value=_reason, tone=_state_tone, tooltip=_reason, width=220),
        Column(key="tif", title="TIF", value=lambda o: o.intent.tif, width=46, tone=lambda _: Tone.MUTED, hidden=True),
        Column(
            key="why", title="Why", value=lambda o: o.intent.reason, width=140, tone=lambda _: Tone.MUTED, hidden=True
        ),
        Column(
            key="commission",
            title="Commission",
            value=lambda o: o.commission,
            text=lambda value: signed_money(-value),
            align=Align.RIGHT,
            hidden=True,
        ),
        Column(key="id", title="Order id", value=lambda o: o.id, width=130, tone=lambda _: Tone.MUTED, hidden=True),
        Column(key="venue_id", title="Venue id", value=lambda o: o.venue_order_id or "", width=120, hidden=True),
        time_column("updated", "Updated", lambda o: o.updated_at, hidden=True),
    )


def _shade(order: Order) -> RowShade:
    return RowShade.FAULT if order.state in {OrderState.REJECTED, OrderState.UNKNOWN} else RowShade.NONE


class OrdersPanel(Panel):
    """All orders of the session, newest first.

    Signals:
        why_asked: id of the order whose decision is to be told.
    """

    why_asked = Signal(object)

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        trades = desk.managers.trades
        self.model = RecordTableModel(order_columns(self.ticks), key=lambda order: order.id, shade=_shade, parent=self)
        self.model.reset(trades.orders())
        self.table = RecordTable(
            desk,
            self.model,
            "orders",
            empty=translated(_NO_ORDERS),
            sort=("created", Qt.SortOrder.DescendingOrder),
            units=("{0} order", "{0} orders"),
        )
        self._add_tools()
        self.column.addWidget(self.table)
        self._updates = Coalescer(self.model.upsert, key=lambda order: order.id, hz=desk.refresh_hz, parent=self)
        trades.order_changed.connect(self._updates.push)

    def _add_tools(self) -> None:
        self.working = QToolButton()
        self.working.setText(translated("Working"))
        self.working.setCheckable(True)
        self.working.setToolTip(translated("Show only orders that are, or may be, live at the venue"))
        self.working.toggled.connect(self._show_working)
        self.table.add_tool(self.working)
        cancel = IconButton(self.desk.theme, "cross", translated("Cancel the selected orders (Del)"))
        cancel.clicked.connect(self.cancel_selected)
        self.table.add_tool(cancel)
        action = QAction(translated("Cancel selected"), self.table.view)
        action.setShortcut(QKeySequence(Qt.Key.Key_Delete))
        action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        action.triggered.connect(self.cancel_selected)
        self.table.add_action(action)
        offer_why(self.desk, self.table, self.ask_why)

    def ask_why(self) -> None:
        """Ask for the decision behind the first selected order."""
        for order in self.table.selected()[:1]:
            self.why_asked.emit(order.id)

    def _show_working(self, on: bool) -> None:
        self.table.view.set_empty_text(translated(_NO_WORKING if on else _NO_ORDERS))
        self.model.set_predicate((lambda order: order.is_working) if on else None)

    def cancel_selected(self) -> None:
        """Ask the broker to cancel the selected working orders."""
        for order in self.table.selected():
            if order.is_working:
                self.desk.runner.reduce(
                    translated("Cancel {0}").format(order.id),
                    partial(self.desk.managers.trades.cancel, order.id, source=SOURCE),
                )

    def cancel_all(self) -> None:
        """Ask the brokers to cancel every working order."""
        self.desk.runner.reduce(
            translated("Cancel all orders"),
            lambda: self.desk.managers.trades.cancel_all(source=SOURCE),
            done=lambda number: self.desk.notices.inform(count(number, "{0} cancel was sent", "{0} cancels were sent")),
        )
