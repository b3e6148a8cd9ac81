"""The market: a watch list beside the chart of its chosen instrument."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSplitter

from ares_desktop.views.charts.colors import SeriesColors
from ares_desktop.views.panels.instrument_chart import InstrumentChart
from ares_desktop.views.panels.panel import Panel
from ares_desktop.views.panels.watch_list import WatchList

if TYPE_CHECKING:
    from ares_desktop.views.desk import Desk
    from ares_desktop.views.models.coalescer import Coalescer

_SIDE_BY_SIDE: Final = 860
"""Width from which list and chart stand beside each other; in a narrower panel the chart stands above."""
_LIST_WIDTH: Final = 340
_LIST_SHARE: Final = 0.36
_SHARES: Final = "panels/market"


class MarketPanel(Panel):
    """What the market does, and what the strategies did in it."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        colors = SeriesColors(status.instance.name for status in desk.managers.strategies.statuses())
        self.chart = InstrumentChart(desk, colors)
        self.watch = WatchList(desk)
        self._shares_by_hand = False
        self.splitter = QSplitter(Qt.Orientation.Vertical)
        self.splitter.setChildrenCollapsible(False)
        self.splitter.setHandleWidth(1)
        self.splitter.addWidget(self.chart)
        self.splitter.addWidget(self.watch)
        self.splitter.splitterMoved.connect(self._keep_shares)
        self.column.addWidget(self.splitter)
        self._restore_shares()
        self.watch.chosen.connect(self.chart.show_instrument)
        self.watch.select_first()

    def coalescers(self) -> tuple[Coalescer[Any], ...]:
        """Return what holds updates back."""
        chart = self.chart
        return (self.watch.updates, chart.bar_updates, chart.price_updates, chart.fill_updates)

    def second_passed(self) -> None:
        """Let the age of old prices grow, and choose an instrument once there are any."""
        self.watch.renew_ages()
        if self.chart.instrument is None:
            self.watch.select_first()

    def save_layout(self) -> None:
        """Keep the tables' columns, and the shares of list and chart when a person has set them."""
        super().save_layout()
        if self._shares_by_hand:
            self.desk.layout.put(_SHARES, self.splitter.saveState())

    def _restore_shares(self) -> None:
        state = self.desk.layout.bytes(_SHARES)
        if state is not None and self.splitter.restoreState(state):
            self._shares_by_hand = True
            if self.splitter.orientation() == Qt.Orientation.Horizontal:
                self.splitter.insertWidget(0, self.watch)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Put list and chart beside or above each other, whatever gives the chart more room."""
        super().resizeEvent(event)
        width, height = event.size().width(), event.size().height()
        wide = width >= _SIDE_BY_SIDE
        turned = wide != (self.splitter.orientation() == Qt.Orientation.Horizontal)
        if turned:
            self.splitter.setOrientation(Qt.Orientation.Horizontal if wide else Qt.Orientation.Vertical)
            self.splitter.insertWidget(0 if wide else 1, self.watch)
        if turned or not self._shares_by_hand:
            self._shares_by_hand = False
            below = round(height * _LIST_SHARE)
            self.splitter.setSizes([_LIST_WIDTH, width - _LIST_WIDTH] if wide else [height - below, below])

    def _keep_shares(self) -> None:
        self._shares_by_hand = True
