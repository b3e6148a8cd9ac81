"""Alerts: what a person should know and do, what became of it, and who is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QSpinBox, QToolButton

from ares_desktop.domain.monitoring import Alert
from ares_desktop.views.desk import SOURCE
from ares_desktop.views.formats import translated
from ares_desktop.views.models.coalescer import Coalescer
from ares_desktop.views.models.record_table import RecordTableModel
from ares_desktop.views.panels.alert_columns import alert_columns
from ares_desktop.views.panels.alert_pages import ChannelsPage, HistoryPage, RulesPage
from ares_desktop.views.panels.panel import Panel
from ares_desktop.views.widgets.controls import IconButton, push_button
from ares_desktop.views.widgets.record_table import RecordTable
from ares_desktop.views.widgets.result_pages import ResultPage, ResultPages

if TYPE_CHECKING:
    from ares_desktop.views.desk import Desk

_MUTE_MIN = 60


class _TablePage(ResultPage):
    """The table of alerts as a page."""

    def __init__(self, table: RecordTable) -> None:
        super().__init__()
        self.column.addWidget(table)

    def show_result(self, result: object) -> None:
        """The table is always up to date."""


class AlertsPanel(Panel):
    """Alerts, newest first; acknowledged ones step back. History, channels and rules are pages beside them."""

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
        self._add_tools()
        self.table.view.toggled_row.connect(self.acknowledge)
        self.pages = ResultPages(translated("Pages of alerts"))
        self.pages.add("alerts", translated("Alerts"), lambda: _TablePage(self.table))
        self.pages.add("history", translated("History"), lambda: HistoryPage(desk))
        self.pages.add("channels", translated("Channels"), lambda: ChannelsPage(desk))
        self.pages.add("rules", translated("Rules and channels"), lambda: RulesPage(desk))
        self.pages.show_result(alerts)
        self.column.addWidget(self.pages)
        self._updates = Coalescer(self.model.upsert, key=lambda alert: alert.key, hz=desk.refresh_hz, parent=self)
        alerts.alert_raised.connect(self._updates.push)

    def _add_tools(self) -> None:
        self.open = QToolButton()
        self.open.setText(translated("Open"))
        self.open.setCheckable(True)
        self.open.setToolTip(translated("Hide acknowledged alerts"))
        self.open.toggled.connect(self._show_open)
        acknowledge = IconButton(
            self.desk.theme, "check", translated("Acknowledge the selected alerts, or all (Space)")
        )
        acknowledge.clicked.connect(self.acknowledge)
        self.minutes = QSpinBox()
        self.minutes.setRange(0, 10_080)
        self.minutes.setValue(_MUTE_MIN)
        self.minutes.setSuffix(translated(" min"))
        self.minutes.setAccessibleName(translated("How long alerts are muted"))
        self.minutes.setToolTip(translated("How long alerts are muted; 0 lets them speak again"))
        mute = push_button(
            translated("Mute"),
            self.mute,
            tooltip=translated("Tell nobody of the selected alerts, or of any but critical"),
        )
        for tool in (self.open, acknowledge, mute, self.minutes):
            self.table.add_tool(tool)

    def _show_open(self, on: bool) -> None:
        self.model.set_predicate((lambda alert: not alert.acknowledged) if on else None)

    def acknowledge(self) -> None:
        """Acknowledge the selected alerts, or all when none is selected."""
        chosen: list[Alert] = self.table.selected() or self.model.records()
        keys = [alert.key for alert in chosen if not alert.acknowledged]
        if keys:
            acknowledge(self.desk, keys)

    def mute(self) -> None:
        """Mute the selected alerts, or everything but critical ones when none is selected."""
        alerts, minutes = self.desk.managers.alerts, float(self.minutes.value())
        keys = [alert.key for alert in self.table.selected()]
        by = self.desk.managers.audit.issuer(SOURCE).by

        async def act() -> None:
            for key in keys:
                alerts.mute(key, minutes, by=by)
            if not keys:
                alerts.silence(minutes)

        arguments = {"alerts": keys or "all but critical", "minutes": minutes}
        self.desk.runner.run(translated("Mute alerts"), act, done=lambda _: self._muted(minutes), arguments=arguments)

    def _muted(self, minutes: float) -> None:
        text = translated("Muted for {0} min").format(f"{minutes:g}") if minutes else translated("Alerts speak again")
        self.desk.notices.inform(text, translated("Alerts are still shown here."))


def acknowledge(desk: Desk, keys: list[str]) -> None:
    """Acknowledge alerts in the name of who sits here, also while the journal fails."""
    alerts, by = desk.managers.alerts, desk.managers.audit.issuer(SOURCE).by

    async def act() -> None:
        for key in keys:
            alerts.acknowledge(key, by=by)

    title = translated("Acknowledge {0}").format(", ".join(keys[:3]) + ("\N{HORIZONTAL ELLIPSIS}" if keys[3:] else ""))
    desk.runner.reduce(title, act)
