"""One click stops everything; a typed word, and nothing else, re-arms."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication, QLabel, QPushButton

from ares_desktop.domain.risk import ALL_SCOPE, StepState, TradingState
from ares_desktop.domain.strategies import StrategyState
from ares_desktop.views.panels.ticket import TicketPanel
from tests.window.desktop import Desktop, running

pytestmark = pytest.mark.window


@pytest.fixture(scope="module")
def halted(qapp: QApplication, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desktop]:
    """The application after one click on the kill switch while it traded at full speed."""
    with running(qapp, tmp_path_factory.mktemp("profile")) as desktop:
        desktop.wait(desktop.managers.portfolio.positions)
        desktop.click(desktop.window.top_bar.kill)
        assert desktop.managers.state.kill_switch.engaged
        desktop.wait(lambda: desktop.managers.state.kill_switch.finished)
        yield desktop


def test_a_floating_window_s_button_stops_the_rest_in_a_flood_when_one_strategy_is_halted(
    qapp: QApplication, tmp_path: Path
) -> None:
    with running(qapp, tmp_path) as desktop:
        state, docks = desktop.managers.state, desktop.window.docks
        desktop.do(state.engage(reason="one of them", source="test", scope="strategy:cnr"))
        assert desktop.window.top_bar.kill.text() == "KILL SWITCH"
        docks.toggle_floating("orders")
        floating = docks.docks["orders"].floatingDockContainer()
        button = floating.findChild(QPushButton, "kill_switch_floating")
        desktop.wait(lambda: button.isVisible() and button.height() > 0)
        docked = docks.docks["strategies"].dockAreaWidget().titleBar().findChild(QPushButton, "kill_switch_floating")
        assert docked.isHidden()
        desktop.managers.data.set_speed(0.0)
        seen = desktop.managers.data.events_seen
        desktop.wait(lambda: desktop.managers.data.events_seen > seen + 200)
        desktop.click(button)
        desktop.wait(lambda: state.kill_switch.scope == ALL_SCOPE and state.kill_switch.finished)
        assert state.state().state is TradingState.HALTED
        desktop.wait(lambda: desktop.window.top_bar.kill.text().startswith("HALTED"))
        assert button.text() == desktop.window.top_bar.kill.text()
        panel = desktop.window.kill_panel
        desktop.wait(lambda: panel.scopes.count() == 2 and panel.scopes.isVisible())
        assert {report.scope for report in state.engaged()} == {ALL_SCOPE, "strategy:cnr"}
        desktop.click(panel.export)
        desktop.wait(lambda: len(list(tmp_path.rglob("reports/kill-*.html"))) == 1)


def shown_texts(desktop: Desktop) -> list[str]:
    return [label.text() for label in desktop.window.kill_panel.findChildren(QLabel) if label.isVisible()]


def test_one_click_halts_cancels_flattens_and_stops(halted: Desktop) -> None:
    managers = halted.managers
    report = managers.state.kill_switch
    assert managers.state.state().state is TradingState.HALTED
    assert [step.state for step in report.steps if step.state is StepState.FAILED] == []
    assert report.residue == ()
    assert managers.trades.working() == ()
    managers.portfolio.collect()
    assert [one for one in managers.portfolio.positions() if one.quantity] == []
    assert {status.state for status in managers.strategies.statuses()} == {StrategyState.STOPPED}


def test_the_checklist_shows_every_step(halted: Desktop) -> None:
    panel = halted.window.kill_panel
    halted.wait(panel.isVisible)
    texts = shown_texts(halted)
    steps = halted.managers.state.kill_switch.steps
    assert [step.name for step in steps if not any(step.name.casefold() in text.casefold() for text in texts)] == []
    assert panel.steps.count() == 4 * len(steps)
    places = [label for label in panel.findChildren(QLabel) if label.isVisible() and label.text()]
    assert [label.text() for label in places if label.height() < label.fontMetrics().height()] == []
    assert panel.rect().contains(panel.word.geometry())


def test_the_tables_show_that_nothing_is_left(halted: Desktop) -> None:
    halted.wait(lambda: halted.table("positions").model.rowCount() == 0)
    halted.wait(lambda: set(halted.column("strategies", "state")) == {"Stopped"})
    halted.wait(lambda: "Accepted" not in halted.column("orders", "state"))


def test_the_ticket_and_the_switches_are_refused(halted: Desktop) -> None:
    panel = halted.panel("ticket")
    assert isinstance(panel, TicketPanel)
    halted.type_into(panel.instrument, "AAPL")
    halted.type_into(panel.quantity, "1")
    halted.click(panel.buy)
    halted.wait(lambda: panel.answer.text().startswith("Denied, "))

    halted.click_cell("strategies", 0, "switch")
    halted.wait(halted.window.notices.notices)
    assert {status.state for status in halted.managers.strategies.statuses()} == {StrategyState.STOPPED}


def test_another_word_releases_nothing(halted: Desktop) -> None:
    panel = halted.window.kill_panel
    halted.type_into(panel.word, "please")
    halted.click(panel.button)
    assert halted.managers.state.state().state is TradingState.HALTED


def test_the_word_releases_and_nothing_restarts_by_itself(halted: Desktop) -> None:
    panel = halted.window.kill_panel
    halted.type_into(panel.word, "RELEASE")
    halted.click(panel.button)
    halted.wait(lambda: halted.managers.state.state().state is TradingState.ACTIVE)
    halted.wait(lambda: not panel.isVisible())
    assert {status.state for status in halted.managers.strategies.statuses()} == {StrategyState.STOPPED}

    halted.click_cell("strategies", 0, "switch")
    name = halted.column("strategies", "name")[0]
    halted.wait(lambda: halted.managers.strategies.status(name).state is StrategyState.RUNNING)
