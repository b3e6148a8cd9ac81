"""Alerts: what a person should know and do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QToolButton

from ares_desktop.domain.monitoring import Alert, Severity
from ares_desktop.views.formats import translated, word
from ares_desktop.views.models.coalescer import Coalescer
from ares_desktop.views.models.columns import Align, Column
from ares_desktop.views.models.common_columns import time_column
from ares_desktop.views.models.record_table import RecordTableModel
from ares_desktop.views.panels.panel import Panel
from ares_desktop.views.tokens import Tone
from ares_desktop.views.widgets.controls import IconButton
from ares_desktop.views.widgets.notice import SEVERITY_TONES
from ares_desktop.views.widgets.record_table import RecordTable

if TYPE_CHECKING:
    from ares_desktop.views.desk import Desk

_RANKS = {severity: rank for rank, severity in enumerate(Severity)}


def _quiet(alert: Alert) -> Tone:
    return Tone.MUTED if alert.acknowledged else Tone.NORMAL


def alert_columns() -> tuple[Column[Alert], ...]:
    """Return the columns of the alerts table."""
    return (
        Column(
            key="severity",
            title="Severity",
            value=lambda a: a.severity,
            text=word,
            sort=lambda a: _RANKS[a.severity],
            tone=lambda a: Tone.FAINT if a.acknowledged else SEVERITY_TONES[a.severity],
            glyph=lambda a: a.severity.value,
            width=92,
        ),
        time_column("at", "Time", lambda a: a.at),
        Column(key="title", title="What", value=lambda a: a.title, tone=_quiet, width=210),
        Column(
            key="detail", title="Detail", value=lambda a: a.detail, tone=_quiet, tooltip=lambda a: a.detail, width=260
        ),
        Column(
            key="remedy",
            title="What to do",
            value=lambda a: a.remedy,
            tone=_quiet,
            tooltip=lambda a: a.remedy,
            width=240,
        ),
        Column(key="count", title="Count", value=lambda a: a.count, align=Align.RIGHT, width=52),
        Column(key="source", title="Source", value=lambda a: a.source, tone=lambda _: Tone.MUTED),
    )


class AlertsPanel(Panel):
    """Alerts, newest first; acknowledged ones step back."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        alerts = desk.managers.alerts
        self.model = RecordTableModel(alert_columns(), key=lambda alert: alert.key, limit=2000, parent=self)
        self.model.reset(alerts.alerts())
        self.table = RecordTable(
            desk,
            self.model,
            "alerts",
            empty=translated("No alerts. All is well."),
            sort=("at", Qt.SortOrder.DescendingOrder),
            units=("{0} alert", "{0} alerts"),
        )
        self.open = QToolButton()
        self.open.setText(translated("Open"))
        self.open.setCheckable(True)
        self.open.setToolTip(translated("Hide acknowledged alerts"))
        self.open.toggled.connect(self._show_open)
        acknowledge = IconButton(desk.theme, "check", translated("Acknowledge the selected alerts, or all (Space)"))
        acknowledge.clicked.connect(self.acknowledge)
        self.table.add_tool(self.open)
        self.table.add_tool(acknowledge)
        self.table.view.toggled_row.connect(self.acknowledge)
        self.column.addWidget(self.table)
        self._updates = Coalescer(self.model.upsert, key=lambda alert: alert.key, hz=desk.refresh_hz, parent=self)
        alerts.alert_raised.connect(self._updates.push)

    def _show_open(self, on: bool) -> None:
        self.model.set_predicate((lambda alert: not alert.acknowledged) if on else None)

    def acknowledge(self) -> None:
        """Acknowledge the selected alerts, or all when none is selected."""
        for alert in self.table.selected() or self.model.records():
            if not alert.acknowledged:
                self.desk.managers.alerts.acknowledge(alert.key)
