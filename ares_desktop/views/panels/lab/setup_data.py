"""Which data a run reads: stored symbols, symbols of the bundled market, files; typed, picked or dropped."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QStringListModel, Qt, QTimer, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QCompleter, QFileDialog, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from ares_desktop.views.formats import translated
from ares_desktop.views.tokens import Tone
from ares_desktop.views.widgets.controls import IconButton, clear_layout, label

if TYPE_CHECKING:
    from ares_desktop.views.desk import Desk

SUFFIXES: Final = (".csv", ".csv.gz", ".parquet")


class DataField(QWidget):
    """The chosen names, one a row, and a line to add others.

    Signals:
        changed: after a name was added or removed.
    """

    changed = Signal()

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self._names: list[str] = []
        self._spans: Mapping[str, str] = {}
        self.choices = QStringListModel(self)
        self.line = QLineEdit()
        self.line.setPlaceholderText(translated("symbol or file; Enter adds it"))
        self.line.setAccessibleName(translated("Data"))
        completer = QCompleter(self.choices, self)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        self.line.setCompleter(completer)
        # Enter also closes the list of choices, and whichever of both comes first must not hide the other.
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.timeout.connect(self.commit)
        completer.activated.connect(self._completed)
        self.line.returnPressed.connect(lambda: self._soon.start(0))
        browse = IconButton(desk.theme, "plus", translated("Choose files"))
        browse.clicked.connect(self.choose_files)
        top = QHBoxLayout()
        top.setSpacing(4)
        top.addWidget(self.line, 1)
        top.addWidget(browse)
        self._rows = QVBoxLayout()
        self._rows.setSpacing(0)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(top)
        column.addLayout(self._rows)
        self.setFocusProxy(self.line)
        self.setAcceptDrops(True)

    @property
    def names(self) -> tuple[str, ...]:
        """The chosen names; what stands in the line counts too."""
        typed = self.line.text().strip()
        return tuple(self._names) + ((typed,) if typed and typed not in self._names else ())

    def show_names(self, names: Iterable[str]) -> None:
        """Choose these names instead."""
        self._names = list(dict.fromkeys(names))
        self.line.clear()
        self._rebuild()

    def show_spans(self, spans: Mapping[str, str]) -> None:
        """Show beside each name what is known of it."""
        if spans != self._spans:
            self._spans = dict(spans)
            self._rebuild()

    def add(self, names: Iterable[str]) -> None:
        """Choose further names."""
        self._names = list(dict.fromkeys((*self._names, *names)))
        self._rebuild()
        self.changed.emit()

    def _completed(self, choice: str) -> None:
        self.line.setText(choice)
        self._soon.start(0)

    def commit(self) -> None:
        """Choose what stands in the line, or the one choice that it begins or is a part of."""
        typed = self.line.text().strip()
        if typed:
            self.line.clear()
            self.add([self._meant(typed)])

    def _meant(self, typed: str) -> str:
        choices, small = self.choices.stringList(), typed.casefold()
        equal = [choice for choice in choices if choice.casefold() == small]
        fitting = equal or [choice for choice in choices if small in choice.casefold()]
        return fitting[0] if len(fitting) == 1 and not Path(typed).exists() else typed

    def remove(self, name: str) -> None:
        """Leave a name out."""
        self._names.remove(name)
        self._rebuild()
        self.line.setFocus()
        self.changed.emit()

    def _rebuild(self) -> None:
        clear_layout(self._rows)
        for name in self._names:
            self._rows.addWidget(self._row(name))

    def _row(self, name: str) -> QWidget:
        row = QWidget()
        line = QHBoxLayout(row)
        line.setContentsMargins(2, 0, 0, 0)
        line.setSpacing(8)
        shown = Path(name).name if "/" in name or "\\" in name else name
        title = label(shown)
        title.setToolTip(name)
        span = label(self._spans.get(name, ""), tone=Tone.MUTED, part="caption")
        span.setToolTip(span.text())
        span.setMinimumWidth(1)
        drop = IconButton(self._desk.theme, "close", translated("Leave {0} out").format(shown))
        drop.clicked.connect(lambda: self.remove(name))
        line.addWidget(title)
        line.addWidget(span, 1)
        line.addWidget(drop)
        return row

    # files

    def choose_files(self) -> None:
        """Let the person choose files; nothing waits for it."""
        dialog = QFileDialog(self, translated("Data of the run"))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)
        dialog.setNameFilter(translated("Market data") + " (*.csv *.csv.gz *.parquet)")
        dialog.filesSelected.connect(self.add)
        dialog.open()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take files of market data."""
        if self._dropped(event):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Choose the files that were dropped."""
        self.add(self._dropped(event))
        event.acceptProposedAction()

    @staticmethod
    def _dropped(event: QDropEvent) -> list[str]:
        files = [url.toLocalFile() for url in event.mimeData().urls()]
        return [file for file in files if file.lower().endswith(SUFFIXES)]
