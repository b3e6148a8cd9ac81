"""Restart rehearsals: a badge for each adapter, and every restart that was tried."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QSpinBox, QWidget

from ares_desktop.domain.audit import CommandKind
from ares_desktop.domain.rehearsals import Rehearsal, RehearsedRestart
from ares_desktop.views.formats import fixed, translated
from ares_desktop.views.models.columns import Align, Column, RowShade
from ares_desktop.views.models.record_table import RecordTableModel
from ares_desktop.views.panels.risk.page import RiskPage
from ares_desktop.views.tokens import Tone
from ares_desktop.views.widgets.controls import label, push_button, strip
from ares_desktop.views.widgets.pill import Pill
from ares_desktop.views.widgets.record_table import RecordTable

if TYPE_CHECKING:
    from ares_desktop.views.desk import Desk

_MOST = 50
_USUAL = 5


def badge(rehearsal: Rehearsal | None) -> tuple[str, Tone, str]:
    """Return the text, tone and icon that say what a rehearsal proves."""
    if rehearsal is None:
        return translated("not rehearsed"), Tone.MUTED, "ring"
    share = translated("{0} of {1} passed").format(rehearsal.passed, rehearsal.wanted)
    if not rehearsal.finished:
        done = translated("restart {0} of {1}").format(len(rehearsal.restarts) + 1, rehearsal.wanted)
        return done if len(rehearsal.restarts) < rehearsal.wanted else translated("comparing"), Tone.ACCENT, "dot"
    if rehearsal.problems:
        return share, Tone.NEGATIVE, "cross"
    if rehearsal.whole:
        return share, Tone.POSITIVE, "check"
    return translated("canceled, {0}").format(share), Tone.WARNING, "warning"


def _outcome(restart: RehearsedRestart) -> tuple[Tone, str, str]:
    if restart.problem:
        return Tone.NEGATIVE, "cross", restart.problem
    return Tone.POSITIVE, "check", translated("nothing lost, nothing doubled")


def restart_columns() -> tuple[Column[RehearsedRestart], ...]:
    """Return the columns of the restarts."""
    return (
        Column(key="number", title="Restart", value=lambda r: r.number, align=Align.RIGHT, width=64),
        Column(key="moment", title="Ended", value=lambda r: translated(r.moment.value), width=190),
        Column(key="orders", title="Orders", value=lambda r: r.orders, align=Align.RIGHT, width=72),
        Column(key="executions", title="Executions", value=lambda r: r.executions, align=Align.RIGHT, width=84),
        Column(
            key="seconds",
            title="Seconds",
            value=lambda r: r.seconds,
            text=lambda seconds: fixed(seconds, 1),
            align=Align.RIGHT,
            width=76,
        ),
        Column(
            key="outcome",
            title="Outcome",
            value=lambda r: _outcome(r)[2],
            tone=lambda r: _outcome(r)[0],
            glyph=lambda r: _outcome(r)[1],
            tooltip=lambda r: _outcome(r)[2],
            width=360,
        ),
    )


class AdapterBadge(QWidget):
    """Name, badge, and what it was found with."""

    def __init__(self, desk: Desk, adapter: str) -> None:
        super().__init__()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        self.pill = Pill(desk.theme, adapter)
        self.about = label(tone=Tone.MUTED, part="caption")
        row.addWidget(label(adapter, part="strong"))
        row.addWidget(self.pill)
        row.addWidget(self.about)
        row.addStretch(1)
        self.show_rehearsal(None)

    def show_rehearsal(self, rehearsal: Rehearsal | None) -> None:
        """Show the newest state."""
        text, tone, icon = badge(rehearsal)
        problems = "\n".join(rehearsal.problems) if rehearsal is not None else ""
        self.pill.show_state(text, tone, icon, problems)
        if rehearsal is None:
            self.about.setText(translated("No evidence yet: rehearse it before you trust it with money."))
            return
        at = rehearsal.at.astimezone().strftime("%Y-%m-%d %H:%M")
        about = translated("{0}, version {1}").format(at, rehearsal.version)
        self.about.setText(f"{about}. {problems}" if problems else about)


class RehearsalPage(RiskPage):
    """Ends and restarts a copy of the application on paper, and shows what was left each time."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.rehearsals = desk.managers.rehearsals
        column = self.column
        column.addWidget(self._head())
        self.badges = {adapter: AdapterBadge(desk, adapter) for adapter in self.rehearsals.adapters}
        for one in self.badges.values():
            one.setContentsMargins(10, 6, 10, 6)
            column.addWidget(one)
        self.model: RecordTableModel[Any] = RecordTableModel(
            restart_columns(),
            key=lambda restart: restart.number,
            shade=lambda restart: RowShade.FAULT if restart.problem else RowShade.NONE,
            parent=self,
        )
        self.table = RecordTable(
            desk,
            self.model,
            "rehearsals",
            empty=translated("No restart was rehearsed yet."),
            sort=("number", Qt.SortOrder.AscendingOrder),
            units=("{0} restart", "{0} restarts"),
        )
        column.addWidget(self.table, 1)
        for rehearsal in self.rehearsals.rehearsals():
            self.show_rehearsal(rehearsal)
        self.rehearsals.changed.connect(self.show_rehearsal)
        self._enable()

    def _head(self) -> QWidget:
        frame, row = strip("strip")
        about = translated(
            "A copy of the application with your strategies is killed and restarted on a paper account of its own. "
            "Your session and your positions are not touched."
        )
        text = label(about, tone=Tone.MUTED, part="caption")
        text.setWordWrap(True)
        row.addWidget(text, 1)
        self.restarts = QSpinBox()
        self.restarts.setRange(1, _MOST)
        self.restarts.setValue(_USUAL)
        self.restarts.setSuffix(translated(" restarts"))
        self.restarts.setAccessibleName(translated("How many restarts"))
        self.start = push_button(translated("Rehearse"), self.begin, role="primary")
        self.end = push_button(translated("Cancel"), self.cancel)
        for widget in (self.restarts, self.start, self.end):
            row.addWidget(widget)
        return frame

    def begin(self) -> None:
        """Start a rehearsal."""
        wanted = self.restarts.value()
        self.start.setEnabled(False)
        self.desk.runner.run(
            translated("Rehearse restarts"),
            lambda: self.rehearsals.rehearse(restarts=wanted, source="window"),
            done=lambda _: self._enable(),
            failed=self._failed,
            arguments={"restarts": wanted},
        )
        self.end.setEnabled(True)

    def cancel(self) -> None:
        """End the one at work."""
        self.desk.runner.run(
            translated("Cancel the rehearsal"),
            lambda: self.rehearsals.cancel(source="window"),
            done=lambda _: self._enable(),
            kind=CommandKind.READS,
        )

    def _failed(self, _: object) -> bool:
        self._enable()
        return False

    def _enable(self) -> None:
        running = self.rehearsals.running
        self.start.setEnabled(not running)
        self.restarts.setEnabled(not running)
        self.end.setEnabled(running)

    def show_rehearsal(self, rehearsal: Rehearsal) -> None:
        """Show how far a rehearsal has come."""
        shown = self.badges.get(rehearsal.adapter)
        if shown is not None:
            shown.show_rehearsal(rehearsal)
            self.model.reset(rehearsal.restarts)
        self._enable()
