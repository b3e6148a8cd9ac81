"""What the strategies panel tells of the selected instance."""

from datetime import timedelta

import pytest
from pytestqt.qtbot import QtBot

from ares_desktop.domain.events import LimitsChanged
from ares_desktop.domain.ids import StrategyId
from ares_desktop.domain.limits import own_part
from ares_desktop.domain.risk import ALL_SCOPE, RiskLimits
from ares_desktop.domain.strategies import StrategyLog, StrategyRecord, StrategyState
from ares_desktop.views.desk import Desk
from ares_desktop.views.panels.strategies.limits_page import LimitsPage
from ares_desktop.views.panels.strategies.overview_page import OverviewPage
from ares_desktop.views.panels.strategies.panel import StrategiesPanel
from ares_desktop.views.panels.strategies.recorded import RecordedValues
from ares_desktop.views.panels.strategies.values_page import ValuesPage
from ares_desktop.views.panels.strategies.worker_log_page import WorkerLogPage
from tests.views.fakes import Fakes
from tests.views.records import NOW, a_fault, a_status


@pytest.fixture
def panel(desk: Desk, fakes: Fakes, qtbot: QtBot) -> StrategiesPanel:
    """A panel with one running instance, which is selected."""
    fakes.strategies.put(a_status("trend", cpu_percent=12.4, messages_per_s=3.25, version=4))
    made = StrategiesPanel(desk)
    qtbot.addWidget(made)
    made.resize(500, 900)
    made.show()
    made.table.select_key("trend")
    return made


def a_line(text: str, level: str = "info", strategy: str = "trend") -> StrategyLog:
    return StrategyLog(strategy=StrategyId(strategy), level=level, text=text, at=NOW)


def test_an_overview_tells_state_worker_and_what_follows_a_fault(panel: StrategiesPanel) -> None:
    page = panel.detail.pages.page("overview")
    assert isinstance(page, OverviewPage)
    assert page.facts.value("State").startswith("Running since 2026-11-20 15:26:00")
    assert "process 4242, CPU 12%" in page.facts.value("Worker")
    assert page.facts.value("File") == "smag7.py, settings version 4"
    assert "orders are canceled" in page.facts.value("After a fault")


def test_a_fault_shows_place_message_remedy_and_its_folded_trace(
    panel: StrategiesPanel, fakes: Fakes, qtbot: QtBot
) -> None:
    page = panel.detail.pages.page("overview")
    assert isinstance(page, OverviewPage)
    assert page.fault.isHidden()
    fakes.strategies.put(a_status("trend", StrategyState.FAULTED, fault=a_fault(trace="Traceback: on_bar")))
    qtbot.waitUntil(lambda: not page.fault.isHidden())
    assert page.fault.text.text() == "breakout.py:41: ZeroDivisionError: division by zero"
    assert page.fault.remedy.text() == "Correct the file, then enable it again."
    assert not page.fault.fold.is_open
    assert page.fault.trace.toPlainText() == "Traceback: on_bar"
    assert "Faulted: breakout.py:41" in page.past.text().splitlines()[0]
    assert page.past.text().splitlines()[-1].endswith("Running")
    assert not panel.fault_line.isVisible()


def test_a_log_holds_the_lines_of_its_instance_alone(panel: StrategiesPanel, fakes: Fakes, qtbot: QtBot) -> None:
    fakes.strategies.lines += [a_line("one"), a_line("two", "error"), a_line("other", strategy="else")]
    panel.detail.pages.open("log")
    page = panel.detail.pages.page("log")
    assert isinstance(page, WorkerLogPage)
    assert [line.text for line in page.model.records()] == ["one", "two"]
    fakes.strategies.logged.emit(a_line("else", strategy="else"))
    fakes.strategies.logged.emit(a_line("three", "warning"))
    qtbot.waitUntil(lambda: page.model.total == 3)
    page.level.setCurrentIndex(page.level.findData("warning"))
    assert [line.text for line in page.model.records()] == ["two", "three"]


def test_a_log_follows_its_newest_line_until_told_not_to(panel: StrategiesPanel, fakes: Fakes, qtbot: QtBot) -> None:
    fakes.strategies.lines += [a_line(f"line {number}") for number in range(200)]
    panel.detail.pages.open("log")
    page = panel.detail.pages.page("log")
    assert isinstance(page, WorkerLogPage)
    bar = page.table.view.verticalScrollBar()
    qtbot.waitUntil(lambda: bar.value() == bar.maximum() > 0)
    page.follow.setChecked(False)
    bar.setValue(0)
    fakes.strategies.logged.emit(a_line("newest"))
    qtbot.waitUntil(lambda: page.model.total == 201)
    assert bar.value() == 0
    page.follow.setChecked(True)
    assert bar.value() == bar.maximum()


def test_recorded_values_are_kept_also_before_they_are_looked_at(
    panel: StrategiesPanel, fakes: Fakes, qtbot: QtBot
) -> None:
    for number in range(5):
        at = (NOW + timedelta(minutes=number)).timestamp()
        for name in ("fast", "slow"):
            record = StrategyRecord(strategy=StrategyId("trend"), name=name, value=float(number), ts=int(at * 1e9))
            fakes.strategies.recorded.emit(record)
    panel.detail.pages.open("values")
    page = panel.detail.pages.page("values")
    assert isinstance(page, ValuesPage)
    assert [(row.name, row.value) for row in page.model.records()] == [("fast", 4.0), ("slow", 4.0)]
    assert page.chart is not None
    assert page.chart.names() == ("fast", "slow")
    page.table.select_key("slow")
    assert page.chart.names() == ("slow",)
    fakes.strategies.recorded.emit(StrategyRecord(strategy=StrategyId("trend"), name="slow", value=9.0, ts=int(2e18)))
    qtbot.waitUntil(lambda: page.model.record(page.model.row_of("slow")).value == 9.0)


def test_a_strategy_that_records_without_end_fills_no_memory() -> None:
    recorded = RecordedValues()
    for number in range(5000):
        recorded.add(StrategyRecord(strategy=StrategyId("trend"), name="x", value=1.0, ts=number * 10**9))
        recorded.add(StrategyRecord(strategy=StrategyId("trend"), name=f"n{number}", value=1.0, ts=0))
    assert len(recorded.of("trend")) <= 64
    assert len(recorded.of("trend")["x"].times) <= 2000
    assert recorded.of("trend")["x"].times[-1] == 4999.0


def test_limits_say_whose_they_are(panel: StrategiesPanel, fakes: Fakes, monkeypatch: pytest.MonkeyPatch) -> None:
    panel.detail.pages.open("limits")
    page = panel.detail.pages.page("limits")
    assert isinstance(page, LimitsPage)
    assert "of all strategies" in page.origin.text()
    assert page.facts.value("Order value") == "no bound"
    own = RiskLimits(max_open_orders=7)
    monkeypatch.setattr(fakes.totals, "limits", lambda scope: RiskLimits() if scope == ALL_SCOPE else own)
    fakes.totals.limits_changed.emit(
        LimitsChanged(scope="strategy:trend", limits=own_part(own, RiskLimits()), source="test", at=NOW)
    )
    assert "of its own" in page.origin.text()
    assert page.facts.value("Open orders") == "7"


def test_details_can_be_closed_and_stay_closed(panel: StrategiesPanel, desk: Desk, qtbot: QtBot) -> None:
    assert panel.detail.isVisible()
    panel.detail.close_button.click()
    assert not panel.detail.isVisible()
    again = StrategiesPanel(desk)
    qtbot.addWidget(again)
    again.show()
    again.table.select_key("trend")
    assert not again.detail.isVisible()
    again.tools.details.click()
    assert again.detail.isVisible()
