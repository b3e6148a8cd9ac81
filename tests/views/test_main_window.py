"""The real window: what it keeps, what it obeys, and that nothing of it is left."""

import gc
import re
from pathlib import Path

from PySide6.QtCore import QObject, Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QComboBox, QLabel, QLineEdit, QTableView, QWidget
from pytestqt.qtbot import QtBot

from ares_desktop.domain.monitoring import Severity
from ares_desktop.domain.risk import KillStep, KillSwitchReport, StepState, TradingState
from ares_desktop.domain.strategies import StrategyState
from ares_desktop.views.main_window import MainWindow
from ares_desktop.views.panels.panel import Panel
from ares_desktop.views.panels.registry import PANELS
from ares_desktop.views.panels.strategies.panel import StrategiesPanel
from tests.views.conftest import OpenWindow, destroy, run_now
from tests.views.fakes import Fakes
from tests.views.records import a_status, an_alert, an_order

VIEWS = Path(__file__).resolve().parents[2] / "ares_desktop" / "views"


def strategies_panel(window: MainWindow) -> StrategiesPanel:
    panel = window.docks.panels["strategies"]
    assert isinstance(panel, StrategiesPanel)
    return panel


def orders_view(window: MainWindow) -> QTableView:
    view = window.docks.panels["orders"].findChild(QTableView)
    assert isinstance(view, QTableView)
    return view


def test_every_panel_has_a_dock_under_its_stable_name(window: MainWindow) -> None:
    window.populate_charts()
    for spec in PANELS:
        assert window.docks.panel(spec.name).objectName() == f"panel_{spec.name}"
    assert set(window.docks.panels) == {spec.name for spec in PANELS}
    assert {dock.objectName() for dock in window.docks.docks.values()} == {f"dock_{spec.name}" for spec in PANELS}


def test_a_click_on_the_switch_disables_and_enables_a_strategy(window: MainWindow, fakes: Fakes, qtbot: QtBot) -> None:
    fakes.strategies.put(a_status("trend"), a_status("other"))
    panel = strategies_panel(window)
    qtbot.waitUntil(lambda: panel.model.rowCount() == 2)
    view = panel.table.view
    spot = view.cell_center(panel.model.row_of("trend"), panel.model.column_number("switch"))
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=spot)
    assert fakes.strategies.status("trend").state is StrategyState.STOPPED
    qtbot.waitUntil(lambda: not panel.model.record(panel.model.row_of("trend")).on)
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=spot)
    assert fakes.strategies.calls == [("disable", "trend"), ("enable", "trend")]


def test_one_click_engages_the_kill_switch_and_shows_its_checklist(window: MainWindow, fakes: Fakes) -> None:
    QTest.mouseClick(window.top_bar.kill, Qt.MouseButton.LeftButton)
    assert fakes.state.kill_switch.engaged
    assert fakes.state.kill_switch.source == "window"
    assert window.kill_panel.isVisible()
    assert "Halted" in window.top_bar.state.text()
    QTest.mouseClick(window.top_bar.kill, Qt.MouseButton.LeftButton)
    assert window.focusWidget() is window.kill_panel.word
    QTest.mouseClick(window.top_bar.kill, Qt.MouseButton.LeftButton)
    assert not window.kill_panel.isVisible()
    assert fakes.state.kill_switch.engaged


def test_the_checklist_covers_no_critical_alert(window: MainWindow, fakes: Fakes, qtbot: QtBot) -> None:
    window.top_bar.press_kill()
    fakes.alerts.put(an_alert(severity=Severity.CRITICAL))
    qtbot.waitUntil(window.banner.isVisible)
    lower = window.banner.mapTo(window, window.banner.rect().bottomLeft()).y()
    qtbot.waitUntil(lambda: window.kill_panel.y() > lower)


def test_the_checklist_grows_and_shrinks_with_its_steps(window: MainWindow, fakes: Fakes) -> None:
    names = ("latch", "fence", "cancel", "confirm")
    heights = []
    for number in (1, 4, 2):
        steps = tuple(KillStep(name=name, state=StepState.DONE, finished_ms=2.0) for name in names[:number])
        fakes.state.show(KillSwitchReport(engaged=True, reason="test", source="window", steps=steps))
        shown = [one.text() for one in window.kill_panel.findChildren(QLabel) if one.isVisible()]
        assert [name.capitalize() in shown for name in names] == [place < number for place in range(4)]
        heights.append(window.kill_panel.height())
    assert heights[1] > heights[2] > heights[0]


def test_only_the_typed_word_releases_the_kill_switch(window: MainWindow, fakes: Fakes) -> None:
    QTest.mouseClick(window.top_bar.kill, Qt.MouseButton.LeftButton)
    line = window.kill_panel.word
    engaged = []
    for typed in ("release", "RELEASE"):
        line.clear()
        QTest.keyClicks(line, typed)
        QTest.keyClick(line, Qt.Key.Key_Return)
        engaged.append((fakes.state.kill_switch.engaged, bool(line.property("invalid"))))
    assert engaged == [(True, True), (False, False)]
    assert not window.kill_panel.isVisible()
    assert window.top_bar.kill.text() == "KILL SWITCH"


def test_the_shortcut_pauses_and_resumes_trading(window: MainWindow, fakes: Fakes) -> None:
    states = []
    for key in ("pause", "pause", "reduce"):
        window.book.action(key).trigger()
        states.append(fakes.state.current.state)
    assert states == [TradingState.PAUSED, TradingState.ACTIVE, TradingState.REDUCING]


def test_a_refusal_is_shown_with_its_code(window: MainWindow, fakes: Fakes) -> None:
    window.top_bar.press_kill()
    window.commands.reduce_only()
    assert fakes.state.kill_switch.engaged
    assert window.notices.notices()[0].lines == ("KILL_SWITCH: release the kill switch first",)


def test_the_layout_is_kept_over_a_close(open_window: OpenWindow) -> None:
    first = open_window()
    first.docks.docks["fills"].toggleView(False)  # noqa: FBT003 - Qt takes it by position
    first.docks.docks["positions"].setFloating()
    orders_view(first).setColumnWidth(1, 222)
    first.theme.apply("light")
    first.close()
    second = open_window()
    assert second.docks.docks["fills"].isClosed()
    assert second.docks.docks["positions"].isFloating()
    assert orders_view(second).columnWidth(1) == 222
    assert second.theme.tokens.name == "light"
    second.docks.reset()
    assert not second.docks.docks["fills"].isClosed()
    assert not second.docks.docks["positions"].isFloating()


def test_a_damaged_layout_file_gives_the_default(open_window: OpenWindow, tmp_path: Path) -> None:
    (tmp_path / "layout.ini").write_bytes(
        b"[window]\ndocks=@ByteArray(garbage)\ngeometry=1\ntheme=@Invalid()\n\xff\x00"
    )
    window = open_window()
    assert not window.docks.docks["orders"].isClosed()
    assert window.theme.tokens.name == "dark"


def test_closing_asks_the_application_first(qtbot: QtBot, fakes: Fakes, tmp_path: Path) -> None:
    asked: list[str] = []
    window = MainWindow(
        fakes.managers, spawn=run_now, profile=tmp_path, on_close_requested=lambda: asked.append("close")
    )
    window.show()
    qtbot.waitExposed(window)
    window.close()
    assert asked == ["close"]
    assert window.isVisible()
    window.close_now()
    assert not window.isVisible()
    destroy(window)


def test_the_palette_finds_actions_panels_and_strategies(window: MainWindow, fakes: Fakes) -> None:
    fakes.strategies.put(a_status("trend"))
    window.commands.open_palette()
    QTest.keyClicks(window.palette_box.line, "disable tre")
    assert window.palette_box.list.count() == 1
    QTest.keyClick(window.palette_box.line, Qt.Key.Key_Return)
    assert fakes.strategies.calls == [("disable", "trend")]
    assert not window.palette_box.isVisible()


def test_the_theme_can_be_switched_while_the_window_runs(window: MainWindow) -> None:
    before = window.grab().toImage()
    window.book.action("theme").trigger()
    assert window.theme.tokens.name == "light"
    assert window.grab().toImage() != before


def test_flatten_asks_inside_the_window_and_does_nothing_without_an_answer(window: MainWindow, fakes: Fakes) -> None:
    window.book.action("flatten").trigger()
    notice = window.notices.notices()[0]
    assert fakes.trades.calls == []
    cancel, confirm = (button for button in notice.findChildren(QAbstractButton) if button.text())
    cancel.click()
    window.book.action("flatten").trigger()
    assert fakes.trades.calls == []
    window.notices.notices()[0].findChildren(QAbstractButton)[-1].click()
    assert [call[0] for call in fakes.trades.calls] == ["flatten"]
    assert confirm.text() == "Flatten"


def test_open_alerts_are_counted_at_the_bottom(window: MainWindow, fakes: Fakes) -> None:
    fakes.alerts.put(an_alert("a"), an_alert("b"))
    assert window.status_line.alerts.text() == "2 open alerts"
    fakes.alerts.acknowledge("a")
    assert window.status_line.alerts.text() == "1 open alert"


def test_a_heavy_panel_is_made_once_it_is_seen(window: MainWindow, qtbot: QtBot) -> None:
    assert "market" not in window.docks.panels
    window.populate_charts()
    assert "market" in window.docks.panels
    assert "lab" not in window.docks.panels
    window.docks.docks["lab"].setAsCurrentTab()
    qtbot.waitUntil(lambda: "lab" in window.docks.panels)


def test_every_control_tells_its_name(window: MainWindow) -> None:
    window.populate_charts()
    for spec in PANELS:
        window.docks.panel(spec.name)
    kinds = (QAbstractButton, QLineEdit, QComboBox, QTableView)
    nameless = [
        f"{type(one).__name__} in {_home(one)}"
        for kind in kinds
        for one in window.findChildren(kind)
        if not one.objectName().startswith("qt_") and not _is_foreign(one) and not _name(one)
    ]
    assert nameless == []


def _is_foreign(widget: QWidget) -> bool:
    """Say whether a control is an inner part of a Qt or QtAds control."""
    parent = widget.parent()
    ours = type(widget).__module__.startswith("ares_desktop")
    return not ours and (
        isinstance(parent, (QComboBox, QLabel, QLineEdit, QTableView))
        or "CDock" in type(parent).__name__
        or _in_title(widget)
    )


def _in_title(widget: QWidget) -> bool:
    parent: QObject | None = widget
    while parent is not None and not isinstance(parent, Panel):
        if "TitleBar" in type(parent).__name__ or "DockWidgetTab" in type(parent).__name__:
            return True
        parent = parent.parent()
    return False


def _name(widget: QWidget) -> str:
    return widget.accessibleName() or (widget.text() if isinstance(widget, QAbstractButton) else "")


def _home(widget: QWidget) -> str:
    parent: QObject | None = widget
    while parent is not None and not parent.objectName().startswith("panel_"):
        parent = parent.parent()
    return "window" if parent is None else parent.objectName()


def test_no_two_actions_share_a_shortcut(window: MainWindow) -> None:
    keys = [action.keys for action in window.book.actions if action.keys]
    assert len(keys) == len(set(keys))


def test_nothing_of_a_closed_window_is_left(fakes: Fakes, tmp_path: Path, qtbot: QtBot, qapp: QApplication) -> None:
    qtbot.wait(1)
    before = set(map(id, qapp.topLevelWidgets()))
    window = MainWindow(fakes.managers, spawn=run_now, profile=tmp_path, on_close_requested=lambda: None)
    window.show()
    window.populate_charts()
    fakes.trades.put(*(an_order(number) for number in range(50)))
    window.close_now()
    destroy(window)
    del window
    gc.collect()
    left = [one for one in qapp.topLevelWidgets() if id(one) not in before and one.isVisible()]
    assert left == []
    assert [timer for timer in gc.get_objects() if isinstance(timer, QTimer) and _runs(timer)] == []
    fakes.trades.put(an_order(99))


def _runs(timer: QTimer) -> bool:
    try:
        return timer.isActive() and timer.parent() is not None
    except RuntimeError:
        return False


def test_nothing_in_the_window_waits_in_a_modal_loop() -> None:
    modal = re.compile(r"\.exec(_)?\(|QMessageBox|QInputDialog|getSaveFileName|getOpenFileName")
    files = sorted(VIEWS.rglob("*.py"))
    assert len(files) > 100
    assert [file for file in files if modal.search(file.read_text())] == []


def test_the_replay_is_stepped_paused_and_resumed_by_keys(window: MainWindow, fakes: Fakes) -> None:
    for key in ("faster", "slower", "slower"):
        window.book.action(key).trigger()
    assert fakes.data.calls == [("set_speed", 50.0), ("set_speed", 20.0), ("set_speed", 10.0)]
    states = []
    for _ in range(2):
        window.book.action("play").trigger()
        states.append(fakes.data.status.state.value)
    assert states == ["paused", "running"]


def test_an_import_says_what_it_stored_or_what_was_wrong(window: MainWindow, fakes: Fakes) -> None:
    window.commands.import_files(["/data/spy.csv"])
    window.commands.import_files(["/data/broken.csv"])
    done, failed = window.notices.notices()
    assert done.lines == ("SPY bars 1d: 12",)
    assert "broken.csv" in failed.lines[0]
    assert len(fakes.data.calls) == 2
