"""Which strategies a run trades: a card for each with its file, instruments, weight and parameters."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_DOWN, Decimal
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QFileDialog, QFrame, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from ares_desktop.domain.backtests import BACKTEST_ACCOUNT
from ares_desktop.domain.ids import InstrumentId, StrategyId
from ares_desktop.domain.strategies import CatalogEntry, ParameterInfo, StrategyInstance
from ares_desktop.views.formats import translated
from ares_desktop.views.panels.lab.setup_text import parse_weight
from ares_desktop.views.tokens import Tone
from ares_desktop.views.widgets.controls import IconButton, label
from ares_desktop.views.widgets.field_grid import TITLE_WIDTH, FieldGrid
from ares_desktop.views.widgets.parameter_form import ParameterForm

if TYPE_CHECKING:
    from ares_desktop.views.desk import Desk


class StrategyCard(QFrame):
    """One strategy of the run.

    Signals:
        changed: after anything was edited.
        file_changed: after another file was chosen, so that other parameters are there.
        dropped: it is not wanted any more.
    """

    changed = Signal()
    file_changed = Signal()
    dropped = Signal()

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self._bar_spec = ""
        self.setProperty("surface", "inset")
        self.file = QComboBox()
        self.file.setMinimumWidth(80)
        self.name = QLineEdit()
        self.instruments = QLineEdit()
        self.weight = QLineEdit()
        self.drop = IconButton(desk.theme, "close", translated("Leave this strategy out"))
        self.drop.clicked.connect(self.dropped)
        self.fields = FieldGrid()
        self.form = ParameterForm()
        self.fault = label(tone=Tone.NEGATIVE)
        self.fault.setWordWrap(True)
        self._arrange()
        self._fill()
        desk.managers.strategies.catalog_changed.connect(self._catalog_changed)
        self.file.activated.connect(self._file_chosen)
        self.form.edited.connect(self.changed)
        for line in (self.name, self.instruments, self.weight):
            line.textEdited.connect(self.changed)

    def _arrange(self) -> None:
        browse = IconButton(self._desk.theme, "plus", translated("Choose another strategy file"))
        browse.clicked.connect(self._browse)
        top = QWidget()
        row = QHBoxLayout(top)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        for widget, stretch in ((self.file, 1), (browse, 0), (self.drop, 0)):
            row.addWidget(widget, stretch)
        top.setFocusProxy(self.file)
        self.name.setPlaceholderText(translated("as the file"))
        self.instruments.setPlaceholderText(translated("all of the data, or AAPL.SIM, SPY.SIM"))
        self.weight.setPlaceholderText(translated("equal parts"))
        self.fields.add("file", translated("File"), top)
        self.file.setAccessibleName(translated("File"))
        self.fields.add("name", translated("Name"), self.name)
        self.fields.add("instruments", translated("Instruments"), self.instruments)
        self.fields.add("weight", translated("Part of the cash"), self.weight, hint="%", width=96)
        self.form.align_titles(TITLE_WIDTH)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 8, 8, 8)
        column.setSpacing(6)
        for part in (self.fields, self.fault, self.form):
            column.addWidget(part)

    # files

    def _fill(self) -> None:
        for entry in self._desk.managers.strategies.catalog():
            self._offer(entry)
        self._file_chosen()

    def _offer(self, entry: CatalogEntry) -> int:
        number = next((n for n in range(self.file.count()) if self.file.itemData(n).file == entry.file), -1)
        if number < 0:
            self.file.addItem(Path(entry.file).name, entry)
            return self.file.count() - 1
        self.file.setItemData(number, entry)
        return number

    def _catalog_changed(self, entry: CatalogEntry) -> None:
        had_none = self.file.count() == 0
        before = self.entry
        number = self._offer(entry)
        if had_none or (number == self.file.currentIndex() and before != entry):
            self._show_entry(self._typed())

    def _browse(self) -> None:
        dialog = QFileDialog(self, translated("Choose a strategy file"))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setNameFilter("Python (*.py)")
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.fileSelected.connect(self.check_file)
        dialog.open()

    def check_file(self, file: str, values: Mapping[str, Any] | None = None) -> None:
        """Validate a file and choose it, with these values of its parameters."""
        self._desk.runner.read(
            translated("Check {0}").format(Path(file).name),
            partial(self._desk.managers.strategies.check, file),
            done=lambda entry: self._choose(entry, values or {}),
        )

    def _choose(self, entry: CatalogEntry, values: Mapping[str, Any]) -> None:
        self.file.setCurrentIndex(self._offer(entry))
        self._show_entry(values)

    def _file_chosen(self) -> None:
        self._show_entry({})

    def _show_entry(self, values: Mapping[str, Any]) -> None:
        entry = self.entry
        faults = "\n".join(f"{fault.line or ''} {fault.message}".strip() for fault in entry.faults) if entry else ""
        self.fault.setText(faults)
        self.fault.setVisible(bool(faults))
        self.fields.set_hint("file", entry.summary if entry else translated("Strategy files are being looked at."))
        self.form.show_parameters(entry.parameters if entry else (), values)
        self.file_changed.emit()
        self.changed.emit()

    def _typed(self) -> dict[str, Any]:
        return {} if self.form.problems() else self.form.values()

    # what it says

    @property
    def entry(self) -> CatalogEntry | None:
        """The chosen file."""
        entry = self.file.currentData()
        return entry if isinstance(entry, CatalogEntry) else None

    @property
    def parameters(self) -> tuple[ParameterInfo, ...]:
        """What the chosen file declares."""
        return self.entry.parameters if self.entry is not None else ()

    @property
    def title(self) -> str:
        """Its name in the run; two of one file are told apart by the run's set-up."""
        return self.name.text().strip() or (Path(self.entry.file).stem if self.entry is not None else "")

    def problems(self) -> list[str]:
        """Mark whatever is wrong, and return it."""
        entry = self.entry
        wrong = ""
        if entry is None:
            wrong = translated("Choose a strategy file.")
        elif entry.faults:
            wrong = translated("This file can't be used: correct it, or choose another one.")
        self.fields.mark("file", wrong)
        weight = ""
        try:
            parse_weight(self.weight.text())
        except ValueError as error:
            weight = str(error)
        self.fields.mark("weight", weight)
        return [text for text in (wrong, weight, *self.form.problems().values()) if text]

    def instance(self, name: str, equal_part: Decimal) -> StrategyInstance:
        """Return what it describes; call it when there are no :meth:`problems`.

        Raises:
            ValueError: without a file, or when a value can't be read.
        """
        if self.entry is None:
            msg = "a strategy file must be chosen"
            raise ValueError(msg)
        weight = parse_weight(self.weight.text())
        return StrategyInstance(
            name=StrategyId(name),
            file=self.entry.file,
            bar_spec=self._bar_spec,
            account=BACKTEST_ACCOUNT,
            instruments=tuple(InstrumentId(one.strip()) for one in self.instruments.text().split(",") if one.strip()),
            parameters=self.form.values(),
            weight=equal_part if weight is None else weight,
        )

    def show_instance(self, instance: StrategyInstance, *, equal: bool) -> None:
        """Show an instance of a set-up; a file that is not in the catalog is looked at first."""
        self._bar_spec = instance.bar_spec
        known = next((e for e in self._desk.managers.strategies.catalog() if e.file == instance.file), None)
        if known is None:
            self.check_file(instance.file, instance.parameters)
        else:
            self._choose(known, instance.parameters)
        self.name.setText("" if instance.name == Path(instance.file).stem else instance.name)
        self.instruments.setText(", ".join(instance.instruments))
        self.weight.setText("" if equal else f"{(instance.weight * 100).normalize():f}")


class StrategyCards(QWidget):
    """The cards, at least one.

    Signals:
        changed: after anything was edited.
        cards_changed: after a card came or went, or got another file.
    """

    changed = Signal()
    cards_changed = Signal()

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self.cards: list[StrategyCard] = []
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(6)
        self.more = IconButton(
            desk.theme,
            "plus",
            translated("Trade another strategy in the same portfolio"),
            text=translated("Another strategy"),
        )
        self.more.clicked.connect(self.add_card)
        self._column.addWidget(self.more)
        self.add_card()

    def add_card(self) -> StrategyCard:
        """Add a strategy."""
        card = StrategyCard(self._desk)
        card.changed.connect(self.changed)
        card.file_changed.connect(self.cards_changed)
        card.dropped.connect(lambda: self.drop(card))
        self.cards.append(card)
        self._column.insertWidget(self._column.count() - 1, card)
        self._show_drops()
        self.cards_changed.emit()
        return card

    def drop(self, card: StrategyCard) -> None:
        """Leave a strategy out."""
        self.cards.remove(card)
        card.hide()
        card.deleteLater()
        self._show_drops()
        self.cards_changed.emit()
        self.changed.emit()

    def _show_drops(self) -> None:
        for card in self.cards:
            card.drop.setVisible(len(self.cards) > 1)

    def names(self) -> tuple[str, ...]:
        """Return the names in the run: of several of one name the later ones get a number."""
        taken: list[str] = []
        for card in self.cards:
            number, name = 1, card.title
            while name in taken:
                number += 1
                name = f"{card.title}-{number}"
            taken.append(name)
        return tuple(taken)

    def problems(self) -> list[str]:
        """Mark whatever is wrong, and return it."""
        return [problem for card in self.cards for problem in card.problems()]

    def instances(self) -> tuple[StrategyInstance, ...]:
        """Return what the cards describe."""
        part = self._equal_part(len(self.cards))
        return tuple(card.instance(name, part) for card, name in zip(self.cards, self.names(), strict=True))

    @staticmethod
    def _equal_part(strategies: int) -> Decimal:
        return (Decimal(1) / max(1, strategies)).quantize(Decimal("0.000001"), ROUND_DOWN)

    def show_instances(self, instances: tuple[StrategyInstance, ...], cash: Decimal) -> None:
        """Show the strategies of a set-up; a fixed capital becomes its part of the cash."""
        instances = tuple(_weighted(instance, cash) for instance in instances)
        for card in self.cards[len(instances) :]:
            self.drop(card)
        while len(self.cards) < len(instances):
            self.add_card()
        part = self._equal_part(len(instances))
        equal = all(instance.weight == part for instance in instances)
        for card, instance in zip(self.cards, instances, strict=False):
            card.show_instance(instance, equal=equal)


def _weighted(instance: StrategyInstance, cash: Decimal) -> StrategyInstance:
    if instance.capital is None:
        return instance
    weight = min(Decimal(1), instance.capital / cash).quantize(Decimal("0.000001"), ROUND_DOWN)
    return msgspec.structs.replace(instance, capital=None, weight=weight)
