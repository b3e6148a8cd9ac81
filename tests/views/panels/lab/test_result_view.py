"""The result of a run as a person sees it: a real backtest, and every way in which there is none."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterator
from typing import Any, cast

import msgspec
import pytest

from ares_desktop.domain.accounts import EquityPoint
from ares_desktop.domain.errors import StorageError
from ares_desktop.domain.market import to_ns
from ares_desktop.domain.runs import RunEnded, RunKind, RunProgress, RunRemoved, RunState
from ares_desktop.views.async_action import ActionRunner
from ares_desktop.views.desk import Desk
from ares_desktop.views.panels.lab.result_backtest import BacktestView
from ares_desktop.views.panels.lab.result_overview import OverviewPage
from ares_desktop.views.panels.lab.result_trades import TradesPage
from ares_desktop.views.panels.lab.result_view import ResultView
from ares_desktop.views.tokens import Tone
from ares_desktop.views.widgets.result_pages import ResultPages
from tests.views.conftest import destroy
from tests.views.fake_pipelines import a_run
from tests.views.panels.lab.real_results import ResultPipelines, run_of
from tests.views.records import NOW

HOUR_NS = 3_600_000_000_000


class Later:
    """Holds back what a button starts until a test lets it run."""

    def __init__(self) -> None:
        self.waiting: list[Coroutine[Any, Any, Any]] = []

    def spawn(self, coroutine: Coroutine[Any, Any, Any], name: str) -> None:
        del name
        self.waiting.append(coroutine)

    def run_all(self) -> None:
        waiting, self.waiting = self.waiting, []
        for one in waiting:
            asyncio.run(one)


@pytest.fixture
def later(desk: Desk, pipelines: ResultPipelines) -> Iterator[tuple[Later, ResultView]]:
    del pipelines
    held = Later()
    slow = Desk(
        managers=desk.managers,
        theme=desk.theme,
        notices=desk.notices,
        runner=ActionRunner(held.spawn, desk.notices),
        layout=desk.layout,
    )
    made = ResultView(slow)
    yield held, made
    held.run_all()
    destroy(made)


def backtest(view: ResultView) -> BacktestView:
    return cast("BacktestView", view.stack.currentWidget())


def points(first: int, count: int) -> tuple[EquityPoint, ...]:
    return tuple(EquityPoint(to_ns(NOW) + (first + i) * HOUR_NS, 100.0 + i, -0.01, 0.001 * i) for i in range(count))


def test_at_first_it_says_what_to_do(view: ResultView) -> None:
    assert view.stack.currentWidget() is view.state
    assert view.state.title.text() == "No run is selected"


def test_a_finished_backtest_shows_its_figures(view: ResultView, pipelines: ResultPipelines) -> None:
    view.show_run("B000001")
    figures = pipelines.outcomes["B000001"][1].figures
    tiles = backtest(view).head.tiles
    assert tiles["trades"].value.text() == f"{figures.trades:,}"
    assert tiles["sharpe"].value.text().replace("\N{MINUS SIGN}", "-") == f"{figures.sharpe:.2f}"
    assert "annualized" in tiles["sharpe"].toolTip()
    assert backtest(view).banner.isHidden()


def test_a_result_with_an_error_looks_doubtful(view: ResultView) -> None:
    view.show_run("B000002")
    shown = backtest(view)
    assert shown.head.verdict.text() == "Doubtful"
    assert shown.banner.isVisible()
    assert "knows the future" in shown.banner.title.text()
    assert "Use closed bars only" in shown.banner.remedy.text()
    assert shown.head.tiles["total_return"].value.property("tone") == Tone.MUTED.value
    assert shown.head.tiles["total_return"].value.text().endswith("?")


def test_the_doubt_goes_with_the_run(view: ResultView) -> None:
    view.show_run("B000002")
    view.show_run("B000001")
    assert backtest(view).banner.isHidden()
    assert not backtest(view).head.tiles["total_return"].value.text().endswith("?")


def test_every_page_of_every_kind_can_be_looked_at(view: ResultView) -> None:
    for run in ("B000001", "B000002", "B000003"):
        view.show_run(run)
        current = view.stack.currentWidget()
        assert current is not None
        pages = current.findChild(ResultPages)
        assert pages is not None
        for key in pages.keys():  # noqa: SIM118 - not a dict
            pages.open(key)
            assert pages.current == key
            view.grab()


def test_a_run_under_way_shows_its_equity_so_far(view: ResultView, pipelines: ResultPipelines) -> None:
    pipelines.put(a_run(9, RunState.RUNNING))
    view.show_run("B000009")
    assert view.stack.currentWidget() is view.progress
    view.show_progress(RunProgress(run="B000009", stage="replaying", share=0.25, equity=points(0, 50)))
    view.show_progress(RunProgress(run="B000009", stage="replaying", share=0.5, equity=points(50, 50)))
    assert view.progress.share.text() == "50%"
    assert view.progress.chart.points("So far") == 100


def test_points_that_come_twice_are_drawn_once(view: ResultView, pipelines: ResultPipelines) -> None:
    pipelines.put(a_run(9, RunState.RUNNING))
    view.show_run("B000009")
    for _ in range(2):
        view.show_progress(RunProgress(run="B000009", stage="replaying", share=None, equity=points(0, 50)))
    assert view.progress.chart.points("So far") == 50


def test_progress_of_another_run_changes_nothing(view: ResultView) -> None:
    view.show_run("B000001")
    view.show_progress(RunProgress(run="B000009", stage="replaying", share=0.5, equity=points(0, 5)))
    assert isinstance(view.stack.currentWidget(), BacktestView)


def test_the_text_of_a_state_stays_within_a_page_that_becomes_narrow(view: ResultView) -> None:
    view.state.show_state("info", Tone.ACCENT, "A run", "many words " * 30)
    view.stack.setCurrentWidget(view.state)
    view.resize(900, 400)
    view.resize(360, 400)
    view.grab()
    assert view.state.rect().contains(view.state.text.geometry())


def test_a_single_point_is_no_curve_yet(view: ResultView, pipelines: ResultPipelines) -> None:
    pipelines.put(a_run(9, RunState.RUNNING))
    view.show_run("B000009")
    view.show_progress(RunProgress(run="B000009", stage="replaying", share=0.5, equity=points(0, 1)))
    assert view.progress.chart.isHidden()
    view.show_progress(RunProgress(run="B000009", stage="replaying", share=0.6, equity=points(1, 1)))
    assert not view.progress.chart.isHidden()


def test_a_run_that_ends_shows_its_result_by_itself(view: ResultView, pipelines: ResultPipelines) -> None:
    done = run_of(pipelines, 1)
    pipelines.by_id[done.id] = msgspec.structs.replace(done, state=RunState.RUNNING)
    view.show_run(done.id)
    assert view.stack.currentWidget() is view.progress
    pipelines.by_id[done.id] = done
    pipelines.ended.emit(RunEnded(run=done))
    assert isinstance(view.stack.currentWidget(), BacktestView)


@pytest.mark.parametrize("state", [RunState.FAILED, RunState.CANCELED, RunState.INTERRUPTED])
def test_a_run_without_a_result_says_why(view: ResultView, pipelines: ResultPipelines, state: RunState) -> None:
    pipelines.put(a_run(9, state, error="division by zero in crossing.py line 12", resumable=True))
    view.show_run("B000009")
    assert view.stack.currentWidget() is view.state
    assert "Run 9" in view.state.title.text()
    assert "division by zero" in view.state.text.text()
    assert "Resume" in view.state.text.text()


def test_a_result_that_cannot_be_read_is_an_error_not_an_empty_page(
    view: ResultView, pipelines: ResultPipelines
) -> None:
    pipelines.unreadable.add("B000001")
    view.show_run("B000001")
    assert view.stack.currentWidget() is view.state
    assert view.state.title.text() == "The result can't be read"
    assert "damaged" in view.state.text.text()


def test_a_result_outlives_its_data(view: ResultView, pipelines: ResultPipelines) -> None:
    async def gone(*_: str) -> None:
        raise StorageError("the data of this run was deleted")

    pipelines.bars = gone  # type: ignore[assignment,method-assign]
    view.show_run("B000001")
    shown = backtest(view)
    overview = shown.pages.page("overview")
    assert isinstance(overview, OverviewPage)
    assert overview.chart.names() == ("This run",)
    trades = shown.pages.page("trades")
    assert isinstance(trades, TradesPage)
    assert "was deleted" in trades.candles.message.text()


def test_a_live_run_says_where_its_money_is(view: ResultView, pipelines: ResultPipelines) -> None:
    pipelines.put(a_run(9, RunState.RUNNING, kind=RunKind.LIVE))
    view.show_run("B000009")
    view.show_progress(RunProgress(run="B000009", stage="running", share=None))
    assert "P&L" in view.state.text.text()


def test_a_search_under_way_tells_its_best_so_far(view: ResultView, pipelines: ResultPipelines) -> None:
    pipelines.put(a_run(9, RunState.RUNNING, kind=RunKind.SEARCH))
    view.show_run("B000009")
    view.show_progress(RunProgress(run="B000009", stage="coarse", share=0.5, done=5, total=10, unit="sets", best=1.25))
    assert "1.250" in view.progress.waiting.text()


def test_while_it_loads_it_says_so(later: tuple[Later, ResultView]) -> None:
    held, view = later
    view.show_run("B000001")
    assert not view.state.busy.isHidden()
    held.run_all()
    assert isinstance(view.stack.currentWidget(), BacktestView)


def test_a_result_that_comes_late_does_not_replace_what_was_chosen_since(later: tuple[Later, ResultView]) -> None:
    held, view = later
    view.show_run("B000001")
    view.show_run("B000004")
    first, second = held.waiting
    held.waiting = [second, first]
    held.run_all()
    assert view.shown == ("B000004",)
    assert not isinstance(view.stack.currentWidget(), BacktestView)


def test_a_run_deleted_while_it_loads_stays_away(later: tuple[Later, ResultView], pipelines: ResultPipelines) -> None:
    held, view = later
    view.show_run("B000001")
    pipelines.removed.emit(RunRemoved(run="B000001"))
    held.run_all()
    assert view.stack.currentWidget() is view.state
    assert view.state.title.text() == "This run was deleted"


def test_a_deleted_run_that_is_compared_ends_the_comparison(view: ResultView, pipelines: ResultPipelines) -> None:
    view.compare(["B000001", "B000002"])
    pipelines.removed.emit(RunRemoved(run="B000002"))
    assert view.stack.currentWidget() is view.state


def test_both_themes_can_be_switched_under_a_result(view: ResultView, desk: Desk) -> None:
    for run in ("B000001", "B000003", "B000004", "B000005"):
        view.show_run(run)
        desk.theme.toggle()
        view.grab()
