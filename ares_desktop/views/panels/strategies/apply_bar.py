"""What stands below the form: how many problems there are, a note for the version, and what applying will do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLineEdit, QSizePolicy, QVBoxLayout

from ares_desktop.views.formats import count, translated
from ares_desktop.views.panels.strategies.problems import Problem
from ares_desktop.views.tokens import Tone
from ares_desktop.views.widgets.controls import IconButton, label, push_button, set_property

if TYPE_CHECKING:
    from ares_desktop.views.desk import Desk

EFFECTS: Final = {
    "nothing": "Nothing to apply",
    "now": "Apply now",
    "next bar": "Apply at the next bar",
    "swap": "Swap the worker at the next bar",
}
_MOST_LINES: Final = 3


class ApplyBar(QFrame):
    """A summary line that leads from problem to problem, and the buttons.

    Signals:
        applied, started: the draft is to be put in force, or also started.
        jumped: place of a problem that a person wants to see.
    """

    applied = Signal()
    started = Signal()
    jumped = Signal(str)

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._places: tuple[str, ...] = ()
        self._seen = ""
        self.setProperty("surface", "strip")
        self.summary = IconButton(
            desk.theme, "error", translated("Go to the next problem"), text=" ", tone=Tone.NEGATIVE
        )
        self.summary.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.summary.setProperty("flat", "true")
        self.summary.clicked.connect(self._jump)
        self.state = label(tone=Tone.MUTED, part="caption")
        self.state.setWordWrap(True)
        self.note = QLineEdit()
        self.note.setPlaceholderText(translated("note for this version"))
        self.note.setAccessibleName(translated("Note for this version"))
        self.apply = push_button("", self.applied.emit, role="primary")
        self.start = push_button(translated("Add and start"), self.started.emit)
        row = QHBoxLayout()
        row.setSpacing(6)
        row.addWidget(self.note, 1)
        row.addWidget(self.apply)
        row.addWidget(self.start)
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 6, 10, 8)
        column.setSpacing(4)
        column.addWidget(self.summary)
        column.addWidget(self.state)
        column.addLayout(row)
        self.show_new(new=False)

    def show_new(self, *, new: bool) -> None:
        """Show the buttons for a new instance, or those for one that is there."""
        self.start.setVisible(new)
        self.note.clear()
        self.say(translated("Add") if new else translated(EFFECTS["nothing"]), enabled=False)
        self.show_problems(())

    def say(self, text: str, *, enabled: bool, state: str = "", tone: Tone = Tone.MUTED) -> None:
        """Say what the button will do, whether it can, and why not."""
        self.apply.setText(text)
        self.apply.setAccessibleName(text)
        self.apply.setEnabled(enabled)
        self.start.setEnabled(enabled)
        self.state.setText(state)
        self.state.setVisible(bool(state))
        set_property(self.state, "tone", tone.value)

    def show_problems(self, problems: Sequence[Problem]) -> None:
        """Say how many problems there are, and what the first one is."""
        self.summary.setVisible(bool(problems))
        self._places = tuple(dict.fromkeys(problem.place for problem in problems))
        if problems:
            first = f"{problems[0].title}: {problems[0].text}"
            text = f"{count(len(problems), '{0} problem', '{0} problems')} \N{EM DASH} {first}"
            lines = [f"{one.title}: {one.text}" for one in problems]
            self.summary.setText(_fitting(text, self.summary))
            self.summary.setAccessibleName(text)
            self.summary.setToolTip("\n".join(lines))

    def _jump(self) -> None:
        """Lead to the problem after the one that was led to last, from the first one on."""
        number = self._places.index(self._seen) + 1 if self._seen in self._places else 0
        self._seen = self._places[number % len(self._places)]
        self.jumped.emit(self._seen)


def _fitting(text: str, widget: IconButton) -> str:
    return widget.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, max(200, widget.width() - 32))
