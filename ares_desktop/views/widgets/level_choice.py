"""Chooses the least severe log lines that are shown."""

from __future__ import annotations

from typing import Any

from PySide6.QtWidgets import QComboBox

from ares_desktop.views.formats import translated, word
from ares_desktop.views.models.log_levels import CHOICES, rank
from ares_desktop.views.models.record_table import RecordTableModel


class LevelChoice(QComboBox):
    """A list of levels; the chosen one and those above it stay in a table.

    Args:
        model: of the lines.
    """

    def __init__(self, model: RecordTableModel[Any]) -> None:
        super().__init__()
        self._model = model
        self.setAccessibleName(translated("Lowest level"))
        for name in CHOICES:
            self.addItem(word(name), name)
        self.currentIndexChanged.connect(self._show)

    def _show(self) -> None:
        lowest = rank(self.currentData())
        self._model.set_predicate((lambda line: rank(line.level) >= lowest) if lowest else None)
