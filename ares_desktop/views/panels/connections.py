"""Connections: broker sessions, and where our books differ from the broker's."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QSplitter

from ares_desktop.domain.monitoring import ConnectionState, ConnectionStatus
from ares_desktop.domain.positions import Discrepancy
from ares_desktop.views.formats import count, translated, word
from ares_desktop.views.models.columns import Column, RowShade
from ares_desktop.views.models.common_columns import time_column
from ares_desktop.views.models.record_table import RecordTableModel
from ares_desktop.views.panels.panel import Panel
from ares_desktop.views.tokens import Tone
from ares_desktop.views.widgets.controls import push_button
from ares_desktop.views.widgets.record_table import RecordTable

if TYPE_CHECKING:
    from ares_desktop.views.desk import Desk

CONNECTION_LOOKS: Final = {
    ConnectionState.DISCONNECTED: (Tone.NEGATIVE, "cross"),
    ConnectionState.CONNECTING: (Tone.WARNING, "ring"),
    ConnectionState.CONNECTED: (Tone.WARNING, "half"),
    ConnectionState.RECONCILED: (Tone.POSITIVE, "check"),
    ConnectionState.FAILED: (Tone.NEGATIVE, "error"),
}


def connection_columns() -> tuple[Column[ConnectionStatus], ...]:
    """Return the columns of the connections table."""
    return (
        Column(key="name", title="Connection", value=lambda c: c.name, width=110),
        Column(key="account", title="Account", value=lambda c: c.account, width=100),
        Column(
            key="state",
            title="State",
            value=lambda c: c.state,
            text=word,
            tone=lambda c: CONNECTION_LOOKS[c.state][0],
            glyph=lambda c: CONNECTION_LOOKS[c.state][1],
            width=116,
        ),
        Column(
            key="paper",
            title="Money",
            value=lambda c: c.paper,
            text=lambda paper: translated("paper") if paper else translated("LIVE"),
            tone=lambda c: Tone.MUTED if c.paper else Tone.WARNING,
            width=64,
        ),
        Column(key="detail", title="Detail", value=lambda c: c.detail, tooltip=lambda c: c.detail, width=220),
        time_column("since", "Since", lambda c: c.since),
    )


def discrepancy_columns() -> tuple[Column[Discrepancy], ...]:
    """Return the columns of the discrepancies table."""

    def tone(row: Discrepancy) -> Tone:
        return Tone.FAINT if row.resolved else Tone.NORMAL

    return (
        time_column("at", "Found", lambda d: d.at),
        Column(key="kind", title="Kind", value=lambda d: d.kind, text=word, tone=tone, width=76),
        Column(key="item", title="Item", value=lambda d: d.item, tone=tone, width=120),
        Column(key="ours", title="Ours", value=lambda d: d.ours, tone=tone, width=100),
        Column(key="broker", title="Broker", value=lambda d: d.broker, tone=tone, width=100),
        Column(
            key="detail", title="Detail", value=lambda d: d.detail, tone=tone, tooltip=lambda d: d.detail, width=240
        ),
        Column(
            key="resolved",
            title="State",
            value=lambda d: d.resolved,
            text=lambda done: translated("resolved") if done else translated("open"),
            tone=lambda d: Tone.POSITIVE if d.resolved else Tone.NEGATIVE,
            glyph=lambda d: "check" if d.resolved else "error",
            width=90,
        ),
    )


class ConnectionsPanel(Panel):
    """Sessions above, discrepancies below."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        managers = desk.managers
        self.model = RecordTableModel(connection_columns(), key=lambda status: status.name, parent=self)
        self.model.reset(managers.connections.connections())
        self.table = RecordTable(desk, self.model, "connections", empty=translated("No connection is set up."))
        self.table.add_tool(push_button(translated("Reconnect"), self.reconnect))
        self.table.add_tool(push_button(translated("Reconcile"), self.reconcile))
        self.differences = RecordTableModel(
            discrepancy_columns(),
            key=lambda row: row.id,
            shade=lambda row: RowShade.NONE if row.resolved else RowShade.FAULT,
            limit=2000,
            parent=self,
        )
        self.differences.reset(managers.portfolio.discrepancies())
        lower = RecordTable(
            desk,
            self.differences,
            "discrepancies",
            empty=translated("No discrepancies: our books agree with the broker."),
            sort=("at", Qt.SortOrder.DescendingOrder),
            units=("{0} discrepancy", "{0} discrepancies"),
        )
        halves = QSplitter(Qt.Orientation.Vertical)
        halves.setHandleWidth(4)
        halves.setChildrenCollapsible(False)
        halves.addWidget(self.table)
        halves.addWidget(lower)
        self.column.addWidget(halves)
        managers.connections.connection_changed.connect(self._connection_changed)
        managers.portfolio.discrepancy_changed.connect(self._discrepancy_changed)

    def _connection_changed(self, status: ConnectionStatus) -> None:
        self.model.upsert((status,))

    def _discrepancy_changed(self, row: Discrepancy) -> None:
        self.differences.upsert((row,))

    def _chosen(self) -> list[ConnectionStatus]:
        return self.table.selected() or self.model.records()

    def reconnect(self) -> None:
        """Close and open the chosen sessions, or all."""
        for status in self._chosen():
            self.desk.runner.run(
                translated("Reconnect {0}").format(status.name),
                partial(self.desk.managers.connections.reconnect, status.name),
            )

    def reconcile(self) -> None:
        """Compare our books with the chosen brokers, or all."""
        for status in self._chosen():
            self.desk.runner.run(
                translated("Reconcile {0}").format(status.name),
                partial(self.desk.managers.connections.reconcile, status.name),
                done=lambda found: self.desk.notices.inform(
                    count(len(found), "{0} discrepancy found", "{0} discrepancies found")
                ),
            )
