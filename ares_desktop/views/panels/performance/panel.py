"""Performance: the figures of every strategy, and below them curves, likeness or months."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QSizePolicy, QSplitter, QStackedWidget, QVBoxLayout, QWidget

from ares_desktop.domain.performance import FEWEST_DAYS
from ares_desktop.domain.risk import ALL_SCOPE
from ares_desktop.views.charts.colors import SeriesColors
from ares_desktop.views.formats import translated
from ares_desktop.views.models.coalescer import Coalescer
from ares_desktop.views.models.record_table import RecordTableModel
from ares_desktop.views.panels.panel import Panel
from ares_desktop.views.panels.performance.columns import COLUMNS, shown_name
from ares_desktop.views.panels.performance.curves_page import CurvesPage
from ares_desktop.views.panels.performance.likeness_page import LikenessPage
from ares_desktop.views.panels.performance.months_page import MonthsPage
from ares_desktop.views.panels.performance.reasons import days_text
from ares_desktop.views.widgets.choices import ChoiceButtons
from ares_desktop.views.widgets.controls import label, strip
from ares_desktop.views.widgets.record_table import RecordTable

if TYPE_CHECKING:
    from ares_desktop.domain.performance import StrategyCorrelations, StrategyPerformance
    from ares_desktop.domain.strategies import StrategyInstance, StrategyStatus
    from ares_desktop.views.desk import Desk

_HZ: Final = 4.0
_CURVES: Final = "curves"
_LIKENESS: Final = "likeness"
_MONTHS: Final = "months"


class PerformancePanel(Panel):
    """How every strategy does; the selected row says whose benchmark and months are shown."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._manager = desk.managers.performance
        self._colors = colors = SeriesColors(status.instance.name for status in desk.managers.strategies.statuses())
        self.model: RecordTableModel[StrategyPerformance] = RecordTableModel(
            COLUMNS, key=lambda one: one.strategy, parent=self
        )
        self.table = RecordTable(
            desk,
            self.model,
            "performance",
            empty=translated("No figures yet: they begin with the first valuation of a strategy's book."),
            sort=("strategy", Qt.SortOrder.AscendingOrder),
            units=("{0} book", "{0} books"),
        )
        self.curves = CurvesPage(desk, colors)
        self.likeness = LikenessPage(desk)
        self.months = MonthsPage(desk)
        self._build()
        self.updates: Coalescer[StrategyPerformance] = Coalescer(
            self._take, key=lambda one: one.strategy, hz=_HZ, parent=self
        )
        self._likeness_updates: Coalescer[StrategyCorrelations] = Coalescer(
            lambda found: self.likeness.show_correlations(found[-1]), key=lambda _: None, hz=_HZ, parent=self
        )
        self._take(list(self._manager.performances()))
        self.likeness.show_correlations(self._manager.correlations())
        self._manager.performance_changed.connect(self.updates.push)
        self._manager.correlations_changed.connect(self._likeness_updates.push)
        desk.managers.strategies.status_changed.connect(self._status_changed)
        desk.managers.strategies.removed.connect(self._removed)
        self.table.selection_changed.connect(self._show_selected)

    def _build(self) -> None:
        toolbar, tools = strip("toolbar", margins=(6, 2, 6, 3), spacing=6)
        toolbar.setFixedHeight(32)
        self.pages = ChoiceButtons(
            translated("Below the figures"),
            (
                (_CURVES, translated("Curves"), translated("Time-weighted returns together")),
                (_LIKENESS, translated("Correlation"), translated("How alike the strategies do")),
                (_MONTHS, translated("Months"), translated("Monthly returns of the selected strategy")),
            ),
            _CURVES,
        )
        self.pages.chosen.connect(self.show_page)
        self.brief = label(part="caption")
        self.brief.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        tools.addWidget(self.pages)
        tools.addWidget(self.brief, 1)
        tools.addWidget(self.curves.choice)
        self.stack = QStackedWidget()
        self._by_key = {_CURVES: self.curves, _LIKENESS: self.likeness, _MONTHS: self.months}
        for page in self._by_key.values():
            self.stack.addWidget(page)
        below = QWidget()
        below.setMinimumSize(1, 1)
        column = QVBoxLayout(below)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(toolbar)
        column.addWidget(self.stack, 1)
        self.split = QSplitter(Qt.Orientation.Vertical)
        self.split.setChildrenCollapsible(False)
        self.split.setHandleWidth(1)
        self.table.setMinimumSize(1, 1)
        self.split.addWidget(self.table)
        self.split.addWidget(below)
        self.split.setSizes([300, 330])
        self.column.addWidget(self.split)

    def coalescers(self) -> tuple[Coalescer[Any], ...]:
        """Return what holds updates back."""
        return (self.updates, self._likeness_updates)

    def show_page(self, key: str) -> None:
        """Show curves, correlations or months below the figures."""
        self.pages.choose(key)
        self.stack.setCurrentWidget(self._by_key[key])
        self.curves.choice.setVisible(key == _CURVES)

    def selected(self) -> StrategyPerformance | None:
        """Return the selected strategy's performance, the account's while none is selected."""
        rows = self.table.selected_rows()
        return self.model.record(rows[0]) if rows else self.model.find(ALL_SCOPE)

    def _take(self, batch: list[StrategyPerformance]) -> None:
        self.model.upsert(batch)
        self.curves.show_performances(batch)
        chosen = self.selected()
        if chosen is not None and any(one.strategy == chosen.strategy for one in batch):
            self._show_selected()

    def _status_changed(self, status: StrategyStatus) -> None:
        # The color that the other charts give it, too.
        self._colors.add(status.instance.name)

    def _removed(self, instance: StrategyInstance) -> None:
        self.model.remove((instance.name,))
        self.curves.forget(instance.name)

    def _show_selected(self) -> None:
        chosen = self.selected()
        self.curves.show_benchmark_of(chosen)
        self.months.show_performance(chosen)
        text = ""
        if chosen is not None and chosen.figures.days < FEWEST_DAYS:
            text = f"{shown_name(chosen.strategy)}: {days_text(chosen.figures)}"
        self.brief.setText(text)
        self.brief.setToolTip(text)
