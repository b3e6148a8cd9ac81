"""The strategies panel and its editor."""

from decimal import Decimal

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QCheckBox, QComboBox, QLineEdit, QPushButton
from pytestqt.qtbot import QtBot

from ares_desktop.domain.strategies import StrategyState
from ares_desktop.views.desk import Desk
from ares_desktop.views.models.columns import RowShade
from ares_desktop.views.panels.strategies.panel import StrategiesPanel
from tests.views.fakes import Fakes
from tests.views.records import a_book, a_fault, a_status, an_entry, changed


def a_panel(desk: Desk, qtbot: QtBot) -> StrategiesPanel:
    panel = StrategiesPanel(desk)
    qtbot.addWidget(panel)
    panel.resize(500, 700)
    panel.show()
    return panel


def text(panel: StrategiesPanel, name: str, column: str) -> str:
    return panel.model.text(panel.model.row_of(name), panel.model.column_number(column))


def field(panel: StrategiesPanel, name: str) -> QLineEdit:
    editor = panel.editor.form.editors[name]
    assert isinstance(editor, QLineEdit)
    return editor


def retype(line: QLineEdit, typed: str) -> None:
    line.selectAll()
    QTest.keyClicks(line, typed)


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


def test_all_wrong_parameters_are_marked_at_once_and_nothing_is_sent(desk: Desk, fakes: Fakes, qtbot: QtBot) -> None:
    fakes.strategies.put(a_status("trend"))
    panel = a_panel(desk, qtbot)
    panel.table.select_key("trend")
    panel.edit()
    retype(field(panel, "fast"), "1")
    retype(field(panel, "risk"), "much")
    assert panel.editor.form.problems() == {"fast": "from 2 to 200", "risk": "must be a number"}
    assert not panel.editor.apply.isEnabled()
    retype(field(panel, "fast"), "20")
    retype(field(panel, "risk"), "0.75")
    panel.editor.apply.click()
    assert fakes.strategies.calls == [("set_parameters", "trend", {"fast": 20, "risk": 0.75})]
    assert fakes.strategies.status("trend").instance.parameters["fast"] == 20


def test_a_refusal_of_the_strategy_itself_lands_at_its_field(desk: Desk, fakes: Fakes, qtbot: QtBot) -> None:
    fakes.strategies.put(a_status("trend"))
    panel = a_panel(desk, qtbot)
    panel.table.select_key("trend")
    panel.edit()
    retype(field(panel, "fast"), "50")
    retype(field(panel, "slow"), "40")
    panel.editor.apply.click()
    assert field(panel, "slow").property("invalid")
    assert desk.notices.notices() == []


def test_every_kind_of_parameter_has_its_editor(desk: Desk, fakes: Fakes, qtbot: QtBot) -> None:
    fakes.strategies.put(a_status("trend"))
    panel = a_panel(desk, qtbot)
    panel.table.select_key("trend")
    panel.edit()
    editors = panel.editor.form.editors
    assert isinstance(editors["confirm"], QCheckBox)
    assert isinstance(editors["side"], QComboBox)
    editors["confirm"].setChecked(False)
    editors["side"].setCurrentText("short")
    assert panel.editor.form.changes() == {"confirm": False, "side": "short"}


def test_an_instance_is_added_from_the_catalog(desk: Desk, fakes: Fakes, qtbot: QtBot) -> None:
    panel = a_panel(desk, qtbot)
    panel.editor.prepare_new()
    assert "fast average" in panel.editor.summary.text()
    panel.editor.name.setText("mine")
    panel.editor.instruments.setText("AAPL, SPY")
    panel.editor.capital.setText("12,500.50")
    panel.editor.apply.click()
    verb, file, name, settings = fakes.strategies.calls[0]
    assert (verb, file, name) == ("add", "/strategies/smag7.py", "mine")
    assert settings["instruments"] == ("AAPL.SMART", "SPY.SMART")
    assert settings["capital"] == Decimal("12500.50")
    assert settings["parameters"]["slow"] == 30
    qtbot.waitUntil(lambda: panel.model.row_of("mine") >= 0)


def test_a_wrong_capital_is_said_and_nothing_is_added(desk: Desk, fakes: Fakes, qtbot: QtBot) -> None:
    panel = a_panel(desk, qtbot)
    panel.editor.prepare_new()
    for typed in ("much", "-5", "NaN"):
        panel.editor.capital.setText(typed)
        panel.editor.apply.click()
    assert fakes.strategies.calls == []
    assert len(desk.notices.notices()) == 3


def test_all_unknown_instruments_are_named_at_once(desk: Desk, fakes: Fakes, qtbot: QtBot) -> None:
    panel = a_panel(desk, qtbot)
    panel.editor.prepare_new()
    panel.editor.instruments.setText("AAPL, XYZ, QQQ")
    panel.editor.apply.click()
    assert fakes.strategies.calls == []
    assert len(desk.notices.notices()[0].lines) == 2


def test_another_file_is_checked_before_it_is_offered(desk: Desk, qtbot: QtBot) -> None:
    panel = a_panel(desk, qtbot)
    panel.editor.prepare_new()
    panel.editor.check_file("/home/me/grid.py")
    assert panel.editor.file.currentText() == "grid.py"


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
