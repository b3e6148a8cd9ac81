"""Where a run's HTML report goes."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCompleter, QFileDialog, QFileSystemModel, QHBoxLayout, QLineEdit

from ares_desktop.domain.runs import Run
from ares_desktop.views.formats import translated
from ares_desktop.views.panels.lab.runs_drawer import Drawer
from ares_desktop.views.widgets.controls import IconButton

if TYPE_CHECKING:
    from ares_desktop.views.desk import Desk

_FOLDER = "lab/report_folder"


class ReportDrawer(Drawer):
    """A path to type or to choose, and the button that writes."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk, translated("Write report"))
        self._run = ""
        self.path = QLineEdit()
        self.path.setAccessibleName(translated("File of the report"))
        browse = IconButton(desk.theme, "plus", translated("Choose the file"))
        browse.clicked.connect(self.choose)
        row = QHBoxLayout()
        row.setSpacing(4)
        row.addWidget(self.path, 1)
        row.addWidget(browse)
        self.column.addLayout(row)

    def ask(self, run: Run) -> None:
        """Ask where the report of a run goes."""
        self._run = run.id
        if self.path.completer() is None:
            # The model looks at the disk as soon as it is there.
            files = QFileSystemModel(self)
            files.setRootPath("")
            self.path.setCompleter(QCompleter(files, self))
        folder = Path(self.desk.layout.text(_FOLDER) or Path.home())
        name = "".join(letter if letter.isalnum() or letter in "-_. " else "-" for letter in run.title or run.id)
        # Many runs have the same title, and a report must not take another's place.
        self.path.setText(str(folder / (f"{name} {run.id}.html" if run.title else f"{name}.html")))
        self.open(translated("Report of {0} as one HTML file").format(run.title or run.id), self.path)

    def choose(self) -> None:
        """Let the person choose the file; nothing waits for it."""
        dialog = QFileDialog(self, translated("File of the report"), self.path.text())
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix("html")
        dialog.setNameFilter("HTML (*.html)")
        dialog.fileSelected.connect(self.path.setText)
        dialog.open()

    def confirm(self) -> None:
        """Write the report and say where it is."""
        file = Path(self.path.text().strip()).expanduser()
        if not file.name:
            self.path.setFocus()
            return
        self.desk.layout.put(_FOLDER, str(file.parent))
        self.leave()
        self.desk.runner.read(
            translated("Write the report"),
            partial(self.desk.managers.pipelines.write_report, self._run, file),
            done=lambda _: self.desk.notices.inform(translated("The report is written"), str(file)),
        )
