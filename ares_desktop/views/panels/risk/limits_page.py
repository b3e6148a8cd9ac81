"""Limits in force, how much of each is used, and what was denied; each is changed in its place."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QLineEdit, QSplitter

from ares_desktop.domain.risk import LimitUse
from ares_desktop.views.desk import SOURCE
from ares_desktop.views.formats import count, translated
from ares_desktop.views.models.coalescer import Coalescer
from ares_desktop.views.models.record_table import RecordTableModel
from ares_desktop.views.panels.risk.denials_view import DenialsView
from ares_desktop.views.panels.risk.limit_columns import limit_columns
from ares_desktop.views.panels.risk.page import RiskPage
from ares_desktop.views.tokens import Tone
from ares_desktop.views.widgets.cell_editor import CellEditor
from ares_desktop.views.widgets.controls import IconButton, label, push_button, strip
from ares_desktop.views.widgets.record_table import RecordTable

if TYPE_CHECKING:
    from ares_desktop.views.desk import Desk

_HZ: Final = 2.0
_IN_FORCE: Final = ""


class LimitsPage(RiskPage):
    """Each limit of a scope with its use; Enter on a row types another bound, an empty one takes it away."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._limits = desk.managers.limits
        self.model: RecordTableModel[LimitUse] = RecordTableModel(
            limit_columns(), key=lambda use: (use.scope, use.name), parent=self
        )
        self.table = RecordTable(
            desk,
            self.model,
            "limits",
            empty=translated("No limit is set."),
            sort=("fraction", Qt.SortOrder.DescendingOrder),
            units=("{0} limit", "{0} limits"),
        )
        self.cells = CellEditor(self.table)
        self.denials = DenialsView(desk)
        self._build()
        self.updates: Coalescer[Any] = Coalescer(lambda _: self.read(), key=lambda _: None, hz=_HZ, parent=self)
        self._limits.limits_changed.connect(self.updates.push)
        self._limits.executions_confirmed.connect(self.updates.push)
        self.table.view.activated_row.connect(lambda _: self.edit())
        self.scope.activated.connect(lambda _: self.read())
        self.read()

    def _build(self) -> None:
        self.scope = QComboBox()
        self.scope.setAccessibleName(translated("Scope"))
        self.scope.setMinimumWidth(190)
        self.note = QLineEdit()
        self.note.setPlaceholderText(translated("Why; loosening a limit needs it"))
        self.note.setAccessibleName(translated("Note"))
        self.note.setClearButtonEnabled(True)
        change = IconButton(self.desk.theme, "settings", translated("Type another bound (Enter)"))
        change.clicked.connect(self.edit)
        self.breaches = label()
        bar, row = strip("toolbar", margins=(6, 3, 6, 3), spacing=6)
        row.addWidget(self.scope)
        row.addWidget(self.breaches)
        row.addWidget(self.note, 1)
        row.addWidget(change)
        self.waiting_bar, waiting = strip("toolbar", margins=(6, 3, 6, 3), spacing=6)
        self.waiting = label(tone=Tone.WARNING)
        self.go_on = push_button(translated("Let them go on"), self.confirm)
        waiting.addWidget(self.waiting, 1)
        waiting.addWidget(self.go_on)
        split = QSplitter(Qt.Orientation.Vertical)
        split.setChildrenCollapsible(False)
        split.setHandleWidth(4)
        split.addWidget(self.table)
        split.addWidget(self.denials)
        split.setSizes([340, 200])
        for widget in (bar, self.waiting_bar, split):
            self.column.addWidget(widget)

    def coalescers(self) -> tuple[Coalescer[Any], ...]:
        """Return what holds updates back."""
        return (self.updates, self.denials.updates)

    def second_passed(self) -> None:
        """Look again at what is used."""
        if self.cells.isHidden():
            self.read()

    def read(self) -> None:
        """Show the limits of the chosen scope, or those in force of every scope."""
        self._offer_scopes()
        chosen = self.scope.currentData()
        scopes = (chosen,) if chosen else self._limits.scopes()
        uses = [use for scope in scopes for use in self._limits.uses(scope)]
        shown = [use for use in uses if chosen or _is_worth_reading(use)]
        if {(use.scope, use.name) for use in shown} == {(use.scope, use.name) for use in self.model.records()}:
            self.model.upsert(shown)
        else:
            self.model.reset(shown)
        breached = sum(use.breached for use in uses)
        text = count(breached, "{0} limit breached: only exits pass", "{0} limits breached: only exits pass")
        self.breaches.setText(text if breached else "")
        waiting = self._limits.waiting()
        self.waiting_bar.setVisible(bool(waiting))
        self.waiting.setText(
            translated("Waiting for a person after many executions: {0}").format(", ".join(waiting)) if waiting else ""
        )

    def _offer_scopes(self) -> None:
        chosen = self.scope.currentData() or _IN_FORCE
        wanted = (_IN_FORCE, *self._limits.scopes())
        if tuple(self.scope.itemData(number) for number in range(self.scope.count())) == wanted:
            return
        self.scope.clear()
        for scope in wanted:
            self.scope.addItem(scope or translated("Everything that is set"), scope)
        self.scope.setCurrentIndex(max(0, self.scope.findData(chosen)))

    def edit(self) -> None:
        """Type another bound over the selected limit."""
        chosen: list[LimitUse] = self.table.selected()
        if chosen:
            use = chosen[0]
            own = getattr(self._limits.own(use.scope), use.name)
            self.cells.edit((use.scope, use.name), "bound", "" if own is None else f"{own}", self._keep)

    def _keep(self, key: tuple[str, str], text: str) -> None:
        scope, name = key
        self.desk.runner.run(
            translated("Set the limit {0} of {1}").format(name, scope),
            partial(self._limits.change, {scope: {name: text}}, source=SOURCE, note=self.note.text()),
            done=lambda _: self.note.clear(),
            arguments={"scope": scope, name: text},
        )

    def confirm(self) -> None:
        """Let the strategies go on that wait."""
        for name in self._limits.waiting():
            self.desk.runner.run(
                translated("Let {0} go on").format(name),
                partial(self._limits.confirm_executions, name, source=SOURCE),
                arguments={"strategy": name},
            )


def _is_worth_reading(use: LimitUse) -> bool:
    """Say whether a limit is set in its scope, or bounds everything."""
    return use.bound is not None and (use.origin == use.scope or (use.scope == "all" and not use.each_order))
