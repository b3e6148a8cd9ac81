"""The folds of a walk-forward: how much of what was found held up on data that was not seen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QScrollArea, QSplitter

from ares_desktop.domain.backtests import BacktestFigures
from ares_desktop.domain.market import from_ns
from ares_desktop.domain.searches import FoldResult
from ares_desktop.views import formats
from ares_desktop.views.charts.axes import ValueText
from ares_desktop.views.charts.bar_rows import BarRow, BarRows
from ares_desktop.views.charts.scatter_chart import Point, ScatterChart
from ares_desktop.views.formats import translated
from ares_desktop.views.models.columns import Align, Column, RowShade, sign_tone
from ares_desktop.views.models.record_table import RecordTableModel
from ares_desktop.views.panels.lab.result_figures import BY_KEY, figure_text, figure_title
from ares_desktop.views.panels.lab.search_data import parameters_text
from ares_desktop.views.tokens import Tone
from ares_desktop.views.widgets.record_table import RecordTable
from ares_desktop.views.widgets.result_pages import ResultPage

if TYPE_CHECKING:
    from ares_desktop.views.desk import Desk
    from ares_desktop.views.panels.lab.search_data import SearchResult


def _day(ns: int) -> str:
    return formats.moment(from_ns(ns))[:10]


def _value(figures: BacktestFigures | None, key: str) -> float | None:
    spec = BY_KEY.get(key)
    return None if figures is None or spec is None else spec.value(figures)


def _figure_column(name: str, title: str, key: str, *, outside: bool) -> Column[FoldResult]:
    spec = BY_KEY[key]

    def get(fold: FoldResult) -> float | None:
        return _value(fold.out_of_sample if outside else fold.in_sample, key)

    return Column(
        key=name,
        title=title,
        value=get,
        text=spec.text,
        align=Align.RIGHT,
        tone=(lambda fold: sign_tone(get(fold))) if spec.signed else None,
        width=134,
    )


def fold_columns(objective: str) -> tuple[Column[FoldResult], ...]:
    """Return the columns of the table of folds."""
    score = figure_title(objective)
    return (
        Column(key="fold", title="Fold", value=lambda f: f.index + 1, align=Align.RIGHT, width=50),
        Column(
            key="train",
            title="Trained on",
            value=lambda f: f"{_day(f.train_start_ns)} \N{EN DASH} {_day(f.train_end_ns)}",
            sort=lambda f: f.train_start_ns,
            width=170,
        ),
        Column(
            key="test",
            title="Tested on",
            value=lambda f: f"{_day(f.test_start_ns)} \N{EN DASH} {_day(f.test_end_ns)}",
            sort=lambda f: f.test_start_ns,
            width=170,
        ),
        _figure_column("inside", f"{score}, trained", objective, outside=False),
        _figure_column("outside", f"{score}, tested", objective, outside=True),
        *(
            _figure_column(f"outside {key}", f"{BY_KEY[key].title}, tested", key, outside=True)
            for key in ("total_return", "max_drawdown", "trades")
            if key != objective
        ),
        Column(
            key="parameters",
            title="Parameters",
            value=lambda f: parameters_text(f.parameters),
            tooltip=lambda f: parameters_text(f.parameters),
            width=220,
        ),
        Column(
            key="error",
            title="Error",
            value=lambda f: f.error,
            tone=lambda _: Tone.NEGATIVE,
            glyph=lambda f: "error" if f.error else "",
            tooltip=lambda f: f.error,
            width=160,
        ),
    )


class FoldsPage(ResultPage):
    """Bars and points above, a table beneath."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self._objective = "sharpe"
        trained, tested = translated("Trained (in sample)"), translated("Tested (out of sample)")
        self.bars = BarRows(desk.theme, ((trained, "muted"), (tested, "accent")), write=self._score, stacked=False)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setWidget(self.bars)
        text = ValueText(lambda value, _: self._score(value), self._score)
        self.scatter = ScatterChart(desk.theme, text=text, x_name=trained, y_name=tested)
        upper = QSplitter(Qt.Orientation.Horizontal)
        upper.setChildrenCollapsible(False)
        upper.addWidget(area)
        upper.addWidget(self.scatter)
        upper.setSizes([1000, 1000])
        self.table: RecordTable | None = None
        self._split = QSplitter(Qt.Orientation.Vertical)
        self._split.setChildrenCollapsible(False)
        self._split.addWidget(upper)
        self.column.addWidget(self._split)

    def show_result(self, result: SearchResult) -> None:
        """Show another search."""
        self._objective = "sharpe" if result.spec is None else result.spec.objective.value
        folds = result.report.folds
        pairs = [
            (fold, _value(fold.in_sample, self._objective), _value(fold.out_of_sample, self._objective))
            for fold in folds
        ]
        name = translated("Fold {0}")
        self.bars.show_rows([BarRow(name.format(fold.index + 1), (inside, outside)) for fold, inside, outside in pairs])
        self.scatter.show_points(
            [
                Point(inside, outside, name.format(fold.index + 1), str(fold.index + 1))
                for fold, inside, outside in pairs
                if inside is not None and outside is not None
            ]
        )
        if self.table is not None:
            self.table.setParent(None)
            self.table.deleteLater()
        model: RecordTableModel[FoldResult] = RecordTableModel(
            fold_columns(self._objective),
            key=lambda fold: fold.index,
            shade=lambda fold: RowShade.FAULT if fold.error else RowShade.NONE,
            parent=self,
        )
        model.reset(folds)
        self.table = RecordTable(
            self._desk,
            model,
            "folds",
            empty=translated("This search had no folds: choose walk-forward to test on data that was not seen."),
            units=("{0} fold", "{0} folds"),
        )
        self._split.addWidget(self.table)

    def _score(self, value: float) -> str:
        return figure_text(self._objective, value)
