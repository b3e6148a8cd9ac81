"""The versions of an instance: when, by whom and why; two of them compared, one of them restored."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QScrollArea, QVBoxLayout, QWidget

from ares_desktop.domain.differences import difference, without_switches
from ares_desktop.domain.strategies import ParameterInfo
from ares_desktop.domain.versions import Change, InstanceVersion
from ares_desktop.views.desk import SOURCE
from ares_desktop.views.formats import moment, translated
from ares_desktop.views.models.columns import Align, Column
from ares_desktop.views.models.record_table import RecordTableModel
from ares_desktop.views.panels.strategies.changes import DifferenceRows
from ares_desktop.views.tokens import Tone
from ares_desktop.views.widgets.controls import label, push_button, strip
from ares_desktop.views.widgets.record_table import RecordTable

if TYPE_CHECKING:
    from ares_desktop.views.desk import Desk


def version_columns() -> tuple[Column[InstanceVersion], ...]:
    """Return the columns of the list of versions."""
    muted = Tone.MUTED
    return (
        Column(key="number", title="No.", value=lambda r: r.number, align=Align.RIGHT, width=44),
        Column(key="at", title="Saved", value=lambda r: r.at, text=moment, width=136),
        Column(key="source", title="By", value=lambda r: r.source, tone=lambda _: muted, width=84),
        Column(key="note", title="Note", value=lambda r: r.note, width=220),
    )


class VersionsView(QWidget):
    """The list, and below it what differs: of two chosen ones, or of one from the version in force.

    Signals:
        shown_in_form: an instance whose values the form is to show.
        restored: what bringing a version back did.
    """

    shown_in_form = Signal(object)
    restored = Signal(object)

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self._name = ""
        self._parameters: tuple[ParameterInfo, ...] = ()
        self.model = RecordTableModel(version_columns(), key=lambda row: str(row.number), parent=self)
        self.table = RecordTable(
            desk,
            self.model,
            "versions",
            empty=translated("Nothing was saved yet."),
            sort=("number", Qt.SortOrder.DescendingOrder),
            units=("{0} version", "{0} versions"),
        )
        self.table.selection_changed.connect(self._show_differences)
        self.title = label(part="strong")
        self.title.setWordWrap(True)
        self.rows = DifferenceRows(desk)
        self.restore = push_button(
            translated("Restore"), self._restore, tooltip=translated("Put this version in force as a new one")
        )
        self.show_values = push_button(
            translated("Show in form"),
            self._show_in_form,
            tooltip=translated("Fill the form with this version; nothing is applied yet"),
        )
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.timeout.connect(self._read)
        self._arrange()

    def _arrange(self) -> None:
        frame, row = strip("strip")
        row.addWidget(self.title, 1)
        row.addWidget(self.show_values)
        row.addWidget(self.restore)
        inner = QWidget()
        below = QVBoxLayout(inner)
        below.setContentsMargins(12, 4, 12, 8)
        below.addWidget(self.rows)
        below.addStretch(1)
        area = QScrollArea()
        area.setWidget(inner)
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.table, 3)
        column.addWidget(frame)
        column.addWidget(area, 2)

    def show_instance(self, name: str, parameters: Sequence[ParameterInfo]) -> None:
        """Show the versions of another instance."""
        self._name, self._parameters = name, tuple(parameters)
        self.model.reset([])
        self._show_differences()
        self._read()

    def refresh(self) -> None:
        """Read the versions again, once for all that was saved at the same time."""
        self._soon.start(0)

    def _read(self) -> None:
        name = self._name
        if name:
            self._desk.runner.read(
                translated("Read the versions of {0}").format(name),
                partial(self._desk.managers.strategies.versions.history, name),
                done=lambda found: self._show(name, found),
            )

    def _show(self, name: str, found: Sequence[InstanceVersion]) -> None:
        if name == self._name:
            self.model.reset(list(found))
            self._show_differences()

    def _chosen(self) -> list[InstanceVersion]:
        return sorted(self.table.selected(), key=lambda one: one.number)[-2:]

    def _newest(self) -> InstanceVersion | None:
        return max(self.model.records(), key=lambda one: one.number, default=None)

    def _show_differences(self) -> None:
        chosen, newest = self._chosen(), self._newest()
        single = chosen[0] if len(chosen) == 1 else None
        for button in (self.restore, self.show_values):
            button.setEnabled(single is not None and single is not newest)
        if newest is None or not chosen:
            self.title.setText(
                translated("Choose one version to compare it with the one in force, or two.") if newest else ""
            )
            self.rows.show_differences(())
            return
        old, new = (chosen[0], newest) if single is not None else (chosen[0], chosen[1])
        if old is newest:
            self.title.setText(translated("Version {0} is in force").format(old.number))
            self.rows.show_differences(())
            return
        found = difference(without_switches(old.instance), without_switches(new.instance))
        text = translated("Version {0} to {1}") if found else translated("Versions {0} and {1} are equal")
        self.title.setText(text.format(old.number, new.number))
        self.rows.show_differences(found, self._parameters)

    def _show_in_form(self) -> None:
        for one in self._chosen()[:1]:
            self.shown_in_form.emit(one.instance)

    def _restore(self) -> None:
        for one in self._chosen()[:1]:
            self._desk.runner.run(
                translated("Restore version {0} of {1}").format(one.number, self._name),
                partial(self._desk.managers.strategies.versions.restore, self._name, one.number, source=SOURCE),
                done=self._restored,
            )

    def _restored(self, change: Change) -> None:
        self.restored.emit(change)
        self.refresh()
