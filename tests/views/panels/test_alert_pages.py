"""Alerts are acknowledged in somebody's name, muted, and told as the rules in the panel say."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QPlainTextEdit
from pytestqt.qtbot import QtBot

from ares_desktop.domain.monitoring import Severity
from ares_desktop.views.alert_banner import AlertBanner
from ares_desktop.views.desk import Desk
from ares_desktop.views.panels.alert_pages import ChannelsPage, RulesPage
from ares_desktop.views.panels.alerts import AlertsPanel
from tests.views.fakes import Fakes
from tests.views.records import an_alert


@pytest.fixture
def panel(qtbot: QtBot, desk: Desk) -> AlertsPanel:
    made = AlertsPanel(desk)
    qtbot.addWidget(made)
    return made


def rules(panel: AlertsPanel) -> RulesPage:
    page = panel.pages.page("rules")
    assert isinstance(page, RulesPage)
    return page


def test_all_alerts_are_acknowledged_in_the_name_of_who_sits_here(panel: AlertsPanel, fakes: Fakes) -> None:
    fakes.alerts.put(an_alert("a"), an_alert("b"))
    panel._updates.flush()
    panel.acknowledge()
    assert {alert.acknowledged_by for alert in fakes.alerts.alerts()} == {"trader"}


def test_without_a_selection_everything_is_muted(panel: AlertsPanel, fakes: Fakes) -> None:
    panel.mute()
    assert fakes.alerts.silent_until is not None
    panel.minutes.setValue(0)
    panel.mute()
    assert fakes.alerts.silent_until is None


def test_rules_and_quiet_hours_are_put_in_force(panel: AlertsPanel, fakes: Fakes) -> None:
    page = rules(panel)
    editor = page.fields.editor("rules")
    assert isinstance(editor, QPlainTextEdit)
    editor.setPlainText("error -> email\n\ncritical source=risk -> sound")
    page.apply()
    assert fakes.alerts.settings.rules == ("error -> email", "critical source=risk -> sound")


def test_a_wrong_rule_changes_nothing(panel: AlertsPanel, fakes: Fakes, desk: Desk) -> None:
    page = rules(panel)
    editor = page.fields.editor("rules")
    assert isinstance(editor, QPlainTextEdit)
    editor.setPlainText("loud -> pigeon")
    before = fakes.alerts.settings
    page.apply()
    assert fakes.alerts.settings == before
    assert "pigeon" in str(desk.notices.notices()[-1].lines)


def test_a_secret_is_kept_and_not_shown_again(panel: AlertsPanel, fakes: Fakes) -> None:
    page = rules(panel)
    page.secret.setCurrentText("telegram.token")
    page.secret_value.setText("123:abc")
    page.keep_secret()
    assert (fakes.alerts.kept, page.secret_value.text()) == ({"telegram.token": "123:abc"}, "")


def test_a_channel_is_tested(panel: AlertsPanel, fakes: Fakes) -> None:
    page = panel.pages.page("channels")
    assert isinstance(page, ChannelsPage)
    page.table.view.selectRow(2)
    page.send_test()
    assert fakes.alerts.tested == ["email"]


def test_a_critical_alert_stands_above_everything_until_it_is_acknowledged(
    qtbot: QtBot, desk: Desk, fakes: Fakes
) -> None:
    banner = AlertBanner(desk)
    qtbot.addWidget(banner)
    assert [banner.is_needed] == [False]
    fakes.alerts.put(an_alert("a"), an_alert("b", Severity.CRITICAL), an_alert("c", Severity.CRITICAL))
    assert [banner.is_needed] == [True]
    assert "1 more" in banner.detail.text()
    banner.seen.click()
    assert [banner.is_needed] == [False]
    assert not fakes.alerts.raised["a"].acknowledged
