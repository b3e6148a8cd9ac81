"""The kill switch: one click engages, a live checklist shows what it does, a typed word releases."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QComboBox, QFrame, QGridLayout, QHBoxLayout, QLabel, QLineEdit, QVBoxLayout, QWidget

from ares_desktop.domain.kill import ALL_SCOPE, KillStep, KillSwitchReport, StepState
from ares_desktop.views.desk import SOURCE
from ares_desktop.views.formats import count, milliseconds, moment, translated, word
from ares_desktop.views.icons import icon_pixmap
from ares_desktop.views.tokens import Tone
from ares_desktop.views.widgets.controls import IconButton, label, push_button, set_property

if TYPE_CHECKING:
    from ares_desktop.views.desk import Desk

RELEASE_WORD: Final = "RELEASE"
_WIDTH: Final = 460
_TICK_MS: Final = 100
_MOST_LINES: Final = 8
"""Of residue and of reasons; the report has them all."""

_STEP_LOOKS: Final = {
    StepState.WAITING: (Tone.FAINT, "ring"),
    StepState.RUNNING: (Tone.ACCENT, "half"),
    StepState.DONE: (Tone.POSITIVE, "check"),
    StepState.FAILED: (Tone.NEGATIVE, "error"),
    StepState.SKIPPED: (Tone.FAINT, "minus"),
}


class KillSwitchPanel(QFrame):
    """The checklist of an engaged kill switch, what is left over, and the way back."""

    def __init__(self, desk: Desk, parent: QWidget) -> None:
        super().__init__(parent)
        self._desk = desk
        self._report = KillSwitchReport(engaged=False)
        self._reports: tuple[KillSwitchReport, ...] = ()
        self._told_at = time.monotonic()
        self._tick = QTimer(self)
        self._tick.setInterval(_TICK_MS)
        self._tick.timeout.connect(self._show_elapsed)
        self._rows: list[tuple[QLabel, QLabel, QLabel, QLabel]] = []
        self.setObjectName("kill_switch_panel")
        self.setProperty("surface", "popover")
        self.setFixedWidth(_WIDTH)
        self.setAccessibleName(translated("Kill switch checklist"))
        self.heading = label(part="title", tone=Tone.DANGER)
        self.detail = label(tone=Tone.MUTED)
        self.detail.setWordWrap(True)
        self.steps = QGridLayout()
        self.steps.setHorizontalSpacing(8)
        self.steps.setVerticalSpacing(5)
        self.steps.setColumnStretch(2, 1)
        self.scopes = QComboBox()
        self.scopes.setAccessibleName(translated("Scope whose checklist is shown"))
        self.scopes.activated.connect(self._choose)
        self.brokers = label(tone=Tone.MUTED)
        self.brokers.setWordWrap(True)
        self.residue = label(tone=Tone.WARNING)
        self.residue.setWordWrap(True)
        self.word = QLineEdit()
        self._arrange()
        self.hide()
        desk.theme.changed.connect(self._repaint)

    def _arrange(self) -> None:
        close = IconButton(self._desk.theme, "close", translated("Close the checklist; trading stays halted"))
        close.clicked.connect(self.hide)
        top = QHBoxLayout()
        top.addWidget(self.heading, 1)
        top.addWidget(close)
        self.word.setObjectName("release_word")
        self.word.setPlaceholderText(translated("Type {0} to re-arm trading").format(RELEASE_WORD))
        self.word.setAccessibleName(translated("Word that releases the kill switch"))
        self.word.returnPressed.connect(self.release)
        self.word.textChanged.connect(lambda: set_property(self.word, "invalid", value=False))
        bottom = QHBoxLayout()
        bottom.setSpacing(8)
        bottom.addWidget(self.word, 1)
        self.button = push_button(translated("Release"), self.release, role="primary")
        bottom.addWidget(self.button)
        self.export = push_button(
            translated("Export"), self.export_report, tooltip=translated("Write the report as HTML and as JSON")
        )
        bottom.addWidget(self.export)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(16, 12, 12, 14)
        whole.setSpacing(8)
        whole.addLayout(top)
        whole.addWidget(self.scopes)
        whole.addWidget(self.detail)
        whole.addLayout(self.steps)
        whole.addWidget(self.brokers)
        whole.addWidget(self.residue)
        whole.addLayout(bottom)
        whole.addWidget(label(translated("Strategies stay stopped after a release."), part="caption"))

    @property
    def engaged(self) -> bool:
        """Whether the newest report says so."""
        return self._report.engaged

    def show_reports(self, reports: tuple[KillSwitchReport, ...]) -> None:
        """Show what the kill switch is engaged for: the widest scope first, or the one that a person chose."""
        self._reports = reports
        names = [report.scope for report in reports]
        if names != [self.scopes.itemText(number) for number in range(self.scopes.count())]:
            chosen = self.scopes.currentText()
            self.scopes.clear()
            self.scopes.addItems(names)
            self.scopes.setCurrentIndex(max(0, names.index(chosen) if chosen in names else 0))
        self.scopes.setVisible(len(names) > 1)
        self._choose()

    def _choose(self) -> None:
        place = max(0, self.scopes.currentIndex())
        empty = KillSwitchReport(engaged=False)
        self._show_report(self._reports[place] if place < len(self._reports) else empty)

    def _show_report(self, report: KillSwitchReport) -> None:
        self._report = report
        self._told_at = time.monotonic()
        ended = translated("finished") if report.finished else translated("working")
        halted = translated("HALTED") if report.scope == ALL_SCOPE else translated("HALTED {0}").format(report.scope)
        self.heading.setText(f"{halted} \N{MIDDLE DOT} {ended}")
        facts = [f"{report.reason} ({report.source})" if report.source else report.reason, moment(report.at)]
        facts.append(count(report.orders_canceled, "{0} order canceled", "{0} orders canceled"))
        facts.append(count(report.positions_flattened, "{0} position flattened", "{0} positions flattened"))
        also = [translated("also {0}").format(reason) for reason in report.further_reasons]
        self.detail.setText("\n".join([" \N{MIDDLE DOT} ".join(fact for fact in facts if fact), *_shortened(also)]))
        self._show_steps(report)
        self._show_brokers(report)
        lines = _shortened(
            [f"{item.item}: {item.detail} \N{RIGHTWARDS ARROW} {item.next_action}" for item in report.residue]
        )
        self.residue.setText("\n".join(lines))
        self.residue.setVisible(bool(lines))
        self.word.setEnabled(report.engaged)
        self.button.setEnabled(report.engaged)
        self.export.setEnabled(report.engaged)
        self._run_clock(report)
        self._fit()
        if not report.engaged:
            self.hide()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Put the checklist away on Escape; trading stays halted."""
        if event.key() == Qt.Key.Key_Escape:
            self.hide()
        else:
            super().keyPressEvent(event)

    def _repaint(self) -> None:
        if self.engaged:
            self._show_steps(self._report)

    def _fit(self) -> None:
        layout = self.layout()
        if layout is not None:
            layout.activate()
            self.setFixedHeight(layout.totalHeightForWidth(_WIDTH))

    def _show_steps(self, report: KillSwitchReport) -> None:
        while len(self._rows) < len(report.steps):
            self._rows.append(self._new_row(len(self._rows)))
        for number, row in enumerate(self._rows):
            used = number < len(report.steps)
            if used:
                self._show_step(row, report.steps[number])
            for part in row:
                # A new child counts for the layout only once it was shown, and the panel is measured right away.
                part.setVisible(used)

    def _new_row(self, number: int) -> tuple[QLabel, QLabel, QLabel, QLabel]:
        row = QLabel(), label(), label(), label(tone=Tone.MUTED)
        for column, part in enumerate(row):
            side = Qt.AlignmentFlag.AlignRight if column == len(row) - 1 else Qt.AlignmentFlag.AlignLeft
            self.steps.addWidget(part, number, column, side | Qt.AlignmentFlag.AlignVCenter)
        return row

    def _show_step(self, row: tuple[QLabel, QLabel, QLabel, QLabel], step: KillStep) -> None:
        mark, name, detail, elapsed = row
        tone, icon = _STEP_LOOKS[step.state]
        mark.setPixmap(icon_pixmap(icon, self._desk.theme.tokens.color(tone), 14, self.devicePixelRatioF()))
        mark.setAccessibleName(word(step.state))
        name.setText(word(step.name))
        set_property(name, "tone", (Tone.FAINT if step.state is StepState.WAITING else Tone.NORMAL).value)
        detail.setText(step.detail)
        set_property(detail, "tone", (Tone.NEGATIVE if step.state is StepState.FAILED else Tone.MUTED).value)
        elapsed.setText(_elapsed(step, 0.0))

    def _show_brokers(self, report: KillSwitchReport) -> None:
        """Show each broker's own steps where there are several, since none waits for another."""
        lines = []
        for line in report.brokers if len(report.brokers) > 1 else ():
            parts = [f"{word(step.name)} {_elapsed(step, 0.0) or word(step.state)}" for step in line.steps]
            lines.append(f"{line.broker} {line.account}: {', '.join(parts)}")
        self.brokers.setText("\n".join(lines))
        self.brokers.setVisible(bool(lines))

    def _run_clock(self, report: KillSwitchReport) -> None:
        """Let the times of running steps go on between two reports."""
        runs = any(step.state is StepState.RUNNING for step in report.steps)
        if runs and not self._tick.isActive():
            self._tick.start()
        elif not runs:
            self._tick.stop()

    def _show_elapsed(self) -> None:
        if not self.isVisible():
            return
        since = (time.monotonic() - self._told_at) * 1000
        newest = max((step.finished_ms or step.started_ms or 0.0 for step in self._report.steps), default=0.0)
        for row, step in zip(self._rows, self._report.steps, strict=False):
            if step.state is StepState.RUNNING:
                row[3].setText(_elapsed(step, newest + since))

    def export_report(self) -> None:
        """Write the shown report as HTML and as JSON, and say where."""
        state, report = self._desk.managers.state, self._report
        self._desk.runner.run(
            translated("Export the kill switch's report"),
            lambda: state.reports.keep(report),
            arguments={"scope": report.scope},
            done=lambda file: self._desk.notices.inform(translated("The report was written"), str(file)),
        )

    def release(self) -> None:
        """Re-arm trading when the word is right."""
        typed = self.word.text().strip()
        if typed != RELEASE_WORD:
            set_property(self.word, "invalid", value=True)
            self.word.selectAll()
            self.word.setFocus()
            return
        self.word.clear()
        scope = self._report.scope
        self._desk.runner.run(
            translated("Release the kill switch"),
            lambda: self._desk.managers.state.release(word=typed, source=SOURCE, scope=scope),
            arguments={"scope": scope},
            done=lambda _: self._desk.notices.inform(
                translated("Trading is re-armed"), translated("Strategies stay stopped until you enable them.")
            ),
        )

    def place(self, right: int, top: int) -> None:
        """Stand inside the window with the right end and the upper edge at most there."""
        parent = self.parentWidget()
        if parent is None:
            return
        self.move(max(8, min(right, parent.width() - 8) - self.width()), top + 8)
        self.raise_()


def _elapsed(step: KillStep, now_ms: float) -> str:
    """Return how long a step took, or has taken by now."""
    if step.started_ms is None:
        return ""
    ended = step.finished_ms if step.finished_ms is not None else max(now_ms, step.started_ms)
    return milliseconds(ended - step.started_ms)


def _shortened(lines: list[str]) -> list[str]:
    hidden = len(lines) - _MOST_LINES
    return lines if hidden <= 0 else [*lines[:_MOST_LINES], count(hidden, "and {0} more", "and {0} more")]
