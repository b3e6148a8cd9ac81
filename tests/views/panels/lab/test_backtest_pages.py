"""The pages of a backtest over a real outcome."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeVar

import msgspec
import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QAbstractItemModelTester
from pytestqt.qtbot import QtBot

from ares_desktop.api.series import Bars
from ares_desktop.domain.accounts import EquityCurve
from ares_desktop.domain.backtests import CostLine, MonthlyReturn, RoundTrip
from ares_desktop.domain.ids import InstrumentId
from ares_desktop.views.desk import Desk
from ares_desktop.views.formats import price, signed_percent
from ares_desktop.views.models.record_table import RecordTableModel
from ares_desktop.views.panels.lab.result_backtest import BacktestView
from ares_desktop.views.panels.lab.result_candles import CandlesView
from ares_desktop.views.panels.lab.result_costs import CostsPage, break_even_bps
from ares_desktop.views.panels.lab.result_data import BacktestResult, buy_and_hold
from ares_desktop.views.panels.lab.result_distribution import DistributionPage
from ares_desktop.views.panels.lab.result_log import LogPage
from ares_desktop.views.panels.lab.result_months import MonthsPage
from ares_desktop.views.panels.lab.result_orders import DENIALS, FILLS, ORDERS, OrdersPage
from ares_desktop.views.panels.lab.result_overview import OverviewPage
from ares_desktop.views.panels.lab.result_trade_columns import TRIP_COLUMNS
from ares_desktop.views.panels.lab.result_trades import TradesPage
from ares_desktop.views.widgets.flexible_split import FlexibleSplit
from ares_desktop.views.widgets.months_table import months_text, years_of
from ares_desktop.views.widgets.record_table import RecordTable
from ares_desktop.views.widgets.row_feed import RowFeed
from tests.views.conftest import destroy
from tests.views.fake_pipelines import a_run
from tests.views.panels.lab.conftest import OpenView
from tests.views.panels.lab.real_results import (
    NAMES,
    STRATEGY,
    ResultPipelines,
    a_backtest,
    bars_of,
    some_data,
)

Page = TypeVar("Page")


@pytest.fixture
def result() -> BacktestResult:
    outcome, report = a_backtest()
    reference = buy_and_hold(outcome.curve, [bars_of(one) for one in some_data()])
    return BacktestResult(a_run(1), outcome, report, reference)


@pytest.fixture
def view(open_view: OpenView, result: BacktestResult) -> BacktestView:
    made = open_view(BacktestView)
    made.show_result(result)
    return made


def open_page(view: BacktestView, key: str, kind: type[Page]) -> Page:
    view.pages.open(key)
    page = view.pages.page(key)
    assert isinstance(page, kind)
    return page


# room


def test_in_a_low_view_the_most_important_figures_stay(view: BacktestView) -> None:
    assert len(view.head.grid.shown) == 12
    view.resize(700, 420)
    assert view.head.tiles["total_return"].isVisible()
    assert view.head.tiles["sharpe"].isVisible()
    assert not view.head.tiles["calmar"].isVisible()
    view.resize(1000, 720)
    assert all(tile.isVisible() for tile in view.head.tiles.values())


def test_in_a_low_view_the_candles_stand_beside_the_trades(view: BacktestView) -> None:
    page = open_page(view, "trades", TradesPage)
    split = page.findChild(FlexibleSplit)
    assert split is not None
    view.resize(1000, 1000)
    assert split.orientation() is Qt.Orientation.Vertical
    view.resize(900, 440)
    assert split.orientation() is Qt.Orientation.Horizontal
    assert min(split.sizes()) > 200


# overview


def test_equity_stands_beside_buying_and_holding(view: BacktestView, result: BacktestResult) -> None:
    chart = open_page(view, "overview", OverviewPage).chart
    assert chart.names() == ("This run", "Buy and hold")
    assert chart.points("This run") == len(result.outcome.curve.ts)
    read = {entry.name: entry.value for entry in chart.legend.entries()}
    assert read["This run"] == signed_percent(float(result.outcome.curve.twr[-1])).lstrip("+")


def test_the_logarithm_changes_heights_but_not_what_is_read(view: BacktestView) -> None:
    page = open_page(view, "overview", OverviewPage)
    before = [entry.value for entry in page.chart.legend.entries()]
    page.log.setChecked(True)
    assert [entry.value for entry in page.chart.legend.entries()] == before
    low, high = page.chart.view.panes[0].box.viewRange()[1]
    assert -0.3 < low < high < 0.3


def test_holding_waits_as_cash_for_an_instrument_that_begins_later() -> None:
    curve = EquityCurve(
        book="all",
        ts=np.array([1, 2, 3], dtype=np.int64),
        equity=np.array([100.0, 100.0, 100.0]),
        drawdown=np.zeros(3),
        twr=np.zeros(3),
    )
    early, late = few_bars([1, 2, 3], [10.0, 20.0, 10.0]), few_bars([3], [50.0])
    held = buy_and_hold(curve, [early, late])
    assert held is not None
    assert held.twr.tolist() == pytest.approx([0.0, 0.5, 0.0])
    assert held.drawdown.tolist() == pytest.approx([0.0, 0.0, -1 / 3])


def few_bars(ends: list[int], closes: list[float]) -> Bars:
    times, prices = np.array(ends, dtype=np.int64), np.array(closes, dtype=np.float64)
    return Bars(InstrumentId("X.SIM"), times - 1, times, prices, prices, prices, prices, prices)


# trades


def test_a_selected_trade_is_shown_on_the_candles(view: BacktestView, result: BacktestResult) -> None:
    page = open_page(view, "trades", TradesPage)
    trip = next(one for one in result.report.trips if one.instrument == NAMES[1])
    page.table.select_key(id(trip))
    candles = page.candles
    assert candles.instruments.currentText() == NAMES[1]
    left, right = candles.chart.view.x_range()
    entry, leave = (candles.chart.series.number_at(at) for at in (trip.entry_ns, trip.exit_ns))
    assert left < entry <= leave < right
    assert right - left < 200


def test_entries_exits_and_stops_are_marked(view: BacktestView, result: BacktestResult) -> None:
    candles = open_page(view, "trades", TradesPage).candles
    first = InstrumentId(candles.instruments.currentText())
    fills = [fill for fill in result.outcome.fills if fill.instrument == first]
    assert len(candles.chart.markers()) == len(fills)
    assert sum(marker.sign for marker in candles.chart.markers()) == sum(fill.side.sign for fill in fills)
    stops = [order for order in result.outcome.orders if order.intent.stop_price and order.intent.instrument == first]
    dashed = [span for span in candles.chart.spans.spans() if span.start == span.end]
    assert len(dashed) == len(stops) > 0
    candles.stops.setChecked(False)
    assert not [span for span in candles.chart.spans.spans() if span.start == span.end]


def test_a_marker_is_read_as_its_fill(view: BacktestView, result: BacktestResult) -> None:
    candles = open_page(view, "trades", TradesPage).candles
    marker = candles.chart.markers()[0]
    fill = next(one for one in result.outcome.fills if one.instrument == candles.instruments.currentText())
    text = candles.chart.marker_text(marker)
    assert f"{fill.quantity} @ {price(fill.price)}" in text
    assert STRATEGY in text


def test_candles_of_a_strategy_can_be_unmarked(view: BacktestView) -> None:
    candles = open_page(view, "trades", TradesPage).candles
    candles.strategies.check(STRATEGY, checked=False)
    assert not candles.chart.markers()


def test_bars_that_cannot_be_read_are_said_so(view: BacktestView, pipelines: ResultPipelines) -> None:
    pipelines.held = {name: few_bars([], []) for name in NAMES}
    candles = open_page(view, "trades", TradesPage).candles
    assert candles.stack.currentWidget() is candles.message
    assert "no bars" in candles.message.text()


def test_figures_of_trades_sort_as_numbers(result: BacktestResult) -> None:
    model: RecordTableModel[RoundTrip] = RecordTableModel(TRIP_COLUMNS, key=id)
    QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal)
    model.reset(result.report.trips)
    model.sort(model.column_number("pnl"))
    gains = [record.pnl for record in model.records()]
    assert gains == sorted(gains)


@pytest.fixture
def table(qtbot: QtBot, desk: Desk) -> Iterator[RecordTable]:
    model: RecordTableModel[RoundTrip] = RecordTableModel(TRIP_COLUMNS, key=id)
    QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal)
    made = RecordTable(desk, model, "trips", empty="", sort=("bars", Qt.SortOrder.AscendingOrder))
    model.setParent(made)
    made.show()
    qtbot.waitExposed(made)
    yield made
    destroy(made)


@pytest.fixture
def trips(result: BacktestResult) -> list[RoundTrip]:
    return [msgspec.structs.replace(result.report.trips[0], bars=number) for number in range(5_000)]


def test_many_rows_arrive_in_parts_and_all_of_them(qtbot: QtBot, table: RecordTable, trips: list[RoundTrip]) -> None:
    feed = RowFeed(table)
    feed.show(trips)
    assert 0 < table.model.rowCount() < 5_000
    qtbot.waitUntil(lambda: feed.is_done, timeout=30_000)
    assert [record.bars for record in table.model.records()] == list(range(5_000))


def test_rows_of_another_order_than_the_tables_order_it_once(
    qtbot: QtBot, table: RecordTable, trips: list[RoundTrip]
) -> None:
    orders: list[object] = []
    table.model.layoutChanged.connect(lambda *_: orders.append(None))
    feed = RowFeed(table)
    feed.show([trip for pair in zip(trips[2_500:], trips[:2_500], strict=True) for trip in pair])
    qtbot.waitUntil(lambda: feed.is_done, timeout=30_000)
    assert [record.bars for record in table.model.records()] == list(range(5_000))
    assert len(orders) <= 3


def test_other_rows_end_those_under_way(qtbot: QtBot, table: RecordTable, trips: list[RoundTrip]) -> None:
    feed = RowFeed(table)
    feed.show(trips)
    feed.show(trips[:3])
    qtbot.wait(60)
    assert table.model.rowCount() == 3


def test_what_is_copied_early_is_complete(table: RecordTable, trips: list[RoundTrip]) -> None:
    RowFeed(table).show(trips)
    table.copy()
    assert QGuiApplication.clipboard().text().count("\n") >= 5_000


def test_a_table_out_of_sight_takes_no_time(qtbot: QtBot, table: RecordTable, trips: list[RoundTrip]) -> None:
    feed = RowFeed(table)
    table.hide()
    feed.show(trips)
    before = table.model.rowCount()
    qtbot.wait(60)
    assert table.model.rowCount() == before
    assert not feed.is_done


# months


def test_a_year_compounds_its_months() -> None:
    years = years_of([MonthlyReturn(2024, 11, 0.1), MonthlyReturn(2024, 12, -0.1), MonthlyReturn(2025, 1, 0.02)])
    assert [year.year for year in years] == [2024, 2025]
    assert years[0].total == pytest.approx(-0.01)
    assert years[0].months[0] is None
    assert years[1].months[0] == 0.02


def test_months_say_the_best_and_the_worst() -> None:
    text = months_text([MonthlyReturn(2024, 11, 0.1), MonthlyReturn(2024, 12, -0.1)])
    assert text.startswith("1 of 2 months positive")
    assert "+10.00% in Nov 2024" in text


def test_the_year_total_is_the_run_where_it_has_one_year(view: BacktestView, result: BacktestResult) -> None:
    page = open_page(view, "months", MonthsPage)
    compounded = np.prod([1 + row.total for row in page.model.records()]) - 1
    assert compounded == pytest.approx(float(result.outcome.curve.twr[-1]), abs=1e-9)


# distribution, costs, orders, log


def test_every_closed_trade_is_in_the_distribution(view: BacktestView, result: BacktestResult) -> None:
    page = open_page(view, "distribution", DistributionPage)
    assert page.trades.chart.columns.heights.sum() == result.report.figures.trades
    assert page.trades.chart.mean.at is not None


def test_too_few_values_are_said_to_be_too_few(view: BacktestView, result: BacktestResult) -> None:
    charts = msgspec.structs.replace(result.report.charts, trade_returns=None)
    page = open_page(view, "distribution", DistributionPage)
    page.trades.show_bins(charts.trade_returns)
    assert page.trades.currentWidget() is page.trades.missing


def test_break_even_is_the_cost_that_eats_the_profit() -> None:
    line = CostLine(
        strategy=STRATEGY,
        instrument=NAMES[0],
        turnover=100_000.0,
        commission=30.0,
        slippage=20.0,
        financing=0.0,
        dividends=0.0,
    )
    assert break_even_bps(150.0, [line]) == pytest.approx(20.0)
    assert break_even_bps(None, [line]) is None
    assert break_even_bps(150.0, []) is None


def test_cost_bars_add_up_to_the_table(view: BacktestView, result: BacktestResult) -> None:
    page = open_page(view, "costs", CostsPage)
    drawn = sum(value or 0.0 for row in page.bars.rows for value in row.values)
    assert drawn == pytest.approx(sum(one.commission + one.slippage + one.financing for one in result.report.costs))


def test_orders_fills_and_denials_are_all_there(qtbot: QtBot, view: BacktestView, result: BacktestResult) -> None:
    page = open_page(view, "orders", OrdersPage)
    outcome = result.outcome
    counts = {ORDERS: len(outcome.orders), FILLS: len(outcome.fills), DENIALS: len(outcome.denials)}
    for key, number in counts.items():
        page.which._buttons[key].click()
        table = page.tables[key]
        assert page.stack.currentWidget() is table
        qtbot.waitUntil(lambda table=table, number=number: table.model.total == number)  # type: ignore[misc]


def test_recorded_values_are_drawn_by_name(view: BacktestView, result: BacktestResult) -> None:
    page = open_page(view, "log", LogPage)
    assert page.records.chart is not None
    assert page.records.chart.names() == tuple(f"mean {name}" for name in NAMES) or set(page.records.chart.names()) == {
        f"mean {name}" for name in NAMES
    }
    assert page.model.total == len(result.outcome.logs)


def test_one_million_bars_are_drawn_as_few(qtbot: QtBot, view: BacktestView, pipelines: ResultPipelines) -> None:
    count = 1_000_000
    starts = np.arange(count, dtype=np.int64) * 60_000_000_000
    close = 100 + np.cumsum(np.random.default_rng(1).normal(0, 0.01, count))
    many = Bars(NAMES[0], starts, starts + 60_000_000_000, close, close + 0.01, close - 0.01, close, np.ones(count))
    pipelines.held = dict.fromkeys(NAMES, many)
    candles: CandlesView = open_page(view, "trades", TradesPage).candles
    candles.chart.view.show_span(None)
    qtbot.wait(1)
    at, rows, _ = candles.chart._candles._in_sight()
    assert len(candles.chart.series) == count
    assert 0 < len(at) == len(rows) <= 2 * candles.chart.view.width()
