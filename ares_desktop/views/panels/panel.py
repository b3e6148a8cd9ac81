"""What all panels have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QVBoxLayout, QWidget

from ares_desktop.views.models.common_columns import Ticks
from ares_desktop.views.widgets.record_table import RecordTable

if TYPE_CHECKING:
    from ares_desktop.views.desk import Desk
    from ares_desktop.views.models.coalescer import Coalescer


class Panel(QWidget):
    """A dock's content; its tables remember their layout."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.desk = desk
        self.ticks = Ticks(desk.managers.data.instrument)
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(0, 0, 0, 0)
        self.column.setSpacing(0)

    def tables(self) -> list[RecordTable]:
        """Return the panel's tables."""
        return self.findChildren(RecordTable)

    def save_layout(self) -> None:
        """Keep the columns of the panel's tables."""
        for table in self.tables():
            table.save_layout()

    def second_passed(self) -> None:
        """Renew what grows old by itself; called once a second while the panel is visible."""

    def coalescers(self) -> tuple[Coalescer[Any], ...]:
        """Return what holds updates back."""
        return ()
