"""An editor for declared parameters: bounds and units are shown, every error at once, as one types."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import msgspec
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QCheckBox, QComboBox, QGridLayout, QLabel, QLineEdit, QSizePolicy, QWidget

from ares_desktop.domain.errors import UsageError
from ares_desktop.domain.strategies import ParameterInfo
from ares_desktop.views.formats import translated
from ares_desktop.views.theme import Theme
from ares_desktop.views.tokens import Tone
from ares_desktop.views.widgets.controls import IconButton, clear_layout, label, set_property

_WIDTH: Final = 96
_LINES: Final = 3
"""Of the grid, for each parameter: its editor, what is wrong with a text, what it is for."""
_GROUPED: Final = re.compile(r"[-+]?\d{1,3}(,\d{3})+(\.\d*)?")
"""A number with separators of thousands; any other comma may be meant as a decimal one and is refused."""


def parse_parameter(info: ParameterInfo, text: str) -> Any:  # noqa: ANN401 - int, float, str or None
    """Return the value that was typed; one whose default is None may be left empty.

    Raises:
        ValueError: says what was expected.
    """
    text = text.strip()
    if not text and info.default is None:
        return None
    if info.kind == "str":
        return text
    kind = int if info.kind == "int" else float
    try:
        value = kind(text.replace(",", "") if _GROUPED.fullmatch(text) else text)
    except ValueError:
        msg = translated("must be a whole number") if kind is int else translated("must be a number")
        raise ValueError(msg) from None
    low, high = info.minimum, info.maximum
    if not (low if low is not None else value) <= value <= (high if high is not None else value):
        raise ValueError(bounds_text(info) or translated("must be finite"))
    return value


def bounds_text(info: ParameterInfo) -> str:
    """Return the bounds in words, empty without any."""
    if info.minimum is not None and info.maximum is not None:
        return translated("from {0} to {1}").format(_bound(info.minimum), _bound(info.maximum))
    if info.minimum is not None:
        return translated("at least {0}").format(_bound(info.minimum))
    return "" if info.maximum is None else translated("at most {0}").format(_bound(info.maximum))


def value_text(value: Any) -> str:  # noqa: ANN401 - int, float, str or None
    """Return a value as it is typed."""
    if value is None:
        return ""
    return f"{value:.12g}" if isinstance(value, float) else str(value)


def _bound(value: float) -> str:
    return f"{value:,.10g}"


def _stands_alone(info: ParameterInfo) -> bool:
    """Say whether nothing stands beside an editor, so that its note comes below."""
    return info.kind == "str" or (info.kind == "choice" and not info.unit)


@dataclass(slots=True)
class _Row:
    """The widgets of a parameter.

    Attributes:
        reset: gives the default back, None in forms that don't offer it.
    """

    editor: QWidget
    note: QLabel
    parts: tuple[QWidget, ...]
    reset: IconButton | None = None
    shown: bool = True


class ParameterForm(QWidget):
    """One row for each parameter.

    Args:
        theme: with it a value that differs from its default has a button that resets it, and descriptions stand below
            their rows; without it they are tooltips.
        brief: bounds are said only where a value is outside of them.

    Signals:
        edited: after a value was changed.
    """

    edited = Signal()

    def __init__(self, theme: Theme | None = None, *, brief: bool = False) -> None:
        super().__init__()
        self._theme = theme
        self._brief = brief
        self._infos: tuple[ParameterInfo, ...] = ()
        self._shown: dict[str, Any] = {}
        self._rows: dict[str, _Row] = {}
        self._refused: dict[str, str] = {}
        self.editors: dict[str, QWidget] = {}
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(8)
        self._grid.setVerticalSpacing(5)
        self._grid.setColumnStretch(2, 1)

    @property
    def infos(self) -> tuple[ParameterInfo, ...]:
        """What is declared."""
        return self._infos

    def show_parameters(self, infos: Sequence[ParameterInfo], values: Mapping[str, Any]) -> None:
        """Build the rows for ``infos`` with the values in force."""
        self._clear()
        self._infos = tuple(infos)
        for info in self._infos:
            self._add(info, values.get(info.name, info.default))
        self._show_resets()

    def _add(self, info: ParameterInfo, value: Any) -> None:  # noqa: ANN401 - as declared
        self._shown[info.name] = value
        editor = self._editor(info, value)
        editor.setObjectName(f"parameter_{info.name}")
        editor.setAccessibleName(info.title or info.name)
        title = label(info.title or info.name)
        title.setToolTip(info.description or info.name)
        title.setBuddy(editor)
        editor.setProperty("invalid", False)
        note = label(self._hint(info), tone=Tone.MUTED, part="caption")
        note.setWordWrap(True)
        number = _LINES * len(self._rows)
        self._grid.addWidget(title, number, 0)
        parts: tuple[QWidget, ...] = (title, editor, note)
        reset = None
        if self._theme is None:
            editor.setToolTip(info.description)
            editor.setFixedWidth(_WIDTH)
            self._grid.addWidget(editor, number, 1)
            self._grid.addWidget(note, number, 2)
        else:
            reset = self._reset_button(self._theme, info)
            parts = (*parts, reset, *self._explain(info, editor, note, number))
            self._grid.addWidget(reset, number, 3)
        self.editors[info.name] = editor
        self._rows[info.name] = _Row(editor, note, parts, reset)

    def _explain(self, info: ParameterInfo, editor: QWidget, note: QLabel, number: int) -> tuple[QWidget, ...]:
        """Give the editor the width that its kind needs, and its row a line that says what it is for."""
        if _stands_alone(info):
            # A list as wide as its words would push the units of all other rows aside.
            side = Qt.AlignmentFlag.AlignLeft if isinstance(editor, QComboBox) else Qt.AlignmentFlag(0)
            editor.setMinimumWidth(_WIDTH)
            self._grid.addWidget(editor, number, 1, 1, 2, side)
            self._grid.addWidget(note, number + 1, 1, 1, 3)
            note.setVisible(bool(note.text()))
        else:
            # Asking a list for its width would have it styled before it stands in its place, and then once more.
            editor.setMinimumWidth(_WIDTH)
            if isinstance(editor, QComboBox):
                editor.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
            else:
                editor.setMaximumWidth(_WIDTH)
            self._grid.addWidget(editor, number, 1)
            self._grid.addWidget(note, number, 2)
        if not info.description:
            return ()
        help_line = label(info.description, part="caption")
        help_line.setWordWrap(True)
        editor.setAccessibleDescription(info.description)
        self._grid.addWidget(help_line, number + 2, 1, 1, 3)
        return (help_line,)

    def _reset_button(self, theme: Theme, info: ParameterInfo) -> IconButton:
        default = value_text(info.default) or translated("empty")
        button = IconButton(
            theme, "undo", translated("Reset {0} to {1} (Ctrl+0)").format(info.title or info.name, default)
        )
        button.clicked.connect(partial(self._reset, info.name, info.default))
        # Tab goes from value to value, whatever was typed; Ctrl+0 resets by keyboard.
        button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        return button

    def _reset(self, name: str, default: Any) -> None:  # noqa: ANN401 - as declared
        self.set_value(name, default)
        self.editors[name].setFocus()
        self._changed()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Reset the parameter that is being edited on Ctrl+0."""
        if event.key() == Qt.Key.Key_0 and event.modifiers() == Qt.KeyboardModifier.ControlModifier:
            for info in self._infos:
                if self.editors[info.name].hasFocus() and self._rows[info.name].reset is not None:
                    self._reset(info.name, info.default)
        else:
            super().keyPressEvent(event)

    def set_unit(self, name: str, unit: str) -> None:
        """Show another unit beside a parameter, because it depends on what else was chosen."""
        self._infos = tuple(
            msgspec.structs.replace(info, unit=unit) if info.name == name else info for info in self._infos
        )
        self.problems()

    def set_placeholder(self, name: str, text: str) -> None:
        """Show what holds while a value is left empty."""
        editor = self.editors[name]
        if isinstance(editor, QLineEdit):
            editor.setPlaceholderText(text)

    def set_row_shown(self, name: str, shown: bool) -> None:
        """Show or hide a parameter that makes no sense at the moment; hidden ones are never wrong."""
        row = self._rows[name]
        row.shown = shown
        for part in row.parts:
            part.setVisible(shown)
        self._show_resets()

    def align_titles(self, width: int) -> None:
        """Give the titles at least this width, so that forms below each other line up."""
        self._grid.setColumnMinimumWidth(0, width)

    def _clear(self) -> None:
        clear_layout(self._grid)
        for part in (self.editors, self._rows, self._shown, self._refused):
            part.clear()

    def _hint(self, info: ParameterInfo) -> str:
        bounds = "" if self._brief else bounds_text(info)
        return ", ".join(part for part in (info.unit, bounds) if part)

    def _editor(self, info: ParameterInfo, value: Any) -> QWidget:  # noqa: ANN401 - as declared
        if info.kind == "bool":
            box = QCheckBox()
            box.setChecked(bool(value))
            box.toggled.connect(self._changed)
            return box
        if info.kind == "choice":
            choice = QComboBox()
            for one in info.choices:
                choice.addItem(value_text(one) or translated("by default"), one)
            choice.setCurrentIndex(max(0, choice.findData(value)))
            choice.currentIndexChanged.connect(self._changed)
            return choice
        line = QLineEdit(value_text(value))
        line.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        if info.kind != "str":
            line.setAlignment(Qt.AlignmentFlag.AlignRight)
        line.textEdited.connect(self._changed)
        return line

    def _changed(self) -> None:
        self._refused.clear()
        self.problems()
        self._show_resets()
        self.edited.emit()

    # values

    def set_value(self, name: str, value: Any) -> None:  # noqa: ANN401 - as declared
        """Show another value without a signal."""
        editor = self.editors[name]
        blocked = editor.blockSignals(True)
        if isinstance(editor, QCheckBox):
            editor.setChecked(bool(value))
        elif isinstance(editor, QComboBox):
            editor.setCurrentIndex(max(0, editor.findData(value)))
        elif isinstance(editor, QLineEdit):
            editor.setText(value_text(value))
        editor.blockSignals(blocked)
        self._refused.pop(name, None)
        self.problems()
        self._show_resets()

    def typed(self, name: str) -> Any:  # noqa: ANN401 - as declared
        """Return one value.

        Raises:
            ValueError: says what was expected.
        """
        editor = self.editors[name]
        if isinstance(editor, QCheckBox):
            return editor.isChecked()
        if isinstance(editor, QComboBox):
            return editor.currentData()
        info = next(info for info in self._infos if info.name == name)
        return parse_parameter(info, editor.text()) if isinstance(editor, QLineEdit) else None

    def values(self) -> dict[str, Any]:
        """Return all values; call it when :meth:`problems` found none."""
        return {info.name: self.typed(info.name) for info in self._infos}

    def valid_values(self) -> dict[str, Any]:
        """Return the values that can be read."""
        wrong = self._unreadable()
        return {info.name: self.typed(info.name) for info in self._infos if info.name not in wrong}

    def changes(self) -> dict[str, Any]:
        """Return the values that differ from what was shown first."""
        return {name: value for name, value in self.values().items() if value != self._shown[name]}

    def _show_resets(self) -> None:
        for info in self._infos:
            row = self._rows[info.name]
            if row.reset is None:
                continue
            # Its room is kept, so that a row does not move while one types, except where the row itself is gone.
            room = row.reset.sizePolicy()
            room.setRetainSizeWhenHidden(row.shown)
            row.reset.setSizePolicy(room)
            try:
                row.reset.setVisible(row.shown and self.typed(info.name) != info.default)
            except ValueError:
                row.reset.setVisible(row.shown)

    # what is wrong

    def note(self, name: str) -> str:
        """Return what stands beside a parameter: its unit and bounds, or what is wrong with it."""
        return self._rows[name].note.text()

    def _unreadable(self) -> dict[str, str]:
        found: dict[str, str] = {}
        for info in self._infos:
            try:
                self.typed(info.name)
            except ValueError as error:
                found[info.name] = str(error)
        return found

    def problems(self) -> dict[str, str]:
        """Mark every wrong value; return what is wrong by name."""
        unreadable = self._unreadable()
        found: dict[str, str] = {}
        for info in self._infos:
            problem = unreadable.get(info.name, "") if self._rows[info.name].shown else ""
            if problem:
                found[info.name] = problem
            self._mark(info, problem or self._refused.get(info.name, ""))
        return found

    def _mark(self, info: ParameterInfo, problem: str) -> None:
        row = self._rows[info.name]
        row.note.setText(problem or self._hint(info))
        if self._theme is not None and _stands_alone(info):
            row.note.setVisible(row.shown and bool(row.note.text()))
        set_property(row.note, "tone", Tone.NEGATIVE.value if problem else Tone.MUTED.value)
        set_property(row.editor, "invalid", bool(problem))

    def refuse(self, problems: Mapping[str, str]) -> None:
        """Mark what others found wrong with readable values, until the next edit."""
        self._refused = {name: text for name, text in problems.items() if name in self._rows}
        self.problems()

    def show_refusal(self, error: UsageError) -> bool:
        """Mark the values that the strategy itself refused; say whether all findings found their row."""
        found = {
            finding.place.rpartition(".")[2]: " ".join(part for part in (finding.problem, finding.remedy) if part)
            for finding in error.findings
        }
        self.refuse(found)
        return all(name in self._rows for name in found)
