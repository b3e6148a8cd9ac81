"""Captions with their values in two columns, for what is read and not edited."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from ares_desktop.views.tokens import Tone
from ares_desktop.views.widgets.controls import label, set_property

if TYPE_CHECKING:
    from collections.abc import Iterable

_CAPTION_WIDTH: Final = 96

Fact = tuple[str, str, Tone]
"""Caption, value and tone of the value."""


class FactGrid(QWidget):
    """Shows facts; those that stay in their place are rewritten instead of made anew."""

    def __init__(self) -> None:
        super().__init__()
        self._lines: list[tuple[QLabel, QLabel]] = []
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(10)
        self._grid.setVerticalSpacing(4)
        self._grid.setColumnMinimumWidth(0, _CAPTION_WIDTH)
        self._grid.setColumnStretch(1, 1)

    def show_facts(self, facts: Iterable[Fact]) -> None:
        """Show other facts."""
        number = -1
        for number, (caption, value, tone) in enumerate(facts):
            if number == len(self._lines):
                self._add_line()
            title, text = self._lines[number]
            for part, written in ((title, caption), (text, value)):
                if part.text() != written:
                    part.setText(written)
                part.show()
            set_property(text, "tone", tone.value)
        for line in self._lines[number + 1 :]:
            for part in line:
                part.hide()

    def value(self, caption: str) -> str:
        """Return what is shown beside a caption, empty when nothing is."""
        return next((text.text() for title, text in self._lines if title.text() == caption and not text.isHidden()), "")

    def _add_line(self) -> None:
        row = len(self._lines)
        title, text = label(part="caption"), label()
        text.setWordWrap(True)
        text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._grid.addWidget(title, row, 0, Qt.AlignmentFlag.AlignTop)
        self._grid.addWidget(text, row, 1)
        self._lines.append((title, text))
