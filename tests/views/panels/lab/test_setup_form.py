"""The form that sets a run up, as a person meets it: what is meant, what is said, what is in view."""

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox, QLabel
from pytestqt.qtbot import QtBot

from ares_desktop.domain.errors import Finding, UsageError
from ares_desktop.views.desk import Desk
from ares_desktop.views.panels.lab.setup_form import SetupForm
from tests.views.fakes import Fakes
from tests.views.records import TREND_PARAMETERS, an_entry, changed


@pytest.fixture
def form(desk: Desk, fakes: Fakes, qtbot: QtBot) -> SetupForm:
    """A form over a strategy file that declares what may be searched."""
    searched = (changed(TREND_PARAMETERS[0], search=(5.0, 50.0, 5.0)), *TREND_PARAMETERS[1:])
    fakes.strategies.entries = [an_entry(parameters=searched)]
    made = SetupForm(desk)
    qtbot.addWidget(made)
    made.resize(380, 900)
    made.show()
    return made


@pytest.mark.parametrize(
    ("typed", "meant"), [("sample:aa", "sample:AAPL"), ("SPY", "SPY"), ("spy", "SPY"), ("PY", "PY"), ("Q.csv", "Q.csv")]
)
def test_the_only_choice_that_fits_is_meant(form: SetupForm, qtbot: QtBot, typed: str, meant: str) -> None:
    form.data.choices.setStringList(["SPY", "sample:AAPL", "sample:SPY"])
    QTest.keyClicks(form.data.line, typed)
    QTest.keyClick(form.data.line, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: form.data.names == (meant,) and not form.data.line.text())


def test_a_refused_name_is_not_complained_of_when_it_is_gone(form: SetupForm) -> None:
    form.data.add(["NOSUCH"])
    finding = Finding(place="data", value="NOSUCH", problem="is not known", remedy="It has SPY.")
    form.show_refusal(UsageError(finding))
    assert form.data_fields.problem("data") == "NOSUCH: is not known. It has SPY."
    form.data.remove("NOSUCH")
    assert not form.data_fields.problem("data")


def test_what_commissions_are_charged_stands_beside_their_name(form: SetupForm) -> None:
    costs = form.costs.form.editors["costs"]
    assert isinstance(costs, QComboBox)
    texts = {label.text() for label in form.costs.findChildren(QLabel)}
    assert "A broker's fixed prices." in texts
    costs.setCurrentIndex(costs.findData("none"))
    assert "Nothing is charged." in {label.text() for label in form.costs.findChildren(QLabel)}


def test_the_first_press_of_search_brings_its_settings_into_view(form: SetupForm, qtbot: QtBot) -> None:
    form.resize(380, 420)
    form.ask_search()
    section = form.sections["search"]
    qtbot.waitUntil(lambda: 0 <= section.mapTo(form.area.viewport(), QPoint(0, 0)).y() < 200)
