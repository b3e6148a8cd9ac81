"""What one instance logs, as it is written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import QToolButton

from ares_desktop.domain.strategies import StrategyLog
from ares_desktop.views.formats import clock_time, translated
from ares_desktop.views.models.coalescer import Coalescer
from ares_desktop.views.models.columns import Column
from ares_desktop.views.models.log_levels import level_column
from ares_desktop.views.models.record_table import RecordTableModel
from ares_desktop.views.tokens import Tone
from ares_desktop.views.widgets.level_choice import LevelChoice
from ares_desktop.views.widgets.record_table import RecordTable
from ares_desktop.views.widgets.result_pages import ResultPage

if TYPE_CHECKING:
    from ares_desktop.views.desk import Desk
    from ares_desktop.views.panels.strategies.rows import StrategyRow

_LIMIT: Final = 2000


def log_columns() -> tuple[Column[StrategyLog], ...]:
    """Return the columns of an instance's log."""
    return (
        Column(key="at", title="Time", value=lambda e: e.at, text=clock_time, width=68, tone=lambda _: Tone.MUTED),
        level_column(86),
        Column(
            key="text",
            title="Text",
            value=lambda e: e.text,
            text=lambda text: text.replace("\n", " \N{RETURN SYMBOL} "),
            tooltip=lambda e: e.text,
            width=160,
        ),
    )


class WorkerLogPage(ResultPage):
    """The lines of an instance, the newest at the end; it follows them unless it is told not to."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._strategies = desk.managers.strategies
        self._name = ""
        # A line has no id of its own; the object is, and the table keeps it alive.
        self.model: RecordTableModel[StrategyLog] = RecordTableModel(log_columns(), key=id, limit=_LIMIT, parent=self)
        self.table = RecordTable(
            desk,
            self.model,
            "strategy log",
            empty=translated("It logged nothing yet."),
            sort=("at", Qt.SortOrder.AscendingOrder),
            units=("{0} line", "{0} lines"),
        )
        self.table.view.horizontalHeader().setStretchLastSection(True)
        self.level = LevelChoice(self.model)
        self.level.currentIndexChanged.connect(self._scroll)
        self.follow = QToolButton()
        self.follow.setText(translated("Follow"))
        self.follow.setToolTip(translated("Keep the newest line in sight"))
        self.follow.setCheckable(True)
        self.follow.setChecked(True)
        self.follow.toggled.connect(self._scroll)
        self.table.add_tool(self.level)
        self.table.add_tool(self.follow)
        self.column.addWidget(self.table)
        self._updates: Coalescer[StrategyLog] = Coalescer(self._add, key=id, hz=5, parent=self)
        self._strategies.logged.connect(self._logged)

    def show_result(self, result: StrategyRow) -> None:
        """Show the lines of an instance; the same one again changes nothing."""
        if result.name == self._name:
            return
        self._name = result.name
        self._updates.flush()
        self.model.reset(self._strategies.logs(result.name) if result.status is not None else ())
        self._scroll()

    def showEvent(self, event: QShowEvent) -> None:
        """Go to the newest line once the table has its height."""
        super().showEvent(event)
        QTimer.singleShot(0, self, self._scroll)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Stay at the newest line."""
        super().resizeEvent(event)
        QTimer.singleShot(0, self, self._scroll)

    def _logged(self, line: StrategyLog) -> None:
        if line.strategy == self._name:
            self._updates.push(line)

    def _add(self, lines: list[StrategyLog]) -> None:
        self.model.upsert(line for line in lines if line.strategy == self._name)
        self._scroll()

    def _scroll(self) -> None:
        if self.follow.isChecked():
            self.table.view.scrollToBottom()
