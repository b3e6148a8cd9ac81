"""The table of decisions, whose filter is a search of the engine and whose export is the engine's too."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFileDialog

from ares_desktop.views.formats import translated
from ares_desktop.views.models.record_table import RecordTableModel
from ares_desktop.views.panels.why.columns import decision_columns
from ares_desktop.views.widgets.record_table import RecordTable

if TYPE_CHECKING:
    from ares_desktop.views.desk import Desk


class DecisionTable(RecordTable):
    """Decisions, newest first.

    Signals:
        searched: after a text to look for was typed.
        export_chosen: the file that what is shown is to be written to.
    """

    searched = Signal()
    export_chosen = Signal(object)

    def __init__(self, desk: Desk) -> None:
        super().__init__(
            desk,
            RecordTableModel(decision_columns(), key=lambda decision: decision.id),
            "why",
            empty="",
            sort=("time", Qt.SortOrder.DescendingOrder),
            units=("{0} decision", "{0} decisions"),
        )
        self.model.setParent(self)
        self.filter.setPlaceholderText(translated("Search reasons, inputs, gate"))
        self.filter.setAccessibleName(translated("Search decisions"))
        self.filter.setMaximumWidth(260)
        self.filter.setToolTip(translated("Found in reasons, instruments, gate results and the names of inputs"))

    def apply_filter(self) -> None:
        """Let the engine search, which knows more than the cells show."""
        self._typing.stop()
        self.searched.emit()

    def choose_export(self) -> None:
        """Let the person choose a CSV or JSON file for the decisions that are looked for."""
        dialog = QFileDialog(self, translated("Export decisions"), str(Path.home() / "decisions.csv"))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix("csv")
        dialog.setNameFilters(["CSV (*.csv)", "JSON (*.json)"])
        dialog.filterSelected.connect(lambda kind: dialog.setDefaultSuffix("json" if "json" in kind else "csv"))
        dialog.fileSelected.connect(lambda file: self.export_chosen.emit(Path(file)))
        dialog.open()
