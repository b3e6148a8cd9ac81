"""What a trader does all day: look, sort, filter, export, switch strategies, place orders."""

import csv
from decimal import Decimal
from pathlib import Path

import psutil
import pytest
from PySide6.QtWidgets import QFileDialog, QLineEdit

from ares_desktop.domain.orders import Order, OrderState, OrderType, TimeInForce
from ares_desktop.domain.strategies import StrategyState
from ares_desktop.views.panels.strategies.panel import StrategiesPanel
from ares_desktop.views.panels.ticket import TicketPanel
from tests.window.desktop import Desktop

pytestmark = pytest.mark.window

TREND = "smag7-long"


def ticket(desktop: Desktop, **fields: str) -> TicketPanel:
    panel = desktop.panel("ticket")
    assert isinstance(panel, TicketPanel)
    for name in ("instrument", "quantity", "limit", "stop", "trail"):
        desktop.type_into(getattr(panel, name), fields.get(name, ""))
    return panel


def own_orders(desktop: Desktop) -> list[Order]:
    return [one for one in desktop.managers.trades.orders() if one.intent.strategy == "manual"]


def test_the_strategies_trade_and_the_window_shows_it(desktop: Desktop) -> None:
    names = {status.instance.name for status in desktop.managers.strategies.statuses()}
    desktop.wait(lambda: set(desktop.column("strategies", "state")) == {"Running"})
    assert set(desktop.column("strategies", "name")) == names
    tables = [desktop.table(name) for name in ("orders", "fills", "positions", "standings", "market")]
    desktop.wait(lambda: all(table.model.rowCount() for table in tables))
    shown = desktop.window.top_bar.equity.value.text()
    desktop.wait(lambda: desktop.window.top_bar.equity.value.text() != shown)


def test_a_strategy_is_switched_off_and_on_in_its_row(desktop: Desktop) -> None:
    strategies = desktop.managers.strategies
    desktop.wait(lambda: strategies.status(TREND).state is StrategyState.RUNNING)
    before = strategies.status(TREND).pid
    assert before is not None
    row = desktop.column("strategies", "name").index(TREND)

    desktop.click_cell("strategies", row, "switch")
    desktop.wait(lambda: strategies.status(TREND).state is StrategyState.STOPPED)
    desktop.wait(lambda: desktop.column("strategies", "state")[row] == "Stopped")
    assert desktop.column("strategies", "switch")[row] == "off"
    assert not psutil.pid_exists(before)

    desktop.click_cell("strategies", row, "switch")
    desktop.wait(lambda: strategies.status(TREND).state is StrategyState.RUNNING)
    desktop.wait(lambda: desktop.column("strategies", "state")[row] == "Running")
    assert strategies.status(TREND).pid != before


def test_parameters_are_changed_in_the_form_and_come_into_force(desktop: Desktop) -> None:
    panel = desktop.panel("strategies")
    assert isinstance(panel, StrategiesPanel)
    panel.table.select_key(TREND)
    desktop.press(panel.table.view, "Return")
    parts = panel.editor.parts
    desktop.wait(lambda: parts.form.editor_of("parameters.slow") is not None)
    found = parts.form.editor_of("parameters.slow")
    assert found is not None
    field = found[1]
    assert isinstance(field, QLineEdit)
    desktop.type_into(field, "33")
    desktop.wait(parts.bar.apply.isEnabled)
    desktop.click(parts.bar.apply)
    desktop.wait(lambda: desktop.managers.strategies.status(TREND).instance.parameters.get("slow") == 33)
    desktop.wait(lambda: not panel.editor.isVisible())


def test_a_click_on_a_header_sorts_by_value(desktop: Desktop) -> None:
    desktop.click_header("market", "last")
    model = desktop.table("market").model
    desktop.wait(lambda: all(row.last is not None for row in model.records()))
    ascending = [row.last for row in model.records()]
    assert ascending == sorted(ascending)

    desktop.click_header("market", "last")
    descending = [row.last for row in model.records()]
    assert descending == sorted(descending, reverse=True)


def test_a_filter_leaves_what_contains_it(desktop: Desktop) -> None:
    table = desktop.table("market")
    everything = table.model.rowCount()
    desktop.type_into(table.filter, "aapl")
    desktop.wait(lambda: desktop.column("market", "instrument") == ["AAPL.SIM"])
    assert table.rows.text() == f"1 of {everything} instruments"
    desktop.type_into(table.filter, "")
    desktop.wait(lambda: table.model.rowCount() == everything)


def test_a_table_goes_into_a_csv_file(desktop: Desktop, tmp_path: Path) -> None:
    table, file = desktop.table("fills"), tmp_path / "fills.csv"
    table.choose_export()
    dialog = desktop.window.findChild(QFileDialog)
    assert dialog is not None
    desktop.touch(lambda: dialog.fileSelected.emit(str(file)))
    dialog.close()
    desktop.wait(file.exists)
    desktop.wait(lambda: file.stat().st_size > 0)
    rows = list(csv.DictReader(file.read_text().splitlines()))
    known = {fill.strategy for fill in desktop.managers.trades.fills()}
    assert rows
    assert {row["Strategy"] for row in rows} <= known
    assert all(Decimal(row["Qty"]) > 0 for row in rows)


def test_an_order_is_placed_from_the_ticket(desktop: Desktop) -> None:
    panel = ticket(desktop, instrument="AAPL", quantity="10", limit="1")
    panel.tif.setCurrentIndex(panel.tif.findData(TimeInForce.GTC))
    desktop.click(panel.buy)
    desktop.wait(lambda: panel.answer.text().startswith("Buy 10 AAPL.SIM"))
    placed = own_orders(desktop)
    assert [(one.intent.type, one.intent.limit_price) for one in placed] == [(OrderType.LIMIT, Decimal(1))]
    desktop.wait(lambda: own_orders(desktop)[0].state is OrderState.ACCEPTED)
    desktop.wait(lambda: "manual" in desktop.column("orders", "strategy"))


def test_a_denied_ticket_says_why_on_the_spot(desktop: Desktop) -> None:
    panel = ticket(desktop, instrument="AAPL", quantity="90000000")
    desktop.click(panel.buy)
    desktop.wait(lambda: panel.answer.text().startswith("Denied, "))
    denied = own_orders(desktop)[-1]
    assert denied.state is OrderState.DENIED
    assert panel.answer.text() == f"Denied, {denied.reason_code}: {denied.reason}"


@pytest.mark.parametrize("garbage", ["ten", "-5", "0", "NaN", "1e400000", "Infinity", "1.2.3"])
def test_what_is_no_quantity_can_not_be_sent(desktop: Desktop, garbage: str) -> None:
    panel = ticket(desktop, instrument="AAPL", quantity=garbage)
    assert not panel.buy.isEnabled()
    assert not panel.sell.isEnabled()


def test_an_unknown_instrument_is_named_in_the_answer(desktop: Desktop) -> None:
    panel = ticket(desktop, instrument="NOSUCH", quantity="1")
    desktop.click(panel.sell)
    desktop.wait(lambda: "NOSUCH" in panel.answer.text())


@pytest.mark.parametrize("width", [1600, 1280, 1024, 800])
def test_the_kill_switch_is_never_cut_off(desktop: Desktop, width: int) -> None:
    window, bar = desktop.window, desktop.window.top_bar
    before = window.size()
    window.resize(width, before.height())
    desktop.wait(lambda: bar.sizeHint().width() <= bar.width() == width)
    assert bar.rect().contains(bar.kill.geometry())
    window.resize(before)


def test_the_theme_changes_and_is_kept(desktop: Desktop) -> None:
    def background() -> str:
        return desktop.window.palette().window().color().name()

    dark = background()
    desktop.press(desktop.window, "Ctrl+Shift+L")
    desktop.wait(lambda: background() != dark)
    desktop.window.save_layout()
    assert desktop.window.layout_store.text("window/theme") == "light"
    desktop.press(desktop.window, "Ctrl+Shift+L")
    desktop.wait(lambda: background() == dark)


def test_the_palette_finds_and_runs_a_command(desktop: Desktop) -> None:
    desktop.press(desktop.window, "Ctrl+K")
    palette = desktop.window.palette_box
    desktop.wait(palette.isVisible)
    desktop.type_into(palette.line, "pause cnr")
    desktop.press(palette.line, "Return")
    desktop.wait(lambda: desktop.managers.strategies.status("cnr").state is StrategyState.PAUSED)
