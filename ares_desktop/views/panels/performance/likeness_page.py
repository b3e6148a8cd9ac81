"""How alike strategies do, as a map of correlations."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QStackedWidget, QVBoxLayout, QWidget

from ares_desktop.views import formats
from ares_desktop.views.charts.heat_colors import leaning_color
from ares_desktop.views.charts.heat_map import HeatMap
from ares_desktop.views.formats import translated
from ares_desktop.views.tokens import Tone
from ares_desktop.views.widgets.controls import label

if TYPE_CHECKING:
    from PySide6.QtGui import QColor

    from ares_desktop.domain.performance import StrategyCorrelations
    from ares_desktop.views.charts.heat_map import Cell
    from ares_desktop.views.desk import Desk
    from ares_desktop.views.tokens import Tokens

_MISSING = "no figure"


def _color(share: float, tokens: Tokens) -> QColor:
    return leaning_color(2.0 * share - 1.0, tokens)


def _write(value: float) -> str:
    return formats.fixed(value, 2)


def _note() -> QLabel:
    note = label(
        translated(
            "Correlations need two strategies that hold money, each with valuations over the same time. "
            "They appear by themselves."
        ),
        tone=Tone.FAINT,
    )
    note.setAlignment(Qt.AlignmentFlag.AlignCenter)
    note.setWordWrap(True)
    note.setContentsMargins(24, 8, 24, 8)
    return note


class LikenessPage(QWidget):
    """A cell for each pair; the line below reads the one under the pointer, or the chosen one."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._found: StrategyCorrelations | None = None
        self.map = HeatMap(
            desk.theme,
            write=_write,
            bounds=(-1.0, 1.0),
            color=_color,
            best=False,
            unknown=_MISSING,
            empty="",
            every_name=True,
        )
        self.map.setAccessibleName(translated("Correlations of strategies"))
        self.reading = label(part="caption")
        self.reading.setContentsMargins(10, 2, 10, 4)
        self.note = _note()
        filled = QWidget()
        column = QVBoxLayout(filled)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.map, 1)
        column.addWidget(self.reading)
        self.layers = QStackedWidget()
        self.layers.addWidget(self.note)
        self.layers.addWidget(filled)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self.layers)
        self.map.setMinimumSize(1, 1)
        self.map.cell_hovered.connect(self._read)
        self.map.cell_chosen.connect(self._read)
        self.setMinimumSize(1, 1)

    def show_correlations(self, found: StrategyCorrelations | None) -> None:
        """Show the newest correlations, the first strategy on top."""
        if found is None or len(found.names) < 2:  # noqa: PLR2004 - a pair
            return
        self._found = found
        values = np.array([[math.nan if value is None else value for value in row] for row in found.values])
        self.map.show_grid(("", ""), found.names, found.names[::-1], values[::-1])
        self.layers.setCurrentIndex(1)
        self._read(None)

    def _read(self, cell: Cell | None) -> None:
        found, cell = self._found, cell or self.map.chosen
        if found is None:
            return
        if cell is None:
            text = translated("Returns of {0} each; a pair needs {1} of them in common.")
            self.reading.setText(text.format(formats.age(found.interval_s), found.least))
            return
        column, row = cell[0], len(found.names) - 1 - cell[1]
        value, common = found.values[row][column], found.observations[row][column]
        first, second = found.names[row], found.names[column]
        if value is None:
            text = translated("{0} with {1}: {2} common returns of {3}; {4} are needed")
            said = text.format(first, second, common, formats.age(found.interval_s), found.least)
            if common >= found.least:
                said = translated("{0} with {1}: one of them never moved").format(first, second)
        else:
            text = translated("{0} with {1}: {2}, from {3} common returns of {4}")
            said = text.format(first, second, _write(value), common, formats.age(found.interval_s))
        self.reading.setText(said)
