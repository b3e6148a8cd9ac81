"""Figures as tiles that flow into as many columns as fit."""

from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QFont, QResizeEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QVBoxLayout, QWidget

from ares_desktop.views.fonts import ui_font
from ares_desktop.views.tokens import Tone
from ares_desktop.views.widgets.controls import label, set_property

_LEAST_WIDTH: Final = 104
_GAP: Final = 6
_VALUE_PX: Final = 16


class Tile(QFrame):
    """A caption above a value; the tool tip says what it means."""

    def __init__(self, caption: str, meaning: str = "") -> None:
        super().__init__()
        self.setProperty("surface", "tile")
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._meaning = meaning
        self._caption = caption
        self.caption = label(caption, part="caption")
        self.value = label("")
        self.value.setFont(ui_font(_VALUE_PX, QFont.Weight.Medium))
        self.value.setStyleSheet(f"font-size: {_VALUE_PX}px; font-weight: 500;")
        for part in (self.caption, self.value):
            # A text that finds no room must not push its neighbors away.
            part.setMinimumWidth(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 4, 6, 4)
        column.setSpacing(1)
        column.addWidget(self.caption)
        column.addWidget(self.value)

    def show_value(self, text: str, tone: Tone = Tone.NORMAL, more: str = "") -> None:
        """Show a value in a tone; ``more`` is added to the tool tip."""
        self.value.setText(text)
        set_property(self.value, "tone", tone.value)
        self.setToolTip("\n".join(part for part in (self._meaning, more) if part))
        self.setAccessibleName(f"{self._caption}: {text}")
        self.setAccessibleDescription(self._meaning)


class TileGrid(QWidget):
    """Tiles of equal width, row after row."""

    def __init__(self, tiles: list[Tile], *, least_width: int = _LEAST_WIDTH) -> None:
        super().__init__()
        self.tiles = tiles
        self._least_width = least_width
        self._columns = 0
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(_GAP)
        self._place(len(tiles))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Take as many columns as fit, with rows as even as possible."""
        super().resizeEvent(event)
        fitting = max(1, min(len(self.tiles), (event.size().width() + _GAP) // (self._least_width + _GAP)))
        rows = -(-len(self.tiles) // fitting)
        self._place(-(-len(self.tiles) // rows))

    def _place(self, columns: int) -> None:
        if columns == self._columns:
            return
        for number in range(self._columns):
            self._grid.setColumnStretch(number, 0)
        self._columns = columns
        for number, tile in enumerate(self.tiles):
            self._grid.addWidget(tile, number // columns, number % columns)
        for number in range(columns):
            self._grid.setColumnStretch(number, 1)
