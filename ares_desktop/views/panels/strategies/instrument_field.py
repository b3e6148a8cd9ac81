"""Instruments, searched by symbol and description; the chosen ones stand below the line, each with a way out."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QStringListModel, Qt, QTimer, Signal
from PySide6.QtWidgets import QCompleter, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from ares_desktop.domain.errors import UsageError
from ares_desktop.domain.ids import InstrumentId
from ares_desktop.views.formats import count, translated
from ares_desktop.views.tokens import Tone
from ares_desktop.views.widgets.controls import IconButton, clear_layout, label, set_property

if TYPE_CHECKING:
    from ares_desktop.domain.instruments import Instrument
    from ares_desktop.views.desk import Desk

_DASH: Final = " \N{EN DASH} "
_AT_ONCE: Final = 12
"""Choices in sight below the line."""


class InstrumentField(QWidget):
    """A line to search in, and a row for each chosen instrument.

    Args:
        one: at most one instrument is chosen; another one replaces it.
        empty: what none at all means.

    Signals:
        changed: after an instrument was added or removed.
    """

    changed = Signal()

    def __init__(self, desk: Desk, title: str, *, one: bool = False, empty: str = "") -> None:
        super().__init__()
        self._desk = desk
        self._one = one
        self._empty = empty
        self._chosen: tuple[InstrumentId, ...] = ()
        self._refusal = ""
        self._build_line(title)
        self.note = label(tone=Tone.MUTED, part="caption")
        self.note.setWordWrap(True)
        self._rows = QVBoxLayout()
        self._rows.setSpacing(0)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(self.line)
        column.addWidget(self.note)
        column.addLayout(self._rows)
        self.setFocusProxy(self.line)
        self._show_note()

    def _build_line(self, title: str) -> None:
        self.line = QLineEdit()
        self.line.setAccessibleName(title)
        self.line.setPlaceholderText(translated("symbol or description; Enter adds it"))
        self._choices = QStringListModel(self)
        completer = QCompleter(self._choices, self)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        completer.setMaxVisibleItems(_AT_ONCE)
        self.line.setCompleter(completer)
        # Enter also closes the list of choices, and whichever of both comes first must not hide the other.
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.timeout.connect(self.commit)
        completer.activated.connect(self._completed)
        self.line.returnPressed.connect(lambda: self._soon.start(0))
        self.line.textChanged.connect(lambda _: self.mark(""))

    # choice

    @property
    def chosen(self) -> tuple[InstrumentId, ...]:
        """What was chosen, in that order."""
        return self._chosen

    @property
    def problem(self) -> str:
        """What is wrong with what stands in the line; it is not chosen yet."""
        typed = self.line.text().strip()
        return translated("{0} is not added yet: press Enter").format(typed) if typed else ""

    def show_chosen(self, instruments: Iterable[InstrumentId]) -> None:
        """Choose these instead, without a signal."""
        self._choices.setStringList(sorted(self._text(one.id, one.description) for one in self._known()))
        self._chosen = tuple(dict.fromkeys(instruments))
        self.line.clear()
        self.mark("")
        self._rebuild()

    def commit(self) -> None:
        """Choose what stands in the line, several with commas between them; what is not known stays there."""
        typed = [part.strip() for part in self.line.text().split(",") if part.strip()]
        if not typed:
            return
        found: list[InstrumentId] = []
        unknown: list[str] = []
        for text in typed:
            meant = self._meant(text)
            if meant is None:
                unknown.append(text)
            else:
                found.append(meant)
        self.line.setText(", ".join(unknown))
        if found:
            self._choose((*found[-1:],) if self._one else (*self._chosen, *found))
        self.mark(translated("not known: {0}").format(", ".join(unknown)) if unknown else "")

    def _completed(self, choice: str) -> None:
        self.line.setText(choice.partition(_DASH)[0])
        self._soon.start(0)

    def _meant(self, text: str) -> InstrumentId | None:
        try:
            return self._desk.managers.data.resolve(text.partition(_DASH)[0])
        except UsageError:
            small = text.casefold()
            fitting = [one.id for one in self._known() if small in self._text(one.id, one.description).casefold()]
            return fitting[0] if len(fitting) == 1 else None

    def _choose(self, instruments: Iterable[InstrumentId]) -> None:
        self._chosen = tuple(dict.fromkeys(instruments))
        self._rebuild()
        self.changed.emit()

    def remove(self, instrument: InstrumentId) -> None:
        """Leave an instrument out."""
        self.line.setFocus()
        self._choose(one for one in self._chosen if one != instrument)

    # looks

    def mark(self, problem: str) -> None:
        """Say what is wrong; an empty text says that nothing is."""
        self._refusal = problem
        set_property(self.line, "invalid", bool(problem))
        self._show_note()

    def _show_note(self) -> None:
        text = self._refusal
        if not text:
            text = self._empty if not self._chosen else ""
            if len(self._chosen) > 1:
                text = count(len(self._chosen), "{0} instrument", "{0} instruments")
        set_property(self.note, "tone", (Tone.NEGATIVE if self._refusal else Tone.MUTED).value)
        self.note.setText(text)
        self.note.setVisible(bool(text))

    def _rebuild(self) -> None:
        clear_layout(self._rows)
        for instrument in self._chosen:
            self._rows.addWidget(self._row(instrument))
        self._show_note()

    def _row(self, instrument: InstrumentId) -> QWidget:
        known = self._desk.managers.data.instrument(instrument)
        row = QWidget()
        line = QHBoxLayout(row)
        line.setContentsMargins(2, 0, 0, 0)
        line.setSpacing(8)
        about = known.description if known is not None else translated("not in the feed")
        text = label(about, tone=Tone.MUTED if known is not None else Tone.WARNING, part="caption")
        text.setToolTip(about)
        text.setMinimumWidth(1)
        drop = IconButton(self._desk.theme, "close", translated("Leave {0} out").format(instrument))
        drop.clicked.connect(lambda: self.remove(instrument))
        line.addWidget(label(instrument))
        line.addWidget(text, 1)
        line.addWidget(drop)
        return row

    def _known(self) -> list[Instrument]:
        return [one for one in self._desk.managers.data.instruments() if self._one or one.tradable]

    @staticmethod
    def _text(instrument: InstrumentId, description: str) -> str:
        return f"{instrument}{_DASH}{description}" if description else instrument
