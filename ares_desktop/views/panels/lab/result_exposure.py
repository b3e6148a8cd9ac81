"""Exposure and the rolling Sharpe ratio over market time, and the deepest drawdowns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from PySide6.QtCore import Qt

from ares_desktop.domain.market import NS_PER_SECOND, from_ns
from ares_desktop.domain.result_charts import DrawdownSpan, Trace
from ares_desktop.views import formats
from ares_desktop.views.charts.scales import PERCENT_TEXT, RATIO_TEXT
from ares_desktop.views.charts.series_chart import SeriesChart
from ares_desktop.views.formats import translated
from ares_desktop.views.models.columns import Align, Column
from ares_desktop.views.models.common_columns import time_column
from ares_desktop.views.models.record_table import RecordTableModel
from ares_desktop.views.tokens import Tone
from ares_desktop.views.widgets.flexible_split import FlexibleSplit
from ares_desktop.views.widgets.record_table import RecordTable
from ares_desktop.views.widgets.result_pages import ResultPage

if TYPE_CHECKING:
    from ares_desktop.views.charts.pane import Pane
    from ares_desktop.views.desk import Desk
    from ares_desktop.views.panels.lab.result_data import BacktestResult

_GROSS: Final = "Gross exposure"
_NET: Final = "Net exposure"
_COLUMNS: Final[tuple[Column[DrawdownSpan], ...]] = (
    Column(
        key="depth",
        title="Depth",
        value=lambda d: d.depth,
        text=formats.signed_percent,
        align=Align.RIGHT,
        tone=lambda _: Tone.NEGATIVE,
        width=84,
    ),
    time_column("peak", "Peak", lambda d: from_ns(d.peak_ns)),
    time_column("trough", "Trough", lambda d: from_ns(d.trough_ns)),
    Column(
        key="recovery",
        title="Recovered",
        value=lambda d: None if d.recovery_ns is None else from_ns(d.recovery_ns),
        text=lambda at: translated("Not yet") if at is None else formats.moment(at),
        glyph=lambda d: "check" if d.recovery_ns is not None else "half",
        width=150,
    ),
    Column(
        key="days",
        title="Days",
        value=lambda d: d.days,
        text=lambda value: formats.fixed(value, 1),
        align=Align.RIGHT,
        width=74,
    ),
)


class ExposurePage(ResultPage):
    """Two plots that share their time axis above a table."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._theme = desk.theme
        self._sharpe = translated("Rolling Sharpe")
        self.chart = SeriesChart(desk.theme, color=self._color)
        self._exposure_plot = self.chart.add_plot(PERCENT_TEXT, stretch=3)
        self._sharpe_plot = self.chart.add_plot(RATIO_TEXT, stretch=2)
        self.model: RecordTableModel[DrawdownSpan] = RecordTableModel(_COLUMNS, key=id, parent=self)
        self.table = RecordTable(
            desk,
            self.model,
            "result drawdowns",
            empty=translated("The equity never fell."),
            sort=("depth", Qt.SortOrder.AscendingOrder),
            units=("{0} drawdown", "{0} drawdowns"),
        )
        self.column.addWidget(FlexibleSplit(self.chart, self.table, above=(360, 180), beside=(520, 360)))

    def show_result(self, result: BacktestResult) -> None:
        """Show another backtest."""
        charts = result.report.charts
        self.chart.clear()
        if charts.rolling_days:
            self._sharpe = translated("Rolling Sharpe, {0} days").format(charts.rolling_days)
        self._draw(self._exposure_plot, translated(_GROSS), charts.exposure, base=0.0)
        self._draw(self._exposure_plot, translated(_NET), charts.net, dashed=True)
        self._draw(self._sharpe_plot, self._sharpe, charts.rolling_sharpe)
        known = charts.rolling_sharpe is not None and bool(np.isfinite(charts.rolling_sharpe.values).any())
        self.chart.view.set_pane_shown(self._sharpe_plot, known)
        self.chart.refresh()
        self.chart.view.show_span(None)
        self.model.reset(charts.drawdowns)

    def _draw(
        self, plot: Pane, name: str, trace: Trace | None, *, dashed: bool = False, base: float | None = None
    ) -> None:
        if trace is not None and trace.ts:
            times = np.array(trace.ts, dtype=np.float64) / NS_PER_SECOND
            self.chart.set_curve(plot, name, times, trace.values, dashed=dashed, base=base)

    def _color(self, name: str) -> str:
        tokens = self._theme.tokens
        if name == translated(_GROSS):
            return tokens.accent
        return tokens.warning if name == translated(_NET) else tokens.text
