"""A finished search: its best set, the ranking, the surface, the folds, and how much of it is luck."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from ares_desktop.views import formats
from ares_desktop.views.formats import translated
from ares_desktop.views.panels.lab.result_figures import BY_KEY, figure_text, figure_title
from ares_desktop.views.panels.lab.result_tiles import Tile, TileGrid
from ares_desktop.views.panels.lab.search_actions import SearchActions
from ares_desktop.views.panels.lab.search_data import SearchResult, load_search, parameters_text
from ares_desktop.views.panels.lab.search_folds import FoldsPage
from ares_desktop.views.panels.lab.search_overfitting import OverfittingPage
from ares_desktop.views.panels.lab.search_ranking import RankingPage
from ares_desktop.views.panels.lab.search_surface import SurfacePage
from ares_desktop.views.tokens import Tone
from ares_desktop.views.widgets.controls import label
from ares_desktop.views.widgets.pill import Pill
from ares_desktop.views.widgets.result_pages import ResultPages

if TYPE_CHECKING:
    from ares_desktop.views.desk import Desk

__all__ = ["SearchResult", "SearchView", "load_search"]

_FIGURES = ("total_return", "sharpe", "max_drawdown", "profit_factor", "trades")
_OVERFIT = 0.5
_LOW = 600


class SearchHead(QFrame):
    """The best set and its figures, in sample and out of it."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.setProperty("surface", "toolbar")
        self.title = label(part="title")
        self.facts = label(part="caption")
        self.best = label()
        for part in (self.title, self.facts, self.best):
            part.setMinimumWidth(1)
        self.luck = Pill(desk.theme, translated("Overfitting"))
        self.score = Tile(
            translated("Best score"), translated("The objective of the best set that keeps the constraints.")
        )
        self.tiles = {
            key: Tile(translated(BY_KEY[key].title, "figures"), translated(BY_KEY[key].meaning, "figures"))
            for key in _FIGURES
        }
        self.outside = Tile(
            translated("Return, tested"),
            translated("Of the joined test spans of the walk-forward: data that was not seen."),
        )
        line = QHBoxLayout()
        line.setSpacing(10)
        line.addWidget(self.title)
        line.addWidget(self.facts, 1)
        line.addWidget(self.luck)
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 8, 10, 10)
        column.setSpacing(8)
        column.addLayout(line)
        column.addWidget(self.best)
        important = (self.score, self.outside, self.tiles["total_return"], self.tiles["max_drawdown"])
        self.grid = TileGrid([self.score, *self.tiles.values(), self.outside], important=important)
        column.addWidget(self.grid)

    def show_search(self, result: SearchResult) -> None:
        """Show another search."""
        report, spec = result.report, result.spec
        objective = "sharpe" if spec is None else spec.objective.value
        self.title.setText(result.run.title or result.run.id)
        failed = sum(bool(trial.error) for trial in report.trials)
        facts = [
            formats.count(len(report.trials), "{0} parameter set", "{0} parameter sets"),
            formats.count(report.runs, "{0} backtest", "{0} backtests"),
            formats.milliseconds(report.seconds * 1000),
            translated("ranked by {0}").format(figure_title(objective)),
        ]
        if failed:
            facts.append(formats.count(failed, "{0} set failed", "{0} sets failed"))
        self.facts.setText(" \N{MIDDLE DOT} ".join(facts))
        best = report.best
        self.best.setText(
            translated("No parameter set kept the constraints.")
            if best is None
            else translated("Best: {0}").format(parameters_text(best.parameters))
        )
        self.score.show_value(figure_text(objective, None if best is None else best.score))
        figures = None if best is None else best.figures
        for key, tile in self.tiles.items():
            value = None if figures is None else BY_KEY[key].value(figures)
            tile.show_value(BY_KEY[key].text(value), BY_KEY[key].tone(value))
        tested = None if report.out_of_sample is None else report.out_of_sample.total_return
        self.outside.show_value(formats.signed_percent(tested), BY_KEY["total_return"].tone(tested))
        self._show_luck(report.overfitting.probability)

    def _show_luck(self, probability: float | None) -> None:
        if probability is None:
            self.luck.show_state(translated("Overfitting not known"), Tone.MUTED, "info")
        elif probability >= _OVERFIT:
            text = translated("Overfitting {0}").format(formats.percent(probability, 0))
            self.luck.show_state(text, Tone.DANGER, "error", translated("Choosing the best was no better than chance"))
        else:
            text = translated("Overfitting {0}").format(formats.percent(probability, 0))
            self.luck.show_state(text, Tone.MUTED, "check")


class SearchView(QWidget):
    """Head and pages.

    Signals:
        run_started: id of a backtest that was started from here.
    """

    run_started = Signal(str)

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.sets = SearchActions(desk, self)
        self.sets.run_started.connect(self.run_started)
        self.head = SearchHead(desk)
        self.pages = ResultPages(translated("Pages of the search"))
        self.pages.add("ranking", translated("Ranking"), partial(RankingPage, desk, self.sets))
        self.pages.add("surface", translated("Surface"), partial(SurfacePage, desk, self.sets))
        self.pages.add("folds", translated("Folds"), partial(FoldsPage, desk))
        self.pages.add("overfitting", translated("Overfitting"), partial(OverfittingPage, desk))
        self.head.luck.clicked.connect(partial(self.pages.open, "overfitting"))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.head)
        column.addWidget(self.pages, 1)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave the most important figures where there is little room."""
        super().resizeEvent(event)
        self.head.grid.set_one_row(event.size().height() < _LOW)

    def show_result(self, result: SearchResult) -> None:
        """Show another search."""
        self.sets.result = result
        self.head.show_search(result)
        self.pages.set_offered("folds", bool(result.report.folds))
        self.pages.show_result(result)
