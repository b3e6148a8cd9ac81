"""What the strategies said, and the values that they recorded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from PySide6.QtWidgets import QVBoxLayout, QWidget

from ares_desktop.domain.market import NS_PER_SECOND
from ares_desktop.domain.strategies import StrategyLog
from ares_desktop.views.charts.colors import SeriesColors
from ares_desktop.views.charts.decimate import Floats
from ares_desktop.views.charts.scales import RATIO_TEXT
from ares_desktop.views.charts.series_chart import SeriesChart
from ares_desktop.views.formats import translated, word
from ares_desktop.views.models.columns import Column
from ares_desktop.views.models.common_columns import time_column
from ares_desktop.views.models.record_table import RecordTableModel
from ares_desktop.views.panels.lab.result_beside import work_out
from ares_desktop.views.panels.lab.result_states import hint
from ares_desktop.views.panels.lab.result_trade_columns import OLDEST_FIRST
from ares_desktop.views.tokens import Tone
from ares_desktop.views.widgets.choices import CheckMenuButton
from ares_desktop.views.widgets.controls import label, strip
from ares_desktop.views.widgets.flexible_split import FlexibleSplit
from ares_desktop.views.widgets.record_table import RecordTable
from ares_desktop.views.widgets.result_pages import ResultPage
from ares_desktop.views.widgets.row_feed import RowFeed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ares_desktop.domain.strategies import StrategyRecord
    from ares_desktop.views.desk import Desk
    from ares_desktop.views.panels.lab.result_data import BacktestResult

_PLOTS_AT_FIRST: Final = 3
_LEVELS: Final = {
    "debug": (Tone.FAINT, "dot"),
    "info": (Tone.NORMAL, "info"),
    "warning": (Tone.WARNING, "warning"),
    "error": (Tone.NEGATIVE, "error"),
}
_OTHER: Final = (Tone.NORMAL, "info")
_COLUMNS: Final[tuple[Column[StrategyLog], ...]] = (
    time_column("time", "Time", lambda one: one.at),
    Column(
        key="level",
        title="Level",
        value=lambda one: one.level,
        text=word,
        tone=lambda one: _LEVELS.get(one.level, _OTHER)[0],
        glyph=lambda one: _LEVELS.get(one.level, _OTHER)[1],
        width=90,
    ),
    Column(key="strategy", title="Strategy", value=lambda one: one.strategy, width=120),
    Column(key="text", title="Text", value=lambda one: one.text, tooltip=lambda one: one.text, width=560),
)


def series_of(records: Sequence[StrategyRecord]) -> dict[str, tuple[Floats, Floats]]:
    """Return times in epoch seconds and values of each recorded name, by name and strategy."""
    found: dict[str, tuple[list[float], list[float]]] = {}
    several = len({one.strategy for one in records}) > 1
    for one in records:
        name = f"{one.strategy} {one.name}" if several else one.name
        times, values = found.setdefault(name, ([], []))
        times.append(one.ts / NS_PER_SECOND)
        values.append(one.value)
    return {name: (np.array(times), np.array(values)) for name, (times, values) in found.items()}


class RecordsView(QWidget):
    """A plot for each chosen name, all over one time axis."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self._colors = SeriesColors()
        self._asked = 0
        self._series: dict[str, tuple[Floats, Floats]] = {}
        self.chart: SeriesChart | None = None
        self.names = self._menu()
        self.toolbar, self._tools = strip("toolbar", margins=(6, 2, 6, 3), spacing=8)
        self.toolbar.setFixedHeight(32)
        self._tools.addWidget(label(translated("Recorded values"), part="caption"))
        self._tools.addStretch(1)
        self._tools.addWidget(self.names)
        self._empty = hint(translated("No value was recorded. A strategy records with context.record(name, value)."))
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self._column.addWidget(self.toolbar)
        self._column.addWidget(self._empty, 1)

    def _menu(self) -> CheckMenuButton:
        menu = CheckMenuButton(
            translated("Values"), translated("Which values are shown"), self._desk.theme, self._color
        )
        menu.changed.connect(self._draw)
        return menu

    def show_records(self, records: Sequence[StrategyRecord]) -> None:
        """Show other values, the first few names at first."""
        self._asked += 1
        asked = self._asked
        work_out(
            self._desk,
            translated("Read recorded values"),
            len(records),
            lambda: series_of(records),
            lambda found: self._show(asked, found),
        )

    def _show(self, asked: int, found: dict[str, tuple[Floats, Floats]]) -> None:
        if asked != self._asked:
            return
        self._series = found
        menu = self._menu()
        self._tools.replaceWidget(self.names, menu)
        self.names.deleteLater()
        self.names = menu
        for number, name in enumerate(self._series):
            menu.add_name(name, checked=number < _PLOTS_AT_FIRST)
        menu.setVisible(bool(self._series))
        self._draw()

    def _draw(self) -> None:
        if self.chart is not None:
            self._column.removeWidget(self.chart)
            self.chart.deleteLater()
            self.chart = None
        chosen = [name for name in self._series if self.names.is_checked(name)]
        self._empty.setVisible(not chosen)
        if not chosen:
            return
        self.chart = SeriesChart(self._desk.theme, color=self._color)
        for name in chosen:
            times, values = self._series[name]
            self.chart.set_curve(self.chart.add_plot(RATIO_TEXT), name, times, values)
        self._column.addWidget(self.chart, 1)
        self.chart.refresh()

    def _color(self, name: str) -> str:
        return self._colors.color(name, self._desk.theme.tokens)


class LogPage(ResultPage):
    """Lines above, values beneath."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.model: RecordTableModel[StrategyLog] = RecordTableModel(_COLUMNS, key=id, parent=self)
        self.table = RecordTable(
            desk,
            self.model,
            "result log",
            empty=translated("The strategies logged nothing."),
            sort=("time", OLDEST_FIRST),
            units=("{0} line", "{0} lines"),
        )
        self.rows = RowFeed(self.table)
        self.records = RecordsView(desk)
        self.column.addWidget(FlexibleSplit(self.table, self.records, above=(240, 300), beside=(400, 480)))

    def show_result(self, result: BacktestResult) -> None:
        """Show another backtest."""
        self.rows.show(result.outcome.logs)
        self.records.show_records(result.outcome.records)
