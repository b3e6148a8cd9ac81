"""Bounds on figures that a parameter set must keep to be ranked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QLineEdit, QVBoxLayout, QWidget

from ares_desktop.domain.searches import Constraint
from ares_desktop.views.formats import translated, word
from ares_desktop.views.tokens import Tone
from ares_desktop.views.widgets.controls import IconButton, label, set_property

if TYPE_CHECKING:
    from ares_desktop.views.desk import Desk

FIGURES: Final = (
    "trades",
    "max_drawdown",
    "sharpe",
    "sortino",
    "calmar",
    "total_return",
    "cagr",
    "volatility",
    "win_rate",
    "profit_factor",
    "exposure",
    "turnover",
)
"""Figures of :class:`~ares_desktop.domain.backtests.BacktestFigures` that a person may want bounds on."""
_PERCENT: Final = frozenset({"max_drawdown", "total_return", "cagr", "volatility", "win_rate", "exposure"})


@dataclass(slots=True, eq=False)
class _Row:
    widget: QWidget
    figure: QComboBox
    bound: QComboBox
    value: QLineEdit
    unit: QLabel


class ConstraintRows(QWidget):
    """One row for each bound.

    Signals:
        changed: after anything was edited.
    """

    changed = Signal()

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self.rows: list[_Row] = []
        self.note = label(tone=Tone.NEGATIVE, part="caption")
        self.note.setWordWrap(True)
        self.note.hide()
        self.more = IconButton(
            desk.theme, "plus", translated("Keep a figure within a bound"), text=translated("Constraint")
        )
        self.more.clicked.connect(self._add_first)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(4)
        self._column.addWidget(self.note)
        self._column.addWidget(self.more)

    def _add_first(self) -> None:
        self.add(Constraint(figure=FIGURES[0], at_least=30.0)).value.setFocus()
        self.changed.emit()

    def add(self, constraint: Constraint) -> _Row:
        """Add a bound."""
        widget = QWidget()
        line = QHBoxLayout(widget)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(4)
        figure, bound, value = QComboBox(), QComboBox(), QLineEdit()
        for name in FIGURES:
            figure.addItem(word(name), name)
        figure.setCurrentIndex(max(0, figure.findData(constraint.figure)))
        for key, text in (("at_least", translated("at least")), ("at_most", translated("at most"))):
            bound.addItem(text, key)
        bound.setCurrentIndex(0 if constraint.at_least is not None else 1)
        limit = constraint.at_least if constraint.at_least is not None else constraint.at_most
        scale = 100 if constraint.figure in _PERCENT else 1
        value.setText("" if limit is None else f"{limit * scale:.10g}")
        value.setAlignment(Qt.AlignmentFlag.AlignRight)
        value.setFixedWidth(62)
        unit = label(part="caption")
        unit.setFixedWidth(12)
        drop = IconButton(self._desk.theme, "close", translated("Leave this constraint out"))
        row = _Row(widget, figure, bound, value, unit)
        for editor, name in ((figure, "Figure"), (bound, "Bound"), (value, "Value")):
            editor.setAccessibleName(translated(name))
        for part, stretch in ((figure, 1), (bound, 0), (value, 0), (unit, 0), (drop, 0)):
            line.addWidget(part, stretch)
        drop.clicked.connect(lambda: self._drop(row))
        figure.activated.connect(self._edited)
        bound.activated.connect(self._edited)
        value.textEdited.connect(self._edited)
        self.rows.append(row)
        self._column.insertWidget(self._column.count() - 2, widget)
        self.check()
        return row

    def _drop(self, row: _Row) -> None:
        self.rows.remove(row)
        row.widget.hide()
        row.widget.deleteLater()
        self._edited()

    def _edited(self) -> None:
        self.check()
        self.changed.emit()

    def show_constraints(self, constraints: Sequence[Constraint]) -> None:
        """Show these bounds instead."""
        for row in tuple(self.rows):
            self._drop(row)
        for one in constraints:
            self.add(one)

    def check(self) -> list[str]:
        """Mark whatever is wrong, and return it."""
        wrong = False
        for row in self.rows:
            row.unit.setText("%" if row.figure.currentData() in _PERCENT else "")
            bad = not _is_number(row.value.text())
            set_property(row.value, "invalid", bad)
            wrong = wrong or bad
        problem = translated("A bound must be a number.") if wrong else ""
        self.note.setText(problem)
        self.note.setVisible(wrong)
        return [problem] if wrong else []

    def constraints(self) -> tuple[Constraint, ...]:
        """Return the bounds; call it when :meth:`check` found nothing.

        Raises:
            ValueError: when one can't be read.
        """
        found = []
        for row in self.rows:
            figure = str(row.figure.currentData())
            limit = float(row.value.text()) / (100 if figure in _PERCENT else 1)
            if row.bound.currentData() == "at_least":
                found.append(Constraint(figure=figure, at_least=limit))
            else:
                found.append(Constraint(figure=figure, at_most=limit))
        return tuple(found)


def _is_number(text: str) -> bool:
    try:
        return float(text) - float(text) == 0
    except ValueError:
        return False
