"""How returns are spread: of trades, of days, and how long trades lasted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtWidgets import QHBoxLayout, QLabel, QStackedWidget

from ares_desktop.views import formats
from ares_desktop.views.charts.histogram import Histogram
from ares_desktop.views.formats import translated
from ares_desktop.views.panels.lab.result_states import hint
from ares_desktop.views.widgets.result_pages import ResultPage

if TYPE_CHECKING:
    from ares_desktop.domain.result_charts import Histogram as Bins
    from ares_desktop.views.desk import Desk
    from ares_desktop.views.panels.lab.result_data import BacktestResult

_TRADES: Final = ("{0} trade", "{0} trades")
_DAYS: Final = ("{0} day", "{0} days")


class BinsView(QStackedWidget):
    """A histogram, or why there is none."""

    def __init__(self, chart: Histogram, title: str) -> None:
        super().__init__()
        self.chart = chart
        self._title = title
        self.missing: QLabel = hint(translated("{0}: too few values for a distribution.").format(title))
        self.addWidget(chart)
        self.addWidget(self.missing)

    def show_bins(self, bins: Bins | None) -> None:
        """Show bins; None says that there is too little to draw."""
        if bins is None or not bins.counts:
            self.setCurrentWidget(self.missing)
            return
        self.setCurrentWidget(self.chart)
        self.chart.show_bins(self._title, bins.edges, bins.counts, mean=bins.mean, median=bins.median)


class DistributionPage(ResultPage):
    """Three histograms: trades and how long they lasted above, days below."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        theme = desk.theme
        self.trades = BinsView(
            Histogram(theme, write=formats.points_percent, mark=_points_mark, units=_TRADES),
            translated("Returns of trades"),
        )
        self.holding = BinsView(
            Histogram(
                theme, write=lambda value: formats.fixed(value, 0), mark=formats.fixed, units=_TRADES, gains=False
            ),
            translated("Bars held"),
        )
        self.days = BinsView(
            Histogram(theme, write=formats.signed_percent, mark=_share_mark, units=_DAYS),
            translated("Returns of days"),
        )
        upper = QHBoxLayout()
        upper.setSpacing(1)
        upper.addWidget(self.trades, 3)
        upper.addWidget(self.holding, 2)
        self.column.addLayout(upper, 1)
        self.column.addWidget(self.days, 1)

    def show_result(self, result: BacktestResult) -> None:
        """Show another backtest."""
        charts = result.report.charts
        self.trades.show_bins(charts.trade_returns)
        self.holding.show_bins(charts.holding_bars)
        self.days.show_bins(charts.daily_returns)


def _points_mark(value: float, decimals: int) -> str:
    return f"{formats.fixed(value, decimals)}%"


def _share_mark(value: float, decimals: int) -> str:
    return formats.percent(value, max(0, decimals - 2))
