"""Runs beside each other: curves overlaid, figures with the best marked, and the settings that differ."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QCheckBox, QSplitter, QVBoxLayout, QWidget

from ares_desktop.domain.market import NS_PER_SECOND
from ares_desktop.views.charts.colors import SeriesColors
from ares_desktop.views.charts.decimate import MinMaxSeries
from ares_desktop.views.charts.line_chart import LineChart
from ares_desktop.views.charts.scales import PERCENT_TEXT
from ares_desktop.views.formats import MISSING, count, translated
from ares_desktop.views.models.columns import Align, Column
from ares_desktop.views.models.record_table import RecordTableModel
from ares_desktop.views.panels.lab.compare_data import ComparedRun, Difference, differences
from ares_desktop.views.panels.lab.result_beside import work_out
from ares_desktop.views.panels.lab.result_figures import FIGURES, FigureSpec
from ares_desktop.views.tokens import Tone
from ares_desktop.views.widgets.controls import label, strip
from ares_desktop.views.widgets.flexible_split import BESIDE_FROM, FlexibleSplit
from ares_desktop.views.widgets.record_table import RecordTable

if TYPE_CHECKING:
    from ares_desktop.views.desk import Desk

_NAME_WIDTH = 116
_RUN_WIDTH = 84
_LOW = 470
_WIDE = 1200


@dataclass(frozen=True, slots=True)
class FigureRow:
    """A figure of every run; ``best`` are the numbers of the runs that have the best one."""

    spec: FigureSpec
    values: tuple[float | None, ...]
    best: frozenset[int]


def figure_rows(runs: Sequence[ComparedRun]) -> list[FigureRow]:
    """Return all figures; nothing is best where all are equal, or where more is neither better nor worse."""
    rows = []
    for spec in FIGURES:
        values = tuple(None if one.figures is None else spec.value(one.figures) for one in runs)
        known = [value * spec.better for value in values if value is not None and value == value]  # noqa: PLR0124 - NaN
        best: frozenset[int] = frozenset()
        if spec.better and known and min(known) != max(known):
            best = frozenset(
                number for number, value in enumerate(values) if value is not None and value * spec.better == max(known)
            )
        rows.append(FigureRow(spec, values, best))
    return rows


def run_titles(runs: Sequence[ComparedRun]) -> list[str]:
    """Return what columns call the runs: their mark alone where their titles tell nothing apart."""
    titles = [one.run.title or one.run.id for one in runs]
    if len(set(titles)) == 1:
        return [one.mark for one in runs]
    return [f"{one.mark} \N{MIDDLE DOT} {title}" for one, title in zip(runs, titles, strict=True)]


def _figure_column(number: int, title: str) -> Column[FigureRow]:
    return Column(
        key=f"run{number}",
        title=title,
        value=lambda row: (row.values[number], row.spec.text(row.values[number])),
        text=lambda pair: pair[1],
        sort=lambda row: row.values[number],
        plain=lambda row: row.values[number],
        align=Align.RIGHT,
        glyph=lambda row: "check" if number in row.best else "",
        tone=lambda row: Tone.POSITIVE if number in row.best else Tone.NORMAL,
        tooltip=lambda row: translated("The best of the compared runs") if number in row.best else "",
        width=_RUN_WIDTH,
    )


def _setting_column(number: int, title: str) -> Column[Difference]:
    return Column(
        key=f"run{number}",
        title=title,
        value=lambda row: row.values[number],
        text=lambda value: MISSING if value is None else value,
        tooltip=lambda row: row.values[number] or "",
        align=Align.RIGHT,
        width=_RUN_WIDTH,
    )


class CompareView(QWidget):
    """Curves above, two tables beneath.

    Attributes:
        chart: returns since each run's begin, with drawdowns.
        figures, settings: the tables, made anew for each comparison; None before the first.
    """

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self._colors = SeriesColors()
        self._runs: tuple[ComparedRun, ...] = ()
        self._asked = 0
        head, tools = strip("toolbar", margins=(10, 4, 10, 4), spacing=10)
        head.setFixedHeight(36)
        self.title = label(part="title")
        self.align = QCheckBox(translated("Common begin"))
        self.align.setToolTip(translated("Let every curve begin at zero where the last of the runs begins"))
        self.align.toggled.connect(self._draw)
        tools.addWidget(self.title)
        tools.addStretch(1)
        tools.addWidget(self.align)
        self.chart = LineChart(desk.theme, color=self._color, upper_text=PERCENT_TEXT, lower_text=PERCENT_TEXT)
        self.figures: RecordTable | None = None
        self.settings: RecordTable | None = None
        self._lower = QSplitter(Qt.Orientation.Horizontal)
        self._lower.setChildrenCollapsible(False)
        split = FlexibleSplit(self.chart, self._lower, above=(320, 280), beside=(440, 440))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(head)
        column.addWidget(split, 1)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Put the tables above each other where they stand beside the chart."""
        super().resizeEvent(event)
        low = event.size().height() < _LOW and BESIDE_FROM <= event.size().width() < _WIDE
        self._lower.setOrientation(Qt.Orientation.Vertical if low else Qt.Orientation.Horizontal)

    def show_result(self, result: tuple[ComparedRun, ...]) -> None:
        """Show other runs."""
        self._runs = result
        self.title.setText(count(len(result), "{0} run", "{0} runs"))
        self._draw()
        self._fill_tables()

    # curves

    def _name(self, one: ComparedRun) -> str:
        return f"{one.mark} {one.run.title or one.run.id}"

    def _draw(self) -> None:
        self._asked += 1
        asked, runs, aligned = self._asked, self._runs, self.align.isChecked()
        work_out(
            self._desk,
            translated("Draw the equity"),
            sum(len(one.curve.ts) for one in runs if one.curve is not None),
            lambda: _series(runs, aligned=aligned),
            lambda drawn: self._show(asked, drawn),
        )

    def _show(self, asked: int, drawn: list[tuple[ComparedRun, MinMaxSeries, MinMaxSeries]]) -> None:
        if asked != self._asked:
            return
        for name in self.chart.names():
            self.chart.remove_curve(name)
        for number, (one, upper, lower) in enumerate(drawn):
            self.chart.set_series(self._name(one), upper, lower, dashed=bool(number % 2), mark=one.mark)
        self.chart.refresh()
        self.chart.view.show_span(None)

    def _color(self, name: str) -> str:
        return self._colors.color(name.partition(" ")[0], self._desk.theme.tokens)

    # tables

    def _fill_tables(self) -> None:
        for old in (self.figures, self.settings):
            if old is not None:
                old.setParent(None)
                old.deleteLater()
        names: Column[FigureRow] = Column(
            key="figure",
            title="Figure",
            value=lambda row: translated(row.spec.title, "figures"),
            tooltip=lambda row: translated(row.spec.meaning, "figures"),
            tone=lambda _: Tone.MUTED,
            width=_NAME_WIDTH,
        )
        titles = list(enumerate(run_titles(self._runs)))
        columns = [names, *(_figure_column(number, title) for number, title in titles)]
        self.figures = self._table("compared figures", columns, figure_rows(self._runs), translated("No figures."))
        setting: Column[Difference] = Column(
            key="setting",
            title="Setting",
            value=lambda row: row.name,
            tooltip=lambda row: row.name,
            tone=lambda _: Tone.MUTED,
            width=_NAME_WIDTH,
        )
        places = [setting, *(_setting_column(number, title) for number, title in titles)]
        self.settings = self._table(
            "compared settings", places, differences(self._runs), translated("These runs have the same settings.")
        )
        self._lower.addWidget(self.figures)
        self._lower.addWidget(self.settings)
        self._lower.setSizes([1000, 1000])

    def _table(self, name: str, columns: Sequence[Column[Any]], rows: Sequence[Any], empty: str) -> RecordTable:
        model: RecordTableModel[Any] = RecordTableModel(columns, key=id, parent=self)
        model.reset(rows)
        return RecordTable(self._desk, model, name, empty=empty)


def _series(runs: Sequence[ComparedRun], *, aligned: bool) -> list[tuple[ComparedRun, MinMaxSeries, MinMaxSeries]]:
    """Return each run's growth and drawdown; aligned ones begin at zero where the last of them begins."""
    curves = [(one, one.curve) for one in runs if one.curve is not None and len(one.curve.ts)]
    begin = max((int(curve.ts[0]) for _, curve in curves), default=0) if aligned else 0
    drawn = []
    for one, curve in curves:
        first = int(np.searchsorted(curve.ts, begin))
        times, twr = curve.ts[first:] / NS_PER_SECOND, curve.twr[first:]
        growth = (1.0 + twr) / (1.0 + twr[0]) - 1.0 if begin and len(twr) else twr
        drawn.append((one, MinMaxSeries(times, growth), MinMaxSeries(times, -np.abs(curve.drawdown[first:]))))
    return drawn
