"""The form over the strategies: parameters of an instance, or a new instance from a file."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QComboBox,
    QFileDialog,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLineEdit,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from ares_desktop.domain.errors import AresError, Finding, UsageError
from ares_desktop.domain.ids import InstrumentId
from ares_desktop.domain.strategies import CatalogEntry, StrategyStatus
from ares_desktop.views.desk import SOURCE
from ares_desktop.views.formats import translated
from ares_desktop.views.tokens import Tone
from ares_desktop.views.widgets.controls import IconButton, label, push_button
from ares_desktop.views.widgets.parameter_form import ParameterForm

if TYPE_CHECKING:
    from ares_desktop.views.desk import Desk


class StrategyEditor(QFrame):
    """Edits one instance, or prepares a new one.

    Signals:
        opened, closed: it needs the panel's room, or gives it back.
    """

    opened = Signal()
    closed = Signal()

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self._name = ""
        self.setObjectName("strategy_editor")
        self.setProperty("surface", "panel")
        self.title = label(part="title")
        self.summary = label(tone=Tone.MUTED)
        self.summary.setWordWrap(True)
        self.setup = QWidget()
        self.file = QComboBox()
        self.name = QLineEdit()
        self.instruments = QLineEdit()
        self.capital = QLineEdit()
        self.form = ParameterForm()
        self.apply = push_button(translated("Apply"), self._apply, role="primary")
        self._arrange()
        self.form.edited.connect(self._edited)
        self.file.activated.connect(self._file_chosen)
        self.hide()

    def _arrange(self) -> None:
        self._arrange_setup()
        close = IconButton(self._desk.theme, "close", translated("Close (Esc)"))
        close.clicked.connect(self.leave)
        top = QHBoxLayout()
        top.addWidget(self.title, 1)
        top.addWidget(close)
        inner = QWidget()
        column = QVBoxLayout(inner)
        column.setContentsMargins(10, 2, 10, 6)
        column.setSpacing(8)
        for part in (self.summary, self.setup, self.form):
            column.addWidget(part)
        column.addStretch(1)
        area = QScrollArea()
        area.setWidget(inner)
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        bottom = QHBoxLayout()
        bottom.addStretch(1)
        bottom.addWidget(self.apply)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 6, 0, 8)
        whole.setSpacing(4)
        for line, margins in ((top, (10, 0, 4, 0)), (bottom, (10, 0, 10, 0))):
            line.setContentsMargins(*margins)
        whole.addLayout(top)
        whole.addWidget(area, 1)
        whole.addLayout(bottom)

    def _arrange_setup(self) -> None:
        grid = QGridLayout(self.setup)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(5)
        self.name.setPlaceholderText(translated("as the file"))
        self.instruments.setPlaceholderText(translated("all of the feed, or AAPL, SPY"))
        self.capital.setPlaceholderText(translated("by weight"))
        browse = IconButton(self._desk.theme, "plus", translated("Choose another file"))
        browse.clicked.connect(self._browse)
        rows = (("File", self.file), ("Name", self.name), ("Instruments", self.instruments), ("Capital", self.capital))
        for number, (text, editor) in enumerate(rows):
            caption = label(translated(text))
            caption.setBuddy(editor)
            editor.setAccessibleName(translated(text))
            grid.addWidget(caption, number, 0)
            grid.addWidget(editor, number, 1)
        grid.addWidget(browse, 0, 2)
        grid.setColumnStretch(1, 1)

    def _open(self) -> None:
        self.show()
        self.opened.emit()

    def leave(self) -> None:
        """Close the form; what was typed and not applied is forgotten."""
        self.hide()
        self.closed.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Leave on Escape."""
        if event.key() == Qt.Key.Key_Escape:
            self.leave()
        else:
            super().keyPressEvent(event)

    # an instance

    def edit(self, status: StrategyStatus) -> None:
        """Show the parameters of an instance."""
        instance = status.instance
        self._name = instance.name
        entry = self._entry_of(instance.file)
        self.setup.hide()
        self.title.setText(translated("Parameters of {0}").format(instance.name))
        self.summary.setText(entry.summary if entry is not None else instance.file)
        self.form.show_parameters(entry.parameters if entry is not None else (), instance.parameters)
        self.apply.setText(translated("Apply at the next bar"))
        self.apply.setEnabled(False)
        self._open()

    def _entry_of(self, file: str) -> CatalogEntry | None:
        catalog = self._desk.managers.strategies.catalog()
        # An instance may name its file by path, or by the bare name that a strategy folder resolves.
        exact = [one for one in catalog if one.file == file]
        return next(iter(exact or [one for one in catalog if Path(one.file).stem == Path(file).stem]), None)

    # a new instance

    def prepare_new(self) -> None:
        """Show the form for another instance."""
        self._name = ""
        self.setup.show()
        self.title.setText(translated("New instance"))
        self.file.clear()
        for entry in self._desk.managers.strategies.catalog():
            self.file.addItem(Path(entry.file).name, entry)
        for line in (self.name, self.instruments, self.capital):
            line.clear()
        self.apply.setText(translated("Add"))
        self._file_chosen()
        self._open()
        self.file.setFocus()

    def _file_chosen(self) -> None:
        entry = self.file.currentData()
        faults = "\n".join(f"{fault.line or ''} {fault.message}".strip() for fault in entry.faults) if entry else ""
        self.summary.setText(faults or (entry.summary if entry else translated("Choose a strategy file.")))
        self.form.show_parameters(entry.parameters if entry else (), {})
        self.apply.setEnabled(entry is not None and not entry.faults)

    def _browse(self) -> None:
        dialog = QFileDialog(self, translated("Choose a strategy file"))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setNameFilter("Python (*.py)")
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.fileSelected.connect(self.check_file)
        dialog.open()

    def check_file(self, file: str) -> None:
        """Validate a file and offer it."""
        self._desk.runner.run(
            translated("Check {0}").format(Path(file).name),
            partial(self._desk.managers.strategies.check, file),
            done=self._file_checked,
        )

    def _file_checked(self, entry: CatalogEntry) -> None:
        self.file.addItem(Path(entry.file).name, entry)
        self.file.setCurrentIndex(self.file.count() - 1)
        self._file_chosen()

    # both

    def _edited(self) -> None:
        wrong = self.form.problems()
        self.apply.setEnabled(not wrong and (not self._name or bool(self.form.changes())))

    def _apply(self) -> None:
        if self.form.problems():
            return
        if self._name:
            self._set_parameters()
        else:
            self._add()

    def _set_parameters(self) -> None:
        strategies = self._desk.managers.strategies
        self._desk.runner.run(
            translated("Set parameters of {0}").format(self._name),
            partial(strategies.set_parameters, self._name, self.form.changes(), source=SOURCE),
            done=self._applied,
            failed=self._refused,
        )

    def _add(self) -> None:
        entry: CatalogEntry = self.file.currentData()
        try:
            capital = self._typed_capital()
            instruments = self._typed_instruments()
        except UsageError as error:
            self._desk.notices.show_error(translated("Add an instance"), error)
            return
        self._desk.runner.run(
            translated("Add an instance"),
            lambda: self._desk.managers.strategies.add(
                entry.file,
                name=self.name.text().strip() or None,
                instruments=instruments,
                capital=capital,
                parameters=self.form.values(),
                source=SOURCE,
            ),
            done=self._applied,
            failed=self._refused,
        )

    def _typed_instruments(self) -> tuple[InstrumentId, ...]:
        found: list[InstrumentId] = []
        unknown: list[Finding] = []
        for text in (part.strip() for part in self.instruments.text().split(",")):
            try:
                found += [self._desk.managers.data.resolve(text)] if text else []
            except UsageError as error:
                unknown += error.findings
        if unknown:
            raise UsageError(*unknown)
        return tuple(found)

    def _typed_capital(self) -> Decimal | None:
        text = self.capital.text().replace(",", "").strip()
        if not text:
            return None
        try:
            capital = Decimal(text)
        except InvalidOperation:
            capital = Decimal("NaN")
        if not capital.is_finite() or capital <= 0:
            problem = translated("must be a positive amount of money")
            remedy = translated("Leave it empty to use the weight.")
            raise UsageError(Finding(place="capital", value=text, problem=problem, remedy=remedy))
        return capital

    def _applied(self, status: StrategyStatus) -> None:
        self._desk.notices.inform(translated("{0} is set").format(status.instance.name))
        self.leave()

    def _refused(self, error: AresError) -> bool:
        return isinstance(error, UsageError) and self.form.show_refusal(error)
