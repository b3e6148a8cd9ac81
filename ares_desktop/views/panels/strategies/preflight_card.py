"""The card before a start: every check with its reason and remedy, and what the start will do."""

from __future__ import annotations

from collections import deque
from functools import partial
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QProgressBar, QScrollArea, QVBoxLayout, QWidget

from ares_desktop.domain.errors import AresError
from ares_desktop.domain.preflight import CheckState
from ares_desktop.views.desk import SOURCE
from ares_desktop.views.formats import clock_time, count, translated
from ares_desktop.views.panels.strategies.check_line import CheckLine, sentence
from ares_desktop.views.panels.strategies.facts import FactGrid
from ares_desktop.views.tokens import Tone
from ares_desktop.views.widgets.controls import IconButton, label, push_button

if TYPE_CHECKING:
    from ares_desktop.domain.preflight import PreflightReport
    from ares_desktop.views.desk import Desk

_WORST_FIRST: Final = (CheckState.FAILED, CheckState.WARNING, CheckState.UNKNOWN, CheckState.PASSED)
_SUMMARY: Final = {
    CheckState.FAILED: ("{0} failed", "{0} failed"),
    CheckState.WARNING: ("{0} warning", "{0} warnings"),
    CheckState.UNKNOWN: ("{0} unknown", "{0} unknown"),
    CheckState.PASSED: ("{0} passed", "{0} passed"),
}


class PreflightCard(QFrame):
    """Shows what speaks for and against a start, and starts.

    Signals:
        opened, closed: it needs its room, or gives it back.
    """

    opened = Signal()
    closed = Signal()

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self._strategies = desk.managers.strategies
        self._name = ""
        self._waiting: deque[str] = deque()
        self.report: PreflightReport | None = None
        self.setObjectName("preflight_card")
        self.setProperty("surface", "panel")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.title = label(part="title")
        self.summary = label(tone=Tone.MUTED)
        self.summary.setWordWrap(True)
        self.busy = QProgressBar()
        self.busy.setRange(0, 0)
        self.busy.setTextVisible(False)
        self.effects_title = label(translated("What will happen"), part="strong")
        self.effects = FactGrid()
        self._lines: list[CheckLine] = []
        self.start = push_button(translated("Start"), self.begin, role="primary")
        self.force = push_button(translated("Start in spite of failed checks"), self.begin_anyway, role="danger")
        self.again = push_button(translated("Check again"), self.check)
        self.cancel = push_button(translated("Cancel"), self.leave)
        self._arrange()
        self.hide()

    def _arrange(self) -> None:
        close = IconButton(self._desk.theme, "close", translated("Close (Esc)"))
        close.clicked.connect(self.leave)
        top = QHBoxLayout()
        top.setContentsMargins(10, 6, 4, 0)
        top.addWidget(self.title, 1)
        top.addWidget(close)
        inner = QWidget()
        column = QVBoxLayout(inner)
        column.setContentsMargins(10, 2, 10, 8)
        column.setSpacing(8)
        self._checks = QVBoxLayout()
        self._checks.setSpacing(6)
        for part in (self.summary, self.busy):
            column.addWidget(part)
        column.addLayout(self._checks)
        column.addSpacing(4)
        column.addWidget(self.effects_title)
        column.addWidget(self.effects)
        column.addStretch(1)
        area = QScrollArea()
        area.setWidget(inner)
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setAccessibleName(translated("Checks before the start"))
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 8)
        whole.setSpacing(4)
        whole.addLayout(top)
        whole.addWidget(area, 1)
        whole.addLayout(self._buttons())

    def _buttons(self) -> QVBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(6)
        row.addWidget(self.again)
        row.addStretch(1)
        row.addWidget(self.cancel)
        row.addWidget(self.start)
        self.note = label(part="caption")
        self.note.setWordWrap(True)
        column = QVBoxLayout()
        column.setContentsMargins(10, 0, 10, 0)
        column.setSpacing(4)
        column.addWidget(self.note)
        column.addWidget(self.force)
        column.addLayout(row)
        return column

    @property
    def name(self) -> str:
        """The instance that it is about, empty while it is closed."""
        return self._name

    # opening and closing

    def show_for(self, name: str) -> None:
        """Check an instance and show what was found; after another one that is still shown."""
        if self._name and self._name != name:
            if name not in self._waiting:
                self._waiting.append(name)
                self._show_title()
            return
        self._name = name
        self._show_title()
        self.show()
        self.opened.emit()
        self.setFocus()
        # What asks for the card may itself still be under way.
        QTimer.singleShot(0, self, self.check)

    def leave(self) -> None:
        """Close without a start, and go on to the next instance that waits."""
        self._name = ""
        self.report = None
        if self._waiting:
            self.show_for(self._waiting.popleft())
            return
        self.hide()
        self.closed.emit()

    def forget(self, name: str) -> None:
        """Close for an instance that is gone or runs by now."""
        if name in self._waiting:
            self._waiting.remove(name)
        if name == self._name:
            self.leave()

    def _show_title(self) -> None:
        title = translated("Start {0}").format(self._name)
        more = len(self._waiting)
        self.title.setText(f"{title} ({count(more, '{0} more waits', '{0} more wait')})" if more else title)

    # checking

    def check(self) -> None:
        """Look at everything again."""
        name = self._name
        if not name:
            return
        self.report = None
        self.summary.setText(translated("Looking at data, broker, clock, budget and the strategies that run"))
        self.busy.show()
        self._offer()
        self._desk.runner.read(
            translated("Check {0}").format(name),
            partial(self._strategies.preflights.preflight, name),
            done=self._checked,
            failed=partial(self._not_checked, name),
        )

    def _checked(self, report: PreflightReport) -> None:
        if report.name != self._name:
            return
        self.report = report
        self.busy.hide()
        self.summary.setText(_summary(report))
        names = {str(status.instance.name) for status in self._strategies.statuses()}
        checks = sorted(report.checks, key=lambda check: _WORST_FIRST.index(check.state))
        while len(self._lines) < len(checks):
            line = CheckLine(self._desk.theme)
            self._lines.append(line)
            self._checks.addWidget(line)
        for number, line in enumerate(self._lines):
            line.setVisible(number < len(checks))
            if number < len(checks):
                line.show_check(checks[number], names)
        self.effects.show_facts((one.title, sentence(one.text, names), Tone.NORMAL) for one in report.effects)
        self._offer()

    def _not_checked(self, name: str, error: AresError) -> bool:
        if name == self._name:
            self.busy.hide()
            self.summary.setText(translated("It could not be checked: {0}").format(error))
            self._offer()
        return name == self._name

    def _offer(self) -> None:
        report = self.report
        failed = len(report.failed) if report is not None else 0
        forbidden = bool(report is not None and report.forbidden)
        self.again.setEnabled(self.busy.isHidden())
        self.start.setVisible(not failed)
        self.start.setEnabled(report is not None and not failed)
        self.force.setVisible(failed > 0 and not forbidden)
        self.force.setText(count(failed, "Start in spite of {0} failed check", "Start in spite of {0} failed checks"))
        self.effects_title.setVisible(report is not None and bool(report.effects))
        self.effects.setVisible(report is not None)
        for line in self._lines if report is None else ():
            line.hide()
        note = ""
        if forbidden:
            note = translated("Checks marked as binding must pass first.")
        elif failed:
            note = translated("A forced start is written into the journal.")
        self.note.setText(note)
        self.note.setVisible(bool(note))

    # starting

    def begin(self) -> None:
        """Start, when nothing failed."""
        if self.start.isEnabled() and not self.start.isHidden():
            self._start(force=False)

    def begin_anyway(self) -> None:
        """Start in spite of what failed."""
        if not self.force.isHidden():
            self._start(force=True)

    def _start(self, *, force: bool) -> None:
        name = self._name
        self._desk.runner.run(
            translated("Start {0}").format(name),
            partial(self._strategies.lives.enable, name, source=SOURCE, force=force),
            arguments={"force": force},
        )
        self.leave()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Leave on Escape, start on Enter."""
        if event.key() == Qt.Key.Key_Escape:
            self._waiting.clear()
            self.leave()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.begin()
        else:
            super().keyPressEvent(event)


def _summary(report: PreflightReport) -> str:
    numbers = {state: sum(check.state is state for check in report.checks) for state in _WORST_FIRST}
    parts = [count(number, *_SUMMARY[state]) for state, number in numbers.items() if number]
    return translated("{0}, at {1} UTC").format(
        ", ".join(parts) or translated("Nothing to check"), clock_time(report.at)
    )
