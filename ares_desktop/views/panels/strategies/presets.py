"""Named parameter values of a strategy file: chosen, saved under a name, deleted."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLineEdit, QWidget

from ares_desktop.domain.versions import Preset
from ares_desktop.views.formats import translated
from ares_desktop.views.widgets.controls import IconButton, push_button

if TYPE_CHECKING:
    from ares_desktop.views.desk import Desk

_NAME_WIDTH: Final = 120


class PresetBar(QWidget):
    """A list of presets, and a line for the name of a new one.

    Args:
        values: returns the parameters that are typed, None while something is wrong with them.

    Signals:
        chosen: values of a preset.
    """

    chosen = Signal(object)

    def __init__(self, desk: Desk, values: Callable[[], Mapping[str, Any] | None]) -> None:
        super().__init__()
        self._desk = desk
        self._values = values
        self._strategy = ""
        self.list = QComboBox()
        self.list.setAccessibleName(translated("Presets"))
        self.list.setMinimumWidth(_NAME_WIDTH)
        self.name = QLineEdit()
        self.name.setPlaceholderText(translated("name of the preset"))
        self.name.setAccessibleName(translated("Name of the preset"))
        self.delete = IconButton(desk.theme, "trash", translated("Delete this preset"))
        self.save = push_button(translated("Save as preset"), self._begin, tooltip=translated("Keep these values"))
        self.cancel = IconButton(desk.theme, "close", translated("Save no preset"))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        for part, stretch in ((self.list, 1), (self.delete, 0), (self.name, 1), (self.save, 0), (self.cancel, 0)):
            row.addWidget(part, stretch)
        self.list.activated.connect(self._chosen)
        self.delete.clicked.connect(self._delete)
        self.name.returnPressed.connect(self._begin)
        self.cancel.clicked.connect(lambda: self._ask_name(False))
        self._ask_name(False)

    def show_strategy(self, file: str) -> None:
        """Offer the presets of a file."""
        self._strategy = file
        self._ask_name(False)
        self._refresh("")

    def edited(self) -> None:
        """Show which preset the typed values are, none when they are of no preset."""
        values = self._values()
        at = 0
        for number in range(1, self.list.count()):
            preset = self.list.itemData(number)
            if values is not None and all(values.get(name) == value for name, value in preset.parameters.items()):
                at = number
        self.list.setCurrentIndex(at)
        self.delete.setEnabled(at > 0)
        self.save.setEnabled(values is not None)

    def _refresh(self, chosen: str) -> None:
        presets = self._desk.managers.strategies.editing.presets(self._strategy)
        self.list.clear()
        self.list.addItem(translated("Presets") if presets else translated("No presets yet"), None)
        for preset in presets:
            self.list.addItem(preset.name, preset)
        self.list.setEnabled(bool(presets))
        self.list.setCurrentIndex(max(0, self.list.findText(chosen) if chosen else 0))
        self.delete.setEnabled(self.list.currentIndex() > 0)

    def _chosen(self, number: int) -> None:
        preset = self.list.itemData(number)
        self.delete.setEnabled(preset is not None)
        if preset is not None:
            self.chosen.emit(preset.parameters)

    def _ask_name(self, asked: bool) -> None:
        self.list.setVisible(not asked)
        self.delete.setVisible(not asked)
        self.name.setVisible(asked)
        self.cancel.setVisible(asked)
        self.save.setText(translated("Save") if asked else translated("Save as preset"))
        if asked:
            self.name.clear()
            self.name.setFocus()

    def _begin(self) -> None:
        if self.name.isHidden():
            self._ask_name(True)
            return
        values, name = self._values(), self.name.text().strip()
        if values is None or not name:
            return
        preset = Preset(name=name, strategy=self._strategy, parameters=dict(values))
        self._desk.runner.run(
            translated("Save preset {0}").format(name),
            partial(self._desk.managers.strategies.editing.save_preset, preset),
            arguments={"strategy": self._strategy, **values},
            done=lambda _: self._saved(name),
        )

    def _saved(self, name: str) -> None:
        self._ask_name(False)
        self._refresh(name)
        self._desk.notices.inform(translated("Preset {0} is saved").format(name))

    def _delete(self) -> None:
        preset = self.list.currentData()
        if preset is not None:
            self._desk.runner.run(
                translated("Delete preset {0}").format(preset.name),
                partial(self._desk.managers.strategies.editing.delete_preset, self._strategy, preset.name),
                arguments={"strategy": self._strategy},
                done=lambda _: self._refresh(""),
            )
