"""Measures the window under load: loop lag of the whole application, tables and charts, and a naive table beside it.

Everything runs in one process, so that the ratios hold on any machine. The application is the real one, on a fresh
profile with the sample market, strategies in processes of their own and one of them in an endless loop; on top of what
these cause, positions change through the portfolio's signal until 50,000 table cells change each second.
"""

import argparse
import asyncio
import contextlib
import gc
import json
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import msgspec
import numpy as np
from PySide6 import QtCore, QtWidgets  # noqa: TID251  the benchmark drives the window

from ares_desktop.application import Application
from ares_desktop.domain.ids import AccountId, ClientOrderId, InstrumentId, StrategyId
from ares_desktop.domain.market import NS_PER_SECOND, Bar, to_ns
from ares_desktop.domain.orders import Order, OrderIntent, OrderState, Side
from ares_desktop.domain.positions import Position
from ares_desktop.domain.strategies import StrategyState
from ares_desktop.engine.runtime.lag import LagFigures, LagMeter
from ares_desktop.engine.runtime.tasks import TaskSet
from ares_desktop.event_loop import new_event_loop
from ares_desktop.run_options import RunOptions
from ares_desktop.views.charts.candle_chart import CandleChart
from ares_desktop.views.charts.line_chart import LineChart
from ares_desktop.views.main_window import MainWindow
from ares_desktop.views.models.common_columns import Ticks
from ares_desktop.views.models.record_table import RecordTableModel
from ares_desktop.views.panels.orders import order_columns
from ares_desktop.views.panels.pnl import MONEY_TEXT, PERCENT_TEXT
from ares_desktop.views.theme import Theme

ROWS: Final = 500
COLUMNS: Final = 12
CELLS_PER_RECORD: Final = 5
CELLS_PER_S: Final = 50_000
BEAT_S: Final = 0.005
STRATEGIES: Final = 20
FILES: Final = ("smag7", "ltmt", "cnr", "breakout")
CAPITAL: Final = Decimal(5_000)
WARM_UP_S: Final = 3.0
NOW: Final = datetime(2024, 1, 2, 15, tzinfo=UTC)

ENDLESS: Final = '''"""Never returns from its first bar."""
from ares_desktop.api import Bar, Strategy


class Endless(Strategy):
    """Loops for ever."""

    def on_bar(self, bar: Bar) -> None:
        while True:
            pass
'''

Emit = Callable[[int], object]


def positions() -> list[Position]:
    """Return a cycle of positions: every later record of a row differs in five cells."""
    return [
        Position(
            account=AccountId("bench"),
            strategy=StrategyId(f"bench-{row % 25:02}"),
            instrument=InstrumentId(f"I{row // 25:02}.SIM"),
            quantity=Decimal(100 + turn),
            average_price=Decimal("50.25"),
            realized=Decimal(turn * 7 - row),
            mark=Decimal(5000 + (row * 7 + turn * 13) % 999) / 100,
            marked_at=NOW,
            unrealized=Decimal((row * 31 + turn * 17) % 2001 - 1000),
            market_value=Decimal(5000 + turn * row),
        )
        for turn in range(40)
        for row in range(ROWS)
    ]


async def drive(emit: Emit, lag: LagMeter, seconds: float) -> tuple[LagFigures, float]:
    """Emit records at the target rate; return the lag and the cells per second that were reached."""
    beats = round(seconds / BEAT_S)
    warm_up = round(WARM_UP_S / BEAT_S)
    per_beat = round(CELLS_PER_S / CELLS_PER_RECORD * BEAT_S)
    number, began = 0, time.perf_counter()
    for beat in range(beats + warm_up):
        if beat == warm_up:
            number, began = 0, time.perf_counter()
            lag.start()
        for _ in range(per_beat):
            emit(number)
            number += 1
        # A window that can't keep up is asked less often, not buried.
        await asyncio.sleep(max(0.0, began + number / per_beat * BEAT_S - time.perf_counter()))
        if beat > warm_up and time.perf_counter() - began > seconds:
            break
    lag.stop()
    return lag.total(), number * CELLS_PER_RECORD / (time.perf_counter() - began)


# the application


async def start_strategies(application: Application, folder: Path) -> None:
    """Add instances until there are enough, the endless one among them, and switch all on."""
    manager = application.engine.managers.strategies
    endless = folder / "endless.py"
    endless.write_text(ENDLESS)
    number = len(manager.statuses())
    await manager.add(str(endless), name="endless", capital=CAPITAL, source="benchmark")
    while len(manager.statuses()) < STRATEGIES:
        number += 1
        await manager.add(FILES[number % len(FILES)], name=f"bench-{number:02}", capital=CAPITAL, source="benchmark")
    for status in manager.statuses():
        if not status.instance.active:
            await manager.enable(status.instance.name, source="benchmark")


async def wait_until_running(application: Application, within_s: float) -> None:
    """Wait until all workers are up."""
    manager = application.engine.managers.strategies
    ends = time.monotonic() + within_s
    up = {StrategyState.RUNNING, StrategyState.STALLED, StrategyState.WARMING_UP}
    while time.monotonic() < ends and sum(status.state in up for status in manager.statuses()) < STRATEGIES:  # noqa: ASYNC110  a benchmark may poll
        await asyncio.sleep(0.25)


async def measure_loaded(application: Application, window: MainWindow, seconds: float) -> dict[str, Any]:
    """Change positions at the target rate and measure; then do the same to the naive table."""
    records = positions()
    managers = application.engine.managers
    gc.collect()
    gc.freeze()
    idle = LagMeter()
    idle.start()
    await asyncio.sleep(WARM_UP_S)
    idle.stop()
    began = time.process_time()
    lag, rate = await drive(
        lambda number: managers.portfolio.position_changed.emit(records[number % len(records)]), LagMeter(), seconds
    )
    share = (time.process_time() - began) / (seconds + WARM_UP_S)
    window.hide()
    naive = await measure_naive(seconds)
    window.show()
    states = [status.state.value for status in managers.strategies.statuses()]
    return {
        "naive": naive,
        "lag_ms": figures(lag),
        "lag_without_updates_ms": figures(idle.total()),
        "cells_per_s": round(rate),
        "cpu_share": round(share, 2),
        "strategies": {state: states.count(state) for state in sorted(set(states))},
    }


async def measure_application(seconds: float, folder: Path) -> dict[str, Any]:
    """Run the whole application under load, then the naive table in its window's place under the same load."""
    application = Application(RunOptions(profile=folder / "profile", feed="sample"))
    tasks = TaskSet("benchmark")
    window = MainWindow(
        application.engine.managers,
        spawn=application.spawn,
        profile=application.profile.root,
        on_close_requested=application.request_stop,
    )
    window.show()
    window.populate_charts()
    for name in window.docks.docks:
        window.docks.panel(name)
    running = tasks.spawn(application.run(raise_window=window.show, before_stop=lambda: None), "application")
    await asyncio.sleep(2)
    await start_strategies(application, folder)
    await wait_until_running(application, 60)
    result = await measure_loaded(application, window, seconds)
    application.request_stop()
    await running
    window.close_now()
    application.close()
    return result


# the naive table


class NaiveTable(QtWidgets.QTableWidget):
    """A sorted QTableWidget that is updated for each event, in the manner of vnpy's monitors."""

    def __init__(self) -> None:
        super().__init__(ROWS, COLUMNS)
        self._cells = [
            [QtWidgets.QTableWidgetItem(f"{row * column}") for column in range(COLUMNS)] for row in range(ROWS)
        ]
        for row, cells in enumerate(self._cells):
            for column, cell in enumerate(cells):
                self.setItem(row, column, cell)
        self.setSortingEnabled(True)
        self.sortByColumn(2, QtCore.Qt.SortOrder.AscendingOrder)

    def show_event(self, number: int) -> None:
        """Write the changed cells of a row with sorting off, then sort again."""
        self.setSortingEnabled(False)
        for column in range(2, 2 + CELLS_PER_RECORD):
            self._cells[number % ROWS][column].setText(f"{(number * 7919 + column) % 100_003 / 100:.2f}")
        self.setSortingEnabled(True)


async def measure_naive(seconds: float) -> dict[str, Any]:
    """Update the naive table at the same rate."""
    table = NaiveTable()
    table.resize(1000, 700)
    table.show()
    lag, rate = await drive(table.show_event, LagMeter(), seconds)
    table.close()
    table.deleteLater()
    return {"lag_ms": figures(lag), "cells_per_s": round(rate)}


# tables and charts


def orders(count: int) -> list[Order]:
    """Return orders that differ in all that a person sorts by."""
    states = tuple(OrderState)
    return [
        Order(
            intent=OrderIntent(
                client_order_id=ClientOrderId(f"bench-{number:06}"),
                strategy=StrategyId(f"bench-{number % 20:02}"),
                account=AccountId("bench"),
                instrument=InstrumentId(f"I{number % 37:02}.SIM"),
                side=Side.BUY if number % 3 else Side.SELL,
                quantity=Decimal(number * 7919 % 10_007),
                created_at=NOW + timedelta(seconds=number),
            ),
            state=states[number % len(states)],
            updated_at=NOW,
        )
        for number in range(count)
    ]


def measure_table(count: int = 10_000) -> dict[str, float]:
    """Sort and filter a table of orders."""
    model = RecordTableModel(order_columns(Ticks(lambda _: None)), key=lambda order: order.id)
    model.reset(orders(count))
    view = QtWidgets.QTableView()
    view.setModel(model)
    view.show()
    column = model.column_number("quantity")
    sorts, filters = Times(), Times()
    for turn in range(6):
        order = QtCore.Qt.SortOrder.DescendingOrder if turn % 2 else QtCore.Qt.SortOrder.AscendingOrder
        with sorts.timed():
            model.sort(column, order)
        with filters.timed():
            model.set_filter(f"bench-{turn:02}")
        with filters.timed():
            model.set_filter("")
    view.close()
    view.deleteLater()
    return {**sorts.figures("sort"), **filters.figures("filter")}


def measure_line(theme: Theme, points: int = 1_000_000) -> dict[str, float]:
    """Append to a long curve with its drawdown and paint, frame by frame as a 20 Hz timer would."""
    chart = LineChart(theme, color=lambda _: theme.tokens.accent, upper_text=MONEY_TEXT, lower_text=PERCENT_TEXT)
    chart.resize(1200, 600)
    equity = 100_000 + np.random.default_rng(1).normal(size=points).cumsum()
    start = 1.4e9
    chart.set_curve("long", start + np.arange(points), equity, equity / np.maximum.accumulate(equity) - 1, bold=True)
    chart.show()
    QtWidgets.QApplication.processEvents()
    frames = Times()
    for frame in range(60):
        with frames.timed():
            chart.append("long", start + points + frame, float(equity[-1]) + frame, -0.01)
            chart.refresh()
            chart.view.viewport().repaint()
    chart.close()
    chart.deleteLater()
    return {"points": points, **frames.figures("frame")}


def measure_candles(theme: Theme, count: int = 10_000) -> dict[str, float]:
    """Change the last of many bars and paint: the newest 150 in sight, then all of them."""
    chart = CandleChart(theme)
    chart.resize(1000, 520)
    minute = 60 * NS_PER_SECOND
    closes = (200 + np.random.default_rng(2).normal(size=count).cumsum() / 50).tolist()
    start = to_ns(NOW)
    bars = [
        Bar(InstrumentId("I.SIM"), start + n * minute, start + (n + 1) * minute, c, c + 0.1, c - 0.1, c + 0.05, 1e4)
        for n, c in enumerate(closes)
    ]
    chart.set_bars("I.SIM", bars, length_ns=minute)
    chart.show()
    QtWidgets.QApplication.processEvents()
    result: dict[str, float] = {"bars": count}
    for name, span in (("tick", 150.0), ("tick_all_in_sight", None)):
        chart.view.show_span(span)
        frames = Times()
        for frame in range(60):
            with frames.timed():
                chart.add_bars([msgspec.structs.replace(bars[-1], close=closes[-1] + frame / 100)])
                chart.view.viewport().repaint()
        result |= frames.figures(name)
    chart.close()
    chart.deleteLater()
    return result


# figures


class Times:
    """Durations of one step: by the clock, and of the processor alone, which other processes can't lengthen."""

    def __init__(self) -> None:
        self._wall: list[float] = []
        self._cpu: list[float] = []

    @contextlib.contextmanager
    def timed(self) -> Iterator[None]:
        """Measure a block."""
        wall, cpu = time.perf_counter(), time.thread_time()
        yield
        self._wall.append((time.perf_counter() - wall) * 1e3)
        self._cpu.append((time.thread_time() - cpu) * 1e3)

    def figures(self, name: str) -> dict[str, float]:
        """Return median and greatest milliseconds, rounded for reading."""
        return {
            f"{name}_ms": round(statistics.median(self._wall), 2),
            f"{name}_max_ms": round(max(self._wall), 2),
            f"{name}_cpu_ms": round(statistics.median(self._cpu), 2),
        }


def figures(lag: LagFigures) -> dict[str, float]:
    """Return the lag rounded for reading."""
    return {"p50": round(lag.p50_ms, 2), "p99": round(lag.p99_ms, 2), "max": round(lag.max_ms, 2)}


async def measure(seconds: float, app: QtWidgets.QApplication) -> dict[str, Any]:
    """Run every measurement, one after the other."""
    theme = Theme(app)
    result: dict[str, Any] = {
        "benchmark": "ui_load",
        "platform": app.platformName(),
        "orders_table": measure_table(),
        "line_chart": measure_line(theme),
        "candle_chart": measure_candles(theme),
    }
    with tempfile.TemporaryDirectory(prefix="ares-bench-") as folder:
        result["application"] = await measure_application(seconds, Path(folder))
    result["naive_table"] = result["application"].pop("naive")
    ours, naive = result["application"]["lag_ms"]["p99"], result["naive_table"]["lag_ms"]["p99"]
    result["naive_over_ours_p99"] = round(naive / max(ours, 0.01), 1)
    return result


def main() -> None:
    """Print one JSON line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=10.0, help="length of each measurement under load")
    options = parser.parse_args()
    app = QtWidgets.QApplication([])
    app.setQuitOnLastWindowClosed(False)
    with asyncio.Runner(loop_factory=lambda: new_event_loop(app)) as runner:
        print(json.dumps(runner.run(measure(options.seconds, app))))


if __name__ == "__main__":
    main()
