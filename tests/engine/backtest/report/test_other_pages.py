"""Searches and resampled paths as pages."""

from datetime import UTC, datetime
from math import nan

from ares_desktop.domain.backtests import BacktestFigures
from ares_desktop.domain.monte_carlo import MonteCarloReport, MonteCarloSpec, Paths, Percentiles, Resampling
from ares_desktop.domain.runs import Run, RunKind, RunState
from ares_desktop.domain.searches import FoldResult, Overfitting, SearchReport, Surface, TrialResult
from ares_desktop.engine.backtest.analysis.report import make_report
from ares_desktop.engine.backtest.report import charts
from ares_desktop.engine.backtest.report.monte_carlo_page import render_monte_carlo
from ares_desktop.engine.backtest.report.search_page import render_search
from tests.engine.backtest.replay.builders import bars, run, wander
from tests.engine.backtest.report.test_page import EVIL, Page, Turns

LUCK = Overfitting(trials=4, probability=0.5, deflated_sharpe=None, expected_best_sharpe=1.25)


def a_run(kind: RunKind) -> Run:
    made = datetime(2026, 3, 3, tzinfo=UTC)
    return Run(
        id="op-1", kind=kind, state=RunState.DONE, title=EVIL, strategies=(), data=(), created_at=made, notes=EVIL
    )


def figures() -> BacktestFigures:
    series = bars(wander(200))
    return make_report(run(Turns, series), [series]).figures


def a_search(*trials: TrialResult, folds: tuple[FoldResult, ...] = ()) -> SearchReport:
    best = trials[0] if trials else None
    return SearchReport(trials=trials, folds=folds, best=best, runs=len(trials), seconds=2.0, overfitting=LUCK)


def trials() -> tuple[TrialResult, ...]:
    known = figures()
    sets = [(fast, slow) for fast in (5, 10) for slow in (20, 30)]
    return tuple(
        TrialResult(
            number=number,
            parameters={"fast": fast, "slow": slow, EVIL: EVIL},
            stage="coarse",
            figures=known,
            score=number / 3,
            feasible=True,
        )
        for number, (fast, slow) in enumerate(sets)
    )


def test_a_search_shows_luck_best_sets_and_surface_and_runs_nothing() -> None:
    page = Page(render_search(a_run(RunKind.SEARCH), a_search(*trials())))
    assert page.open == []
    assert page.count("script") == page.count("img") == 0
    assert "Probability of overfitting 50.00 %" in page.text
    assert "Deflated Sharpe ratio \N{EN DASH}" in page.text
    assert "Best score over fast and slow" in page.text
    assert page.count("rect") == 4
    assert EVIL in page.text


def test_a_walk_forward_shows_each_fold_and_the_error_of_one_that_failed() -> None:
    fold = FoldResult(
        index=1,
        train_start_ns=1,
        train_end_ns=2,
        test_start_ns=3,
        test_end_ns=4,
        parameters={"fast": 5},
        in_sample=None,
        out_of_sample=None,
        error="no set kept the constraints",
    )
    page = Page(render_search(a_run(RunKind.SEARCH), a_search(*trials(), folds=(fold,))))
    assert page.open == []
    assert "no set kept the constraints" in page.text


def test_a_search_without_any_result_is_still_a_page() -> None:
    page = Page(render_search(a_run(RunKind.SEARCH), a_search()))
    assert page.open == []
    assert "No parameter set kept the constraints" in page.text


def test_resampled_paths_show_their_fan_their_ruin_or_why_there_are_none() -> None:
    spread = Percentiles(p5=-0.5, p25=-0.1, p50=0.1, p75=0.2, p95=0.4)
    fan = tuple((1.0, 1.0 + step / 10) for step in range(5))
    drawn = Paths(
        method=Resampling.TRADES,
        paths=9,
        final_return=spread,
        max_drawdown=spread,
        sharpe=None,
        ruin=0.125,
        loss=0.25,
        fan_x=(0.0, 5.0),
        fan=fan,
        observed=(1.0, 1.3),
    )
    none = Paths(
        method=Resampling.RETURNS,
        paths=0,
        final_return=None,
        max_drawdown=None,
        sharpe=None,
        ruin=None,
        loss=None,
        note=EVIL,
    )
    report = MonteCarloReport(spec=MonteCarloSpec(run="bt-1"), results=(drawn, none), seconds=1.0)
    page = Page(render_monte_carlo(a_run(RunKind.MONTE_CARLO), report))
    assert page.open == []
    assert page.count("svg") == 1
    assert "Ruin 12.50 %" in page.text
    assert page.text.count(EVIL) >= 3
    assert page.count("script") == 0


def test_a_surface_leaves_out_what_was_not_tried() -> None:
    picture = charts.heat_map(
        Surface(x="a", y="b", x_values=(1.0, 2.0), y_values=(3.0, 4.0), scores=((0.5, nan), (nan, 1.5)))
    )
    assert str(picture).count("<rect") == 2
