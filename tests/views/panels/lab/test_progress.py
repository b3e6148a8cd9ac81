"""Runs under way."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from ares_desktop.domain.accounts import EquityPoint
from ares_desktop.domain.errors import RefusedError
from ares_desktop.domain.runs import RunKind, RunProgress, RunState
from ares_desktop.views.desk import Desk
from ares_desktop.views.panels.lab.progress_area import ProgressArea, facts, gathered, rate_text
from tests.views.fake_pipelines import a_run
from tests.views.fakes import Fakes
from tests.views.records import changed


@pytest.fixture
def area(desk: Desk, qtbot: QtBot) -> ProgressArea:
    """The area beside nothing that runs."""
    made = ProgressArea(desk)
    qtbot.addWidget(made)
    made.resize(500, 200)
    return made


def a_point(number: int) -> EquityPoint:
    return EquityPoint(ts=number, equity=100.0 + number, drawdown=0.0, twr=number / 100)


def test_no_room_is_taken_while_nothing_runs(area: ProgressArea, fakes: Fakes) -> None:
    assert area.isHidden()
    fakes.pipelines.put(a_run(1, RunState.RUNNING), a_run(2, RunState.WAITING), a_run(3))
    assert list(area.rows) == ["B000001", "B000002"]
    assert not area.isHidden()
    fakes.pipelines.put(a_run(1), a_run(2, RunState.FAILED))
    assert area.isHidden()


def test_the_live_run_is_no_work_to_wait_for(area: ProgressArea, fakes: Fakes) -> None:
    fakes.pipelines.put(a_run(1, RunState.RUNNING, kind=RunKind.LIVE))
    assert not area.rows


def test_a_row_shows_all_that_is_known(area: ProgressArea, fakes: Fakes, qtbot: QtBot) -> None:
    fakes.pipelines.put(a_run(1, RunState.RUNNING))
    row = area.rows["B000001"]
    assert row.bar.maximum() == 0
    fakes.pipelines.progressed.emit(
        RunProgress(
            run="B000001",
            stage="fold 2 of 5: coarse",
            share=0.25,
            done=250,
            total=1000,
            unit="sets",
            rate=14.2,
            remaining_s=53,
            best=1.3456,
        )
    )
    qtbot.waitUntil(lambda: row.stage.text() == "Backtest \N{MIDDLE DOT} fold 2 of 5: coarse")
    dot = "\N{MIDDLE DOT}"
    assert row.facts.text() == f"250 / 1,000 sets {dot} 14 sets/s {dot} 53 s left {dot} best 1.346"
    assert (row.bar.value(), row.bar.maximum(), row.share.text()) == (250, 1000, "25%")
    fakes.pipelines.progressed.emit(RunProgress(run="B000001", stage="report", share=None))
    qtbot.waitUntil(lambda: row.stage.text() == "Backtest \N{MIDDLE DOT} report")
    assert (row.bar.maximum(), row.share.text()) == (0, "\N{EN DASH}")


def test_each_run_is_canceled_by_its_own_button(area: ProgressArea, fakes: Fakes) -> None:
    fakes.pipelines.put(a_run(1, RunState.RUNNING), a_run(2, RunState.RUNNING))
    QTest.mouseClick(area.rows["B000002"].cancel, Qt.MouseButton.LeftButton)
    assert fakes.pipelines.calls == [("cancel", "B000002")]
    assert list(area.rows) == ["B000001"]


def test_a_refused_cancel_can_be_tried_again(area: ProgressArea, fakes: Fakes, desk: Desk) -> None:
    fakes.pipelines.put(a_run(1, RunState.RUNNING))
    fakes.pipelines.no_cancel = RefusedError("OTHER_PROCESS", "another process executes it")
    button = area.rows["B000001"].cancel
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    assert (button.text(), button.isEnabled()) == ("Cancel", True)
    assert desk.notices.notices()[0].lines == ("OTHER_PROCESS: another process executes it",)


def test_a_click_chooses_a_run(area: ProgressArea, fakes: Fakes, qtbot: QtBot) -> None:
    fakes.pipelines.put(a_run(1, RunState.RUNNING))
    area.show()
    with qtbot.waitSignal(area.chosen) as signal:
        QTest.mouseClick(area.rows["B000001"].title, Qt.MouseButton.LeftButton)
    assert signal.args == ["B000001"]


def test_a_silent_run_says_for_how_long(
    area: ProgressArea, fakes: Fakes, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    fakes.pipelines.put(a_run(1, RunState.RUNNING))
    row = area.rows["B000001"]
    fakes.pipelines.progressed.emit(RunProgress(run="B000001", stage="replay", share=0.1))
    qtbot.waitUntil(lambda: row.stage.text() == "Backtest \N{MIDDLE DOT} replay")
    area.second_passed()
    assert row.stage.text() == "Backtest \N{MIDDLE DOT} replay"
    now = row._heard + timedelta(minutes=2).total_seconds()
    # The name in the module, not the clock itself, by which every wait of this process would stand still.
    monkeypatch.setattr("ares_desktop.views.panels.lab.progress_area.time", SimpleNamespace(monotonic=lambda: now))
    area.second_passed()
    area.second_passed()
    assert row.stage.text() == "Backtest \N{MIDDLE DOT} replay \N{MIDDLE DOT} no news for 2 min"
    assert row.stage.property("tone") == "warning"


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 4)), max_size=30))
def test_no_equity_point_is_lost_between_two_looks(sent: list[tuple[str, int]]) -> None:
    messages: list[RunProgress] = []
    expected: dict[str, tuple[EquityPoint, ...]] = {}
    number = 0
    for run, points in sent:
        equity = tuple(a_point(number + step) for step in range(points))
        number += points
        messages.append(RunProgress(run=run, stage=f"{number}", share=None, equity=equity))
        expected[run] = (*expected.get(run, ()), *equity)
    seen = gathered(messages)
    assert {one.run: one.equity for one in seen} == expected
    newest = {one.run: one.stage for one in messages}
    assert {one.run: one.stage for one in seen} == newest


def test_speeds_are_short() -> None:
    assert [rate_text(rate, "bars") for rate in (None, 3.14159, 14.2, 9_800, 98_000, 1_234_567)] == [
        "",
        "3.1 bars/s",
        "14 bars/s",
        "9,800 bars/s",
        "98 k bars/s",
        "1.2 M bars/s",
    ]


def test_what_is_not_known_is_not_said() -> None:
    progress = RunProgress(run="a", stage="loading data", share=None)
    assert facts(progress) == ""
    assert facts(changed(progress, best=0.5)) == "best 0.500"
