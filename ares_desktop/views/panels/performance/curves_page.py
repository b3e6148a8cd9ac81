"""Time-weighted curves of several strategies together, and the chosen one's benchmark."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QStackedLayout, QWidget

from ares_desktop.domain.market import NS_PER_SECOND
from ares_desktop.domain.risk import ALL_SCOPE
from ares_desktop.views.charts.line_chart import LineChart
from ares_desktop.views.charts.scales import PERCENT_TEXT
from ares_desktop.views.formats import translated
from ares_desktop.views.panels.performance.columns import shown_name
from ares_desktop.views.tokens import Tone
from ares_desktop.views.widgets.choices import CheckMenuButton
from ares_desktop.views.widgets.controls import label

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ares_desktop.domain.performance import NavPoint, StrategyPerformance
    from ares_desktop.views.charts.colors import SeriesColors
    from ares_desktop.views.desk import Desk

_FEWEST_POINTS: Final = 2
_SHOWN_AT_FIRST: Final = 8
"""More curves at once than this are hard to tell apart."""


class CurvesPage(QWidget):
    """Returns above, falls below.

    Attributes:
        choice: which strategies' curves are shown.
    """

    def __init__(self, desk: Desk, colors: SeriesColors) -> None:
        super().__init__()
        self._theme = desk.theme
        self._colors = colors
        self._benchmark = ""
        self._chosen: StrategyPerformance | None = None
        self.chart = LineChart(desk.theme, color=self._color, upper_text=PERCENT_TEXT, lower_text=PERCENT_TEXT)
        self.choice = CheckMenuButton(
            translated("Curves"), translated("Whose curves are shown"), desk.theme, self._menu_color
        )
        self.choice.changed.connect(self._show_chosen)
        # The account stands first, whoever has a curve before it.
        self.choice.add_name(ALL_SCOPE, shown_name(ALL_SCOPE))
        self._draw(shown_name(ALL_SCOPE), (), bold=True)
        self.note = label(
            translated("No curve yet: it begins with the second valuation of a strategy's book."), tone=Tone.FAINT
        )
        self.note.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.note.setWordWrap(True)
        self.layers = QStackedLayout(self)
        self.layers.setContentsMargins(0, 0, 0, 0)
        self.layers.addWidget(self.note)
        self.layers.addWidget(self.chart)
        self.setMinimumSize(1, 1)

    def show_performances(self, performances: Sequence[StrategyPerformance]) -> None:
        """Draw the newest curves of these strategies."""
        for one in performances:
            if len(one.curve) < _FEWEST_POINTS:
                continue
            self.choice.add_name(one.strategy, shown_name(one.strategy), checked=self._few(one.strategy))
            self._draw(shown_name(one.strategy), one.curve, bold=one.strategy == ALL_SCOPE)
            self.chart.set_shown(shown_name(one.strategy), self.choice.is_checked(one.strategy))
            if self._chosen is not None and one.strategy == self._chosen.strategy:
                self._chosen = one
        self._draw_benchmark()
        self._refresh()

    def show_benchmark_of(self, performance: StrategyPerformance | None) -> None:
        """Lay a strategy's benchmark beside it; None or one without any takes it away."""
        self._chosen = performance
        self._draw_benchmark()
        self._refresh()

    def forget(self, name: str) -> None:
        """Take the curve of a strategy that was removed away."""
        self.chart.remove_curve(shown_name(name))
        self._refresh()

    def _few(self, name: str) -> bool:
        return name == ALL_SCOPE or len(self.choice.checked()) < _SHOWN_AT_FIRST

    def _draw(self, name: str, curve: Sequence[NavPoint], *, bold: bool = False, dashed: bool = False) -> None:
        times = np.array([point.ns for point in curve], dtype=np.float64) / NS_PER_SECOND
        values = np.array([point.value for point in curve])
        fall = values / np.maximum.accumulate(values) - 1.0
        self.chart.set_curve(name, times, values - 1.0, fall, bold=bold, dashed=dashed)

    def _draw_benchmark(self) -> None:
        chosen = self._chosen
        points = () if chosen is None else chosen.benchmark_curve
        name = (
            ""
            if chosen is None or len(points) < _FEWEST_POINTS
            else translated("{0}, benchmark of {1}").format(chosen.benchmark, shown_name(chosen.strategy))
        )
        if self._benchmark and self._benchmark != name:
            self.chart.remove_curve(self._benchmark)
        self._benchmark = name
        if name:
            self._draw(name, points, dashed=True)

    def _show_chosen(self) -> None:
        for name in self.choice.names():
            self.chart.set_shown(shown_name(name), self.choice.is_checked(name))
        self._refresh()

    def _refresh(self) -> None:
        self.layers.setCurrentWidget(self.chart if self.chart.extent() is not None else self.note)
        self.chart.refresh()

    def _menu_color(self, name: str) -> str:
        return self._color(shown_name(name))

    def _color(self, name: str) -> str:
        tokens = self._theme.tokens
        if name == shown_name(ALL_SCOPE):
            return tokens.text
        return tokens.muted if name == self._benchmark or "," in name else self._colors.color(name, tokens)
