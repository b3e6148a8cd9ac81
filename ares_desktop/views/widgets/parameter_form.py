"""An editor for declared parameters: bounds and units are shown, every error at once, as one types."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QGridLayout, QLineEdit, QWidget

from ares_desktop.domain.errors import UsageError
from ares_desktop.domain.strategies import ParameterInfo
from ares_desktop.views.formats import translated
from ares_desktop.views.tokens import Tone
from ares_desktop.views.widgets.controls import label, set_property


def parse_parameter(info: ParameterInfo, text: str) -> Any:  # noqa: ANN401 - int, float or str
    """Return the value that was typed.

    Raises:
        ValueError: says what was expected.
    """
    text = text.strip()
    if info.kind == "str":
        return text
    kind = int if info.kind == "int" else float
    try:
        value = kind(text)
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


def _bound(value: float) -> str:
    return f"{value:,.10g}"


class ParameterForm(QWidget):
    """One row for each parameter.

    Args:
        brief: bounds are said only where a value is outside of them.

    Signals:
        edited: after a value was changed.
    """

    edited = Signal()

    def __init__(self, *, brief: bool = False) -> None:
        super().__init__()
        self._brief = brief
        self._infos: tuple[ParameterInfo, ...] = ()
        self._shown: dict[str, Any] = {}
        self.editors: dict[str, QWidget] = {}
        self._notes: dict[str, Any] = {}
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(8)
        self._grid.setVerticalSpacing(5)
        self._grid.setColumnStretch(2, 1)

    def show_parameters(self, infos: Sequence[ParameterInfo], values: Mapping[str, Any]) -> None:
        """Build the rows for ``infos`` with the values in force."""
        self._clear()
        self._infos = tuple(infos)
        for number, info in enumerate(self._infos):
            value = values.get(info.name, info.default)
            self._shown[info.name] = value
            editor = self._editor(info, value)
            editor.setObjectName(f"parameter_{info.name}")
            editor.setAccessibleName(info.title or info.name)
            editor.setToolTip(info.description)
            editor.setFixedWidth(96)
            title = label(info.title or info.name)
            title.setToolTip(info.description or info.name)
            title.setBuddy(editor)
            note = label(self._hint(info), part="caption")
            note.setWordWrap(True)
            self._grid.addWidget(title, number, 0)
            self._grid.addWidget(editor, number, 1)
            self._grid.addWidget(note, number, 2)
            self.editors[info.name] = editor
            self._notes[info.name] = note

    def set_unit(self, name: str, unit: str) -> None:
        """Show another unit beside a parameter, because it depends on what else was chosen."""
        self._infos = tuple(
            msgspec.structs.replace(info, unit=unit) if info.name == name else info for info in self._infos
        )
        self.problems()

    def align_titles(self, width: int) -> None:
        """Give the titles at least this width, so that forms below each other line up."""
        self._grid.setColumnMinimumWidth(0, width)

    def _clear(self) -> None:
        while (item := self._grid.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        self.editors.clear()
        self._notes.clear()
        self._shown.clear()

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
                choice.addItem(str(one), one)
            choice.setCurrentIndex(max(0, choice.findData(value)))
            choice.currentIndexChanged.connect(self._changed)
            return choice
        line = QLineEdit(f"{value:g}" if isinstance(value, float) else str(value))
        if info.kind != "str":
            line.setAlignment(Qt.AlignmentFlag.AlignRight)
        line.textEdited.connect(self._changed)
        return line

    def _changed(self) -> None:
        self.problems()
        self.edited.emit()

    def problems(self) -> dict[str, str]:
        """Mark every wrong value; return what is wrong by name."""
        found: dict[str, str] = {}
        for info in self._infos:
            editor = self.editors[info.name]
            problem = ""
            if isinstance(editor, QLineEdit):
                try:
                    parse_parameter(info, editor.text())
                except ValueError as error:
                    problem = str(error)
            if problem:
                found[info.name] = problem
            self._mark(info, problem)
        return found

    def _mark(self, info: ParameterInfo, problem: str) -> None:
        note = self._notes[info.name]
        note.setText(problem or self._hint(info))
        set_property(note, "tone", Tone.NEGATIVE.value if problem else Tone.MUTED.value)
        set_property(self.editors[info.name], "invalid", bool(problem))

    def show_refusal(self, error: UsageError) -> bool:
        """Mark the values that the strategy itself refused; say whether all findings found their row."""
        known = {info.name: info for info in self._infos}
        missed = False
        for finding in error.findings:
            info = known.get(finding.place.rpartition(".")[2])
            if info is None:
                missed = True
            else:
                self._mark(info, " ".join(part for part in (finding.problem, finding.remedy) if part))
        return not missed

    def values(self) -> dict[str, Any]:
        """Return all values; call it when :meth:`problems` found none."""
        found: dict[str, Any] = {}
        for info in self._infos:
            editor = self.editors[info.name]
            if isinstance(editor, QCheckBox):
                found[info.name] = editor.isChecked()
            elif isinstance(editor, QComboBox):
                found[info.name] = editor.currentData()
            elif isinstance(editor, QLineEdit):
                found[info.name] = parse_parameter(info, editor.text())
        return found

    def changes(self) -> dict[str, Any]:
        """Return the values that differ from what was shown first."""
        return {name: value for name, value in self.values().items() if value != self._shown[name]}
