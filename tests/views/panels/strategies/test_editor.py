"""The place where an instance is configured."""

from decimal import Decimal

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QCheckBox, QComboBox
from pytestqt.qtbot import QtBot

from ares_desktop.domain.errors import RefusedError
from ares_desktop.domain.risk import RiskLimits
from ares_desktop.domain.strategies import FaultOrders
from ares_desktop.domain.versions import Difference, Preset
from ares_desktop.views.desk import Desk
from ares_desktop.views.panels.strategies.changes import DifferenceRows
from ares_desktop.views.panels.strategies.editor import StrategyEditor
from ares_desktop.views.panels.strategies.editor_parts import VERSIONS
from tests.views.fakes import Fakes
from tests.views.panels.strategies.form_hands import applied, choice, field, retype
from tests.views.records import a_status, changed


def test_every_kind_of_parameter_has_its_editor(editing: StrategyEditor) -> None:
    editors = editing.parts.form.parameters.editors
    assert isinstance(editors["confirm"], QCheckBox)
    assert isinstance(editors["side"], QComboBox)
    editors["confirm"].setChecked(False)
    editors["side"].setCurrentText("short")
    draft = editing.parts.form.draft()
    assert draft is not None
    assert draft.parameters == {"fast": 12, "slow": 30, "confirm": False, "side": "short"}


def test_a_form_that_nobody_touched_describes_the_instance_exactly(editing: StrategyEditor, fakes: Fakes) -> None:
    odd = a_status("odd", weight=Decimal("0.123456789"), max_weight=Decimal("0.50"), capital=Decimal("12345.67"))
    fakes.strategies.put(odd)
    editing.leave()
    editing.edit(odd)
    assert editing.parts.form.draft() == odd.instance
    assert editing.parts.changes.isHidden()
    assert not editing.parts.bar.apply.isEnabled()


def test_all_problems_are_told_at_once_and_the_first_is_led_to(editing: StrategyEditor, fakes: Fakes) -> None:
    for place, typed in (("parameters.fast", "1"), ("parameters.risk", "much"), ("hours", "whenever"), ("weight", "")):
        retype(field(editing, place), typed)
    parts = editing.parts
    assert [one.place for one in parts.form.find_problems()] == [
        "parameters.fast",
        "parameters.risk",
        "hours",
        "weight",
    ]
    assert parts.bar.summary.accessibleName().startswith("4 problems")
    assert not parts.bar.apply.isEnabled()
    parts.form.sections["parameters"].set_open(False)
    parts.bar.summary.click()
    assert parts.form.sections["parameters"].is_open
    assert fakes.strategies.calls == []


def test_what_the_engine_finds_is_marked_at_its_fields(editing: StrategyEditor, qtbot: QtBot) -> None:
    retype(field(editing, "parameters.fast"), "50")
    retype(field(editing, "parameters.slow"), "40")
    retype(field(editing, "weight"), "90")
    qtbot.waitUntil(lambda: bool(field(editing, "weight").property("invalid")))
    assert field(editing, "parameters.slow").property("invalid")
    assert editing.parts.bar.summary.accessibleName().startswith("2 problems")
    assert not editing.parts.bar.apply.isEnabled()


def test_only_the_last_of_quick_edits_is_asked_about(editing: StrategyEditor, fakes: Fakes, qtbot: QtBot) -> None:
    for typed in ("13", "14", "15"):
        retype(field(editing, "parameters.fast"), typed)
    qtbot.waitUntil(editing.parts.bar.apply.isEnabled)
    assert [one.parameters["fast"] for one in fakes.strategies.editing.asked] == [15]


@pytest.mark.parametrize(
    ("effect", "text"),
    [("next bar", "Apply at the next bar"), ("now", "Apply now"), ("swap", "Swap the worker at the next bar")],
)
def test_the_button_says_what_it_will_do(
    editing: StrategyEditor, fakes: Fakes, qtbot: QtBot, effect: str, text: str
) -> None:
    fakes.strategies.editing.effect = effect
    retype(field(editing, "parameters.slow"), "60")
    qtbot.waitUntil(editing.parts.bar.apply.isEnabled)
    assert editing.parts.bar.apply.text() == text


def test_a_refusal_is_said_before_anything_is_tried(editing: StrategyEditor, fakes: Fakes, qtbot: QtBot) -> None:
    fakes.strategies.editing.refused = RefusedError("POSITIONS_HELD", "trend holds AAPL.SMART; flatten it first")
    retype(field(editing, "memory_mb"), "512")
    qtbot.waitUntil(lambda: editing.parts.bar.apply.text() == "Can't be applied")
    assert editing.parts.bar.state.text() == "trend holds AAPL.SMART; flatten it first"
    assert not editing.parts.bar.apply.isEnabled()


def test_applying_puts_every_field_in_force_with_its_note(editing: StrategyEditor, fakes: Fakes, qtbot: QtBot) -> None:
    retype(field(editing, "parameters.slow"), "60")
    retype(field(editing, "weight"), "12.5")
    retype(field(editing, "hours"), "09:35 to 15:50")
    retype(field(editing, "restart_limit"), "3")
    orders = choice(editing, "on_fault")
    orders.setCurrentIndex(orders.findData("keep"))
    editing.parts.bar.note.setText("Slower")
    applied(editing, qtbot)
    verb, instance, note = fakes.strategies.calls[-1]
    assert (verb, note) == ("apply", "Slower")
    assert instance.parameters["slow"] == 60
    assert (instance.weight, instance.hours, instance.restart_limit) == (Decimal("0.125"), "09:35 to 15:50", 3)
    assert instance.on_fault is FaultOrders.KEEP
    assert not editing.is_busy


def test_a_change_can_be_undone_alone_and_with_all_others(editing: StrategyEditor) -> None:
    retype(field(editing, "parameters.slow"), "60")
    retype(field(editing, "weight"), "15")
    retype(field(editing, "limits.max_open_orders"), "7")
    parts = editing.parts
    assert set(parts.changes.rows.texts) == {
        "Slow average: 30 \N{RIGHTWARDS ARROW} 60",
        "Target: 10 % \N{RIGHTWARDS ARROW} 15 %",
        "Open orders: 500 \N{RIGHTWARDS ARROW} 7",
    }
    parts.changes.undone.emit("weight")
    assert field(editing, "weight").text() == "10"
    parts.changes.all.click()
    assert field(editing, "parameters.slow").text() == "30"
    assert field(editing, "limits.max_open_orders").text() == ""
    assert parts.changes.isHidden()


def test_of_instruments_the_changes_name_what_comes_and_goes(desk: Desk, qtbot: QtBot) -> None:
    rows = DifferenceRows(desk)
    qtbot.addWidget(rows)
    rows.show_differences(
        (
            Difference(place="instruments", before=("A", "B"), after=("B", "C")),
            Difference(place="instruments", before=("A", "B"), after=("B", "A")),
            Difference(place="instruments", before=(), after=("A",)),
        )
    )
    assert rows.texts == (
        "Instruments: 2 \N{RIGHTWARDS ARROW} +C, \N{MINUS SIGN}A",
        "Instruments: 2 \N{RIGHTWARDS ARROW} in another order",
        "Instruments: whole feed \N{RIGHTWARDS ARROW} A",
    )


def test_an_empty_limit_is_as_for_all_and_a_typed_one_is_set_alone(
    editing: StrategyEditor, fakes: Fakes, qtbot: QtBot
) -> None:
    retype(field(editing, "limits.price_collar"), "2.5")
    applied(editing, qtbot)
    assert fakes.totals.own["strategy:trend"] == changed(RiskLimits(), price_collar=Decimal("0.025"))
    assert [call for call in fakes.strategies.calls if call[0] == "apply"] == []
    editing.edit(fakes.strategies.status("trend"))
    assert field(editing, "limits.price_collar").text() == "2.5"
    assert field(editing, "limits.max_leverage").text() == ""
    assert field(editing, "limits.max_leverage").placeholderText() == "1"


def test_the_budget_follows_from_the_share_and_the_account(editing: StrategyEditor) -> None:
    money = editing.parts.form.declared["money"]
    retype(field(editing, "weight"), "25")
    assert money.words.text().startswith("Budget: 25,321.16 USD, 25.0% of the account's equity of 101,284.65 USD")
    choice(editing, "funding").setCurrentText("fixed amount")
    retype(field(editing, "capital"), "12,500.50")
    draft = editing.parts.form.draft()
    assert draft is not None
    assert draft.capital == Decimal("12500.50")
    assert field(editing, "weight").isHidden()


def test_a_fixed_budget_needs_an_amount(editing: StrategyEditor) -> None:
    choice(editing, "funding").setCurrentText("fixed amount")
    for typed in ("", "0", "-5", "NaN", "1,5"):
        retype(field(editing, "capital"), typed)
        assert [one.place for one in editing.parts.form.find_problems()] == ["capital"], typed


def test_instruments_are_found_by_symbol_and_description(editing: StrategyEditor, fakes: Fakes) -> None:
    bac = next(one for one in fakes.data.known if one.startswith("BAC"))
    fakes.data.known[bac] = changed(fakes.data.known[bac], description="Bank of America")
    instruments = editing.parts.form.instruments.field
    QTest.keyClicks(instruments.line, "america")
    instruments.commit()
    QTest.keyClicks(instruments.line, "SPY, XYZ")
    instruments.commit()
    assert instruments.chosen == ("AAPL.SMART", "BAC.SMART", "SPY.SMART")
    assert instruments.line.text() == "XYZ"
    assert [one.place for one in editing.parts.form.find_problems()] == ["instruments"]
    instruments.line.clear()
    for one in instruments.chosen:
        instruments.remove(one)
    assert instruments.note.text() == "It trades everything that the feed has."
    draft = editing.parts.form.draft()
    assert draft is not None
    assert draft.instruments == ()


def test_the_hours_are_said_in_words(editing: StrategyEditor) -> None:
    words = editing.parts.form.declared["schedule"].words
    retype(field(editing, "hours"), "session open +5m to session close -10m")
    assert words.text() == (
        "It may open positions from 5 min after the open until 10 min before the close; "
        "outside of that it may only close them."
    )


def test_a_preset_is_saved_chosen_and_deleted(editing: StrategyEditor, fakes: Fakes) -> None:
    presets = editing.parts.presets
    retype(field(editing, "parameters.slow"), "90")
    presets.save.click()
    QTest.keyClicks(presets.name, "slow one")
    presets.save.click()
    assert [one.name for one in fakes.strategies.editing.known] == ["slow one"]
    retype(field(editing, "parameters.slow"), "30")
    assert presets.list.currentIndex() == 0
    presets.list.setCurrentIndex(1)
    presets.list.activated.emit(1)
    assert field(editing, "parameters.slow").text() == "90"
    presets.delete.click()
    assert fakes.strategies.editing.known == []


def test_a_preset_leaves_other_parameters_at_their_defaults(editing: StrategyEditor, fakes: Fakes) -> None:
    fakes.strategies.editing.known = [Preset(name="quick", strategy="smag7", parameters={"slow": 20})]
    editing.parts.presets.show_strategy("smag7.py")
    editing.parts.presets.list.activated.emit(1)
    assert field(editing, "parameters.slow").text() == "20"
    assert field(editing, "parameters.fast").text() == "10"


def test_a_parameter_is_reset_to_its_default(editing: StrategyEditor) -> None:
    row = editing.parts.form.parameters._rows["fast"]
    assert row.reset is not None
    assert not row.reset.isHidden()
    row.reset.click()
    assert field(editing, "parameters.fast").text() == "10"
    assert row.reset.isHidden()


def test_tab_goes_from_value_to_value_and_a_key_resets_the_one_that_is_edited(editing: StrategyEditor) -> None:
    row = editing.parts.form.parameters._rows["fast"]
    line = field(editing, "parameters.fast")
    assert row.reset is not None
    assert row.reset.focusPolicy() is Qt.FocusPolicy.NoFocus
    line.setFocus()
    QTest.keyClick(line, Qt.Key.Key_0, Qt.KeyboardModifier.ControlModifier)
    assert line.text() == "10"
    assert field(editing, "parameters.slow").text() == "30"


def test_the_summary_leads_from_problem_to_problem(editing: StrategyEditor) -> None:
    retype(field(editing, "parameters.fast"), "x")
    retype(field(editing, "parameters.slow"), "y")
    seen: list[str] = []
    editing.parts.bar.jumped.connect(seen.append)
    for _ in range(3):
        editing.parts.bar.summary.click()
    assert seen == ["parameters.fast", "parameters.slow", "parameters.fast"]


def test_versions_are_compared_shown_and_restored(editing: StrategyEditor, fakes: Fakes) -> None:
    versions = editing.parts.versions
    editing.parts.show_page(VERSIONS)
    versions.table.select_key("1")
    assert set(versions.rows.texts) == {
        "Slow average: 25 \N{RIGHTWARDS ARROW} 30",
        "Target: 20 % \N{RIGHTWARDS ARROW} 10 %",
    }
    versions.show_values.click()
    assert field(editing, "parameters.slow").text() == "25"
    assert field(editing, "weight").text() == "20"
    versions.restore.click()
    assert fakes.strategies.calls[-1] == ("restore", "trend", 1)
    assert fakes.strategies.status("trend").instance.parameters["slow"] == 25


def test_what_others_change_meanwhile_is_shown_and_what_was_typed_is_kept(
    editing: StrategyEditor, fakes: Fakes
) -> None:
    retype(field(editing, "parameters.slow"), "60")
    status = fakes.strategies.status("trend")
    fakes.strategies.put(changed(status, instance=changed(status.instance, weight=Decimal("0.3"), active=False)))
    assert field(editing, "weight").text() == "30"
    assert field(editing, "parameters.slow").text() == "60"
    assert len(editing.parts.changes.rows.texts) == 1


def test_a_removed_instance_is_not_configured_any_more(editing: StrategyEditor, fakes: Fakes) -> None:
    fakes.strategies.removed.emit(fakes.strategies.status("trend").instance)
    assert not editing.is_busy
