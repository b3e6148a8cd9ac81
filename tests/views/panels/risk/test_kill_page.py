"""The page Kill switch of the risk panel: drills, reports, and the question what happens at a live account."""

from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from ares_desktop.domain.ids import AccountId
from ares_desktop.domain.kill import KillMode, KillSwitchReport
from ares_desktop.engine.managers.kill_reports import KillRecord
from ares_desktop.views.desk import Desk
from ares_desktop.views.panels.risk.kill_page import KillPage
from tests.views.fakes import Fakes
from tests.views.records import NOW


def test_a_drill_appears_in_the_table_and_two_make_a_trend(desk: Desk, fakes: Fakes, qtbot: QtBot) -> None:
    page = KillPage(desk)
    page.drill.click()
    qtbot.waitUntil(lambda: page.model.rowCount() == 1)
    assert page.drill.isEnabled()
    assert "it cost 2.00 USD" in page.told.text()
    assert page.chart is None
    page.drill.click()
    assert len(fakes.state.reports.held) == 2
    qtbot.waitUntil(lambda: page.chart is not None)


def test_past_engagements_say_who_released_them_and_are_exported(desk: Desk, fakes: Fakes) -> None:
    report = KillSwitchReport(engaged=True, reason="enough", source="anna", scope="strategy:trend", at=NOW)
    fakes.state.reports.records.append(KillRecord(report=report, released_by="bert"))
    page = KillPage(desk)
    row = page.model.records()[0]
    assert "bert" in row.outcome
    page.export_selected()
    assert fakes.state.reports.kept == [report]


def test_a_live_account_is_asked_for_until_somebody_chose(desk: Desk, fakes: Fakes) -> None:
    fakes.state.unchosen = ("U1",)
    page = KillPage(desk)
    assert not page.question.isHidden()
    assert [button.text() for button in page.question.findChildren(QPushButton)] == [
        "Cancel only",
        "Cancel and flatten",
    ]
    page.choose(AccountId("U1"), KillMode.FLATTEN)
    assert fakes.state.chosen == {"U1": KillMode.FLATTEN}
    assert page.question.isHidden()
