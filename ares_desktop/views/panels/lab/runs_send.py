"""Gives an instance the parameters that a run found, after showing what would change."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QGridLayout, QHBoxLayout, QWidget

from ares_desktop.domain.runs import Run
from ares_desktop.domain.strategies import ParameterInfo
from ares_desktop.views.formats import MISSING, count, translated
from ares_desktop.views.panels.lab.runs_drawer import Drawer
from ares_desktop.views.tokens import Tone
from ares_desktop.views.widgets.controls import clear_layout, label

if TYPE_CHECKING:
    from ares_desktop.views.desk import Desk


class SendDrawer(Drawer):
    """An instance to choose, and beside each parameter its value now and the run's."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk, translated("Apply as a new version"))
        self._run = ""
        self._parameters: Mapping[str, Any] = {}
        self.instance = QComboBox()
        self.instance.setAccessibleName(translated("Instance"))
        self.instance.setMinimumWidth(160)
        self.instance.currentIndexChanged.connect(self._show_difference)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(label(translated("Instance")))
        row.addWidget(self.instance)
        row.addStretch(1)
        self._holder = QWidget()
        self._grid = QGridLayout(self._holder)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(16)
        self._grid.setVerticalSpacing(3)
        self._grid.setColumnStretch(3, 1)
        self.column.addLayout(row)
        self.column.addWidget(self._holder)

    def ask(self, run: Run, parameters: Mapping[str, Any], file: str) -> None:
        """Show the instances of the run's strategy file, and what each would change to."""
        self._run, self._parameters = run.id, parameters
        statuses = self.desk.managers.strategies.statuses()
        fitting = [one.instance.name for one in statuses if Path(one.instance.file).stem == Path(file).stem]
        self.instance.clear()
        self.instance.addItems(fitting)
        self._show_difference()
        if fitting:
            self.open(translated("Parameters of {0} for an instance").format(run.title or run.id), self.instance)
        else:
            text = translated("No instance of {0}: add one in the strategies panel first")
            self.open(text.format(Path(file).name))

    def difference(self) -> list[tuple[str, str, str, bool]]:
        """Return title, value now, new value, and whether they differ, of every parameter of the run."""
        name = self.instance.currentText()
        statuses = self.desk.managers.strategies.statuses()
        instance = next((one.instance for one in statuses if one.instance.name == name), None)
        if instance is None:
            return []
        declared = self._declared(instance.file)
        rows = []
        for key, new in self._parameters.items():
            info = declared.get(key)
            now = instance.parameters.get(key, info.default if info is not None else None)
            rows.append((info.title if info is not None and info.title else key, _text(now), _text(new), now != new))
        return rows

    def _declared(self, file: str) -> dict[str, ParameterInfo]:
        for entry in self.desk.managers.strategies.catalog():
            if entry.file == file or Path(entry.file).stem == Path(file).stem:
                return {info.name: info for info in entry.parameters}
        return {}

    def _show_difference(self) -> None:
        clear_layout(self._grid)
        rows = self.difference()
        self.go.setEnabled(any(differs for *_, differs in rows))
        if not rows:
            return
        changed = [row for row in rows if row[3]]
        for column, head in enumerate(("Parameter", "Now", "From the run") if changed else ()):
            self._add(0, column, label(translated(head), part="caption"))
        for number, (title, now, new, _) in enumerate(changed, 1):
            self._add(number, 0, label(title))
            self._add(number, 1, label(now, tone=Tone.MUTED))
            self._add(number, 2, label(f"\N{RIGHTWARDS ARROW} {new}", tone=Tone.ACCENT))
        same = len(rows) - len(changed)
        if same:
            kept = count(same, "{0} other stays as it is", "{0} others stay as they are")
            text = kept if changed else translated("Nothing would change: all are the same already")
            self._grid.addWidget(label(text, part="caption"), len(changed) + 1, 0, 1, 4)

    def _add(self, row: int, column: int, widget: QWidget) -> None:
        side = Qt.AlignmentFlag.AlignLeft if column == 0 else Qt.AlignmentFlag.AlignRight
        self._grid.addWidget(widget, row, column, side)

    def confirm(self) -> None:
        """Apply the parameters; the instance takes them over at its next bar."""
        name = self.instance.currentText()
        self.leave()
        self.desk.runner.run(
            translated("Set parameters of {0}").format(name),
            partial(self.desk.managers.pipelines.apply_parameters, self._parameters, name, self._run),
            done=partial(self._say_applied, name, self._run),
            arguments={"run": self._run, **self._parameters},
        )

    def _say_applied(self, name: str, run: str, _: object) -> None:
        self.desk.notices.inform(
            translated("{0} has new parameters").format(name),
            translated("A new version, with run {0} as its source.").format(run),
        )


def _text(value: Any) -> str:  # noqa: ANN401 - any parameter's value
    if value is None:
        return MISSING
    return f"{value:g}" if isinstance(value, float) else str(value)
