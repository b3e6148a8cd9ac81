"""What the gate denied lately, and how often for which reason."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QVBoxLayout, QWidget

from ares_desktop.domain.risk import Denied, DenyReason
from ares_desktop.views.formats import translated, word
from ares_desktop.views.models.coalescer import Coalescer
from ares_desktop.views.models.record_table import RecordTableModel
from ares_desktop.views.panels.risk.limit_columns import denial_columns
from ares_desktop.views.widgets.record_table import RecordTable

if TYPE_CHECKING:
    from ares_desktop.views.desk import Desk

_HZ: Final = 2.0


class DenialsView(QWidget):
    """A table of denials with a choice of reasons."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._limits = desk.managers.limits
        self.model: RecordTableModel[Denied] = RecordTableModel(
            denial_columns(), key=lambda one: (one.client_order_id, one.at), parent=self
        )
        self.table = RecordTable(
            desk,
            self.model,
            "denials",
            empty=translated("The gate has denied nothing."),
            sort=("at", Qt.SortOrder.DescendingOrder),
            units=("{0} denial", "{0} denials"),
        )
        self.reasons = QComboBox()
        self.reasons.setAccessibleName(translated("Reason"))
        self.reasons.setMinimumWidth(190)
        self.table.add_tool(self.reasons)
        self.updates: Coalescer[Any] = Coalescer(lambda _: self.read(), key=lambda _: None, hz=_HZ, parent=self)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.table)
        self.read()
        self.reasons.activated.connect(lambda _: self.read())
        desk.managers.trades.denied.connect(self.updates.push)

    def read(self) -> None:
        """Show the newest denials of the chosen reason, and count all reasons anew."""
        chosen = self.reasons.currentData()
        counts = self._limits.denial_counts()
        found = [(reason, counts[reason]) for reason in DenyReason if counts.get(reason)]
        self.reasons.clear()
        self.reasons.addItem(translated("Every reason ({0})").format(sum(many for _, many in found)), None)
        for reason, many in sorted(found, key=lambda one: -one[1]):
            self.reasons.addItem(f"{word(reason)} ({many})", reason)
        self.reasons.setCurrentIndex(max(0, self.reasons.findData(chosen)))
        self.model.reset(self._limits.denials(self.reasons.currentData()))
