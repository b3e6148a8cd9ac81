"""Resampled paths, comparisons with what was traded, and runs side by side."""

from __future__ import annotations

from typing import Any, TypeVar

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QAbstractItemModelTester

from ares_desktop.domain.monte_carlo import Resampling
from ares_desktop.domain.runs import Run
from ares_desktop.views.panels.lab.compare_data import ComparedRun, differences, mark_of, settings_of
from ares_desktop.views.panels.lab.compare_view import CompareView, figure_rows, run_titles
from ares_desktop.views.panels.lab.fidelity_view import FidelityView
from ares_desktop.views.panels.lab.monte_carlo_view import MonteCarloView
from ares_desktop.views.panels.lab.result_view import ResultView
from tests.views.fake_pipelines import a_run
from tests.views.fake_previews import some_figures
from tests.views.panels.lab.real_results import ResultPipelines, a_backtest_spec, a_search_spec

View = TypeVar("View")


def shown(view: ResultView, kind: type[View]) -> View:
    current = view.stack.currentWidget()
    assert isinstance(current, kind)
    return current


def a_compared_run(mark: str, settings: dict[str, str] | None = None, **figures: Any) -> ComparedRun:
    run: Run = a_run(1)
    return ComparedRun(mark, run, some_figures(**figures), None, settings or {})


# Monte Carlo


def test_each_method_has_a_row_and_the_first_is_drawn(view: ResultView, pipelines: ResultPipelines) -> None:
    view.show_run("B000004")
    paths = shown(view, MonteCarloView)
    QAbstractItemModelTester(paths.model, QAbstractItemModelTester.FailureReportingMode.Fatal)
    assert paths.model.total == 4
    drawn = pipelines.monte_carlo.results[0]
    assert len(paths.fan.observed.series) == len(drawn.fan_x)
    assert paths.drawdowns.columns.heights.sum() == drawn.paths
    assert paths.tiles.tiles[0].value.text() == f"{drawn.ruin or 0:.1%}"


def test_another_method_is_drawn_when_it_is_selected(view: ResultView, pipelines: ResultPipelines) -> None:
    view.show_run("B000004")
    paths = shown(view, MonteCarloView)
    paths.table.select_key(Resampling.SKIPPED)
    wanted = pipelines.monte_carlo.results[2]
    assert paths.fan.curves[2].series.y[-1] == pytest.approx(wanted.fan[2][-1])


def test_a_method_without_paths_says_why(view: ResultView) -> None:
    view.show_run("B000004")
    paths = shown(view, MonteCarloView)
    paths.table.select_key(Resampling.JITTERED)
    assert paths.stack.currentWidget() is paths.message
    assert "only 4 trades" in paths.message.text()


def test_the_fan_reads_every_percentile_at_the_pointer(view: ResultView, pipelines: ResultPipelines) -> None:
    view.show_run("B000004")
    fan = shown(view, MonteCarloView).fan
    fan.view.cursor_moved.emit(100.0)
    read = {entry.name: entry.value for entry in fan.legend.entries()}
    median = pipelines.monte_carlo.results[0].fan[2][100] - 1
    assert read["Median"] == f"{median:+.2%}".replace("-", "\N{MINUS SIGN}")
    assert set(read) == {"This run", "Median", "5%", "25%", "75%", "95%"}


# live against backtest


def test_the_score_stands_with_its_word_and_what_costs_points(view: ResultView) -> None:
    view.show_run("B000005")
    compared = shown(view, FidelityView)
    assert compared.tiles["score"].value.text().startswith("87")
    assert "fair" in compared.tiles["score"].value.text()
    assert "1 of 39 fills" in compared.explanation.text()
    assert compared.chart.names() == ("Live", "Backtest")


def test_fills_that_one_side_lacks_stand_out(view: ResultView) -> None:
    view.show_run("B000005")
    compared = shown(view, FidelityView)
    model = compared.model
    states = {model.text(row, model.column_number("state")) for row in range(model.rowCount())}
    assert states == {"Both", "Missing live", "Only live"}
    missing = next(row for row in range(model.rowCount()) if model.record(row).live_ns is None)
    assert model.text(missing, model.column_number("live_price")) == ""


def test_too_little_to_compare_is_not_a_zero(view: ResultView, pipelines: ResultPipelines) -> None:
    pipelines.fidelity = msgspec.structs.replace(
        pipelines.fidelity, score=None, correlation=None, distance=None, mean_price_bps=None, explanation=(), pairs=()
    )
    view.show_run("B000005")
    tiles = shown(view, FidelityView).tiles
    assert tiles["score"].value.text().startswith("\N{EN DASH}")
    assert tiles["correlation"].value.text() == "\N{EN DASH}"


# side by side


def test_curves_are_overlaid_under_letters(view: ResultView) -> None:
    view.compare(["B000001", "B000002"])
    compared = shown(view, CompareView)
    assert compared.chart.names() == ("A Backtest 1", "B Backtest 2")
    tags = compared.chart.view.panes[0].axis.tags
    assert sorted(tag.text[:1] for tag in tags) == ["A", "B"]
    assert len({tag.color for tag in tags}) == 2


def test_equal_titles_leave_the_mark_to_tell_runs_apart() -> None:
    runs = [ComparedRun(mark_of(number), a_run(number), None, None, {}) for number in range(2)]
    assert run_titles(runs) == ["A \N{MIDDLE DOT} Run 0", "B \N{MIDDLE DOT} Run 1"]
    assert run_titles([ComparedRun(one.mark, a_run(1), None, None, {}) for one in runs]) == ["A", "B"]


@pytest.mark.parametrize(
    ("size", "way"),
    [
        ((520, 380), Qt.Orientation.Horizontal),
        ((650, 380), Qt.Orientation.Vertical),
        ((520, 700), Qt.Orientation.Horizontal),
    ],
)
def test_tables_stand_side_by_side_where_they_are_below_the_chart(
    view: ResultView, size: tuple[int, int], way: Qt.Orientation
) -> None:
    view.compare(["B000001", "B000002"])
    compared = shown(view, CompareView)
    compared.resize(*size)
    assert compared._lower.orientation() is way


def test_what_differs_is_listed_and_nothing_else(view: ResultView) -> None:
    view.compare(["B000001", "B000002"])
    compared = shown(view, CompareView)
    assert compared.settings is not None
    rows = [(row.name, row.values) for row in compared.settings.model.records()]
    assert rows == [("parameters \N{MIDDLE DOT} length", ("20", "45"))]


def test_the_best_is_marked_with_an_icon(view: ResultView) -> None:
    view.compare(["B000001", "B000002"])
    compared = shown(view, CompareView)
    assert compared.figures is not None
    model = compared.figures.model
    row = next(number for number in range(model.rowCount()) if model.record(number).spec.key == "total_return")
    best = model.record(row).best
    assert len(best) == 1
    glyphs = [column.glyph(model.record(row)) for column in model.columns[1:] if column.glyph is not None]
    assert glyphs[next(iter(best))] == "check"
    assert glyphs.count("check") == 1


def test_less_is_better_where_it_is_and_equals_are_not_best() -> None:
    rows = {
        row.spec.key: row
        for row in figure_rows([a_compared_run("A", commission=10.0), a_compared_run("B", commission=20.0)])
    }
    assert rows["commission"].best == {0}
    assert rows["sharpe"].best == frozenset()
    assert rows["trades"].best == frozenset()


def test_a_figure_that_is_not_known_is_never_the_best() -> None:
    rows = figure_rows([a_compared_run("A", sharpe=None), a_compared_run("B", sharpe=-1.0), a_compared_run("C")])
    assert next(row for row in rows if row.spec.key == "sharpe").best == {2}


def test_a_search_is_compared_by_its_figures_alone(view: ResultView) -> None:
    view.compare(["B000001", "B000003"])
    compared = shown(view, CompareView)
    assert compared.chart.names() == ("A Backtest 1",)
    assert compared.figures is not None


def test_a_single_run_is_shown_by_itself(view: ResultView) -> None:
    view.compare(["B000004", "B000004"])
    shown(view, MonteCarloView)
    view.compare([])
    assert view.stack.currentWidget() is view.state


def test_another_comparison_replaces_the_tables(view: ResultView) -> None:
    view.compare(["B000001", "B000002"])
    view.compare(["B000002", "B000001", "B000003"])
    compared = shown(view, CompareView)
    assert compared.figures is not None
    assert len(compared.figures.model.columns) == 4


def test_a_lone_strategy_goes_without_its_name() -> None:
    settings = settings_of(a_backtest_spec(parameters={"length": 20}))
    assert settings["parameters \N{MIDDLE DOT} length"] == "20"
    assert settings["simulation \N{MIDDLE DOT} costs"] == "retail"
    assert "search \N{MIDDLE DOT} objective" in settings_of(a_search_spec())


def test_a_setting_that_one_run_lacks_is_a_difference() -> None:
    found = differences([a_compared_run("A", {"x": "1", "y": "2"}), a_compared_run("B", {"x": "1"})])
    assert [(one.name, one.values) for one in found] == [("y", ("2", None))]


def test_letters_never_run_out() -> None:
    assert [mark_of(number) for number in (0, 25, 26, 27)] == ["A", "Z", "A1", "B1"]
