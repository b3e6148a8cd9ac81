"""Filtering, copying, exporting and remembering, through the real widgets."""

import csv
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog, QHeaderView, QMenu
from pytestqt.qtbot import QtBot

from ares_desktop.domain.ids import StrategyId
from ares_desktop.domain.orders import Order, OrderState
from ares_desktop.views.desk import Desk
from ares_desktop.views.models.columns import Align, Column
from ares_desktop.views.models.common_columns import Ticks
from ares_desktop.views.models.record_table import RecordTableModel
from ares_desktop.views.panels.orders import order_columns
from ares_desktop.views.widgets.record_table import RecordTable
from tests.views.records import an_order


class Item(NamedTuple):
    key: int
    name: str = "x"
    amount: Decimal | None = None


COLUMNS = (
    Column[Item](key="key", title="Key", value=lambda item: item.key, width=50),
    Column[Item](key="name", title="Name", value=lambda item: item.name),
    Column[Item](key="amount", title="Amount", value=lambda item: item.amount, align=Align.RIGHT),
    Column[Item](key="secret", title="Secret", value=lambda item: f"s{item.key}", hidden=True),
)
ITEMS = (Item(1, "trend", Decimal("1234.50")), Item(2, "breakout", Decimal(-3)), Item(3, 'a "b"\tc'))


def a_table(desk: Desk, qtbot: QtBot, items: tuple[Item, ...] = ITEMS) -> RecordTable:
    model = RecordTableModel(COLUMNS, key=lambda item: item.key)
    model.reset(items)
    table = RecordTable(desk, model, "things", empty="No things", sort=("key", Qt.SortOrder.AscendingOrder))
    model.setParent(table)
    qtbot.addWidget(table)
    table.resize(500, 300)
    table.show()
    return table


def test_typing_into_the_filter_narrows_the_rows_and_the_count(desk: Desk, qtbot: QtBot) -> None:
    table = a_table(desk, qtbot)
    table.focus_filter()
    QTest.keyClicks(table.filter, "break")
    qtbot.waitUntil(lambda: table.model.rowCount() == 1)
    assert table.rows.text() == "1 of 3 rows"
    table.filter.clear()
    qtbot.waitUntil(lambda: table.model.rowCount() == 3)
    assert table.rows.text() == "3 rows"


def test_a_selection_survives_the_filter(desk: Desk, qtbot: QtBot) -> None:
    table = a_table(desk, qtbot)
    table.select_key(2)
    table.filter.setText("break")
    table.apply_filter()
    assert [item.key for item in table.selected()] == [2]


def test_a_click_on_a_header_sorts_by_value(desk: Desk, qtbot: QtBot) -> None:
    table = a_table(desk, qtbot)
    header = table.view.horizontalHeader()
    where = header.sectionViewportPosition(2) + 20
    QTest.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(where, 10))
    assert [item.key for item in table.model.records()] == [2, 1, 3]


def test_copying_gives_plain_figures_of_the_selected_rows(desk: Desk, qtbot: QtBot) -> None:
    table = a_table(desk, qtbot)
    table.select_key(1)
    table.view.setFocus()
    table.copy()
    assert QGuiApplication.clipboard().text() == "Key\tName\tAmount\n1\ttrend\t1234.50\n"


def test_copying_without_a_selection_takes_all_rows(desk: Desk, qtbot: QtBot) -> None:
    table = a_table(desk, qtbot)
    table.view.clearSelection()
    table.copy()
    assert len(QGuiApplication.clipboard().text().splitlines()) == 4


def test_an_export_writes_the_shown_rows_and_columns(desk: Desk, qtbot: QtBot, tmp_path: Path) -> None:
    table = a_table(desk, qtbot)
    table.show_column(3, on=True)
    table.show_column(0, on=False)
    file = tmp_path / "things.csv"
    table.export(file)
    with file.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.reader(stream))
    assert rows[0] == ["Name", "Amount", "Secret"]
    assert rows[1:] == [["trend", "1234.50", "s1"], ["breakout", "-3", "s2"], ['a "b"\tc', "", "s3"]]
    assert desk.notices.notices()[0].title == "Exported 3 rows"


def test_an_export_that_fails_says_why(desk: Desk, qtbot: QtBot, tmp_path: Path) -> None:
    table = a_table(desk, qtbot)
    table.export(tmp_path / "missing" / "things.csv")
    assert "No such file" in desk.notices.notices()[0].lines[0]


def test_the_export_dialog_opens_without_waiting(desk: Desk, qtbot: QtBot) -> None:
    table = a_table(desk, qtbot)
    table.choose_export()
    dialog = table.findChild(QFileDialog)
    assert isinstance(dialog, QFileDialog)
    dialog.reject()


def test_columns_are_chosen_from_a_menu(desk: Desk, qtbot: QtBot) -> None:
    table = a_table(desk, qtbot)
    table._show_columns(table.mapToGlobal(table.rect().center()))
    menu = table.findChild(QMenu)
    assert isinstance(menu, QMenu)
    assert [action.isChecked() for action in menu.actions()[:4]] == [True, True, True, False]
    menu.actions()[3].trigger()
    assert not table.view.isColumnHidden(3)
    menu.close()


def test_widths_order_and_sorting_are_remembered(desk: Desk, qtbot: QtBot) -> None:
    first = a_table(desk, qtbot)
    header = first.view.horizontalHeader()
    header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
    first.view.setColumnWidth(1, 177)
    first.show_column(3, on=True)
    header.moveSection(0, 2)
    first.view.sortByColumn(2, Qt.SortOrder.DescendingOrder)
    first.save_layout()
    second = a_table(desk, qtbot)
    assert second.view.columnWidth(1) == 177
    assert [column.key for column in second.visible_columns()] == ["name", "amount", "key", "secret"]
    assert [item.key for item in second.model.records()] == [1, 2, 3]
    assert second.view.horizontalHeader().sortIndicatorOrder() == Qt.SortOrder.DescendingOrder
    second.reset_columns()
    assert [column.key for column in second.visible_columns()] == ["key", "name", "amount"]


def test_ten_thousand_orders_sort_and_filter_right(desk: Desk, qtbot: QtBot) -> None:
    model: RecordTableModel[Order] = RecordTableModel(order_columns(Ticks(lambda _: None)), key=lambda order: order.id)
    states = list(OrderState)
    model.reset(
        an_order(
            number,
            state=states[number % len(states)],
            strategy=StrategyId(f"trader-{number % 20}"),
            limit_price=None if number % 7 == 0 else Decimal(number * 7919 % 10_007) / 100,
        )
        for number in range(10_000)
    )
    table = RecordTable(desk, model, "many", empty="")
    model.setParent(table)
    qtbot.addWidget(table)
    table.show()
    table.view.sortByColumn(model.column_number("limit"), Qt.SortOrder.DescendingOrder)
    prices = [order.intent.limit_price for order in model.records()]
    known = [price for price in prices if price is not None]
    assert known == sorted(known, reverse=True)
    assert prices[len(known) :] == [None] * (10_000 - len(known))
    table.filter.setText("trader-7")
    table.apply_filter()
    assert model.rowCount() == 500
    assert {order.intent.strategy for order in model.records()} == {"trader-7"}
    model.upsert([an_order(70_000 + number, limit_price=Decimal(50)) for number in range(100)])
    assert (model.rowCount(), model.total) == (500, 10_100)


@pytest.mark.parametrize("key", [Qt.Key.Key_Return, Qt.Key.Key_Space])
def test_enter_opens_and_space_toggles_the_current_row(desk: Desk, qtbot: QtBot, key: Qt.Key) -> None:
    table = a_table(desk, qtbot)
    table.select_key(2)
    signal = table.view.activated_row if key is Qt.Key.Key_Return else table.view.toggled_row
    with qtbot.waitSignal(signal) as caught:
        QTest.keyClick(table.view, key)
    assert caught.args == [1]


def test_an_empty_table_paints_its_reason(desk: Desk, qtbot: QtBot) -> None:
    table = a_table(desk, qtbot, ())
    empty = table.view.grab().toImage()
    table.model.upsert(ITEMS)
    assert table.view.grab().toImage() != empty
