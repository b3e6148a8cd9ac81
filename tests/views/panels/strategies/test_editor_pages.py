"""The pages of the form: preview, room, files."""

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from ares_desktop.views.panels.strategies.editor import StrategyEditor
from ares_desktop.views.panels.strategies.editor_parts import FORM, PREVIEW
from tests.views.fake_previews import a_preview, a_side
from tests.views.fakes import Fakes
from tests.views.panels.strategies.form_hands import field, retype
from tests.views.records import changed


def test_the_typed_values_are_tried_out_when_typing_pauses(editing: StrategyEditor, fakes: Fakes, qtbot: QtBot) -> None:
    editing.show()
    qtbot.waitUntil(lambda: bool(fakes.pipelines.calls), timeout=5000)
    fakes.pipelines.calls.clear()
    retype(field(editing, "parameters.slow"), "60")
    qtbot.waitUntil(lambda: bool(fakes.pipelines.calls), timeout=5000)
    _, proposed, current, bars = fakes.pipelines.calls[-1]
    assert (proposed.parameters["slow"], current.parameters["slow"], bars) == (60, 30, 500)
    marks = editing.parts.preview.result.candles.markers()
    assert {mark.hollow for mark in marks} == {True, False}
    assert len({mark.color for mark in marks}) == 2
    assert editing.parts.preview.result.figures.cells["trades"][2].text() == "+1"


def test_nothing_is_tried_out_by_itself_when_that_is_switched_off(
    editing: StrategyEditor, fakes: Fakes, qtbot: QtBot
) -> None:
    editing.parts.preview.auto.setChecked(False)
    retype(field(editing, "parameters.slow"), "60")
    qtbot.waitUntil(editing.parts.bar.apply.isEnabled)
    assert fakes.pipelines.calls == []
    editing.parts.preview.button.click()
    assert len(fakes.pipelines.calls) == 1


def test_a_preview_says_that_nothing_would_have_happened(editing: StrategyEditor, fakes: Fakes) -> None:
    instance = fakes.strategies.status("trend").instance
    empty = changed(a_side(instance), fills=())
    fakes.pipelines.previewed = changed(a_preview(instance, instance), proposed=empty, current=empty)
    editing.parts.preview.run()
    assert editing.parts.preview.result.words.text().startswith("Nothing would have happened")


def test_a_side_that_fails_shows_its_faults(editing: StrategyEditor, fakes: Fakes) -> None:
    instance = fakes.strategies.status("trend").instance
    failed = changed(a_side(instance), fills=(), curve=(), figures=None, faults=("trend.py:41: ZeroDivisionError",))
    fakes.pipelines.previewed = a_preview(instance, instance, proposed=failed)
    editing.parts.preview.run()
    assert editing.parts.preview.result.faults.text() == "Proposed: trend.py:41: ZeroDivisionError"
    assert editing.parts.preview.result.figures.cells["sharpe"][1].text() == "\N{EN DASH}"


# room


def test_a_narrow_place_shows_one_page_at_a_time(editing: StrategyEditor, qtbot: QtBot) -> None:
    parts = editing.parts
    editing.resize(420, 700)
    qtbot.waitUntil(lambda: not parts.is_wide)
    assert (parts.left.isVisible(), parts.preview.isVisible()) == (True, False)
    parts.show_page(PREVIEW)
    assert (parts.left.isVisible(), parts.preview.isVisible()) == (False, True)
    parts.show_page(FORM)
    editing.resize(1100, 700)
    qtbot.waitUntil(lambda: parts.is_wide)
    assert (parts.left.isVisible(), parts.preview.isVisible()) == (True, True)


def test_escape_leaves_and_forgets(editing: StrategyEditor, fakes: Fakes) -> None:
    retype(field(editing, "parameters.slow"), "60")
    QTest.keyClick(editing, Qt.Key.Key_Escape)
    assert not editing.is_busy
    editing.edit(fakes.strategies.status("trend"))
    assert field(editing, "parameters.slow").text() == "30"


def test_instances_are_read_and_written_as_toml(editing: StrategyEditor, fakes: Fakes, tmp_path: Path) -> None:
    file = tmp_path / "trend.toml"
    editing._files.export("trend", str(file))
    assert "trend" in file.read_text(encoding="utf-8")
    editing._files.import_file(str(file))
    assert fakes.strategies.calls[-1] == ("import", file.read_text(encoding="utf-8"))
