"""Value at risk, the days it stands on, and what named scenarios would do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit, QSplitter, QVBoxLayout, QWidget

from ares_desktop.domain.errors import Finding, UsageError
from ares_desktop.domain.portfolio import RiskMethod
from ares_desktop.views import formats
from ares_desktop.views.charts.histogram import Histogram
from ares_desktop.views.formats import translated
from ares_desktop.views.models.record_table import RecordTableModel
from ares_desktop.views.panels.portfolio.columns import FIGURES, STRESS
from ares_desktop.views.panels.portfolio.page import PortfolioPage, caption, reasons_text
from ares_desktop.views.panels.portfolio.stress_lines import StressLines
from ares_desktop.views.widgets.controls import push_button
from ares_desktop.views.widgets.record_table import RecordTable

if TYPE_CHECKING:
    from ares_desktop.domain.portfolio import RiskFigure, RiskReport, StressResult
    from ares_desktop.views.desk import Desk

_BINS: Final = 40
_OWN: Final = "Own shocks"


class RiskPage(PortfolioPage):
    """Figures and their histogram above, scenarios and what they do to each position below."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._asking = False
        self._own: tuple[tuple[str, float], ...] = ()
        self.figures: RecordTableModel[RiskFigure] = RecordTableModel(
            FIGURES, key=lambda one: (one.method, one.days, one.confidence), parent=self
        )
        self.table = RecordTable(
            desk,
            self.figures,
            "value at risk",
            empty=translated("No value at risk yet: it needs positions, and daily returns of what is held."),
            units=("{0} figure", "{0} figures"),
        )
        self.note = caption()
        self.histogram = Histogram(
            desk.theme,
            write=lambda value: formats.signed_money(value, 0),
            mark=formats.money,
            units=("{0} day", "{0} days"),
        )
        self.rules = tuple(
            self.histogram.add_rule(translated("Value at risk {0}").format(name), row)
            for row, name in enumerate(("95 %", "99 %"))
        )
        self.results: RecordTableModel[StressResult] = RecordTableModel(
            STRESS, key=lambda one: one.scenario.name, parent=self
        )
        self.scenarios = RecordTable(
            desk, self.results, "stress scenarios", empty="", units=("{0} scenario", "{0} scenarios")
        )
        self.scenarios.selection_changed.connect(self._show_lines)
        self.shocks = QLineEdit()
        self.lines = StressLines(desk)
        self._build()

    def _build(self) -> None:
        self.shocks.setPlaceholderText("asset:equity=-0.15, currency:EUR=-0.1")
        self.shocks.setAccessibleName(translated("Your own shocks"))
        self.shocks.setToolTip(
            translated(
                "all, asset:, sector:, currency:, instrument: and a name, or volatility; a fall by 15 % is -0.15"
            )
        )
        self.shocks.setMinimumWidth(180)
        self.shocks.returnPressed.connect(self._take_shocks)
        self.scenarios.add_tool(self.shocks)
        self.scenarios.add_tool(push_button(translated("Try"), self._take_shocks))
        left = QWidget()
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.table, 1)
        column.addWidget(self.note)
        upper = _split(Qt.Orientation.Horizontal, (left, self.histogram), (420, 420))
        lower = _split(Qt.Orientation.Horizontal, (self.scenarios, self.lines), (460, 380))
        self.column.addWidget(_split(Qt.Orientation.Vertical, (upper, lower), (300, 280)))
        self.setMinimumSize(1, 1)

    def refresh(self) -> None:
        """Show the scenarios of this moment, and ask for value at risk unless that is under way."""
        self._show_stress()
        if self._asking:
            return
        self._asking = True
        risk = self.desk.managers.totals.risk
        self.desk.runner.read(translated("Value at risk"), risk.value_at_risk, done=self._show, failed=self._failed)

    def _failed(self, error: Exception) -> bool:
        self._asking = False
        self.note.setText(str(error))
        return True

    def _show(self, report: RiskReport) -> None:
        self._asking = False
        self.figures.remove(
            {(one.method, one.days, one.confidence) for one in self.figures.records()} if not report.figures else ()
        )
        self.figures.upsert(report.figures)
        self._show_histogram(report)
        self.note.setText(_note(report))

    def _show_histogram(self, report: RiskReport) -> None:
        outcomes = np.array(report.outcomes)
        title = translated("What today's holdings would have earned in a day")
        counts, edges = np.histogram(outcomes, bins=_BINS) if outcomes.size else (np.empty(0), np.empty(0))
        known = {
            one.confidence: one.value
            for one in report.figures
            if one.method is RiskMethod.HISTORICAL and one.days == 1 and one.value is not None
        }
        for rule, confidence in zip(self.rules, (0.95, 0.99), strict=True):
            value = known.get(confidence)
            rule.at = None if value is None else -value
        if outcomes.size:
            self.histogram.show_bins(title, edges, counts, mean=None, median=None)
        else:
            self.histogram.show_bins(title, np.array([0.0]), np.empty(0), mean=None, median=None)

    def _show_stress(self) -> None:
        risk = self.desk.managers.totals.risk
        results = risk.stress()
        if self._own:
            results += risk.stress((risk.scenario(translated(_OWN), self._own),))
        self.results.upsert(results)
        self._show_lines()

    def _show_lines(self) -> None:
        chosen = self.scenarios.selected()
        results = chosen or self.results.records()[:1]
        self.lines.show_result(results[0] if results else None)

    def _take_shocks(self) -> None:
        try:
            self._own = _parsed(self.shocks.text())
            if self._own:
                self.desk.managers.totals.risk.scenario(_OWN, self._own)
        except UsageError as error:
            self._own = ()
            self.desk.notices.show_error(translated("Your own shocks"), error)
            return
        if not self._own:
            self.results.remove([translated(_OWN)])
        self._show_stress()
        if self._own:
            self.scenarios.select_key(translated(_OWN))


def _parsed(text: str) -> tuple[tuple[str, float], ...]:
    found, wrong = [], []
    for part in (piece.strip() for piece in text.split(",") if piece.strip()):
        target, _, change = part.rpartition("=")
        try:
            found.append((target.strip(), float(change)))
        except ValueError:
            problem = translated("must have the form TARGET=CHANGE")
            wrong.append(Finding(place="shock", value=part, problem=problem, remedy="asset:equity=-0.15"))
    if wrong:
        raise UsageError(*wrong)
    return tuple(found)


def _note(report: RiskReport) -> str:
    parts = []
    if report.problem:
        parts.append(translated("No figure: {0}").format(report.problem))
    if report.first is not None and report.last is not None:
        span = translated("{0} daily returns from {1} to {2}")
        parts.append(span.format(len(report.outcomes), report.first, report.last))
    if report.covered is not None and report.covered < 1:
        parts.append(translated("covers {0} of the gross exposure").format(formats.percent(report.covered, 1)))
    if report.left_out and not report.problem:
        left = tuple(f"{one.item}: {one.problem}" for one in report.left_out)
        parts.append(translated("left out: {0}").format(reasons_text(left)))
    if report.stale:
        parts.append(translated("stale: a price or a rate is old"))
    return f" {formats.STALE} ".join(parts)


def _split(orientation: Qt.Orientation, widgets: tuple[QWidget, ...], sizes: tuple[int, ...]) -> QSplitter:
    split = QSplitter(orientation)
    split.setChildrenCollapsible(False)
    split.setHandleWidth(1)
    for widget in widgets:
        widget.setMinimumSize(1, 1)
        split.addWidget(widget)
    split.setSizes(list(sizes))
    return split
