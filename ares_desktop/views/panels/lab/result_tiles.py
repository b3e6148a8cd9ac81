"""Figures as tiles that flow into as many columns as fit."""

from collections.abc import Sequence
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
    """Tiles of equal width, row after row, or the most important ones in a single row."""

    def __init__(
        self, tiles: Sequence[Tile], *, least_width: int = _LEAST_WIDTH, important: Sequence[Tile] = ()
    ) -> None:
        """Lay tiles out; of ``important`` ones the first come first where there is room for one row alone."""
        super().__init__()
        self.tiles = tuple(tiles)
        self._important = (*important, *(tile for tile in tiles if tile not in important))
        self._least_width = least_width
        self._one_row = False
        self._placed: tuple[tuple[Tile, ...], int] = ((), 0)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(_GAP)
        self._place(self.tiles, len(self.tiles))

    @property
    def shown(self) -> tuple[Tile, ...]:
        """The tiles that have a place."""
        return self._placed[0]

    def set_one_row(self, on: bool) -> None:
        """Keep to a single row of what matters most, or show everything."""
        if on != self._one_row:
            self._one_row = on
            self._arrange(self.width())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Take as many columns as fit, with rows as even as possible."""
        super().resizeEvent(event)
        self._arrange(event.size().width())

    def _arrange(self, width: int) -> None:
        fitting = max(1, min(len(self.tiles), (width + _GAP) // (self._least_width + _GAP)))
        if self._one_row:
            chosen = set(self._important[:fitting])
            self._place(tuple(tile for tile in self.tiles if tile in chosen), fitting)
            return
        rows = -(-len(self.tiles) // fitting)
        self._place(self.tiles, -(-len(self.tiles) // rows))

    def _place(self, tiles: tuple[Tile, ...], columns: int) -> None:
        if (tiles, columns) == self._placed:
            return
        for number in range(self._placed[1]):
            self._grid.setColumnStretch(number, 0)
        for tile in self._placed[0]:
            self._grid.removeWidget(tile)
        self._placed = (tiles, columns)
        for number, tile in enumerate(tiles):
            self._grid.addWidget(tile, number // columns, number % columns)
        for tile in self.tiles:
            tile.setVisible(tile in tiles)
        for number in range(columns):
            self._grid.setColumnStretch(number, 1)
