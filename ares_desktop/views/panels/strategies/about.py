"""What a strategy file is: its docstring, what it reacts to, and what is wrong with it."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from ares_desktop.domain.strategies import CatalogEntry, Fault
from ares_desktop.views.formats import translated
from ares_desktop.views.tokens import Tone
from ares_desktop.views.widgets.controls import label

_NEEDS: Final = {
    "on_bar": "bars",
    "on_quote": "quotes",
    "on_trade": "prints",
    "on_message": "messages of other strategies",
}
"""What a handler needs to be called at all."""


class AboutStrategy(QWidget):
    """Texts of one file."""

    def __init__(self) -> None:
        super().__init__()
        self.summary = label(part="strong")
        self.description = label(tone=Tone.MUTED)
        self.handlers = label(part="caption")
        self.data = label(part="caption")
        self.place = label(part="caption")
        self.fault = label(tone=Tone.NEGATIVE)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(5)
        for part in (self.fault, self.summary, self.description, self.handlers, self.data, self.place):
            part.setWordWrap(True)
            part.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            column.addWidget(part)

    def show_entry(self, entry: CatalogEntry | None, file: str) -> None:
        """Show a file, or that it has not been looked at."""
        if entry is None:
            self._show(self.summary, translated("{0} has not been looked at yet.").format(Path(file).name))
            for part in (self.fault, self.description, self.handlers, self.data):
                self._show(part, "")
        else:
            self._show(self.fault, "\n".join(fault_line(fault) for fault in entry.faults))
            summary = entry.summary or translated("Its own loop: a module with manage_strategy.")
            self._show(self.summary, summary if entry.summary or entry.seed else "")
            self._show(self.description, flowing(entry.description))
            handlers = ", ".join(entry.handlers)
            self._show(self.handlers, translated("Reacts in {0}").format(handlers) if handlers else "")
            needs = list(dict.fromkeys(translated(_NEEDS[one]) for one in entry.handlers if _NEEDS.get(one)))
            self._show(self.data, translated("Needs {0}").format(", ".join(needs)) if needs else "")
        self._show(self.place, file)

    @staticmethod
    def _show(part: QLabel, text: str) -> None:
        part.setText(text)
        part.setVisible(bool(text))


def flowing(docstring: str) -> str:
    """Return a docstring without its line ends and marks; paragraphs and lines of lists stay apart."""
    lines: list[str] = []
    for line in inspect.cleandoc(docstring).replace("``", "").splitlines():
        joins = bool(lines and lines[-1] and line) and not line.startswith((" ", "-", "*"))
        if joins:
            lines[-1] += f" {line}"
        else:
            lines.append(line)
    return "\n".join(lines)


def fault_line(fault: Fault) -> str:
    """Return a fault in one line: file, line, message."""
    place = Path(fault.file).name if fault.file else ""
    if place and fault.line is not None:
        place = f"{place}:{fault.line}"
    return f"{place}: {fault.message}" if place else fault.message
