"""The application's log, as it is written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt

from ares_desktop.domain.monitoring import LogLine
from ares_desktop.views.formats import clock_time, translated
from ares_desktop.views.models.coalescer import Coalescer
from ares_desktop.views.models.columns import Column
from ares_desktop.views.models.log_levels import level_column
from ares_desktop.views.models.record_table import RecordTableModel
from ares_desktop.views.panels.panel import Panel
from ares_desktop.views.tokens import Tone
from ares_desktop.views.widgets.level_choice import LevelChoice
from ares_desktop.views.widgets.record_table import RecordTable

if TYPE_CHECKING:
    from ares_desktop.views.desk import Desk

_LIMIT: Final = 5000


def log_columns() -> tuple[Column[LogLine], ...]:
    """Return the columns of the log."""
    return (
        Column(key="at", title="Time", value=lambda e: e.at, text=clock_time, width=72, tone=lambda _: Tone.MUTED),
        level_column(88),
        Column(key="event", title="Event", value=lambda e: e.event, width=210),
        Column(key="fields", title="Fields", value=lambda e: e.fields, tooltip=lambda e: e.fields, width=520),
        Column(key="logger", title="Logger", value=lambda e: e.logger, width=220, tone=lambda _: Tone.FAINT),
    )


class LogPanel(Panel):
    """Newest lines first."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        health = desk.managers.health
        # A line has no id of its own; the object is, and the table keeps it alive.
        self.model: RecordTableModel[LogLine] = RecordTableModel(log_columns(), key=id, limit=_LIMIT, parent=self)
        self.model.reset(health.log_lines())
        self.table = RecordTable(
            desk,
            self.model,
            "log",
            empty=translated("Nothing was logged yet."),
            sort=("at", Qt.SortOrder.DescendingOrder),
            units=("{0} line", "{0} lines"),
        )
        self.level = LevelChoice(self.model)
        self.table.add_tool(self.level)
        self.column.addWidget(self.table)
        self._updates: Coalescer[LogLine] = Coalescer(self.model.upsert, key=id, hz=8, parent=self)
        health.log_written.connect(self._updates.push)
