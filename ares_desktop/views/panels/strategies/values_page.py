"""The values that one instance records: the latest ones, and their course."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import msgspec
import numpy as np
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QVBoxLayout, QWidget

from ares_desktop.views.charts.colors import SeriesColors
from ares_desktop.views.charts.scales import RATIO_TEXT
from ares_desktop.views.charts.series_chart import SeriesChart
from ares_desktop.views.formats import moment, translated
from ares_desktop.views.models.columns import Align, Column
from ares_desktop.views.models.record_table import RecordTableModel
from ares_desktop.views.tokens import Tone
from ares_desktop.views.widgets.flexible_split import FlexibleSplit
from ares_desktop.views.widgets.record_table import RecordTable
from ares_desktop.views.widgets.result_pages import ResultPage

if TYPE_CHECKING:
    from ares_desktop.domain.strategies import StrategyRecord
    from ares_desktop.views.desk import Desk
    from ares_desktop.views.panels.strategies.recorded import RecordedValues
    from ares_desktop.views.panels.strategies.rows import StrategyRow

_RENEWED_MS: Final = 500
_PLOTS: Final = 3


class ValueRow(msgspec.Struct, frozen=True, kw_only=True):
    """The newest value of a name; ``at`` is market time in epoch seconds."""

    name: str
    value: float
    at: float


def value_columns() -> tuple[Column[ValueRow], ...]:
    """Return the columns of the recorded values."""
    return (
        Column(key="name", title="Name", value=lambda r: r.name, width=110),
        Column(key="value", title="Value", value=lambda r: r.value, text=lambda v: f"{v:,.6g}", align=Align.RIGHT),
        Column(
            key="at",
            title="Market time",
            value=lambda r: r.at,
            text=lambda at: moment(datetime.fromtimestamp(at, UTC)),
            tone=lambda _: Tone.MUTED,
            width=126,
        ),
    )


class ValuesPage(ResultPage):
    """A table of the newest values; the selected ones are drawn, the first few while none is selected."""

    def __init__(self, desk: Desk, recorded: RecordedValues) -> None:
        super().__init__()
        self._theme = desk.theme
        self._recorded = recorded
        self._colors = SeriesColors()
        self._name = ""
        self._drawn: tuple[str, ...] = ()
        self.model: RecordTableModel[ValueRow] = RecordTableModel(value_columns(), key=lambda r: r.name, parent=self)
        self.table = RecordTable(
            desk,
            self.model,
            "recorded values",
            empty=translated("It recorded nothing yet. A strategy records with context.record(name, value)."),
            units=("{0} value", "{0} values"),
        )
        self.chart: SeriesChart | None = None
        self._charts = QWidget()
        self._place = QVBoxLayout(self._charts)
        self._place.setContentsMargins(0, 0, 0, 0)
        self._split = FlexibleSplit(self.table, self._charts, above=(90, 110), beside=(200, 260))
        self._split.setHandleWidth(4)
        self.column.addWidget(self._split)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_RENEWED_MS)
        self._timer.timeout.connect(self._renew)
        self.table.selection_changed.connect(self._draw)
        desk.managers.strategies.recorded.connect(self._record_came)

    def show_result(self, result: StrategyRow) -> None:
        """Show the values of an instance; the same one again changes nothing."""
        if result.name == self._name:
            return
        self._name = result.name
        self.model.reset(self._rows())
        self._draw()

    def _record_came(self, record: StrategyRecord) -> None:
        if record.strategy == self._name and not self._timer.isActive():
            self._timer.start()

    def _renew(self) -> None:
        if self.isVisible():
            self.model.upsert(self._rows())
            self._draw()

    def _rows(self) -> list[ValueRow]:
        series = self._recorded.of(self._name)
        return [ValueRow(name=name, value=one.values[-1], at=one.times[-1]) for name, one in series.items()]

    def _draw(self) -> None:
        series = self._recorded.of(self._name)
        chosen = [row.name for row in self.table.selected()] or list(series)
        names = tuple(name for name in chosen if name in series)[:_PLOTS]
        chart = self._new_chart(names) if names != self._drawn or self.chart is None else self.chart
        for pane, name in zip(chart.view.panes, names, strict=True):
            times, values = np.array(series[name].times), np.array(series[name].values)
            chart.set_curve(pane, name, times, values)
        self._charts.setVisible(bool(names))
        chart.refresh()

    def _new_chart(self, names: tuple[str, ...]) -> SeriesChart:
        if self.chart is not None:
            self._place.removeWidget(self.chart)
            self.chart.hide()
            self.chart.deleteLater()
        chart = self.chart = SeriesChart(self._theme, color=lambda name: self._colors.color(name, self._theme.tokens))
        self._drawn = names
        for _ in names:
            chart.add_plot(RATIO_TEXT)
        chart.setMinimumSize(1, 1)
        self._place.addWidget(chart)
        return chart
