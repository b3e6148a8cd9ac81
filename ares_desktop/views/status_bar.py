"""The line at the bottom: what the engine is busy with, and how it feels."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QStatusBar

from ares_desktop.domain.coverage import CoverageGrid
from ares_desktop.domain.monitoring import Alert, HealthReport, Severity
from ares_desktop.views.formats import age, count, fixed, translated
from ares_desktop.views.panels.risk.coverage_page import summary
from ares_desktop.views.tokens import Tone
from ares_desktop.views.widgets.controls import label, set_property

if TYPE_CHECKING:
    from ares_desktop.views.desk import Desk


class StatusLine(QStatusBar):
    """Open alerts at the left, the engine's condition at the right."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self.setSizeGripEnabled(False)
        self.setContentsMargins(8, 0, 8, 0)
        self.message = label(translated("Ready"))
        self.alerts = label()
        self.workers = label()
        self.rate = label()
        self.memory = label()
        self.journal = label()
        self.cover = label()
        self.uptime = label()
        self.keys = label(translated("Ctrl+K finds everything"), tone=Tone.FAINT)
        self.addWidget(self.message)
        self.addWidget(self.alerts)
        for part in (self.keys, self.rate, self.workers, self.cover, self.journal, self.memory, self.uptime):
            self.addPermanentWidget(part)
        desk.managers.health.reported.connect(self.show_health)
        desk.managers.alerts.alert_raised.connect(self._alert_raised)
        desk.managers.sentinel.coverage_changed.connect(self._coverage_changed)
        self._coverage_changed(desk.managers.sentinel.coverage())
        self._show_alerts()
        report = desk.managers.health.report()
        if report is not None:
            self.show_health(report)

    def show_health(self, report: HealthReport) -> None:
        """Show the engine's condition."""
        self.rate.setText(translated("{0} events/s").format(fixed(report.events_per_s, 0)))
        self.workers.setText(count(report.workers, "{0} worker", "{0} workers"))
        self.memory.setText(
            translated("{0} MB, CPU {1}%").format(fixed(report.memory_mb, 0), fixed(report.cpu_percent, 0))
        )
        self.uptime.setText(translated("up {0}").format(age(report.uptime_s)))
        self.journal.setText(translated("journal ok") if report.journal_ok else translated("journal FAILED"))
        set_property(self.journal, "tone", Tone.MUTED.value if report.journal_ok else Tone.NEGATIVE.value)

    def _coverage_changed(self, grid: CoverageGrid) -> None:
        text, tone, _ = summary(grid)
        self.cover.setText(text if grid.accounts else "")
        set_property(self.cover, "tone", (Tone.MUTED if tone is Tone.POSITIVE else tone).value)

    def _alert_raised(self, alert: Alert) -> None:
        del alert
        self._show_alerts()

    def _show_alerts(self) -> None:
        loud = [
            one
            for one in self._desk.managers.alerts.alerts()
            if not one.acknowledged and one.severity is not Severity.INFO
        ]
        self.alerts.setText(count(len(loud), "{0} open alert", "{0} open alerts") if loud else "")
        set_property(self.alerts, "tone", Tone.WARNING.value)

    def show_stopping(self) -> None:
        """Say that the window is on its way out."""
        self.message.setText(translated("Stopping: strategies end and the journal closes\N{HORIZONTAL ELLIPSIS}"))
