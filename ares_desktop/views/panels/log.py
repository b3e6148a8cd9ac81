"""The application's log, as it is written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox

from ares_desktop.domain.monitoring import LogLine
from ares_desktop.views.formats import clock_time, translated, word
from ares_desktop.views.models.coalescer import Coalescer
from ares_desktop.views.models.columns import Column
from ares_desktop.views.models.record_table import RecordTableModel
from ares_desktop.views.panels.panel import Panel
from ares_desktop.views.tokens import Tone
from ares_desktop.views.widgets.record_table import RecordTable

if TYPE_CHECKING:
    from ares_desktop.views.desk import Desk

_LIMIT: Final = 5000
_LEVELS: Final = {
    "debug": (0, Tone.FAINT, "dot"),
    "info": (1, Tone.MUTED, "info"),
    "warning": (2, Tone.WARNING, "warning"),
    "error": (3, Tone.NEGATIVE, "error"),
    "critical": (4, Tone.DANGER, "critical"),
}
_UNKNOWN_LEVEL: Final = (1, Tone.MUTED, "dot")


def _level(line: LogLine) -> tuple[int, Tone, str]:
    return _LEVELS.get(line.level.lower(), _UNKNOWN_LEVEL)


def log_columns() -> tuple[Column[LogLine], ...]:
    """Return the columns of the log."""
    return (
        Column(key="at", title="Time", value=lambda e: e.at, text=clock_time, width=72, tone=lambda _: Tone.MUTED),
        Column(
            key="level",
            title="Level",
            value=lambda e: e.level,
            text=word,
            sort=lambda e: _level(e)[0],
            tone=lambda e: _level(e)[1],
            glyph=lambda e: _level(e)[2],
            width=88,
        ),
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
        self.level = QComboBox()
        self.level.setAccessibleName(translated("Lowest level"))
        for name in ("debug", "info", "warning", "error"):
            self.level.addItem(word(name), name)
        self.level.currentIndexChanged.connect(self._show_level)
        self.table.add_tool(self.level)
        self.column.addWidget(self.table)
        self._updates: Coalescer[LogLine] = Coalescer(self.model.upsert, key=id, hz=8, parent=self)
        health.log_written.connect(self._updates.push)

    def _show_level(self) -> None:
        lowest = _LEVELS[self.level.currentData()][0]
        self.model.set_predicate((lambda line: _level(line)[0] >= lowest) if lowest else None)
