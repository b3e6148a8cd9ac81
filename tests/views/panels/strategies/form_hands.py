"""What a person's hands do in the form of an instance."""

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox, QLineEdit
from pytestqt.qtbot import QtBot

from ares_desktop.views.panels.strategies.editor import StrategyEditor


def field(editor: StrategyEditor, place: str) -> QLineEdit:
    found = editor.parts.form.editor_of(place)
    assert found is not None
    assert isinstance(found[1], QLineEdit)
    return found[1]


def choice(editor: StrategyEditor, place: str) -> QComboBox:
    found = editor.parts.form.editor_of(place)
    assert found is not None
    assert isinstance(found[1], QComboBox)
    return found[1]


def retype(line: QLineEdit, typed: str) -> None:
    line.selectAll()
    QTest.keyClicks(line, typed) if typed else QTest.keyClick(line, Qt.Key.Key_Delete)


def applied(editor: StrategyEditor, qtbot: QtBot) -> None:
    qtbot.waitUntil(editor.parts.bar.apply.isEnabled)
    editor.parts.bar.apply.click()
