"""A new instance is made in the form."""

from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from ares_desktop.views.panels.strategies.editor import StrategyEditor
from tests.views.fakes import Fakes
from tests.views.panels.strategies.form_hands import applied, field, retype
from tests.views.records import a_fault, an_entry


def test_an_instance_is_added_from_the_catalog(editor: StrategyEditor, fakes: Fakes, qtbot: QtBot) -> None:
    editor.prepare_new()
    assert "fast average" in editor.parts.form.about.summary.text()
    retype(field(editor, "name"), "mine")
    retype(field(editor, "parameters.slow"), "50")
    applied(editor, qtbot)
    verb, instance, _ = fakes.strategies.calls[-1]
    assert (verb, instance.name, instance.file) == ("create", "mine", "/strategies/smag7.py")
    assert instance.parameters == {"slow": 50}
    assert not editor.is_busy


def test_add_and_start_asks_for_the_start(editor: StrategyEditor, qtbot: QtBot) -> None:
    editor.prepare_new("smag7.py")
    qtbot.waitUntil(editor.parts.bar.start.isEnabled)
    with qtbot.waitSignal(editor.start_wanted) as started:
        editor.parts.bar.start.click()
    assert started.args == ["smag7"]


def test_a_taken_name_is_marked(editor: StrategyEditor, qtbot: QtBot) -> None:
    editor.prepare_new()
    retype(field(editor, "name"), "trend")
    applied(editor, qtbot)
    assert field(editor, "name").property("invalid")
    assert editor.parts.bar.summary.accessibleName() == "1 problem \N{EM DASH} Name: is taken"


def test_a_faulty_file_says_what_is_wrong_and_can_not_be_added(editor: StrategyEditor, fakes: Fakes) -> None:
    fault = a_fault(kind="syntax", message="SyntaxError: expected ':'", line=12, file="/strategies/grid.py")
    fakes.strategies.entries.append(an_entry("grid", faults=(fault,)))
    editor.prepare_new("grid.py")
    assert editor.parts.form.about.fault.text() == "grid.py:12: SyntaxError: expected ':'"
    assert not editor.parts.bar.apply.isEnabled()
    assert editor.parts.form.sections["parameters"].isHidden()
    editor.parts.files.choose("smag7.py")
    assert not editor.parts.form.sections["parameters"].isHidden()


def test_the_first_file_that_a_search_finds_is_the_one_that_is_described(editor: StrategyEditor, fakes: Fakes) -> None:
    fakes.strategies.entries.append(an_entry("grid"))
    editor.prepare_new("smag7.py")
    files = editor.parts.files
    QTest.keyClicks(files.search, "grid")
    assert files.entry is not None
    assert (files.entry.name, field(editor, "name").text()) == ("grid", "grid")
    QTest.keyClicks(files.search, "nothing of that name")
    assert files.entry.name == "grid"


def test_another_file_is_checked_before_it_is_offered(editor: StrategyEditor) -> None:
    editor.prepare_new("/home/me/grid.py")
    assert editor.parts.files.entry is not None
    assert editor.parts.files.entry.file == "/home/me/grid.py"
    assert field(editor, "name").text() == "grid"
