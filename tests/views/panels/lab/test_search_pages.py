"""A search as a person sees it: the ranking, the surface, the folds, and how much of it is luck."""

from __future__ import annotations

import math

import msgspec
import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QAbstractItemModelTester, QTest
from pytestqt.qtbot import QtBot

from ares_desktop.domain.backtests import BacktestSpec
from ares_desktop.domain.searches import Overfitting, TrialResult
from ares_desktop.views.models.record_table import RecordTableModel
from ares_desktop.views.panels.lab.search_actions import backtest_of
from ares_desktop.views.panels.lab.search_data import SearchResult, grid_of, over_folds, plateau_of, values_of
from ares_desktop.views.panels.lab.search_folds import FoldsPage
from ares_desktop.views.panels.lab.search_overfitting import verdicts
from ares_desktop.views.panels.lab.search_ranking import RankingPage, trial_columns
from ares_desktop.views.panels.lab.search_result import SearchView
from ares_desktop.views.panels.lab.search_surface import SurfacePage
from tests.views.fake_pipelines import a_run
from tests.views.panels.lab.conftest import OpenView
from tests.views.panels.lab.real_results import (
    ResultPipelines,
    a_search_report,
    a_search_spec,
)


@pytest.fixture
def result() -> SearchResult:
    return SearchResult(a_run(3), a_search_report(), a_search_spec())


@pytest.fixture
def view(open_view: OpenView, result: SearchResult) -> SearchView:
    made = open_view(SearchView)
    made.show_result(result)
    return made


def surface(view: SearchView) -> SurfacePage:
    view.pages.open("surface")
    page = view.pages.page("surface")
    assert isinstance(page, SurfacePage)
    return page


def a_trial(number: int, score: float | None, **parameters: object) -> TrialResult:
    return TrialResult(number=number, parameters=dict(parameters), stage="coarse", score=score)


def test_the_best_score_of_each_cell_counts() -> None:
    trials = [a_trial(0, 1.0, a=1, b=2, c=3), a_trial(1, 2.0, a=1, b=2, c=4), a_trial(2, None, a=2, b=2, c=3)]
    grid = grid_of(trials, "a", "b")
    assert grid.x_values == (1, 2)
    assert grid.scores[0, 0] == 2.0
    assert math.isnan(grid.scores[0, 1])
    assert grid.trials[0, 0].number == 1


def test_folds_of_one_set_count_by_their_mean() -> None:
    trials = [
        msgspec.structs.replace(a_trial(0, score, a=1, b=2), fold=fold, plateau=0.5)
        for fold, score in enumerate((1.0, 2.0))
    ]
    trials.append(a_trial(1, None, a=2, b=2))
    joined = over_folds(trials)
    assert [trial.score for trial in joined] == [1.5, None]
    assert grid_of(joined, "a", "b", plateau_of).scores[0, 0] == 0.5


def test_values_stand_in_the_order_of_numbers_and_true_is_not_one() -> None:
    trials = [a_trial(number, 1.0, a=value) for number, value in enumerate((10, 2, True, 1, "x"))]
    assert values_of(trials, "a") == (1, 2, 10, True, "x")


def test_sets_are_ranked_and_sort_as_numbers(view: SearchView, result: SearchResult) -> None:
    page = view.pages.page("ranking")
    assert isinstance(page, RankingPage)
    assert page.table is not None
    assert [trial.number for trial in page.table.model.records()] == [trial.number for trial in result.report.trials]
    page.table.model.sort(page.table.model.column_number("parameter entry"))
    entries = [trial.parameters["entry"] for trial in page.table.model.records()]
    assert entries == sorted(entries)


def test_the_model_of_trials_keeps_the_rules_of_qt(result: SearchResult) -> None:
    model: RecordTableModel[TrialResult] = RecordTableModel(trial_columns(result), key=lambda one: one.number)
    QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal)
    model.reset(result.report.trials)
    model.sort(model.column_number("score"), Qt.SortOrder.DescendingOrder)
    assert model.record(model.rowCount() - 1).score is None


def test_a_set_that_failed_says_why(view: SearchView) -> None:
    page = view.pages.page("ranking")
    assert isinstance(page, RankingPage)
    assert page.table is not None
    model = page.table.model
    row = next(number for number in range(model.rowCount()) if model.record(number).error)
    column = model.column_number("state")
    assert model.text(row, column) == "Failed"
    assert "line 41" in model.data(model.index(row, column), Qt.ItemDataRole.ToolTipRole)


def test_enter_backtests_the_selected_set(qtbot: QtBot, view: SearchView, pipelines: ResultPipelines) -> None:
    page = view.pages.page("ranking")
    assert isinstance(page, RankingPage)
    assert page.table is not None
    page.table.view.selectRow(1)
    with qtbot.waitSignal(view.run_started):
        QTest.keyClick(page.table.view, Qt.Key.Key_Return)
    name, spec = pipelines.calls[-1][0], pipelines.calls[-1][1]
    assert name == "start backtest"
    assert isinstance(spec, BacktestSpec)
    assert spec.strategies[0].parameters == page.table.model.record(1).parameters


def test_only_the_searched_strategy_gets_the_parameters() -> None:
    spec = a_search_spec()
    other = msgspec.structs.replace(spec.backtest.strategies[0], name="other")
    both = msgspec.structs.replace(spec.backtest, strategies=(*spec.backtest.strategies, other))
    made = backtest_of(msgspec.structs.replace(spec, backtest=both), {"entry": 25})
    assert [one.parameters for one in made.strategies] == [{"entry": 25}, {}]


def test_a_set_is_sent_to_an_instance_with_its_run(view: SearchView, pipelines: ResultPipelines) -> None:
    view.sets.send({"entry": 25}, "live one")
    assert pipelines.calls[-1] == ("apply_parameters", {"entry": 25}, "live one", "B000003")


def test_the_surface_shows_the_two_parameters_with_the_most_values_first(view: SearchView) -> None:
    page = surface(view)
    assert (page.across.currentText(), page.up.currentText()) == ("entry", "exit")
    assert page.map.best == page.map.chosen == (6, 2)
    assert "entry 40, exit 15: 1.80" in page.reading.text()


def test_slices_go_through_the_chosen_cell(view: SearchView) -> None:
    page = surface(view)
    page.map.choose((0, 1))
    across, upward = page.slices
    assert "at exit 10" in across.title.text()
    assert "at entry 10" in upward.title.text()
    assert across.chosen.at == 10.0
    series = across.chart.item("Score").series
    assert np.argmax(series.y) == 6


def test_arrows_move_the_cell_and_enter_backtests_it(view: SearchView, pipelines: ResultPipelines) -> None:
    page = surface(view)
    QTest.keyClick(page.map, Qt.Key.Key_Left)
    QTest.keyClick(page.map, Qt.Key.Key_Up)
    assert page.map.chosen == (5, 3)
    QTest.keyClick(page.map, Qt.Key.Key_Return)
    assert pipelines.calls[-1][1].strategies[0].parameters == {"entry": 35, "exit": 20, "side": "long"}


def test_a_click_chooses_and_a_double_click_backtests(view: SearchView, pipelines: ResultPipelines) -> None:
    page = surface(view)
    place = page.map.cell_box((2, 1)).center().toPoint()
    QTest.mouseClick(page.map, Qt.MouseButton.LeftButton, pos=place)
    assert page.map.chosen == (2, 1)
    QTest.mouseDClick(page.map, Qt.MouseButton.LeftButton, pos=place)
    assert pipelines.calls[-1][1].strategies[0].parameters["entry"] == 20


def test_the_pointer_reads_a_cell(view: SearchView) -> None:
    page = surface(view)
    page.map.cell_hovered.emit((0, 5))
    assert "entry 10, exit 30: not tried" in page.reading.text()


def test_a_parameter_of_words_has_an_axis_too(view: SearchView) -> None:
    page = surface(view)
    page.up.setCurrentText("side")
    page.up.activated.emit(page.up.currentIndex())
    assert page.map.reading((6, 0)).endswith("side both: 1.60")
    page.grab()


def test_equal_parameters_on_both_axes_are_refused_in_words(view: SearchView) -> None:
    page = surface(view)
    page.up.setCurrentText("entry")
    page.up.activated.emit(page.up.currentIndex())
    assert "two different" in page.reading.text()
    page.grab()


def test_the_plateau_can_be_the_color(view: SearchView) -> None:
    page = surface(view)
    page.measure._buttons["plateau"].click()
    assert page.map.reading((6, 2)).endswith("95%")
    assert "Plateau along" in page.slices[0].title.text()


def test_folds_show_what_held_up(view: SearchView) -> None:
    view.pages.open("folds")
    page = view.pages.page("folds")
    assert isinstance(page, FoldsPage)
    assert [row.values for row in page.bars.rows][1] == (1.5, -0.3)
    assert len(page.scatter.items.points) == 4
    assert page.table is not None
    assert page.table.model.total == 4


def test_a_search_without_folds_has_no_page_for_them(view: SearchView) -> None:
    view.show_result(SearchResult(a_run(3), a_search_report(folds=0), a_search_spec()))
    assert not view.pages.bar.isTabVisible(view.pages.keys().index("folds"))


@pytest.mark.parametrize(("probability", "look"), [(0.02, "good"), (0.3, "fair"), (0.7, "bad"), (None, "unknown")])
def test_luck_is_judged_in_words(result: SearchResult, probability: float | None, look: str) -> None:
    figures = Overfitting(
        trials=10, probability=probability, deflated_sharpe=None, expected_best_sharpe=None, efficiency=None
    )
    changed = SearchResult(result.run, msgspec.structs.replace(result.report, overfitting=figures), result.spec)
    found = verdicts(changed)
    assert found[0].look == look
    assert found[1].look == "unknown"
    assert found[1].figure == "\N{EN DASH}"


def test_a_search_that_found_nothing_says_so(view: SearchView, result: SearchResult) -> None:
    nothing = msgspec.structs.replace(result.report, trials=(), folds=(), best=None, out_of_sample=None)
    view.show_result(SearchResult(result.run, nothing, None))
    assert "No parameter set kept the constraints" in view.head.best.text()
    for key in view.pages.keys():  # noqa: SIM118 - not a dict
        view.pages.open(key)
        view.grab()
