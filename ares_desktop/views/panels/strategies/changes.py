"""What would change against the version in force: before, after, and a way back for each field."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QGridLayout, QScrollArea, QVBoxLayout, QWidget

from ares_desktop.domain.strategies import ParameterInfo
from ares_desktop.domain.versions import Difference
from ares_desktop.views.formats import count, translated
from ares_desktop.views.panels.strategies.fields import field_text, field_title
from ares_desktop.views.tokens import Tone
from ares_desktop.views.widgets.controls import IconButton, clear_layout, label

if TYPE_CHECKING:
    from ares_desktop.views.desk import Desk

_ROW: Final = 24
_MOST_ROWS: Final = 5
"""Further rows are scrolled to."""


class DifferenceRows(QWidget):
    """A grid: field, before, an arrow, after, and a button where something can be undone."""

    def __init__(self, desk: Desk, undo: Callable[[str], object] | None = None) -> None:
        super().__init__()
        self._desk = desk
        self._undo = undo
        self.texts: tuple[str, ...] = ()
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(8)
        self._grid.setVerticalSpacing(0)
        self._grid.setColumnStretch(1, 1)
        self._grid.setColumnStretch(3, 1)

    def show_differences(self, differences: Sequence[Difference], parameters: Sequence[ParameterInfo] = ()) -> None:
        """Show other differences."""
        clear_layout(self._grid)
        texts = []
        for number, one in enumerate(differences):
            title = field_title(one.place, parameters)
            before, after = _texts(one, parameters)
            texts.append(f"{title}: {before} \N{RIGHTWARDS ARROW} {after}")
            self._add(number, one.place, title, before, after)
        self.texts = tuple(texts)
        self.setAccessibleDescription("; ".join(texts))

    def _add(self, number: int, place: str, title: str, before: str, after: str) -> None:
        old = label(before, tone=Tone.MUTED)
        new = label(after, part="strong")
        arrow = label("\N{RIGHTWARDS ARROW}", tone=Tone.FAINT)
        old.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        for column, part in enumerate((label(title), old, arrow, new)):
            part.setToolTip(part.text())
            if part in (old, new):
                part.setMinimumWidth(1)
            part.setFixedHeight(_ROW)
            self._grid.addWidget(part, number, column)
        if self._undo is not None:
            button = IconButton(self._desk.theme, "undo", translated("Undo the change of {0}").format(title))
            button.clicked.connect(partial(self._undo, place))
            self._grid.addWidget(button, number, 4)


def _texts(one: Difference, parameters: Sequence[ParameterInfo]) -> tuple[str, str]:
    """Return a value before and after; of two lists how long the old one is, and what comes and goes."""
    before, after = one.before, one.after
    if isinstance(before, list | tuple) and isinstance(after, list | tuple) and before and after:
        come = [f"+{item}" for item in after if item not in before]
        gone = [f"\N{MINUS SIGN}{item}" for item in before if item not in after]
        return str(len(before)), ", ".join((*come, *gone)) or translated("in another order")
    return _text(one.place, before, parameters), _text(one.place, after, parameters)


def _text(place: str, value: object, parameters: Sequence[ParameterInfo]) -> str:
    """Return a value; a parameter that is not named has its default."""
    top, _, name = place.partition(".")
    info = next((one for one in parameters if one.name == name), None) if top == "parameters" else None
    if value is None and info is not None:
        return translated("{0} by default").format(field_text(place, info.default))
    return field_text(place, value)


class ChangesList(QFrame):
    """The differences of a draft, in sight while there are any.

    Signals:
        undone: place of a field that is to get its value back; empty for all.
    """

    undone = Signal(str)

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.setProperty("surface", "strip")
        self.title = label(part="strong")
        self.rows = DifferenceRows(desk, self.undone.emit)
        self.all = IconButton(desk.theme, "undo", translated("Undo every change"), text=translated("Undo all"))
        self.all.clicked.connect(partial(self.undone.emit, ""))
        self._area = QScrollArea()
        self._area.setWidget(self.rows)
        self._area.setWidgetResizable(True)
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        head = QGridLayout()
        head.addWidget(self.title, 0, 0)
        head.addWidget(self.all, 0, 1)
        head.setColumnStretch(0, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 4, 10, 4)
        column.setSpacing(2)
        column.addLayout(head)
        column.addWidget(self._area)
        self.hide()

    def show_differences(self, differences: Sequence[Difference], parameters: Sequence[ParameterInfo]) -> None:
        """Show what a draft changes; nothing hides the list."""
        self.setVisible(bool(differences))
        self.title.setText(count(len(differences), "{0} change", "{0} changes"))
        self.rows.show_differences(differences, parameters)
        self._area.setFixedHeight(_ROW * min(len(differences), _MOST_ROWS) + 2)
