"""The card before a start."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from ares_desktop.domain.errors import Finding, RefusedError, UsageError
from ares_desktop.domain.preflight import CheckState
from ares_desktop.domain.strategies import StrategyState
from ares_desktop.views.desk import Desk
from ares_desktop.views.panels.strategies.check_line import CHECK_LOOKS, CheckLine, sentence
from ares_desktop.views.panels.strategies.panel import StrategiesPanel
from tests.views.fake_strategy_parts import a_check
from tests.views.fakes import Fakes
from tests.views.records import a_status


@pytest.fixture
def panel(desk: Desk, fakes: Fakes, qtbot: QtBot) -> StrategiesPanel:
    """A panel with two instances that are off."""
    fakes.strategies.put(a_status("trend", StrategyState.STOPPED), a_status("vow", StrategyState.STOPPED))
    made = StrategiesPanel(desk)
    qtbot.addWidget(made)
    made.resize(500, 900)
    made.show()
    return made


def refuse(fakes: Fakes, *, forcible: bool = True) -> None:
    """Let one check fail, and refuse starts for it."""
    fakes.strategies.preflights.checks = (
        a_check(),
        a_check(CheckState.FAILED, code="BUDGET", title="Budget", reason="1 is missing", forcible=forcible),
        a_check(CheckState.WARNING, code="OVERLAP", title="Overlap"),
    )
    fakes.strategies.lives.refusal = RefusedError("PREFLIGHT", "Budget")


def show_card(panel: StrategiesPanel, qtbot: QtBot, name: str = "trend") -> None:
    """Open the card and wait for its checks."""
    panel.card.show_for(name)
    qtbot.waitUntil(lambda: panel.card.report is not None)


def lines(panel: StrategiesPanel) -> list[CheckLine]:
    return [line for line in panel.card.findChildren(CheckLine) if not line.isHidden()]


def test_a_start_that_nothing_forbids_shows_no_card(panel: StrategiesPanel, fakes: Fakes) -> None:
    panel.table.select_key("trend")
    panel.enable()
    assert fakes.strategies.calls == [("enable", "trend")]
    assert not panel.card.isVisible()


def test_a_refused_start_opens_the_card_with_the_worst_first(
    panel: StrategiesPanel, fakes: Fakes, desk: Desk, qtbot: QtBot
) -> None:
    refuse(fakes)
    panel.toggle(panel.model.record(panel.model.row_of("trend")))
    qtbot.waitUntil(lambda: panel.card.report is not None)
    assert panel.card.isVisible()
    assert desk.notices.notices() == []
    shown = [(line.title.text(), line.state.text(), line.reason.text()) for line in lines(panel)]
    assert shown[0] == ("Budget", "Failed", "1 is missing")
    assert [state for _, state, _ in shown] == ["Failed", "Warning", "Passed"]
    assert lines(panel)[0].remedy.text() == "Check the feed."
    assert panel.card.effects.value("Capital").startswith("10,000.00 USD")
    assert "1 failed, 1 warning, 1 passed" in panel.card.summary.text()
    assert fakes.strategies.calls == []


def test_states_of_checks_have_icons_of_their_own() -> None:
    assert len({icon for _, icon in CHECK_LOOKS.values()}) == len(CheckState)


def test_a_start_in_spite_of_failed_checks_says_so_and_forces(
    panel: StrategiesPanel, fakes: Fakes, qtbot: QtBot
) -> None:
    refuse(fakes)
    show_card(panel, qtbot)
    assert panel.card.start.isHidden()
    assert panel.card.force.text() == "Start in spite of 1 failed check"
    assert "journal" in panel.card.note.text()
    panel.card.force.click()
    assert fakes.strategies.calls == [("force", "trend"), ("enable", "trend")]
    assert not panel.card.isVisible()


def test_a_binding_check_can_not_be_forced(panel: StrategiesPanel, fakes: Fakes, qtbot: QtBot) -> None:
    refuse(fakes, forcible=False)
    show_card(panel, qtbot)
    assert panel.card.force.isHidden()
    assert lines(panel)[0].state.text() == "Failed, binding"
    panel.card.begin_anyway()
    QTest.keyClick(panel.card, Qt.Key.Key_Return)
    assert fakes.strategies.calls == []


def test_checking_again_takes_the_news_over(panel: StrategiesPanel, fakes: Fakes, qtbot: QtBot) -> None:
    refuse(fakes)
    show_card(panel, qtbot)
    fakes.strategies.preflights.checks = (a_check(),)
    fakes.strategies.lives.refusal = None
    panel.card.again.click()
    qtbot.waitUntil(lambda: len(lines(panel)) == 1)
    assert fakes.strategies.preflights.asked == ["trend", "trend"]
    assert len(lines(panel)) == 1
    QTest.keyClick(panel.card, Qt.Key.Key_Return)
    assert fakes.strategies.calls == [("enable", "trend")]


def test_escape_leaves_without_a_start(panel: StrategiesPanel, fakes: Fakes, qtbot: QtBot) -> None:
    refuse(fakes)
    panel.table.select_key("trend")
    show_card(panel, qtbot)
    QTest.keyClick(panel.card, Qt.Key.Key_Escape)
    assert not panel.card.isVisible()
    assert panel.detail.isVisible()
    assert fakes.strategies.calls == []


def test_several_refused_starts_are_asked_about_one_after_the_other(panel: StrategiesPanel, fakes: Fakes) -> None:
    refuse(fakes)
    panel.table.view.selectAll()
    panel.enable()
    assert panel.card.name == "trend"
    assert "1 more waits" in panel.card.title.text()
    panel.card.cancel.click()
    assert panel.card.name == "vow"
    assert panel.card.title.text() == "Start vow"
    panel.card.cancel.click()
    assert not panel.card.isVisible()


def test_the_card_goes_when_its_instance_runs_or_is_gone(panel: StrategiesPanel, fakes: Fakes, qtbot: QtBot) -> None:
    refuse(fakes)
    show_card(panel, qtbot)
    fakes.strategies.put(a_status("trend"))
    assert not panel.card.isVisible()
    show_card(panel, qtbot, "vow")
    fakes.strategies.removed.emit(fakes.strategies.by_name["vow"].instance)
    assert not panel.card.isVisible()


def test_a_check_that_could_not_be_made_is_said_in_the_card(
    panel: StrategiesPanel, fakes: Fakes, desk: Desk, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(name: str) -> None:
        raise RefusedError("BUSY", f"{name} is being changed")

    monkeypatch.setattr(fakes.strategies.preflights, "preflight", fail)
    panel.card.show_for("trend")
    qtbot.waitUntil(lambda: "trend is being changed" in panel.card.summary.text())
    assert panel.card.again.isEnabled()
    assert not panel.card.start.isEnabled()
    assert desk.notices.notices() == []


def test_a_start_that_can_not_be_funded_is_refused_with_the_checks_beside_it(
    panel: StrategiesPanel, fakes: Fakes, desk: Desk, qtbot: QtBot
) -> None:
    fakes.strategies.lives.refusal = UsageError(
        Finding(place="capital of trend", value="9", problem="is more than is free")
    )
    panel.toggle(panel.model.record(panel.model.row_of("trend")))
    qtbot.waitUntil(lambda: panel.card.report is not None)
    assert panel.card.isVisible()
    assert len(desk.notices.notices()) == 1


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("there are too few bars", "There are too few bars"),
        ("trend trades AAPL", "trend trades AAPL"),
        ("smag7-long trades AAPL", "smag7-long trades AAPL"),
        ("500 bars", "500 bars"),
        ("", ""),
    ],
)
def test_a_reason_begins_as_a_sentence_but_names_stay_as_they_are(text: str, shown: str) -> None:
    assert sentence(text, {"trend"}) == shown
