"""The first page of a backtest: equity with its drawdown beneath, beside buying and holding."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtWidgets import QCheckBox

from ares_desktop.domain.market import NS_PER_SECOND
from ares_desktop.views import formats
from ares_desktop.views.charts.axes import ValueText
from ares_desktop.views.charts.colors import SeriesColors
from ares_desktop.views.charts.decimate import MinMaxSeries
from ares_desktop.views.charts.line_chart import LineChart
from ares_desktop.views.charts.scales import PERCENT_TEXT, log_text
from ares_desktop.views.formats import translated
from ares_desktop.views.panels.lab.result_beside import work_out
from ares_desktop.views.widgets.choices import CheckMenuButton, ChoiceButtons
from ares_desktop.views.widgets.controls import strip
from ares_desktop.views.widgets.result_pages import ResultPage

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ares_desktop.domain.accounts import EquityCurve
    from ares_desktop.views.desk import Desk
    from ares_desktop.views.panels.lab.result_data import BacktestResult

_VALUE: Final = "value"
_RETURN: Final = "return"
MONEY_TEXT: Final = ValueText(lambda value, decimals: formats.fixed(value, min(decimals, 2)), formats.money)
_GROWTH_TEXT: Final = ValueText(
    lambda value, decimals: formats.percent(value - 1.0, max(0, decimals - 2)),
    lambda value: formats.percent(value - 1.0),
)
"""Writes equity over its begin as the return that it is: a logarithm needs the former."""

_Pair = tuple[MinMaxSeries, MinMaxSeries]
"""Heights and drawdowns over time."""


class OverviewPage(ResultPage):
    """Curves of the account, of its strategies, and of buying and holding."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self._result: BacktestResult | None = None
        self._asked = 0
        self._colors = SeriesColors()
        self._account = translated("This run")
        self._reference = translated("Buy and hold")
        self.chart = LineChart(desk.theme, color=self._color, upper_text=PERCENT_TEXT, lower_text=PERCENT_TEXT)
        self.chart.setAccessibleName(translated("Equity and drawdown"))
        self._build_toolbar()
        self.column.addWidget(self.toolbar)
        self.column.addWidget(self.chart, 1)

    def _build_toolbar(self) -> None:
        self.toolbar, tools = strip("toolbar", margins=(6, 2, 6, 3), spacing=8)
        self.toolbar.setFixedHeight(32)
        self.mode = ChoiceButtons(
            translated("Scale"),
            (
                (_RETURN, translated("Return"), translated("Time-weighted return since the begin")),
                (_VALUE, translated("Value"), translated("Equity in the account's currency")),
            ),
            _RETURN,
        )
        self.mode.chosen.connect(self._draw)
        self.log = QCheckBox(translated("Log"))
        self.log.setToolTip(translated("Equal distances are equal factors, so that early and late years compare"))
        self.log.toggled.connect(self._draw)
        self.books = CheckMenuButton(
            translated("Curves"), translated("Which curves are shown"), self._desk.theme, self._color
        )
        self.books.changed.connect(self._show_chosen)
        tools.addWidget(self.mode)
        tools.addWidget(self.log)
        tools.addStretch(1)
        tools.addWidget(self.books)

    def show_result(self, result: BacktestResult) -> None:
        """Show another backtest."""
        self._result = result
        for name in self.chart.names():
            self.chart.remove_curve(name)
        for name in self._curves():
            # One strategy alone is the account; of several a person picks what is of interest.
            self.books.add_name(name, checked=name in {self._account, self._reference})
        self._draw()

    def _curves(self) -> dict[str, EquityCurve]:
        result = self._result
        if result is None:
            return {}
        curves = {self._account: result.outcome.curve}
        if result.reference is not None:
            curves[self._reference] = result.reference
        if len(result.outcome.books) > 1:
            curves |= {book.book: book for book in result.outcome.books}
        return curves

    def _draw(self) -> None:
        self._asked += 1
        asked, curves = self._asked, self._curves()
        by_return, logarithmic = self.mode.current == _RETURN, self.log.isChecked()
        work_out(
            self._desk,
            translated("Draw the equity"),
            sum(len(curve.ts) for curve in curves.values()),
            lambda: {
                name: _series(curve, by_return=by_return, logarithmic=logarithmic) for name, curve in curves.items()
            },
            lambda drawn: self._show(asked, drawn, by_return=by_return, logarithmic=logarithmic),
        )

    def _show(self, asked: int, drawn: Mapping[str, _Pair], *, by_return: bool, logarithmic: bool) -> None:
        if asked != self._asked:
            return
        plain = PERCENT_TEXT if by_return else MONEY_TEXT
        self.chart.set_upper_text(log_text(_GROWTH_TEXT if by_return else MONEY_TEXT) if logarithmic else plain)
        for name, (upper, lower) in drawn.items():
            self.chart.set_series(name, upper, lower, bold=name == self._account, dashed=name == self._reference)
        self._show_chosen()
        self.chart.view.show_span(None)

    def _show_chosen(self) -> None:
        for name in self.chart.names():
            self.chart.set_shown(name, self.books.is_checked(name))
        self.chart.refresh()

    def _color(self, name: str) -> str:
        tokens = self._desk.theme.tokens
        if name == self._account:
            return tokens.accent
        return tokens.muted if name == self._reference else self._colors.color(name, tokens)


def _series(curve: EquityCurve, *, by_return: bool, logarithmic: bool) -> _Pair:
    times = curve.ts / NS_PER_SECOND
    upper = MinMaxSeries(times, _heights(curve, by_return=by_return, logarithmic=logarithmic))
    return upper, MinMaxSeries(times, -np.abs(curve.drawdown))


def _heights(curve: EquityCurve, *, by_return: bool, logarithmic: bool) -> NDArray[np.float64]:
    if not logarithmic:
        return curve.twr if by_return else curve.equity
    level = 1.0 + curve.twr if by_return else curve.equity
    # Nothing or less has no logarithm: the curve has a gap there.
    return np.log10(np.where(level > 0, level, np.nan))
