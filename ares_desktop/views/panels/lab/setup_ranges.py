"""Which parameters a search varies, from where to where: filled in from the strategy's own declaration."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QGridLayout, QLabel, QLineEdit, QWidget

from ares_desktop.domain.searches import ParameterRange
from ares_desktop.domain.strategies import ParameterInfo
from ares_desktop.views.formats import translated
from ares_desktop.views.tokens import Tone
from ares_desktop.views.widgets.controls import clear_layout, label, set_property

_STEPS: Final = 10
_ROUNDING: Final = 1e-9
_FIELD_WIDTH: Final = 56


def count_of(one: ParameterRange) -> int:
    """Return how many values a range has; the last step may fall short of its high end."""
    if one.choices:
        return len(one.choices)
    return math.floor((one.high - one.low) / one.step + _ROUNDING) + 1


def suggested(info: ParameterInfo) -> tuple[float, float, float]:
    """Return low, high and step: what the strategy declares, or the default's surroundings inside its bounds."""
    if info.search is not None:
        return info.search
    default = float(info.default)
    reach = abs(default) / 2 or 1.0
    low = max(default - reach, info.minimum if info.minimum is not None else -math.inf)
    high = min(default + reach, info.maximum if info.maximum is not None else math.inf)
    if info.kind == "int":
        low, high = math.ceil(low), math.floor(high)
        return low, high, max(1, round((high - low) / _STEPS))
    return low, high, (high - low) / _STEPS or 1.0


@dataclass(slots=True)
class _Row:
    info: ParameterInfo
    on: QCheckBox
    lines: tuple[QLineEdit, ...]
    values: QLabel
    note: QLabel


class RangeRows(QWidget):
    """A row for each parameter that can vary: whether it does, low, high, step, how many values that is.

    Signals:
        changed: after anything was edited.
    """

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.rows: dict[str, _Row] = {}
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(6)
        self._grid.setVerticalSpacing(4)
        self._grid.setColumnStretch(0, 1)

    def show_parameters(self, infos: Sequence[ParameterInfo], ranges: Sequence[ParameterRange] = ()) -> None:
        """Offer the parameters; those of ``ranges`` vary so, without any those that declare a search."""
        self._clear()
        varied = {one.name: one for one in ranges}
        for number, title in enumerate(("Parameter", "Low", "High", "Step", "Values")):
            head = label(translated(title), part="caption")
            if number:
                head.setAlignment(Qt.AlignmentFlag.AlignRight)
            self._grid.addWidget(head, 0, number)
        for info in infos:
            if info.kind != "str":
                on = info.name in varied if varied else info.search is not None
                self._add(info, varied.get(info.name), on=on)
        self.check()

    def _clear(self) -> None:
        clear_layout(self._grid)
        self.rows.clear()

    def _add(self, info: ParameterInfo, known: ParameterRange | None, *, on: bool) -> None:
        row = self._grid.rowCount()
        title = info.title or info.name
        box = QCheckBox(title)
        box.setChecked(on)
        box.setToolTip(info.description or info.name)
        box.toggled.connect(self._edited)
        box.setMinimumWidth(40)
        self._grid.addWidget(box, row, 0)
        lines: tuple[QLineEdit, ...] = ()
        if info.kind in ("int", "float"):
            texts = (known.low, known.high, known.step) if known is not None else suggested(info)
            lines = tuple(self._line(f"{title}: {word}", text) for word, text in zip(_WORDS, texts, strict=True))
            for column, line in enumerate(lines, 1):
                self._grid.addWidget(line, row, column)
        else:
            self._grid.addWidget(label(_choices_text(info), tone=Tone.MUTED), row, 1, 1, 3)
        values = label()
        values.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._grid.addWidget(values, row, 4)
        note = label(part="caption", tone=Tone.NEGATIVE)
        note.setWordWrap(True)
        note.hide()
        self._grid.addWidget(note, row + 1, 0, 1, 5)
        self.rows[info.name] = _Row(info, box, lines, values, note)

    def _line(self, name: str, value: float) -> QLineEdit:
        line = QLineEdit(f"{value:.10g}")
        line.setAlignment(Qt.AlignmentFlag.AlignRight)
        line.setFixedWidth(_FIELD_WIDTH)
        line.setAccessibleName(name)
        line.textEdited.connect(self._edited)
        return line

    def _edited(self) -> None:
        self.check()
        self.changed.emit()

    def check(self) -> list[str]:
        """Mark whatever is wrong and show how many values each range has; return what is wrong."""
        found = []
        for row in self.rows.values():
            problem, values = "", ""
            if row.on.isChecked():
                try:
                    values = f"{count_of(self._range(row)):,}"
                except ValueError as error:
                    problem = str(error)
                    found.append(problem)
            row.values.setText(values)
            row.note.setText(problem)
            row.note.setVisible(bool(problem))
            for line in row.lines:
                line.setEnabled(row.on.isChecked())
                set_property(line, "invalid", bool(problem))
        return found

    def mark(self, name: str, problem: str) -> bool:
        """Say what is wrong with the range of a parameter; return whether there is one."""
        row = self.rows.get(name)
        if row is None:
            return False
        row.note.setText(problem)
        row.note.setVisible(bool(problem))
        return True

    def ranges(self) -> tuple[ParameterRange, ...]:
        """Return the ranges that vary; call it when :meth:`check` found nothing.

        Raises:
            ValueError: when one of them can't be read.
        """
        return tuple(self._range(row) for row in self.rows.values() if row.on.isChecked())

    def sets(self) -> int | None:
        """Return how many parameter sets there are, None while a range is wrong."""
        try:
            return math.prod(count_of(one) for one in self.ranges())
        except ValueError:
            return None

    def _range(self, row: _Row) -> ParameterRange:
        info = row.info
        if not row.lines:
            choices: tuple[Any, ...] = (False, True) if info.kind == "bool" else info.choices
            return ParameterRange(name=info.name, kind=info.kind, choices=choices)
        low, high, step = (_number(line.text(), whole=info.kind == "int") for line in row.lines)
        if step <= 0:
            raise ValueError(translated("The step must be above 0."))
        if high < low:
            raise ValueError(translated("High must not be below low."))
        for bound, text, outside in (
            (info.minimum, translated("Low must be at least {0}."), info.minimum is not None and low < info.minimum),
            (info.maximum, translated("High must be at most {0}."), info.maximum is not None and high > info.maximum),
        ):
            if outside:
                raise ValueError(text.format(f"{bound:g}"))
        return ParameterRange(name=info.name, kind=info.kind, low=low, high=high, step=step)


_WORDS: Final = ("low", "high", "step")


def _number(text: str, *, whole: bool) -> float:
    try:
        value = float(int(text)) if whole else float(text)
    except ValueError:
        msg = (
            translated("Low, high and step must be whole numbers.")
            if whole
            else translated("Low, high and step must be numbers.")
        )
        raise ValueError(msg) from None
    if not math.isfinite(value):
        raise ValueError(translated("Low, high and step must be finite."))
    return value


def _choices_text(info: ParameterInfo) -> str:
    return translated("on and off") if info.kind == "bool" else ", ".join(str(one) for one in info.choices)
