"""Profit and loss: equity and drawdown of the account and of chosen strategies over market time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QResizeEvent

from ares_desktop.domain.accounts import CurvePoint, EquityCurve
from ares_desktop.domain.market import NS_PER_SECOND
from ares_desktop.domain.risk import ALL_SCOPE
from ares_desktop.views import formats
from ares_desktop.views.charts.axes import ValueText
from ares_desktop.views.charts.colors import SeriesColors
from ares_desktop.views.charts.line_chart import LineChart
from ares_desktop.views.formats import translated
from ares_desktop.views.models.coalescer import Coalescer
from ares_desktop.views.panels.panel import Panel
from ares_desktop.views.widgets.choices import CheckMenuButton, ChoiceButtons
from ares_desktop.views.widgets.controls import strip

if TYPE_CHECKING:
    from ares_desktop.domain.strategies import StrategyStatus
    from ares_desktop.views.desk import Desk

_VALUE: Final = "value"
_RETURN: Final = "return"
_SHOWN_AT_FIRST: Final = 8
"""More curves at once than this are hard to tell apart."""
_CURVE_HZ: Final = 8.0
_TOOL_GAPS: Final = 30
_DAY_S: Final = 86_400.0
_PERIODS: Final[dict[str, float | None]] = {
    "all": None,
    "1y": 365.25 * _DAY_S,
    "3m": 91.3 * _DAY_S,
    "1m": 30.4 * _DAY_S,
}

MONEY_TEXT: Final = ValueText(lambda value, decimals: formats.fixed(value, min(decimals, 2)), formats.money)
PERCENT_TEXT: Final = ValueText(lambda value, decimals: formats.percent(value, max(0, decimals - 2)), formats.percent)


class PnlPanel(Panel):
    """Curves of the books; the account's own is the bold one."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._portfolio = desk.managers.portfolio
        names: list[str] = [status.instance.name for status in desk.managers.strategies.statuses()]
        self._colors = SeriesColors(names)
        self._title = translated("Account")
        self.chart = LineChart(desk.theme, color=self._color, upper_text=MONEY_TEXT, lower_text=PERCENT_TEXT)
        self._build_toolbar(names)
        self.column.addWidget(self.toolbar)
        self.column.addWidget(self.chart, 1)
        self.updates: Coalescer[CurvePoint] = Coalescer(
            self._extend, key=lambda extended: (extended.book, extended.point.ts), hz=_CURVE_HZ, parent=self
        )
        self._load()
        self._portfolio.curve_extended.connect(self.updates.push)
        desk.managers.strategies.status_changed.connect(self._status_changed)

    def _build_toolbar(self, names: list[str]) -> None:
        self.toolbar, tools = strip("toolbar", margins=(6, 2, 6, 3), spacing=6)
        self.toolbar.setFixedHeight(32)
        self.mode = ChoiceButtons(
            translated("Scale"),
            (
                (_RETURN, translated("TWR %"), translated("Time-weighted return: deposits and size play no part")),
                (_VALUE, translated("Value"), translated("Equity in the account's currency")),
            ),
            _RETURN,
        )
        self.mode.chosen.connect(self._load)
        self.period = ChoiceButtons(
            translated("Period"),
            (
                ("all", translated("All"), translated("The whole run")),
                ("1y", translated("1Y"), translated("The last year of market time")),
                ("3m", translated("3M"), translated("The last three months of market time")),
                ("1m", translated("1M"), translated("The last month of market time")),
            ),
            "all",
        )
        self.period.chosen.connect(self._show_period)
        self.books = CheckMenuButton(
            translated("Curves"), translated("Which curves are shown"), self.desk.theme, self._menu_color
        )
        self.books.add_name(ALL_SCOPE, self._title)
        for number, name in enumerate(names):
            self.books.add_name(name, checked=number < _SHOWN_AT_FIRST)
        for snapshot in self._portfolio.books():
            # Of the books that belong to no strategy a person picks what is of interest.
            self.books.add_name(snapshot.strategy, checked=False)
        self.books.changed.connect(self._show_chosen)
        tools.addWidget(self.mode)
        tools.addStretch(1)
        tools.addWidget(self.period)
        tools.addWidget(self.books)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave the periods out where there is no room for them."""
        super().resizeEvent(event)
        needed = sum(part.sizeHint().width() for part in (self.mode, self.period, self.books))
        self.period.setVisible(needed + _TOOL_GAPS <= event.size().width())

    def coalescers(self) -> tuple[Coalescer[Any], ...]:
        """Return what holds updates back."""
        return (self.updates,)

    # data

    def _load(self) -> None:
        self.updates.flush()
        self.chart.set_upper_text(PERCENT_TEXT if self.mode.current == _RETURN else MONEY_TEXT)
        for book in self.books.names():
            self._load_book(book)
        self._show_chosen()

    def _load_book(self, book: str) -> None:
        curve = self._portfolio.curve(book)
        times = curve.ts / NS_PER_SECOND
        self.chart.set_curve(
            self._name(book), times, self._upper(curve), -np.abs(curve.drawdown), bold=book == ALL_SCOPE
        )

    def _upper(self, curve: EquityCurve) -> NDArray[np.float64]:
        return curve.twr if self.mode.current == _RETURN else curve.equity

    def _extend(self, batch: list[CurvePoint]) -> None:
        for extended in batch:
            book, point = extended.book, extended.point
            if self.books.add_name(book, checked=False) or self._name(book) not in self.chart.names():
                self._load_book(book)
                self.chart.set_shown(self._name(book), self.books.is_checked(book))
                continue
            upper = point.twr if self.mode.current == _RETURN else point.equity
            self.chart.append(self._name(book), point.ts / NS_PER_SECOND, upper, -abs(point.drawdown))
        self.chart.refresh()

    # choice

    def _show_chosen(self) -> None:
        for book in self.books.names():
            self.chart.set_shown(self._name(book), self.books.is_checked(book))
        self.chart.refresh()

    def _show_period(self, period: str) -> None:
        self.chart.view.show_span(_PERIODS[period])

    def _name(self, book: str) -> str:
        return self._title if book == ALL_SCOPE else book

    def _menu_color(self, book: str) -> str:
        return self._color(self._name(book))

    def _color(self, name: str) -> str:
        tokens = self.desk.theme.tokens
        return tokens.text if name == self._title else self._colors.color(name, tokens)

    def _status_changed(self, status: StrategyStatus) -> None:
        self._colors.add(status.instance.name)
        if self.books.add_name(status.instance.name):
            self._load_book(status.instance.name)
            self._show_chosen()
