"""The list of runs and what is done with them."""

from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QAbstractItemModelTester, QTest
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from ares_desktop.domain.backtests import BACKTEST_ACCOUNT, BacktestSpec
from ares_desktop.domain.ids import StrategyId
from ares_desktop.domain.monte_carlo import MonteCarloSpec, Resampling
from ares_desktop.domain.runs import RunKind, RunState
from ares_desktop.domain.searches import Overfitting, SearchReport, SearchSpec, TrialResult
from ares_desktop.domain.strategies import StrategyInstance
from ares_desktop.views.desk import Desk
from ares_desktop.views.models.columns import RowShade
from ares_desktop.views.panels.lab.runs_page import RunsPage
from tests.views.fake_pipelines import a_run
from tests.views.fake_previews import some_figures
from tests.views.fakes import Fakes
from tests.views.records import a_status, changed

MINUS = "\N{MINUS SIGN}"


@pytest.fixture
def page(desk: Desk, fakes: Fakes, qtbot: QtBot) -> RunsPage:
    """A list with runs of every kind of end."""
    fakes.pipelines.put(
        a_run(1, figures=some_figures(total_return=-0.02, sharpe=None)),
        a_run(2, figures=some_figures(total_return=0.3, trades=7)),
        a_run(3, RunState.FAILED, error="smag7.py:4: ZeroDivisionError: division by zero"),
        a_run(4, RunState.INTERRUPTED, kind=RunKind.SEARCH, resumable=True),
        a_run(5, RunState.RUNNING),
        a_run(6, kind=RunKind.SEARCH, findings=2, score=1.4),
        a_run(7, RunState.RUNNING, kind=RunKind.LIVE),
    )
    for number in (1, 2):
        fakes.pipelines.specs[f"B{number:06d}"] = a_spec()
    made = RunsPage(desk)
    qtbot.addWidget(made)
    made.resize(1400, 600)
    made.show()
    made.activateWindow()
    made.table.view.setFocus()
    qtbot.waitUntil(made.table.view.hasFocus)
    return made


def a_spec(**parameters: Any) -> BacktestSpec:
    instance = StrategyInstance(
        name=StrategyId("smag7"),
        file="/strategies/smag7.py",
        account=BACKTEST_ACCOUNT,
        instruments=(),
        parameters={"fast": 20, "slow": 30, **parameters},
    )
    return BacktestSpec(strategies=(instance,), data=("SPY",))


def choose(page: RunsPage, *numbers: int) -> None:
    selection = page.table.view.selectionModel()
    selection.clearSelection()
    for number in numbers:
        row = page.model.row_of(f"B{number:06d}")
        selection.select(page.model.index(row, 0), selection.SelectionFlag.Select | selection.SelectionFlag.Rows)


def text(page: RunsPage, number: int, column: str) -> str:
    return page.model.text(page.model.row_of(f"B{number:06d}"), page.model.column_number(column))


def offered(page: RunsPage) -> set[str]:
    return {key for key in page._tools if page.is_offered(key)}


def test_a_row_says_what_a_run_found(page: RunsPage, fakes: Fakes, qtbot: QtBot) -> None:
    QAbstractItemModelTester(page.model, QAbstractItemModelTester.FailureReportingMode.QtTest)
    shown = [text(page, 1, key) for key in ("state", "kind", "return", "sharpe", "drawdown", "trades", "duration")]
    assert shown == ["Done", "Backtest", f"{MINUS}2.00%", "\N{EN DASH}", f"{MINUS}8.40%", "41", "3 s"]
    assert [text(page, 6, key) for key in ("score", "findings")] == ["1.400", "2"]
    assert [text(page, 5, key) for key in ("return", "sharpe", "findings")] == ["", "", ""]
    assert page.model.row(page.model.row_of("B000003")).shade is RowShade.FAULT
    fakes.pipelines.put(changed(fakes.pipelines.run("B000005"), state=RunState.DONE, figures=some_figures()))
    qtbot.waitUntil(lambda: text(page, 5, "return") == "+12.50%")


def test_figures_sort_as_numbers_and_what_is_missing_comes_last(page: RunsPage) -> None:
    for order in (Qt.SortOrder.AscendingOrder, Qt.SortOrder.DescendingOrder):
        page.table.view.sortByColumn(page.model.column_number("return"), order)
        returns = [run.figures.total_return or 0 for run in page.model.records() if run.figures is not None]
        assert returns == sorted(returns, reverse=order is Qt.SortOrder.DescendingOrder)
        assert all(run.figures is None for run in page.model.records()[len(returns) :])


@pytest.mark.parametrize(
    ("numbers", "expected"),
    [
        ((), set()),
        ((1,), {"setup", "rerun", "monte_carlo", "report", "send", "delete", "notes", "tags"}),
        ((1, 2), {"compare", "rerun", "delete"}),
        ((1, 5), {"rerun", "cancel", "delete"}),
        ((4,), {"setup", "rerun", "resume", "delete", "notes", "tags"}),
        ((5,), {"setup", "rerun", "cancel", "notes", "tags"}),
        ((6,), {"setup", "rerun", "report", "send", "delete", "notes", "tags"}),
        ((7,), {"notes", "tags"}),
    ],
)
def test_only_what_makes_sense_is_offered(page: RunsPage, numbers: tuple[int, ...], expected: set[str]) -> None:
    choose(page, *numbers)
    assert offered(page) == expected


def test_notes_and_tags_are_typed_in_their_place(page: RunsPage, fakes: Fakes, qtbot: QtBot) -> None:
    page.select("B000001")
    QTest.keyClick(page.table.view, Qt.Key.Key_F2)
    assert page.cells.isVisible()
    QTest.keyClicks(page.cells, "too good")
    QTest.keyClick(page.cells, Qt.Key.Key_Return)
    assert fakes.pipelines.run("B000001").notes == "too good"
    qtbot.waitUntil(lambda: text(page, 1, "notes") == "too good")

    QTest.keyClick(page.table.view, Qt.Key.Key_F2, Qt.KeyboardModifier.ShiftModifier)
    QTest.keyClicks(page.cells, "trend, daily,, trend")
    QTest.keyClick(page.cells, Qt.Key.Key_Return)
    assert fakes.pipelines.run("B000001").tags == ("trend", "daily")

    QTest.keyClick(page.table.view, Qt.Key.Key_F2)
    QTest.keyClicks(page.cells, "never mind")
    QTest.keyClick(page.cells, Qt.Key.Key_Escape)
    assert not page.cells.isVisible()
    assert fakes.pipelines.run("B000001").notes == "too good"


def test_the_editor_stays_with_its_row_while_others_come(page: RunsPage, fakes: Fakes, qtbot: QtBot) -> None:
    page.select("B000001")
    page.edit_cell("notes")
    before = page.cells.geometry()
    fakes.pipelines.put(a_run(30))
    qtbot.waitUntil(lambda: page.model.row_of("B000030") == 0)
    assert page.cells.isVisible()
    assert page.cells.y() == before.y() + page.table.view.rowHeight(0)


def test_a_double_click_types_into_notes_and_opens_elsewhere(page: RunsPage) -> None:
    view, row = page.table.view, page.model.row_of("B000002")
    opened: list[str] = []
    page.opened.connect(opened.append)
    for column, expected in (("notes", []), ("title", ["B000002"])):
        spot = view.cell_center(row, page.model.column_number(column))
        QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=spot)
        QTest.mouseDClick(view.viewport(), Qt.MouseButton.LeftButton, pos=spot)
        assert opened == expected
        assert page.cells.isVisible() is (column == "notes")
        page.cells.hide()


def test_deleting_asks_below_the_table_and_leaves_what_runs(page: RunsPage, fakes: Fakes, qtbot: QtBot) -> None:
    choose(page, 1, 5)
    page.ask_deletion()
    assert page.question.title.text() == "Delete Run 1 with everything it found? This can't be undone."
    QTest.keyClick(page.question.go, Qt.Key.Key_Escape)
    assert not page.question.isVisible()
    assert fakes.pipelines.calls == []
    page.ask_deletion()
    QTest.mouseClick(page.question.go, Qt.MouseButton.LeftButton)
    assert fakes.pipelines.calls == [("delete", "B000001")]
    qtbot.waitUntil(lambda: page.model.row_of("B000001") < 0)
    assert page.model.row_of("B000005") >= 0


def test_a_run_is_resumed_canceled_and_run_again(page: RunsPage, fakes: Fakes, qtbot: QtBot) -> None:
    choose(page, 4)
    page.resume()
    choose(page, 5)
    page.cancel()
    assert fakes.pipelines.calls == [("resume", "B000004"), ("cancel", "B000005")]
    choose(page, 1)
    with qtbot.waitSignal(page.rerun_asked) as signal:
        page.rerun()
    assert signal.args == ["B000001"]


def test_a_report_goes_where_it_is_told(page: RunsPage, fakes: Fakes, tmp_path: Path, desk: Desk) -> None:
    fakes.pipelines.put(changed(fakes.pipelines.run("B000001"), title="SPY 1/2: trend"))
    page._updates.flush()
    choose(page, 1)
    page.ask_report()
    assert page.report.path.text().endswith("SPY 1-2- trend B000001.html")
    page.report.path.setText(str(tmp_path / "a.html"))
    QTest.keyClick(page.report.path, Qt.Key.Key_Return)
    assert fakes.pipelines.calls == [("write_report", "B000001", tmp_path / "a.html")]
    assert desk.notices.notices()[0].lines == (str(tmp_path / "a.html"),)
    page.ask_report()
    assert Path(page.report.path.text()).parent == tmp_path


@pytest.mark.parametrize("kind", [RunKind.SEARCH, RunKind.MONTE_CARLO, RunKind.FIDELITY])
def test_every_kind_of_result_has_a_report(page: RunsPage, fakes: Fakes, kind: RunKind) -> None:
    fakes.pipelines.put(changed(fakes.pipelines.run("B000001"), kind=kind))
    page._updates.flush()
    choose(page, 1)
    assert page.is_offered("report")


def test_monte_carlo_takes_what_is_typed(page: RunsPage, fakes: Fakes) -> None:
    choose(page, 2)
    page.ask_monte_carlo()
    drawer = page.monte_carlo
    for name, typed in (("paths", "200"), ("skip", "25"), ("ruin", "0")):
        editor = drawer.editors[name]
        QTest.keyClick(editor, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
        QTest.keyClicks(editor, typed)
    assert not drawer.go.isEnabled()
    QTest.keyClicks(drawer.editors["ruin"], "\b40")
    drawer.methods[Resampling.JITTERED].setChecked(False)
    assert drawer.go.isEnabled()
    begun: list[str] = []
    page.started.connect(begun.append)
    QTest.mouseClick(drawer.go, Qt.MouseButton.LeftButton)
    assert len(begun) == 1
    (call,) = fakes.pipelines.calls
    methods = (Resampling.RETURNS, Resampling.TRADES, Resampling.SKIPPED)
    assert call == (
        "start monte carlo",
        MonteCarloSpec(run="B000002", paths=200, skip=0.25, ruin=0.4, methods=methods),
    )
    assert not drawer.isVisible()


def test_parameters_are_sent_only_after_their_difference_was_seen(page: RunsPage, fakes: Fakes) -> None:
    fakes.strategies.put(
        a_status("trend", file="/strategies/smag7.py", parameters={"fast": 10, "slow": 30}),
        a_status("other", file="/strategies/cnr.py"),
    )
    choose(page, 1)
    page.ask_send()
    drawer = page.send
    assert [drawer.instance.itemText(n) for n in range(drawer.instance.count())] == ["trend"]
    assert drawer.difference() == [
        ("Fast average", "10", "20", True),
        ("Slow average", "30", "30", False),
    ]
    shown = [one.text() for one in drawer.findChildren(QLabel) if one.isVisible()]
    assert "\N{RIGHTWARDS ARROW} 20" in shown
    assert "1 other stays as it is" in shown
    assert fakes.pipelines.calls == []
    QTest.mouseClick(drawer.go, Qt.MouseButton.LeftButton)
    assert fakes.pipelines.calls == [("apply_parameters", {"fast": 20, "slow": 30}, "trend", "B000001")]


def test_equal_parameters_can_not_be_sent(page: RunsPage, fakes: Fakes) -> None:
    fakes.strategies.put(a_status("trend", file="/strategies/smag7.py", parameters={"fast": 20, "slow": 30}))
    choose(page, 1)
    page.ask_send()
    assert not page.send.go.isEnabled()


def test_the_best_of_a_search_is_what_is_sent(page: RunsPage, fakes: Fakes) -> None:
    fakes.strategies.put(a_status("trend", file="/strategies/smag7.py", parameters={"fast": 10}))
    fakes.pipelines.specs["B000006"] = SearchSpec(backtest=a_spec(), strategy=StrategyId("smag7"), ranges=())
    best = TrialResult(number=3, parameters={"fast": 45}, stage="fine", score=1.4, feasible=True)
    luck = Overfitting(trials=1, probability=None, deflated_sharpe=None, expected_best_sharpe=None)
    fakes.pipelines.reports["B000006"] = SearchReport(
        trials=(best,), folds=(), best=best, runs=1, seconds=1.0, overfitting=luck
    )
    choose(page, 6)
    page.ask_send()
    assert page.send.difference() == [("Fast average", "10", "45", True)]


def test_several_runs_are_compared(page: RunsPage, qtbot: QtBot) -> None:
    choose(page, 1, 2)
    with qtbot.waitSignal(page.compared) as signal:
        page.compare()
    assert signal.args == [["B000002", "B000001"]]
