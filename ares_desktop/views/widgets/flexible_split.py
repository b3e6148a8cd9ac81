"""Two parts above each other, or side by side where the room is low."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSplitter, QWidget

_LOW: Final = 420
BESIDE_FROM: Final = 560


class FlexibleSplit(QSplitter):
    """A splitter that turns with its room; each way keeps the shares that a person gave it."""

    def __init__(self, first: QWidget, second: QWidget, *, above: tuple[int, int], beside: tuple[int, int]) -> None:
        """Hold two parts; ``above`` and ``beside`` are their shares in each way."""
        super().__init__(Qt.Orientation.Vertical)
        self.setChildrenCollapsible(False)
        self._shares = {Qt.Orientation.Vertical: list(above), Qt.Orientation.Horizontal: list(beside)}
        for part in (first, second):
            # A part that asks for more than there is would push the other one out of sight.
            part.setMinimumSize(1, 1)
            self.addWidget(part)
        self.setSizes(self._shares[Qt.Orientation.Vertical])

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Turn when the room has become low, or high again."""
        low = event.size().height() < _LOW and event.size().width() >= BESIDE_FROM
        wanted = Qt.Orientation.Horizontal if low else Qt.Orientation.Vertical
        if wanted is not self.orientation():
            if sum(self.sizes()):
                self._shares[self.orientation()] = self.sizes()
            self.setOrientation(wanted)
            self.setSizes(self._scaled(self._shares[wanted], event))
        super().resizeEvent(event)

    def _scaled(self, shares: list[int], event: QResizeEvent) -> list[int]:
        room = event.size().width() if self.orientation() is Qt.Orientation.Horizontal else event.size().height()
        return [round(room * share / max(1, sum(shares))) for share in shares]
