"""Rows of title, editor and note, where whatever is wrong is said beside its field."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from ares_desktop.views.tokens import Tone
from ares_desktop.views.widgets.controls import label, set_property
from ares_desktop.views.widgets.wheel import guard_wheel

TITLE_WIDTH: Final = 112
"""Of the titles' column, so that forms below each other line up."""
_LINE_HEIGHT: Final = 26


@dataclass(slots=True)
class _Field:
    editor: QWidget
    note: QLabel
    hint: str


class FieldGrid(QWidget):
    """A form; its fields are found by key."""

    def __init__(self) -> None:
        super().__init__()
        self._fields: dict[str, _Field] = {}
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(8)
        self._grid.setVerticalSpacing(5)
        self._grid.setColumnMinimumWidth(0, TITLE_WIDTH)
        self._grid.setColumnStretch(2, 1)

    def add(self, key: str, title: str, editor: QWidget, *, hint: str = "", width: int = 0) -> None:
        """Add a row; an editor without a ``width`` takes the room there is and has its note below."""
        row = self._grid.rowCount()
        caption = label(title)
        caption.setBuddy(editor)
        if not editor.accessibleName():
            editor.setAccessibleName(title)
        guard_wheel(editor)
        note = label(hint, part="caption")
        note.setWordWrap(True)
        self._grid.addWidget(caption, row, 0)
        if width:
            editor.setFixedWidth(width)
            self._grid.addWidget(editor, row, 1)
            self._grid.addWidget(note, row, 2)
        else:
            # An editor of several lines has its title beside the first.
            caption.setMinimumHeight(_LINE_HEIGHT)
            self._grid.addWidget(caption, row, 0, Qt.AlignmentFlag.AlignTop)
            self._grid.addWidget(editor, row, 1, 1, 2)
            self._grid.addWidget(note, row + 1, 1, 1, 2)
            note.setVisible(bool(hint))
        self._fields[key] = _Field(editor, note, hint)

    def add_whole(self, widget: QWidget) -> None:
        """Add a widget over the whole width."""
        self._grid.addWidget(widget, self._grid.rowCount(), 0, 1, 3)

    def set_hint(self, key: str, hint: str) -> None:
        """Show another hint beside a field, once nothing is wrong with it."""
        field = self._fields[key]
        field.hint = hint
        if field.note.property("tone") != Tone.NEGATIVE.value:
            self._say(field, hint)

    def hint(self, key: str) -> str:
        """Return what is shown beside a field while nothing is wrong with it."""
        return self._fields[key].hint

    def mark(self, key: str, problem: str) -> None:
        """Say what is wrong with a field; an empty text says that nothing is."""
        field = self._fields[key]
        set_property(field.note, "tone", (Tone.NEGATIVE if problem else Tone.MUTED).value)
        set_property(field.editor, "invalid", bool(problem))
        self._say(field, problem or field.hint)

    def problem(self, key: str) -> str:
        """Return what is marked at a field."""
        field = self._fields[key]
        return field.note.text() if field.note.property("tone") == Tone.NEGATIVE.value else ""

    def editor(self, key: str) -> QWidget:
        """Return the editor of a field."""
        return self._fields[key].editor

    def keys(self) -> tuple[str, ...]:
        """Return the keys of all fields."""
        return tuple(self._fields)

    def _say(self, field: _Field, text: str) -> None:
        field.note.setText(text)
        if field.editor.maximumWidth() > field.editor.minimumWidth():
            field.note.setVisible(bool(text))
