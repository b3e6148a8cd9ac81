"""What is known of the selected instance, below the table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QFrame, QVBoxLayout

from ares_desktop.views.formats import moment, translated
from ares_desktop.views.panels.strategies.history import StateHistory
from ares_desktop.views.panels.strategies.limits_page import LimitsPage
from ares_desktop.views.panels.strategies.overview_page import OverviewPage
from ares_desktop.views.panels.strategies.recorded import RecordedValues
from ares_desktop.views.panels.strategies.rows import StrategyRow, state_look, state_text
from ares_desktop.views.panels.strategies.worker_log_page import WorkerLogPage
from ares_desktop.views.widgets.controls import IconButton, label, strip
from ares_desktop.views.widgets.pill import Pill
from ares_desktop.views.widgets.result_pages import ResultPage, ResultPages

if TYPE_CHECKING:
    from ares_desktop.domain.strategies import StrategyRecord
    from ares_desktop.views.desk import Desk


class StrategyDetail(QFrame):
    """Name and state of one instance over pages that are made when they are first looked at.

    Attributes:
        close_button: gives the room back to the table.
    """

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self._row: StrategyRow | None = None
        self.history = StateHistory()
        self.recorded = RecordedValues()
        self.setProperty("surface", "panel")
        self.setObjectName("strategy_detail")
        self.name = label(part="title")
        self.state = Pill(desk.theme, translated("State"))
        self.close_button = IconButton(desk.theme, "chevron-down", translated("Close the details"))
        head, row = strip("toolbar", margins=(10, 3, 6, 3))
        row.addWidget(self.name)
        row.addWidget(self.state)
        row.addStretch(1)
        row.addWidget(self.close_button)
        self.pages = ResultPages(translated("Details"))
        self.pages.add("overview", translated("Overview"), lambda: OverviewPage(desk, self.history))
        self.pages.add("log", translated("Log"), lambda: WorkerLogPage(desk))
        self.pages.add("values", translated("Values"), self._values_page)
        self.pages.add("limits", translated("Limits"), lambda: LimitsPage(desk))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(head)
        column.addWidget(self.pages, 1)
        self._listen(desk)

    def _listen(self, desk: Desk) -> None:
        strategies = desk.managers.strategies
        for status in strategies.statuses():
            self.history.note(status)
        strategies.recorded.connect(self._record_came)

    def _values_page(self) -> ResultPage:
        from ares_desktop.views.panels.strategies.values_page import ValuesPage  # noqa: PLC0415 - pyqtgraph is heavy

        return ValuesPage(self._desk, self.recorded)

    @property
    def row(self) -> StrategyRow | None:
        """What is shown."""
        return self._row

    def showEvent(self, event: QShowEvent) -> None:
        """Fill the page that comes into sight."""
        super().showEvent(event)
        if self._row is not None:
            self.pages.show_result(self._row)

    def show_row(self, row: StrategyRow) -> None:
        """Show a row, another one or the same with newer figures."""
        self._row = row
        self.name.setText(row.name)
        tone, icon = state_look(row)
        since = "" if row.status is None else translated("since {0} UTC").format(moment(row.status.since))
        self.state.show_state(state_text(row), tone, icon, since)
        if self.isVisible():
            self.pages.show_result(row)

    def clear(self) -> None:
        """Show nothing."""
        self._row = None

    def forget(self, name: str) -> None:
        """Drop what is known of an instance that is gone."""
        self.history.forget(name)
        self.recorded.forget(name)

    def _record_came(self, record: StrategyRecord) -> None:
        self.recorded.add(record)
