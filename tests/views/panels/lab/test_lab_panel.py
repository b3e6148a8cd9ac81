"""The lab as a whole: set-up, runs, progress and result in one panel."""

from datetime import UTC, datetime

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QToolButton
from pytestqt.qtbot import QtBot

from ares_desktop.domain.backtests import BacktestSpec
from ares_desktop.domain.errors import Finding, UsageError
from ares_desktop.domain.ids import InstrumentId
from ares_desktop.domain.market import DataKind, StoredSymbol
from ares_desktop.domain.runs import RunKind, RunState
from ares_desktop.domain.searches import SearchSpec
from ares_desktop.views.desk import Desk
from ares_desktop.views.panels.lab.lab_panel import RESULT, RUNS, SETUP, LabPanel
from tests.views.fake_pipelines import a_run
from tests.views.fakes import Fakes
from tests.views.records import TREND_PARAMETERS, an_entry, changed

YEAR_2014_NS = 1_388_534_400_000_000_000
YEAR_2016_NS = 1_451_606_400_000_000_000


@pytest.fixture
def panel(desk: Desk, fakes: Fakes, qtbot: QtBot) -> LabPanel:
    """A small lab, as in the default layout."""
    spy = InstrumentId("SPY.SMART")
    fakes.data.store.append(
        StoredSymbol(
            symbol="SPY",
            kind=DataKind.BARS,
            spec="1d",
            rows=500,
            start_ns=YEAR_2014_NS,
            end_ns=YEAR_2016_NS,
            instrument=spy,
        )
    )
    return a_panel(desk, qtbot)


def a_panel(desk: Desk, qtbot: QtBot, width: int = 640, height: int = 460) -> LabPanel:
    made = LabPanel(desk)
    qtbot.addWidget(made)
    made.resize(width, height)
    made.show()
    return made


def has_focus(panel: LabPanel) -> bool:
    focused = QApplication.focusWidget()
    return focused is not None and panel.pages.isAncestorOf(focused)


def visible(panel: LabPanel) -> set[str]:
    parts = {SETUP: panel.setup, RUNS: panel.runs, RESULT: panel.result}
    return {name for name, part in parts.items() if part.isVisible()}


@pytest.mark.parametrize(
    ("size", "page", "shown"),
    [
        ((640, 460), SETUP, {SETUP}),
        ((640, 460), RUNS, {RUNS}),
        ((640, 900), RESULT, {RESULT}),
        ((1200, 460), SETUP, {SETUP, RUNS}),
        ((1200, 460), RUNS, {SETUP, RUNS}),
        ((1200, 460), RESULT, {SETUP, RESULT}),
        ((1200, 900), SETUP, {SETUP, RUNS, RESULT}),
    ],
)
def test_as_much_is_shown_as_there_is_room_for(
    panel: LabPanel, size: tuple[int, int], page: str, shown: set[str]
) -> None:
    panel.resize(*size)
    panel.show_page(page)
    assert visible(panel) == shown


def test_what_is_set_up_is_started_and_watched(panel: LabPanel, fakes: Fakes) -> None:
    panel.setup.data.add(["SPY"])
    QTest.mouseClick(panel.setup.run, Qt.MouseButton.LeftButton)
    ((verb, spec),) = fakes.pipelines.calls
    assert verb == "start backtest"
    assert isinstance(spec, BacktestSpec)
    assert panel.result.shown == ("B000001",)
    assert visible(panel) == {RESULT}
    assert [run.id for run in panel.runs.selected()] == ["B000001"]
    assert panel.active.text() == "1 running"
    assert not panel.progress.isHidden()


def test_a_refused_set_up_shows_the_form_with_its_findings(panel: LabPanel, fakes: Fakes, desk: Desk) -> None:
    panel.setup.data.add(["NOSUCH"])
    fakes.pipelines.refusal = UsageError(Finding(place="data", value="NOSUCH", problem="is not known"))
    panel.setup.ask_backtest()
    assert visible(panel) == {SETUP}
    assert panel.setup.data_fields.problem("data") == "NOSUCH: is not known"
    assert desk.notices.notices() == []
    fakes.pipelines.refusal = UsageError(Finding(place="the moon", value="", problem="is full"))
    panel.setup.ask_backtest()
    assert desk.notices.notices()[0].lines == ("the moon: is full.",)


def test_the_borders_of_the_page_buttons_are_whole(panel: LabPanel) -> None:
    for button in panel.pages.findChildren(QToolButton):
        assert panel.pages.rect().contains(button.geometry())


def test_the_result_page_shows_what_is_selected_in_the_list(panel: LabPanel, fakes: Fakes) -> None:
    fakes.pipelines.put(a_run(1, RunState.CANCELED), a_run(2, RunState.CANCELED))
    panel.show_page(RUNS)
    panel.runs.select("B000001")
    panel.choose_page(RESULT)
    assert panel.result.shown == ("B000001",)
    assert visible(panel) == {RESULT}


def test_the_keyboard_stays_in_the_panel_when_its_widget_goes(panel: LabPanel, fakes: Fakes, qtbot: QtBot) -> None:
    with qtbot.waitActive(panel):
        panel.activateWindow()
    panel.setup.data.add(["SPY"])
    panel.setup.run.setFocus()
    panel.setup.ask_backtest()
    assert has_focus(panel)
    row = panel.progress.rows["B000001"]
    row.cancel.setFocus()
    row.cancel.click()
    fakes.pipelines.put(changed(fakes.pipelines.run("B000001"), state=RunState.CANCELED))
    assert has_focus(panel)


def test_cancel_ends_what_is_watched_and_then_all_that_runs(panel: LabPanel, fakes: Fakes) -> None:
    fakes.pipelines.put(*(a_run(number, RunState.RUNNING) for number in (1, 2, 3)))
    panel.watch("B000002")
    panel.cancel()
    assert fakes.pipelines.calls == [("cancel", "B000002")]
    panel.cancel()
    assert {run for _, run in fakes.pipelines.calls} == {"B000001", "B000002", "B000003"}
    assert panel.active.text() == ""


def test_the_last_set_up_is_there_again(panel: LabPanel, desk: Desk, qtbot: QtBot) -> None:
    panel.setup.data.add(["SPY"])
    panel.setup.title.setText("Mine")
    panel.setup.costs.stress.setChecked(True)
    panel.save_layout()
    again = a_panel(desk, qtbot)
    assert again.setup.data.names == ("SPY",)
    assert again.setup.title.text() == "Mine"
    assert again.setup.costs.stress.isChecked()
    assert again.setup.draft() == panel.setup.draft()


def test_a_run_fills_the_form_and_is_repeated(panel: LabPanel, fakes: Fakes) -> None:
    panel.setup.data.add(["SPY"])
    panel.setup.ask_backtest()
    fakes.pipelines.put(changed(fakes.pipelines.run("B000001"), state=RunState.CANCELED))
    panel.setup.data.show_names(["other"])
    panel.runs.select("B000001")
    panel.runs.use_setup()
    assert panel.setup.data.names == ("SPY",)
    assert visible(panel) == {SETUP}
    panel.runs.rerun()
    assert [call[0] for call in fakes.pipelines.calls] == ["start backtest"] * 2
    assert fakes.pipelines.specs["B000002"] == fakes.pipelines.specs["B000001"]


def test_a_search_is_prepared_and_started_by_command(panel: LabPanel, fakes: Fakes) -> None:
    searched = changed(TREND_PARAMETERS[0], search=(5.0, 50.0, 5.0))
    fakes.strategies.catalog_changed.emit(an_entry(parameters=(searched, *TREND_PARAMETERS[1:])))
    panel.setup.data.add(["SPY"])
    panel.new_search()
    assert panel.setup.search.is_on
    assert visible(panel) == {SETUP}
    panel.run()
    ((verb, spec),) = fakes.pipelines.calls
    assert verb == "start search"
    assert isinstance(spec, SearchSpec)


def test_running_nothing_shows_what_is_missing(panel: LabPanel, fakes: Fakes) -> None:
    panel.show_page(RUNS)
    panel.run()
    assert fakes.pipelines.calls == []
    assert visible(panel) == {SETUP}
    assert panel.setup.summary.text() == "1 field to correct"


def test_what_the_data_has_is_shown_beside_it(panel: LabPanel, qtbot: QtBot) -> None:
    assert panel.setup.data.choices.stringList() == ["sample", "SPY", "sample:AAPL", "sample:MSFT"]
    panel.setup.data.add(["SPY"])
    qtbot.waitUntil(panel.setup.period.presets[2].isEnabled)
    QTest.mouseClick(panel.setup.period.presets[4], Qt.MouseButton.LeftButton)
    assert panel.setup.period.start.text() == "2014-12-31"
    panel.setup.data.add(["sample:AAPL"])
    qtbot.waitUntil(lambda: not panel.setup.period.presets[2].isEnabled())


def test_the_span_of_other_data_is_asked_for_once(panel: LabPanel, fakes: Fakes, qtbot: QtBot) -> None:
    fakes.pipelines.spans["sample:AAPL"] = (datetime(1990, 1, 2, tzinfo=UTC), datetime(2022, 12, 28, tzinfo=UTC))
    panel.setup.data.add(["SPY", "sample:AAPL"])
    qtbot.waitUntil(panel.setup.period.presets[2].isEnabled)
    assert panel.setup.period.fields.hint("start") == "data from 1990-01-02"
    assert panel.setup.period.fields.hint("end") == "data to 2022-12-28"
    panel.setup.data.add(["NOSUCH"])
    qtbot.waitUntil(lambda: not panel.setup.period.presets[2].isEnabled())
    panel.setup.settle()
    assert fakes.pipelines.looked_at == [("sample:AAPL",), ("NOSUCH",)]


def test_several_runs_are_shown_beside_each_other(panel: LabPanel, fakes: Fakes) -> None:
    fakes.pipelines.put(a_run(1), a_run(2))
    fakes.pipelines.specs |= dict.fromkeys(("B000001", "B000002"), BacktestSpec(strategies=(), data=("SPY",)))
    panel.compare(["B000001", "B000002"])
    assert panel.result.shown == ("B000001", "B000002")
    assert visible(panel) == {RESULT}


def test_live_is_held_against_a_backtest(panel: LabPanel, fakes: Fakes) -> None:
    panel.start_fidelity()
    assert fakes.pipelines.calls == [("start live against backtest", ())]
    assert fakes.pipelines.run("B000001").kind is RunKind.FIDELITY
    assert panel.result.shown == ("B000001",)
