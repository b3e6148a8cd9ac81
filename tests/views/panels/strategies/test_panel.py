"""The strategies panel: its rows, and what is done with them."""

from datetime import timedelta
from decimal import Decimal
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from ares_desktop.domain.strategies import StrategyState
from ares_desktop.views.desk import Desk
from ares_desktop.views.models.columns import RowShade
from ares_desktop.views.panels.strategies.panel import StrategiesPanel
from tests.views.fakes import Fakes
from tests.views.records import NOW, a_book, a_fault, a_position, a_status, an_entry, changed


def a_panel(desk: Desk, qtbot: QtBot) -> StrategiesPanel:
    panel = StrategiesPanel(desk)
    qtbot.addWidget(panel)
    panel.resize(500, 700)
    panel.show()
    return panel


def text(panel: StrategiesPanel, name: str, column: str) -> str:
    return panel.model.text(panel.model.row_of(name), panel.model.column_number(column))


def test_a_row_joins_state_and_money(desk: Desk, fakes: Fakes, qtbot: QtBot) -> None:
    fakes.strategies.put(a_status("trend", heartbeat_age_s=0.3))
    fakes.portfolio.money["trend"] = a_book("trend", "412.30")
    panel = a_panel(desk, qtbot)
    assert [text(panel, "trend", key) for key in ("state", "pnl", "drawdown", "beat")] == [
        "Running",
        "+412.30",
        "1.2%",
        "0.3 s",
    ]
    fakes.portfolio.book_changed.emit(a_book("trend", "-5"))
    qtbot.waitUntil(lambda: text(panel, "trend", "pnl") == "\N{MINUS SIGN}5.00")


def test_a_faulted_instance_is_a_red_row_with_place_message_and_remedy(desk: Desk, fakes: Fakes, qtbot: QtBot) -> None:
    fakes.strategies.put(a_status("breakout", StrategyState.FAULTED, fault=a_fault(), restarts=3))
    panel = a_panel(desk, qtbot)
    assert panel.model.row(0).shade is RowShade.FAULT
    assert panel.fault.text() == (
        "breakout: breakout.py:41: ZeroDivisionError: division by zero. Correct the file, then enable it again."
    )
    assert panel.fault_line.isVisible()
    fakes.strategies.put(a_status("breakout"))
    qtbot.waitUntil(lambda: panel.model.row(0).shade is RowShade.NONE)
    panel.second_passed()
    assert not panel.fault_line.isVisible()


def test_a_faulty_file_is_a_row_until_it_is_corrected(desk: Desk, fakes: Fakes, qtbot: QtBot) -> None:
    bad = an_entry("grid", faults=(a_fault(kind="syntax", message="SyntaxError: expected ':'", line=12),))
    fakes.strategies.entries.append(bad)
    panel = a_panel(desk, qtbot)
    assert text(panel, "file grid.py", "state") == "Faulty file"
    panel.toggle(panel.model.record(0))
    assert fakes.strategies.calls == []
    fakes.strategies.catalog_changed.emit(changed(bad, faults=()))
    assert panel.model.total == 0


def test_space_switches_the_current_instance(desk: Desk, fakes: Fakes, qtbot: QtBot) -> None:
    fakes.strategies.put(a_status("trend"))
    panel = a_panel(desk, qtbot)
    panel.table.select_key("trend")
    QTest.keyClick(panel.table.view, Qt.Key.Key_Space)
    assert fakes.strategies.calls == [("disable", "trend")]


def test_enable_resumes_what_was_paused(desk: Desk, fakes: Fakes, qtbot: QtBot) -> None:
    fakes.strategies.put(a_status("trend"))
    panel = a_panel(desk, qtbot)
    panel.table.select_key("trend")
    panel.act("pause")
    qtbot.waitUntil(lambda: text(panel, "trend", "state") == "Paused")
    panel.enable()
    panel.act("disable")
    assert [call[0] for call in fakes.strategies.calls] == ["pause", "resume", "disable"]


def test_removing_asks_first(desk: Desk, fakes: Fakes, qtbot: QtBot) -> None:
    fakes.strategies.put(a_status("trend"))
    panel = a_panel(desk, qtbot)
    panel.table.select_key("trend")
    panel.act("remove")
    assert fakes.strategies.calls == []
    notice = desk.notices.notices()[0]
    assert notice.title == "Remove trend?"
    notice.findChildren(QPushButton)[-1].click()
    assert panel.model.total == 0


def test_states_are_told_apart_by_their_icons_alone(desk: Desk, fakes: Fakes, qtbot: QtBot) -> None:
    fakes.strategies.put(*(a_status(f"s{number}", state) for number, state in enumerate(StrategyState)))
    panel = a_panel(desk, qtbot)
    column = panel.model.columns[panel.model.column_number("state")]
    assert column.glyph is not None
    icons = [column.glyph(row) for row in panel.model.records()]
    assert len(set(icons)) == len(icons)


def test_figures_of_a_worker_are_sorted_as_numbers_and_absent_without_one(
    desk: Desk, fakes: Fakes, qtbot: QtBot
) -> None:
    for name, used in (("big", 1100.0), ("small", 90.0)):
        fakes.strategies.put(changed(a_status(name, cpu_percent=3.0), memory_mb=used))
    fakes.strategies.put(changed(a_status("off", StrategyState.STOPPED), memory_mb=5.0))
    panel = a_panel(desk, qtbot)
    panel.model.sort(panel.model.column_number("memory"), Qt.SortOrder.AscendingOrder)
    assert [row.name for row in panel.model.records()] == ["small", "big", "off"]
    assert text(panel, "big", "memory") == "1,100 MB"
    assert (text(panel, "off", "memory"), text(panel, "off", "rate"), text(panel, "off", "beat")) == ("", "", "")


def test_a_refused_file_is_told_of_in_its_row_with_place_and_message(desk: Desk, fakes: Fakes, qtbot: QtBot) -> None:
    refused = a_fault(kind="syntax", message="SyntaxError: expected ':'", line=12)
    fakes.strategies.put(a_status("trend", reload_fault=refused))
    panel = a_panel(desk, qtbot)
    assert text(panel, "trend", "reload") == "New file refused"
    assert panel.model.row(0).shade is RowShade.WARNING
    hint = panel.model.columns[panel.model.column_number("name")].tooltip
    assert hint is not None
    assert "breakout.py:12: SyntaxError" in hint(panel.model.record(0))
    fakes.strategies.put(a_status("trend", reloaded_at=NOW))
    qtbot.waitUntil(lambda: text(panel, "trend", "reload") == "Reloaded 15:30")


def test_a_restart_that_is_due_is_counted_down(desk: Desk, fakes: Fakes, qtbot: QtBot) -> None:
    due = NOW + timedelta(seconds=8)
    fakes.strategies.put(a_status("trend", StrategyState.FAULTED, fault=a_fault(), restarts=2, restart_at=due))
    panel = a_panel(desk, qtbot)
    panel.source.now = lambda: NOW + timedelta(seconds=3)
    panel.second_passed()
    assert text(panel, "trend", "restarts") == "2, again in 5 s"


def test_a_second_renews_only_the_rows_whose_age_reads_otherwise(desk: Desk, fakes: Fakes, qtbot: QtBot) -> None:
    fakes.strategies.put(a_status("new", since=NOW), a_status("old", since=NOW - timedelta(hours=3)))
    panel = a_panel(desk, qtbot)
    panel.source.now = lambda: NOW + timedelta(seconds=20)
    panel.second_passed()
    changes: list[tuple[int, int]] = []
    panel.model.dataChanged.connect(lambda first, last: changes.append((first.row(), last.row())))
    panel.source.now = lambda: NOW + timedelta(seconds=21)
    panel.second_passed()
    row = panel.model.row_of("new")
    assert changes == [(row, row)]
    assert (text(panel, "new", "age"), text(panel, "old", "age")) == ("21 s", "3 h")


def test_a_holding_is_counted_once_its_quantity_is_known(desk: Desk, fakes: Fakes, qtbot: QtBot) -> None:
    fakes.strategies.put(a_status("trend"))
    panel = a_panel(desk, qtbot)
    assert text(panel, "trend", "positions") == "0"
    fakes.portfolio.position_changed.emit(a_position(strategy="trend"))
    qtbot.waitUntil(lambda: text(panel, "trend", "positions") == "1")
    fakes.portfolio.position_changed.emit(a_position(strategy="trend", quantity=Decimal(0)))
    qtbot.waitUntil(lambda: text(panel, "trend", "positions") == "0")


def test_verbs_go_to_every_selected_instance_for_which_they_make_sense(desk: Desk, fakes: Fakes, qtbot: QtBot) -> None:
    fakes.strategies.put(a_status("one"), a_status("two"), a_status("off", StrategyState.STOPPED))
    panel = a_panel(desk, qtbot)
    panel.table.view.selectAll()
    for key in ("close_only", "restart", "reload"):
        panel.act(key)
    asked = [call for call in fakes.strategies.calls if call[1] != "off"]
    assert asked == fakes.strategies.calls
    assert {call for call in asked if call[0] == "restart"} == {("restart", "one"), ("restart", "two")}


def test_ending_a_worker_asks_first(desk: Desk, fakes: Fakes, qtbot: QtBot) -> None:
    fakes.strategies.put(a_status("trend", StrategyState.STALLED))
    panel = a_panel(desk, qtbot)
    panel.table.select_key("trend")
    panel.act("end")
    assert fakes.strategies.calls == []
    notice = desk.notices.notices()[0]
    assert notice.title == "End the worker of trend?"
    notice.findChildren(QPushButton)[-1].click()
    assert fakes.strategies.calls == [("end", "trend")]


def test_a_menu_entry_is_usable_only_where_it_does_something(desk: Desk, fakes: Fakes, qtbot: QtBot) -> None:
    fakes.strategies.put(a_status("off", StrategyState.STOPPED), a_status("on"))
    panel = a_panel(desk, qtbot)
    panel.table.select_key("off")
    assert not panel.tools.entries["end"].isEnabled()
    assert panel.tools.entries["enable"].isEnabled()
    panel.table.select_key("on")
    assert panel.tools.entries["end"].isEnabled()
    assert not panel.tools.entries["enable"].isEnabled()


def test_a_copy_gets_a_free_name(desk: Desk, fakes: Fakes, qtbot: QtBot) -> None:
    fakes.strategies.put(a_status("trend"), a_status("trend-2"))
    panel = a_panel(desk, qtbot)
    panel.table.view.selectAll()
    panel.act("duplicate")
    assert fakes.strategies.calls == [("duplicate", "trend", "trend-3"), ("duplicate", "trend-2", "trend-4")]


def test_settings_are_exported_to_a_file(desk: Desk, fakes: Fakes, qtbot: QtBot, tmp_path: Path) -> None:
    fakes.strategies.put(a_status("trend"))
    panel = a_panel(desk, qtbot)
    file = tmp_path / "mine.toml"
    panel.actions_of_rows.export(["trend"], file)
    assert "trend" in file.read_text(encoding="utf-8")


def test_lesser_columns_make_room_and_chosen_ones_stay(desk: Desk, fakes: Fakes, qtbot: QtBot) -> None:
    fakes.strategies.put(a_status("trend"))
    panel = a_panel(desk, qtbot)

    def shown() -> list[str]:
        return [column.key for column in panel.table.visible_columns()]

    panel.resize(380, 700)
    assert {"switch", "name", "state", "pnl"} <= set(shown())
    assert "cpu" not in shown()
    panel.table.column_chosen.emit("pid", True)  # noqa: FBT003 - as the menu of the columns does
    assert "pid" in shown()
    panel.resize(1500, 700)
    assert {"cpu", "memory", "rate", "beat", "restarts", "reload", "version", "pid"} <= set(shown())
    assert panel.table.view.horizontalScrollBar().maximum() == 0
    panel.table.columns_reset.emit()
    assert "pid" not in shown()
