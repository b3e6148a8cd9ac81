"""The strategy files that a new instance can be made of, with a line for each and what is wrong with faulty ones."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QLineEdit, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from ares_desktop.domain.strategies import CatalogEntry
from ares_desktop.views.formats import translated
from ares_desktop.views.panels.strategies.about import fault_line
from ares_desktop.views.tokens import Tone
from ares_desktop.views.widgets.controls import IconButton

if TYPE_CHECKING:
    from ares_desktop.views.desk import Desk

_HEIGHT: Final = 204
_ITEM_HEIGHT: Final = 50


class CatalogList(QWidget):
    """Files by name, searched as one types; another one can be browsed for.

    Signals:
        chosen: the entry of another file.
    """

    chosen = Signal(object)

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self.search = QLineEdit()
        self.search.setPlaceholderText(translated("search files"))
        self.search.setAccessibleName(translated("Search strategy files"))
        self.search.setClearButtonEnabled(True)
        browse = IconButton(desk.theme, "plus", translated("Choose another file"), text=translated("Browse"))
        browse.clicked.connect(self._browse)
        self.list = QListWidget()
        self.list.setAccessibleName(translated("Strategy files"))
        self.list.setFixedHeight(_HEIGHT)
        self.list.setIconSize(QSize(14, 14))
        self.list.setWordWrap(True)
        self.list.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        top = QHBoxLayout()
        top.setSpacing(4)
        top.addWidget(self.search, 1)
        top.addWidget(browse)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 8, 12, 0)
        column.setSpacing(4)
        column.addLayout(top)
        column.addWidget(self.list)
        self.list.currentItemChanged.connect(self._current_changed)
        self.search.textChanged.connect(self._filter)
        # What is searched for and what is described below never differ: the first match becomes the choice.
        self.search.textEdited.connect(self._choose_match)
        self.search.returnPressed.connect(self.list.setFocus)
        desk.managers.strategies.catalog_changed.connect(self._catalog_changed)
        desk.theme.changed.connect(self._repaint)

    @property
    def entry(self) -> CatalogEntry | None:
        """The chosen file."""
        number = self.list.currentRow()
        entry = None if number < 0 else self.list.item(number).data(Qt.ItemDataRole.UserRole)
        return entry if isinstance(entry, CatalogEntry) else None

    def show_catalog(self, file: str | None = None) -> None:
        """Offer every file that was looked at, and choose one, the first good one without a name."""
        self.search.clear()
        for entry in self._desk.managers.strategies.catalog():
            self._offer(entry)
        self.list.setCurrentRow(-1)
        if file is not None:
            if not self.choose(file):
                self.check_file(file)
            return
        for number in range(self.list.count()):
            if not self._entry(self.list.item(number)).faults:
                self.list.setCurrentRow(number)
                return

    def choose(self, file: str) -> bool:
        """Choose a file by its path or its name; say whether it is offered."""
        items = [self.list.item(number) for number in range(self.list.count())]
        exact = [item for item in items if self._entry(item).file == file]
        for item in exact or [item for item in items if Path(self._entry(item).file).stem == Path(file).stem]:
            self.list.setCurrentItem(item)
            return True
        return False

    def check_file(self, file: str) -> None:
        """Validate a file and choose it."""
        self._desk.runner.read(
            translated("Check {0}").format(Path(file).name),
            partial(self._desk.managers.strategies.check, file),
            done=self._checked,
        )

    def _checked(self, entry: CatalogEntry) -> None:
        self.list.setCurrentItem(self._offer(entry))

    def _browse(self) -> None:
        dialog = QFileDialog(self, translated("Choose a strategy file"))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setNameFilter("Python (*.py)")
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.fileSelected.connect(self.check_file)
        dialog.open()

    # inside

    @staticmethod
    def _entry(item: QListWidgetItem) -> CatalogEntry:
        entry: CatalogEntry = item.data(Qt.ItemDataRole.UserRole)
        return entry

    def _offer(self, entry: CatalogEntry) -> QListWidgetItem:
        items = (self.list.item(number) for number in range(self.list.count()))
        item = next((one for one in items if self._entry(one).file == entry.file), None)
        if item is None:
            item = QListWidgetItem()
            item.setData(Qt.ItemDataRole.UserRole, entry)
            self.list.addItem(item)
        item.setData(Qt.ItemDataRole.UserRole, entry)
        item.setSizeHint(QSize(0, _ITEM_HEIGHT))
        faults = "; ".join(fault_line(fault) for fault in entry.faults)
        line = translated("can't be used: {0}").format(faults) if faults else entry.summary or entry.class_name
        item.setText(f"{Path(entry.file).name}\n{line}")
        item.setToolTip(f"{entry.file}\n{line}")
        self._paint(item)
        return item

    def _paint(self, item: QListWidgetItem) -> None:
        faulty = bool(self._entry(item).faults)
        tone = Tone.NEGATIVE if faulty else Tone.MUTED
        item.setIcon(self._desk.theme.icon("error" if faulty else "strategies", tone))

    def _repaint(self) -> None:
        for number in range(self.list.count()):
            self._paint(self.list.item(number))

    def _filter(self, text: str) -> None:
        words = text.casefold().split()
        for number in range(self.list.count()):
            item = self.list.item(number)
            item.setHidden(not all(word in item.text().casefold() for word in words))

    def _choose_match(self) -> None:
        if self.list.currentRow() < 0 or self.list.currentItem().isHidden():
            items = (self.list.item(number) for number in range(self.list.count()))
            match = next((item for item in items if not item.isHidden()), None)
            if match is not None:
                self.list.setCurrentItem(match)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Go from the search into the files below it on Down."""
        if event.key() == Qt.Key.Key_Down and self.search.hasFocus():
            self.list.setFocus()
        else:
            super().keyPressEvent(event)

    def _catalog_changed(self, entry: CatalogEntry) -> None:
        if self.isVisible():
            before = self.entry
            self._offer(entry)
            if before is not None and before.file == entry.file and before != entry:
                self.chosen.emit(entry)

    def _current_changed(self, item: QListWidgetItem | None) -> None:
        if item is not None:
            self.chosen.emit(self._entry(item))
