"""The record table model: order, filter, and what it announces."""

import random
from decimal import Decimal
from itertools import pairwise
from typing import Any, NamedTuple

import pytest
from PySide6.QtCore import QAbstractItemModel, QItemSelectionModel, Qt
from PySide6.QtWidgets import QTableView
from pytestqt.modeltest import ModelTester
from pytestqt.qtbot import QtBot

from ares_desktop.views.models.columns import Column, RowShade
from ares_desktop.views.models.record_table import RecordTableModel

UP, DOWN = Qt.SortOrder.AscendingOrder, Qt.SortOrder.DescendingOrder


class Item(NamedTuple):
    key: int
    name: str = "x"
    amount: Decimal | float | None = None


COLUMNS = (
    Column[Item](key="key", title="Key", value=lambda item: item.key),
    Column[Item](key="name", title="Name", value=lambda item: item.name),
    Column[Item](key="amount", title="Amount", value=lambda item: item.amount),
)


def a_model(*items: Item, **options: Any) -> RecordTableModel[Item]:
    model = RecordTableModel(COLUMNS, key=lambda item: item.key, **options)
    model.reset(items)
    return model


def keys(model: RecordTableModel[Item]) -> list[int]:
    return [item.key for item in model.records()]


def watch(model: QAbstractItemModel) -> list[tuple[int, int, int, int]]:
    found: list[tuple[int, int, int, int]] = []
    model.dataChanged.connect(
        lambda first, last: found.append((first.row(), first.column(), last.row(), last.column()))
    )
    return found


def test_numbers_sort_as_numbers() -> None:
    model = a_model(Item(1, amount=Decimal(9)), Item(2, amount=Decimal(100)), Item(3, amount=Decimal(-20)))
    model.sort(2, UP)
    assert keys(model) == [3, 1, 2]
    model.sort(2, DOWN)
    assert keys(model) == [2, 1, 3]


@pytest.mark.parametrize("order", [UP, DOWN])
def test_unknown_values_go_last_in_both_directions(order: Qt.SortOrder) -> None:
    model = a_model(Item(1), Item(2, amount=Decimal(5)), Item(3, amount=float("nan")), Item(4, amount=Decimal(7)))
    model.sort(2, order)
    assert keys(model)[2:] == [1, 3]


def test_equal_values_keep_the_order_of_their_arrival() -> None:
    model = a_model(*(Item(number, amount=Decimal(1)) for number in range(6)))
    model.sort(2, DOWN)
    assert keys(model) == [0, 1, 2, 3, 4, 5]


def test_a_new_row_takes_its_place_in_the_order() -> None:
    model = a_model(*(Item(number, amount=Decimal(number)) for number in (10, 30, 20)))
    model.sort(2, UP)
    model.upsert([Item(25, amount=Decimal(25)), Item(5, amount=Decimal(5)), Item(99)])
    assert keys(model) == [5, 10, 20, 25, 30, 99]


def test_held_rows_are_shown_in_their_places_at_once() -> None:
    model = a_model(Item(3))
    model.sort(0, UP)
    model.set_filter("x")
    model.hold([Item(5), Item(1), Item(4, name="other"), Item(3)])
    assert keys(model) == [3]
    model.reveal()
    assert keys(model) == [1, 3, 5]
    model.set_filter("")
    assert keys(model) == [1, 3, 4, 5]


def test_only_changed_cells_are_announced() -> None:
    model = a_model(*(Item(number, amount=Decimal(number)) for number in range(20)))
    announced = watch(model)
    model.upsert([Item(4, amount=Decimal(400)), Item(5, amount=Decimal(500)), Item(9, name="y", amount=Decimal(9))])
    assert announced == [(4, 2, 5, 2), (9, 1, 9, 1)]


def test_an_unchanged_record_announces_nothing() -> None:
    model = a_model(Item(1), Item(2))
    announced = watch(model)
    model.upsert([Item(1), Item(2)])
    assert announced == []


def test_many_scattered_changes_are_announced_as_one_rectangle() -> None:
    model = a_model(*(Item(number) for number in range(200)))
    announced = watch(model)
    model.upsert([Item(number, name="new") for number in range(0, 200, 2)])
    assert announced == [(0, 1, 198, 1)]


def test_the_filter_finds_visible_text_in_any_column_and_any_case() -> None:
    model = a_model(Item(1, "Trend"), Item(2, "breakout"), Item(3, "x", Decimal("12.5")))
    model.set_filter("  BREAK ")
    assert keys(model) == [2]
    model.set_filter("12.5")
    assert keys(model) == [3]
    model.set_filter("")
    assert keys(model) == [1, 2, 3]


def test_the_filter_leaves_hidden_columns_out() -> None:
    model = a_model(Item(1, "trend"))
    model.set_filter("trend")
    model.search_in((0, 2))
    assert keys(model) == []
    model.search_in((0, 1, 2))
    assert keys(model) == [1]


def test_a_row_comes_and_goes_with_the_filter_as_it_changes() -> None:
    model = a_model(Item(1, "yes"), Item(2, "away"))
    model.sort(0, DOWN)
    model.set_filter("yes")
    model.upsert([Item(2, "yes")])
    assert keys(model) == [2, 1]
    model.upsert([Item(1, "away")])
    assert keys(model) == [2]
    assert model.total == 2
    assert model.row_of(1) == -1


def test_a_predicate_filters_besides_the_text() -> None:
    model = a_model(Item(1, "a"), Item(2, "a"), Item(3, "b"))
    model.set_filter("a")
    model.set_predicate(lambda item: item.key > 1)
    assert keys(model) == [2]
    model.upsert([Item(4, "a"), Item(0, "a")])
    assert keys(model) == [2, 4]
    model.set_predicate(None)
    assert sorted(keys(model)) == [0, 1, 2, 4]


def test_a_selection_follows_its_rows_through_a_new_order(qtbot: QtBot) -> None:
    model = a_model(*(Item(number, amount=Decimal(number)) for number in range(10)))
    view = QTableView()
    qtbot.addWidget(view)
    view.setModel(model)
    flags = QItemSelectionModel.SelectionFlag.Select | QItemSelectionModel.SelectionFlag.Rows
    view.selectionModel().select(model.index(3, 0), flags)
    model.sort(2, DOWN)
    assert [model.record(index.row()).key for index in view.selectionModel().selectedRows()] == [3]
    model.upsert([Item(3, amount=Decimal(100))])
    assert [index.row() for index in view.selectionModel().selectedRows()] == [0]


def test_the_oldest_rows_go_when_there_are_too_many() -> None:
    model = a_model(limit=100)
    for number in range(250):
        model.upsert([Item(number)])
    assert model.total <= 110
    assert keys(model)[-1] == 249
    assert min(keys(model)) >= 139


def test_a_row_is_shaded_again_when_its_record_changes() -> None:
    model = a_model(Item(1), shade=lambda item: RowShade.FAULT if item.name == "bad" else RowShade.NONE)
    announced = watch(model)
    model.upsert([Item(1, "bad")])
    assert model.row(0).shade is RowShade.FAULT
    assert announced == [(0, 0, 0, 2)]


def test_any_sequence_of_changes_ends_like_a_table_made_from_scratch(qtmodeltester: ModelTester) -> None:
    dice = random.Random(7)  # noqa: S311 - a repeatable sequence, not a secret
    model = a_model()
    qtmodeltester.check(model)  # type: ignore[no-untyped-call]
    kept: dict[int, Item] = {}
    for _ in range(150):
        match dice.randrange(6):
            case 0 | 1 | 2:
                batch = [
                    Item(dice.randrange(60), dice.choice("abc"), dice.choice([None, Decimal(dice.randrange(9)), 2.5]))
                    for _ in range(dice.randrange(1, 40))
                ]
                kept.update((item.key, item) for item in batch)
                model.upsert(batch)
            case 3:
                gone = dice.sample(sorted(kept), min(len(kept), dice.randrange(40)))
                model.remove(gone)
                for key in gone:
                    del kept[key]
            case 4:
                model.sort(dice.randrange(3), dice.choice([UP, DOWN]))
            case _:
                model.set_filter(dice.choice(["", "a", "b", "2"]))
        expected = {key for key, item in kept.items() if _matches(item, model.filter_text)}
        assert set(keys(model)) == expected
        assert [model.row_of(key) for key in keys(model)] == list(range(len(expected)))
        _assert_ordered(model)


def _matches(item: Item, needle: str) -> bool:
    return any(needle in str(value).casefold() for value in item)


def _assert_ordered(model: RecordTableModel[Item]) -> None:
    order = model._order
    if order is not None:
        rows = model._shown
        assert not any(order.precedes(right, left) for left, right in pairwise(rows))
