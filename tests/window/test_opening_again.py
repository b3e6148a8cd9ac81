"""The window comes back as it was left, and with what was traded."""

from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from ares_desktop.domain.risk import TradingState
from ares_desktop.views.panels.market import MarketPanel
from tests.window.desktop import running

pytestmark = pytest.mark.window


def test_a_first_start_shows_a_chart_without_a_click(qapp: QApplication, tmp_path: Path) -> None:
    with running(qapp, tmp_path) as desktop:
        panel = desktop.panel("market")
        assert isinstance(panel, MarketPanel)
        desktop.wait(lambda: panel.chart.instrument is not None)
        desktop.wait(lambda: all(len(row.trail) > 1 for row in panel.watch.model.records()))


def test_layout_theme_books_and_trading_state_survive_closing(qapp: QApplication, tmp_path: Path) -> None:
    with running(qapp, tmp_path) as first:
        window = first.window
        window.docks.docks["standings"].closeDockWidget()
        first.click_header("strategies", "age")
        first.table("orders").view.setColumnWidth(0, 123)
        first.panel("fills")
        first.press(window, "Ctrl+Shift+L")
        first.press(window, "Ctrl+P")
        first.wait(lambda: first.managers.state.state().state is TradingState.PAUSED)
        fills = {fill.trade_id for fill in first.managers.trades.fills()}

    with running(qapp, tmp_path) as second:
        window = second.window
        assert window.docks.docks["standings"].isClosed()
        assert window.docks.docks["fills"].isCurrentTab()
        strategies = second.table("strategies")
        assert strategies.view.horizontalHeader().sortIndicatorSection() == strategies.model.column_number("age")
        assert second.table("orders").view.columnWidth(0) == 123
        assert window.theme.tokens.name == "light"
        assert second.managers.state.state().state is TradingState.PAUSED
        assert fills <= {fill.trade_id for fill in second.managers.trades.fills()}
        second.wait(lambda: len(second.column("fills", "strategy")) >= len(fills))
