"""The score over two parameters: a heat map, and slices through the chosen cell."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QComboBox, QSplitter, QVBoxLayout, QWidget

from ares_desktop.views import formats
from ares_desktop.views.charts.axes import ValueText
from ares_desktop.views.charts.column_item import RuleItem
from ares_desktop.views.charts.heat_map import HeatMap
from ares_desktop.views.charts.scales import number_ticks
from ares_desktop.views.charts.series_chart import SeriesChart
from ares_desktop.views.formats import translated
from ares_desktop.views.panels.lab.result_figures import figure_text
from ares_desktop.views.panels.lab.search_data import (
    Grid,
    grid_of,
    over_folds,
    parameters_text,
    plateau_of,
    score_of,
    value_text,
    values_of,
)
from ares_desktop.views.widgets.choices import ChoiceButtons
from ares_desktop.views.widgets.controls import IconButton, label, strip
from ares_desktop.views.widgets.result_pages import ResultPage

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from ares_desktop.domain.searches import TrialResult
    from ares_desktop.views.charts.heat_map import Cell
    from ares_desktop.views.desk import Desk
    from ares_desktop.views.panels.lab.search_actions import SearchActions
    from ares_desktop.views.panels.lab.search_data import SearchResult

_ALL_FOLDS = -1
_SCORE = "score"
_PLATEAU = "plateau"


class SliceView(QWidget):
    """The score along one parameter while the others stay."""

    def __init__(self, desk: Desk, score_text: ValueText) -> None:
        super().__init__()
        self._values: tuple[Any, ...] = ()
        self.title = label(part="caption")
        self.title.setContentsMargins(10, 6, 10, 0)
        self.chart = SeriesChart(
            desk.theme,
            color=lambda _: desk.theme.tokens.accent,
            ticks=number_ticks(self._mark),
            least_span=1e-9,
            position_text=self._read,
        )
        self._theme = desk.theme
        self._plot = self.chart.add_plot(score_text)
        self.chosen = RuleItem("", dashed=True)
        self._plot.add(self.chosen)
        self._take_colors()
        desk.theme.changed.connect(self._take_colors)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.title)
        column.addWidget(self.chart, 1)

    def show_slice(self, title: str, values: Sequence[Any], scores: Sequence[float], chosen: int) -> None:
        """Show another slice; values that are no numbers stand at 0, 1, 2 and so on."""
        numeric = all(isinstance(value, int | float) and not isinstance(value, bool) for value in values)
        self._values = () if numeric else tuple(values)
        places = [float(value) for value in values] if numeric else [float(place) for place in range(len(values))]
        known = [(place, score) for place, score in zip(places, scores, strict=True) if math.isfinite(score)]
        self.title.setText(title)
        self.chosen.at, self.chosen.name = places[chosen], value_text(values[chosen])
        self.chart.clear()
        if known:
            self.chart.set_curve(
                self._plot, translated("Score"), [place for place, _ in known], [score for _, score in known], bold=True
            )
        self.chart.view.show_span(None)
        self.chart.refresh()

    def _take_colors(self) -> None:
        tokens = self._theme.tokens
        self.chosen.set_colors(tokens.muted, tokens.surface)

    def _mark(self, value: float, decimals: int) -> str:
        if not self._values:
            return formats.fixed(value, decimals)
        near = round(value)
        return value_text(self._values[near]) if abs(value - near) < 0.01 and 0 <= near < len(self._values) else ""  # noqa: PLR2004 - between two choices there is nothing

    def _read(self, value: float) -> str:
        return value_text(value) if not self._values else self._mark(float(round(value)), 0)


class SurfacePage(ResultPage):
    """Pick two parameters; click a cell to slice through it, double click or Enter to backtest it."""

    def __init__(self, desk: Desk, actions: SearchActions) -> None:
        super().__init__()
        self._desk = desk
        self._actions = actions
        self._result: SearchResult | None = None
        self._objective = "sharpe"
        self._grid: Grid | None = None
        score_text = ValueText(lambda value, _: self._score(value), self._score)
        self.map = HeatMap(desk.theme, write=self._score)
        self.map.cell_chosen.connect(self._slice)
        self.map.cell_hovered.connect(self._read)
        self.map.cell_opened.connect(self._open)
        self.slices = (SliceView(desk, score_text), SliceView(desk, score_text))
        self.reading = label(part="caption")
        self.reading.setMinimumWidth(1)
        self._build_toolbar()
        side = QSplitter(Qt.Orientation.Vertical)
        side.setChildrenCollapsible(False)
        for part in self.slices:
            side.addWidget(part)
        split = QSplitter(Qt.Orientation.Horizontal)
        split.setChildrenCollapsible(False)
        split.addWidget(self.map)
        split.addWidget(side)
        split.setStretchFactor(0, 3)
        split.setStretchFactor(1, 2)
        foot, row = strip("strip", margins=(10, 4, 10, 4))
        row.addWidget(self.reading, 1)
        self.column.addWidget(self.toolbar)
        self.column.addWidget(split, 1)
        self.column.addWidget(foot)

    def _build_toolbar(self) -> None:
        self.toolbar, tools = strip("toolbar", margins=(10, 3, 6, 3), spacing=6)
        self.toolbar.setFixedHeight(34)
        self.across, self.up, self.fold = QComboBox(), QComboBox(), QComboBox()
        for name, box in (
            (translated("Across"), self.across),
            (translated("Up"), self.up),
            (translated("Fold"), self.fold),
        ):
            caption = label(name, part="caption")
            caption.setBuddy(box)
            box.setAccessibleName(name)
            box.setMinimumWidth(96)
            box.activated.connect(lambda _: self._draw())
            tools.addWidget(caption)
            tools.addWidget(box)
        self._fold_caption = caption
        self.measure = ChoiceButtons(
            translated("Color"),
            (
                (_SCORE, translated("Score"), translated("The objective of the best set of each cell")),
                (_PLATEAU, translated("Plateau"), translated("Mean score of a set's neighbors relative to its own")),
            ),
            _SCORE,
        )
        self.measure.chosen.connect(lambda _: self._draw())
        tools.addStretch(1)
        tools.addWidget(self.measure)
        run = IconButton(self._desk.theme, "play", translated("Backtest the chosen cell"), text=translated("Backtest"))
        run.clicked.connect(lambda: None if self.map.chosen is None else self._open(self.map.chosen))
        send = IconButton(
            self._desk.theme,
            "strategies",
            translated("Give the chosen cell's parameters to an instance"),
            text=translated("Send to\N{HORIZONTAL ELLIPSIS}"),
        )
        send.clicked.connect(lambda: self._send(send.mapToGlobal(QPoint(0, send.height()))))
        tools.addWidget(run)
        tools.addWidget(send)

    def show_result(self, result: SearchResult) -> None:
        """Show another search; the parameters with the most values come first."""
        self._result = result
        self._objective = "sharpe" if result.spec is None else result.spec.objective.value
        trials = result.report.trials
        names = sorted(result.names, key=lambda name: -len(values_of(trials, name)))
        for place, box in enumerate((self.across, self.up)):
            box.clear()
            box.addItems(list(result.names))
            box.setCurrentText(names[min(place, len(names) - 1)] if names else "")
        folds = sorted({trial.fold for trial in trials if trial.fold is not None})
        self.fold.clear()
        self.fold.addItem(translated("All"), _ALL_FOLDS)
        for fold in folds:
            self.fold.addItem(str(fold + 1), fold)
        for part in (self.fold, self._fold_caption):
            part.setVisible(bool(folds))
        self._draw()

    def _trials(self) -> list[TrialResult]:
        trials = () if self._result is None else self._result.report.trials
        fold = self.fold.currentData()
        if fold in (None, _ALL_FOLDS):
            return over_folds(trials)
        return [trial for trial in trials if trial.fold == fold]

    def _draw(self) -> None:
        x, y = self.across.currentText(), self.up.currentText()
        measure = plateau_of if self.measure.current == _PLATEAU else score_of
        grid = grid_of(self._trials(), x, y, measure) if x and y and x != y else None
        self._grid = grid if grid is not None and grid.x_values and grid.y_values else None
        if self._grid is None:
            self.map.show_grid((x, y), (), (), np.empty((0, 0)))
            self.reading.setText(translated("Choose two different parameters."))
            return
        labels = [[value_text(value) for value in values] for values in (self._grid.x_values, self._grid.y_values)]
        self.map.show_grid((x, y), labels[0], labels[1], self._grid.scores)
        if self.map.chosen is not None:
            self._slice(self.map.chosen)

    def _slice(self, cell: Cell) -> None:
        grid = self._grid
        if grid is None:
            return
        at = translated("{0} along {1}, at {2} {3}")
        score = translated("Plateau") if self.measure.current == _PLATEAU else translated("Score")
        across = at.format(score, grid.x, grid.y, value_text(grid.y_values[cell[1]]))
        upward = at.format(score, grid.y, grid.x, value_text(grid.x_values[cell[0]]))
        self.slices[0].show_slice(across, grid.x_values, grid.scores[cell[1], :].tolist(), cell[0])
        self.slices[1].show_slice(upward, grid.y_values, grid.scores[:, cell[0]].tolist(), cell[1])
        self._read(None)

    def _read(self, cell: Cell | None) -> None:
        shown = cell if cell is not None else self.map.chosen
        if self._grid is None or shown is None:
            return
        trial = self._grid.trials.get(shown)
        text = self.map.reading(shown)
        if trial is not None:
            plateau = formats.percent(trial.plateau, 0)
            rest = {name: value for name, value in trial.parameters.items() if name not in (self._grid.x, self._grid.y)}
            parts = [parameters_text(rest)] if rest else []
            text = f" {formats.STALE} ".join([text, *parts, translated("plateau {0}").format(plateau)])
        best = translated("best") if shown == self.map.best else ""
        self.reading.setText(f"{text} {formats.STALE} {best}" if best else text)

    def _open(self, cell: Cell) -> None:
        trial = None if self._grid is None else self._grid.trials.get(cell)
        if trial is not None:
            self._actions.backtest(trial.parameters)

    def _send(self, where: QPoint) -> None:
        chosen = self.map.chosen
        trial = None if self._grid is None or chosen is None else self._grid.trials.get(chosen)
        if trial is not None:
            self._actions.choose_instance(trial.parameters, self, where)

    def _score(self, value: float) -> str:
        if self.measure.current == _PLATEAU:
            return formats.percent(value, 0)
        return figure_text(self._objective, value)
